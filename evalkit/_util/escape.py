"""Makes text from elsewhere safe to print, `visible`, and fit to be written, `encodable` and `json_text`.

Nothing in it can move the cursor, recolour the terminal or reverse the line.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any

_KEPT_FORMAT = "\u200c\u200d"  # zero-width (non-)joiners shape letters and emoji and cannot reorder anything
_SURROGATE = re.compile("[\ud800-\udfff]")
_SUSPECT_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold as it is, and a terminal or UTF-8 may not: DEL, C1 controls, line separators, bidirectional controls, surrogates."""
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


def encodable(text: str) -> str:
    r"""The text with lone surrogates, which no file or stream can hold, shown as `<U+DCE9>`.

    Python gives them for names of files that are not UTF-8, and JSON may hold them. Text without them stays as it is.

    >>> encodable("caf\udce9.txt")
    'caf<U+DCE9>.txt'
    """
    return _SURROGATE.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def json_text(
    value: Any,
    *,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    default: Callable[[Any], Any] | None = None,
) -> str:
    r"""A value as JSON that reads back to the same, encodes as UTF-8 and can do nothing to a terminal.

    Args:
        value: what JSON can hold.
        indent, separators, default: as for `json.dumps`.

    Raises:
        ValueError: for NaN and infinity.

    >>> print(json_text({"name": "caf\udce9 é \x9b31m"}))
    {"name": "caf\udce9 é \u009b31m"}
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators, default=default)
    return _SUSPECT_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
