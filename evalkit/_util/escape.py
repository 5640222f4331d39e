"""Makes text from elsewhere safe to print, `visible`.

Nothing in it can move the cursor, recolour the terminal or reverse the line.
"""

from __future__ import annotations

import re
import unicodedata

_KEPT_FORMAT = "\u200c\u200d"  # zero-width (non-)joiners shape letters and emoji and cannot reorder anything
_SUSPECT = re.compile(r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482]")


def _symbol(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    category = unicodedata.category(char)
    hidden = category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and char not in _KEPT_FORMAT)
    return f"<U+{code:04X}>" if hidden else char


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with control and formatting characters shown as symbols.

    C0 controls and DEL become their pictures (U+2400 to U+2421); C1 controls, line and paragraph separators, lone surrogates and
    format characters (bidirectional overrides, byte order marks, zero-width spaces) become `<U+202E>`.
    The result always encodes as UTF-8. It does not escape markup: HTML and rich have their own escapes.

    Args:
        text: anything.
        keep: characters left as they are, such as newline for text of several lines.

    >>> visible("a\tb\x1b[31m\u202e")
    'a␉b␛[31m<U+202E>'
    """
    return _SUSPECT.sub(lambda match: match[0] if match[0] in keep else _symbol(match[0]), text)
