"""Fetches corpora that are listed in a manifest, and finds and checks their copies in the cache."""
