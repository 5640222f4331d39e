"""Finds files by path, glob or URL, and reads text, documents and passages from them in every format of `formats.FORMATS`."""
