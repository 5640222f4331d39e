"""ngram."""
