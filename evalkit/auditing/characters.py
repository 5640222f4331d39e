"""Finds characters that do not belong into a text: bytes read in the wrong encoding, invisible characters, letters of other scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

Place = tuple[int, int]
"""Where something begins and ends in a text, in code points."""

# What UTF-8 looks like when it is read as Latin-1 or Windows-1252: a lead byte, and one to three continuation bytes, each as a character.
_CP1252 = {bytes([byte]).decode("cp1252"): byte for byte in range(0x80, 0xC0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
_CONTINUATION = "".join({*map(chr, range(0x80, 0xC0)), *_CP1252})
_C = f"[{re.escape(_CONTINUATION)}]"
_MISREAD = re.compile(f"[\u00c2-\u00df]{_C}|[\u00e0-\u00ef]{_C}{{2}}|[\u00f0-\u00f4]{_C}{{3}}")
_C1 = re.compile("[\u0080-\u0084\u0086-\u009f]")  # U+0085 is a line end on some machines
_REPLACEMENT = "\ufffd"
_OTHERS = re.compile(
    "\u201a\u00c4[\u00ec\u00ee\u00ef\u00f2\u00f4\u00f9\u00fa\u00b6\u00a2\u00b0\u00ae]"  # UTF-8 read as Mac Roman: quotation marks and dashes
    "|\u221a[\u00a9\u00b6\u00ba\u00a7\u00b1\u00df\u00a8\u00a2\u2122\u00c5\u00e2\u00ad\u00a3\u2264\u00b4\u00aa\u00ae]"  # and accented letters
    "|\u0432\u0402[\u2122\u045a\u045c\u045e\u201c\u201d\u00a6\u0098\u0459]"  # UTF-8 read as Windows-1251: quotation marks
    "|(?:[\u0420\u0421][\u00a0-\u00bf\u0400-\u040f\u0450-\u045f\u0490\u0491\u2010-\u2044\u20ac\u2116\u2122]){3,}"  # and Cyrillic letters
)
# These marks end a sentence or close a quotation, so that they may follow a letter that is also a lead byte: "café »", "CAFÉ”".
_MARKS = frozenset("\u00a0\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u2022\u00b7\u00b0\u00ad")
_SURE_LEADS = frozenset("\u00c2\u00c3\u00e2\u00ef\u00f0")
"""Lead bytes of which one sequence is enough: those of Western letters, of punctuation, of the byte order mark and of emoji."""
_FEWEST = 3
"""Sequences in a row that letters of other scripts take, since a single one may be a word of another language."""


def misread(text: str) -> list[Place]:
    """Where a text was decoded with the wrong encoding, or holds replacement characters.

    UTF-8 read as Latin-1, Windows-1252, Mac Roman or Windows-1251, once or several times over; C1 control characters, which Windows-1252 read
    as Latin-1 leaves; and U+FFFD.

    >>> [text for text in ("The keeperâ€™s cafÃ©", "café »", "Ça va ?") if misread(text)]
    ['The keeperâ€™s cafÃ©']
    """
    if text.isascii():
        return []
    places = [*_of_utf8(text)]
    places += [match.span() for pattern in (_C1, _OTHERS) for match in pattern.finditer(text)]
    places += [(i, i + 1) for i, char in enumerate(text) if char == _REPLACEMENT] if _REPLACEMENT in text else []
    return sorted(places)


def _of_utf8(text: str) -> Iterator[Place]:
    """Sequences of UTF-8 read as Latin-1 or Windows-1252."""
    run: list[Place] = []
    for match in _MISREAD.finditer(text):
        if _decoded(match[0]) is None or _is_typography(text, match):
            continue
        if match[0][0] in _SURE_LEADS:
            yield match.span()
            continue
        run = [*run, match.span()] if run and run[-1][1] == match.start() else [match.span()]
        if len(run) >= _FEWEST:
            yield from run if len(run) == _FEWEST else run[-1:]


def _decoded(sequence: str) -> str | None:
    """The character that a sequence was before it was misread; None where it is no UTF-8."""
    try:
        return bytes(_CP1252.get(char, ord(char)) for char in sequence).decode("utf-8")
    except (UnicodeDecodeError, ValueError):
        return None


def _is_typography(text: str, match: re.Match[str]) -> bool:
    """Whether a sequence may be a letter and punctuation of Western text: a capital before a mark, or an accented letter before two."""
    lead, marks = match[0][0], match[0][1:]
    if not all(mark in _MARKS for mark in marks):
        return False
    if len(marks) > 1:
        return lead != "\u00e2" or marks[0] != "\u20ac"
    before = text[match.start() - 1] if match.start() else " "
    return before.isupper() or (lead not in "\u00c2\u00c3" and not before.isalpha())


_KEPT_CONTROLS = frozenset("\t\n\r\f\v\x85\x1c\x1d\x1e\x1f")
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u2800\u3164\uffa0")
"""Characters without a shape that are neither format nor control characters."""
_SUSPECT = re.compile("[^\x20-\x7e\t\n\r\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482]")
_JOINERS = frozenset("\u200c\u200d")


def invisible_characters(text: str) -> list[int]:
    r"""The places of characters that show nothing and take no room: format and control characters, and fillers without a shape.

    White space is none of them. Joiners within a word of a script that needs them, and between emoji, are not counted.

    >>> invisible_characters("a\u200bb c\u00add")
    [1, 5]
    """
    if text.isascii() and text.isprintable():
        return []
    return [match.start() for match in _SUSPECT.finditer(text) if _is_invisible(text, match.start())]


def _is_invisible(text: str, place: int) -> bool:
    char = text[place]
    if char in _JOINERS:
        return not _joins(text, place)
    if char in _FILLERS or "\U000e0000" <= char <= "\U000e0fff":
        return True
    category = unicodedata.category(char)
    return category == "Cf" or (category in ("Cc", "Cs") and char not in _KEPT_CONTROLS)


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands where scripts need it: between two letters of a script that joins, or behind a sign of an emoji."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if not before:
        return False
    if unicodedata.category(before) in ("So", "Sk", "Mn", "Me") and (ord(before) > 0x2190):
        return True
    return script_of(before) in _JOINING and (not after or not after.isascii() or not after.isalpha())


_COMMON = frozenset(
    {"MICRO", "FEMININE", "MASCULINE", "MODIFIER", "COMBINING", "OHM", "KELVIN", "ANGSTROM", "SCRIPT", "BLACK-LETTER"}
)
"""First words of the names of letters that belong to no script."""
_JOINING = frozenset(
    {"ARABIC", "SYRIAC", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA"}
    | {"MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN"}
)
_ALIKE = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE"})
"""Scripts with letters that look like those of another."""
_LETTERS = re.compile(r"[^\W\d_]+")


def script_of(char: str) -> str:
    """The script of a letter, by the first word of its Unicode name; empty for what is no letter or belongs to no script.

    >>> [script_of(char) for char in "aяπの字1"]
    ['LATIN', 'CYRILLIC', 'GREEK', 'HIRAGANA', 'CJK', '']
    """
    if char.isascii():
        return "LATIN" if char.isalpha() else ""
    if unicodedata.category(char)[0] not in "LM":
        return ""
    first = unicodedata.name(char, "").partition(" ")[0]
    return "" if first in _COMMON else first


def letters_by_script(text: str) -> Counter[str]:
    """How many letters of each script a text has; marks count with their letters."""
    counts: Counter[str] = Counter()
    if text.isascii():
        counts["LATIN"] = sum(map(len, _LETTERS.findall(text)))
        return +counts
    for char, n in Counter(text).items():
        if unicodedata.category(char)[0] == "L" and (script := script_of(char)):
            counts[script] += n
    return counts


def mixed_words(text: str) -> list[Place]:
    """Words that mix letters of alphabets which look alike, such as a Cyrillic a among Latin letters."""
    if text.isascii():
        return []
    return [match.span() for match in _LETTERS.finditer(text) if not match[0].isascii() and len(_alphabets(match[0])) > 1]


def _alphabets(word: str) -> set[str]:
    return {script for char in set(word) if (script := script_of(char)) in _ALIKE}


def first_letters_of(text: str, scripts: set[str]) -> Place | None:
    """The first word that has a letter of some scripts."""
    return next((match.span() for match in _LETTERS.finditer(text) if {script_of(char) for char in set(match[0])} & scripts), None)
