"""Programs and threads that tests run beside one another."""
