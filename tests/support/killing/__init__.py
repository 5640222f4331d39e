"""Kills programs at every step they take on the file system, and looks at what is left."""
