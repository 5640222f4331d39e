"""Holds what both packages share and no user calls: writing files, numbers in words, escapes, threads, TOML, git."""
