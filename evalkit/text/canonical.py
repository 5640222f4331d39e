"""Brings text into its one canonical form, `canonical`, in which every measure sees it, and says what that changed, `changes`.

Two texts that read alike to a person are one text here: however they encode a letter with its accent, an apostrophe or a space, and
whatever invisible characters they hold.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANONICAL = "text-v2"
"""Name and version; part of every result's signature, since results of different canonical forms are not comparable."""

PARAGRAPH = "\u2029"
"""The white space between two paragraphs: Unicode's paragraph separator, one character however many line ends there were."""

_APOSTROPHES = "\u2019\u2018\u201b\u02bc\uff07"
"""Always an apostrophe (or a single quotation mark, which looks the same)."""
_ACCENTS = "`\u00b4\u02b9\u02ca\u02cb\u2032\u2035\u055a\uff40"
"""Typed in place of an apostrophe: acute, grave and prime, alone. They are one between two letters, and themselves elsewhere."""
_REPLACEMENT = "\ufffd"

# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 16): what a reader does not see even where a font lacks it.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_ANNOTATION = "\ufff9-\ufffb"
"""Interlinear annotation: format characters (Cf) that are not shown either. Other Cf, such as the Arabic number sign, are visible."""
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
"""Control characters that are no white space."""
_INVISIBLE = re.compile(f"[{_IGNORABLE}{_ANNOTATION}{_CONTROLS}]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028]")
_OTHER_SPACE = re.compile(rf"[^\S \n{PARAGRAPH}]")
_ODD_RUN = re.compile(r"\s{2,}|[^\S \n]")
"""White space that the canonical form may change; most of it is single spaces and line ends."""
_ASCII = bytes(range(0x80))
_PLAIN = bytes(range(ord(" "), 0x7F))
"""ASCII that the search for odd characters passes over: of these only graves and spaces are ever changed, and they are looked for apart."""
_SEVERAL = re.compile("  +")
_ACCENT = re.compile(rf"(?<=[^\s!-/:-@])[{_ACCENTS}](?=[^\W\d_])")
"""An accent before a letter; `_is_apostrophe` looks at what stands before it."""


@dataclass(frozen=True)
class Changes:
    """What the canonical form changed of a text, or of several.

    Args:
        invisible: how often each invisible character was removed.
        apostrophes: how often each other character was taken for an apostrophe.
        composed: letters whose accents were encoded otherwise.
        spaces: white-space characters within the text that were joined with their neighbours, or replaced by a plain space or line
            end.
        surrogates: lone surrogates, which are no characters, replaced by U+FFFD.
    """

    invisible: Counter[str] = field(default_factory=Counter)
    apostrophes: Counter[str] = field(default_factory=Counter)
    composed: int = 0
    spaces: int = 0
    surrogates: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.invisible + other.invisible,
            self.apostrophes + other.apostrophes,
            self.composed + other.composed,
            self.spaces + other.spaces,
            self.surrogates + other.surrogates,
        )

    @property
    def n_chars(self) -> int:
        """Characters that were changed or removed, all together."""
        return self.invisible.total() + self.apostrophes.total() + self.composed + self.spaces + self.surrogates

    def as_json(self) -> dict[str, object]:
        """JSON values: the counts, characters as U+XXXX; an empty object where nothing was changed."""
        counts: dict[str, object] = {
            "invisible": {code(char): n for char, n in self.invisible.most_common()},
            "apostrophes": {code(char): n for char, n in self.apostrophes.most_common()},
            "composed": self.composed,
            "spaces": self.spaces,
            "surrogates": self.surrogates,
        }
        return {kind: n for kind, n in counts.items() if n}


def code(char: str) -> str:
    """A character's code point, as Unicode writes it.

    >>> code("\u200b")
    'U+200B'
    """
    return f"U+{ord(char):04X}"


def canonical(text: str) -> str:
    r"""The text in its canonical form.

    - Invisible characters are removed: Unicode's Default_Ignorable_Code_Point (soft hyphen, zero-width space and joiners, byte-order
      mark, directional marks, variation selectors ...), interlinear annotation, and control characters that are no white space.
    - Unicode normal form C, so that a letter with an accent is one and the same however it was typed.
    - U+2019, U+2018, U+201B, U+02BC and U+FF07 are apostrophes ('); so are acute, grave and prime between two letters.
    - White space with line ends in it is one character: U+2029 where paragraphs part (two line ends or more), else a newline. Any
      other white space is a space. There is none at the beginning and the end.
    - Lone surrogates are U+FFFD.

    Case stays. The canonical form of a canonical text is the text itself.

    >>> canonical("The sea\u2019s  cafe\u0301\u200b was\u00a0shut.\r\n")
    "The sea's  café was shut."
    """
    rest = _all_but(_PLAIN, text)
    if not rest.isascii():
        if _SURROGATE.search(rest):
            text = _SURROGATE.sub(_REPLACEMENT, text)
        # Before normal form C, since an invisible character may keep a letter and its accent apart.
        if _INVISIBLE.search(rest):
            text = _INVISIBLE.sub("", text)
        text = unicodedata.normalize("NFC", text)
        for mark in _APOSTROPHES:
            if mark in text:
                text = text.replace(mark, "'")
    elif _INVISIBLE.search(rest):
        text = _INVISIBLE.sub("", text)
    if any(accent in text for accent in _ACCENTS):
        text = _ACCENT.sub(_apostrophe, text)
    # Whatever white space stands around two line ends, it is one paragraph end with them.
    text = text.replace("\n\n", PARAGRAPH)
    if _OTHER_SPACE.search(rest) or _has_odd_runs(text):
        text = _ODD_RUN.sub(_one_space, text).strip()
    return text


def _all_but(plain: bytes, text: str) -> str:
    """The characters of a text, in order, without some ASCII characters: far sooner searched than all of it."""
    # Bytes of other characters are none of ASCII, so those that stay are whole.
    return text.encode("utf-8", "surrogatepass").translate(None, plain).decode("utf-8", "surrogatepass")


def beyond_ascii(text: str) -> set[str]:
    """The distinct characters of a text that are not ASCII."""
    return set() if text.isascii() else set(_all_but(_ASCII, text))


def _has_odd_runs(text: str) -> bool:
    """Whether a line of a text begins or ends with a space, or is empty; there is no other white space than spaces and line ends."""
    return any(not line or line[0] == " " or line[-1] == " " for line in on_lines(text).split("\n"))


def _apostrophe(accent: re.Match[str]) -> str:
    return "'" if _is_apostrophe(accent) else accent[0]


def _is_apostrophe(accent: re.Match[str]) -> bool:
    """Whether letters stand on both sides, with their marks; Python takes numerals for characters of words, which they are not."""
    before, after = accent.string[accent.start() - 1], accent.string[accent.end()]
    return unicodedata.category(before)[0] in "LM" and unicodedata.category(after)[0] == "L"


def _one_space(run: re.Match[str]) -> str:
    spaces = run[0]
    if len(spaces) == 1 and spaces in "\n ":
        return spaces
    if PARAGRAPH in spaces:
        return PARAGRAPH
    n_line_ends = len(_LINE_END.findall(spaces))
    return PARAGRAPH if n_line_ends > 1 else "\n" if n_line_ends else " " * len(spaces)


def changes(text: str) -> Changes:
    r"""What `canonical` changes of a text.

    >>> changes("don\u2019t re\u00admem\u00adber").as_json()
    {'invisible': {'U+00AD': 2}, 'apostrophes': {'U+2019': 1}}
    """
    now = canonical(text)
    if now == text:
        return Changes()
    rest = _all_but(_PLAIN, text)
    surrogates, invisible = len(_SURROGATE.findall(rest)), Counter(char for run in _INVISIBLE.findall(rest) for char in run)
    if surrogates:
        text = _SURROGATE.sub(_REPLACEMENT, text)
    if invisible:
        text = _INVISIBLE.sub("", text)
    composed = 0 if unicodedata.is_normalized("NFC", text) else sum(not unicodedata.is_normalized("NFC", c) for c in clusters(text))
    text = unicodedata.normalize("NFC", text)
    apostrophes = Counter(char for char in _all_but(_PLAIN, text) if char in _APOSTROPHES)
    for mark in apostrophes:
        text = text.replace(mark, "'")
    if any(accent in text for accent in _ACCENTS):
        apostrophes += Counter(accent[0] for accent in _ACCENT.finditer(text) if _is_apostrophe(accent))
    spaces = 0 if text == now else sum(_n_changed(run[0], _one_space(run)) for run in _ODD_RUN.finditer(text.strip()))
    return Changes(invisible, apostrophes, composed, spaces, surrogates)


def _n_changed(run: str, now: str) -> int:
    return len(run) - len(now) + sum(a != b for a, b in zip(run, now, strict=False))


def matched(text: str) -> str:
    """A canonical text with every run of spaces as one: what is searched for elsewhere, and judged.

    Runs are kept in the canonical form itself, since a text that was guessed along another one has a space for every wrong guess of one.
    """
    return _SEVERAL.sub(" ", text) if "  " in text else text


def matched_positions(text: str) -> NDArray[np.int64]:
    """The position in a canonical text of each character of `matched(text)`, [n].

    >>> matched_positions("a  b").tolist()
    [0, 1, 3]
    """
    import numpy as np

    if "  " not in text:
        return np.arange(len(text))
    return np.array([i for i, char in enumerate(text) if char != " " or text[i - 1 : i] != " "], dtype=np.int64)


def readable(text: str) -> str:
    """A canonical text with an empty line between paragraphs, for people and files."""
    return text.replace(PARAGRAPH, "\n\n")


def on_lines(text: str) -> str:
    """A canonical text with paragraphs as lines; no character moves."""
    return text.replace(PARAGRAPH, "\n")


def on_one_line(text: str) -> str:
    """A canonical text with every white space a space, as matching sees it; no character moves."""
    return text.replace(PARAGRAPH, " ").replace("\n", " ")


def fold(text: str) -> str:
    """A text without differences of case, in canonical form.

    >>> fold("STRASSE"), fold("Straße")
    ('strasse', 'strasse')
    """
    # Case folding may undo normal form C, and makes an apostrophe of one letter (U+0149).
    folded = canonical(text).casefold()
    return folded if folded.isascii() else canonical(folded)


@functools.cache  # of nothing: the marks of Unicode, which take a tenth of a second to collect and which few texts have
def marks() -> str:
    """Every combining mark (categories Mn, Mc and Me), as the inside of a regular expression's character class."""
    points = [point for point in range(0x300, sys.maxunicode + 1) if unicodedata.category(chr(point))[0] == "M"]
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


def has_marks(text: str) -> bool:
    """Whether a text has combining marks that its normal form did not compose."""
    return any(unicodedata.category(char)[0] == "M" for char in beyond_ascii(text))


def _cluster() -> re.Pattern[str]:
    return re.compile(rf"\w[{marks()}]+|.", re.DOTALL)


def with_each_letter(text: str, replace: Callable[[str], str]) -> str:
    """A text with every letter that keeps a mark of its own replaced by one character.

    Args:
        text: in canonical form.
        replace: a letter with its marks -> one character.
    """
    return _cluster().sub(lambda match: replace(match[0]) if len(match[0]) > 1 else match[0], text) if has_marks(text) else text


def clusters(text: str) -> list[str]:
    """The characters of a text, marks together with their letter.

    >>> clusters("x\u0302y")
    ['x̂', 'y']
    """
    return _cluster().findall(text) if has_marks(text) else list(text)
