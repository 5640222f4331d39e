"""Text: where it comes from, how it is read, split and tokenized."""
