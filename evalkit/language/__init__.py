"""What belongs to a language: where sentences end, its letters, endings and word lists."""
