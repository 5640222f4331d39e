"""What tests of the Hugging Face libraries share."""
