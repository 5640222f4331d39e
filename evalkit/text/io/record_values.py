"""Takes the text of a record from where it stands: `resolve` follows a path, `text_of` reads chats and lists of parts, `error_of` errors."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.escape import visible
from evalkit.text.io.field_names import ERRORS, WRAPPERS, plain_name

_ASSISTANTS = ("assistant", "gpt", "model", "bot", "ai", "chatgpt")
_TEXT_PARTS = ("text", "output_text")
_DEEPEST = 6
_LONGEST_REASON = 120


@dataclass(frozen=True, slots=True)
class Taken:
    """What stands at a text's place in one record.

    Args:
        text: None where there is none.
        kind: how it was laid out, which must agree within a file; "" where there is none.
        missing: why there is none, in words.
    """

    text: str | None
    kind: str = ""
    missing: str = ""


class AbsentFieldError(Exception):
    """A path leads nowhere in a record."""


def is_assistant(turn: Any, *, unless_said: bool = False) -> bool:
    """Whether a turn is the model's; `unless_said` is the answer where it does not say whose it is."""
    role = (turn.get("role") or turn.get("from")) if isinstance(turn, Mapping) else None
    return role.lower() in _ASSISTANTS if isinstance(role, str) else unless_said


def last_assistant(value: Sequence[Any]) -> Mapping[str, Any] | None:
    """The model's last turn in a chat; None where there is none."""
    return next((turn for turn in reversed(value) if is_assistant(turn)), None)


def _is_turns(value: Sequence[Any]) -> bool:
    return any(isinstance(turn, Mapping) and isinstance(turn.get("role", turn.get("from")), str) for turn in value)


def is_chat(value: Any) -> bool:
    """Whether a list is the turns of one chat."""
    if not isinstance(value, list):
        return False
    return _is_turns(value) and all(isinstance(turn, Mapping) and {"content", "value", "text"} & turn.keys() for turn in value)


def text_of(value: Any) -> Taken:
    """The text that a value stands for: a string, the turns of a chat, parts of which some are text, or a list of texts.

    Raises:
        TypeError: it stands for none.
    """
    if isinstance(value, str):
        return Taken(value, "text")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Taken(None, missing="its text is null")
    if not isinstance(value, list):
        raise TypeError
    return _text_of_list(value)


def _text_of_list(value: Sequence[Any]) -> Taken:
    if not value:
        return Taken(None, missing="its text is an empty list")
    if _is_turns(value):
        turn = last_assistant(value)
        if turn is None:
            return Taken(None, missing="it has no turn of the assistant")
        inner = text_of(next((turn[name] for name in ("content", "value", "text") if name in turn), None))
        return Taken(inner.text, "turns", inner.missing)
    if all(isinstance(part, Mapping) for part in value):
        return _parts(value)
    if all(isinstance(part, str) for part in value):
        return Taken(value[0], "strings")
    raise TypeError


def _parts(value: Sequence[Mapping[str, Any]]) -> Taken:
    if not any("type" in part or "text" in part for part in value):
        raise TypeError
    parts = [part.get("text") for part in value if part.get("type", "text") in _TEXT_PARTS]
    texts = [part for part in parts if isinstance(part, str)]
    return Taken("".join(texts), "parts") if texts else Taken(None, "parts", "it has no part that is text")


def take(record: Mapping[str, Any], path: str) -> Taken:
    """What stands at a text's place.

    Raises:
        AbsentFieldError: there is no such field.
        TypeError: it is no text.
    """
    return text_of(resolve(record, path))


def resolve(value: Any, path: str) -> Any:
    """The value that a dotted path leads to; lists are entered by number, from their end by negative ones.

    A key that holds dots wins over the parts of a path; a null on the way is the value.

    Raises:
        AbsentFieldError: the path leads nowhere.

    >>> resolve({"a.b": 1, "a": {"b": 2, "c": [3, 4]}}, "a.b"), resolve({"a": {"c": [3, 4]}}, "a.c.-1")
    (1, 4)
    """
    if not path or value is None:
        return value
    parts = path.split(".")
    if isinstance(value, Mapping):
        for n in range(len(parts), 0, -1):
            if (key := ".".join(parts[:n])) in value:
                try:
                    return resolve(value[key], ".".join(parts[n:]))
                except AbsentFieldError:
                    continue
    # The length keeps Python from converting an endless number.
    if isinstance(value, list) and len(parts[0]) < 12 and re.fullmatch(r"-?\d+", parts[0], re.ASCII):
        if not value:
            return None
        if -len(value) <= int(parts[0]) < len(value):
            return resolve(value[int(parts[0])], ".".join(parts[1:]))
    raise AbsentFieldError(path)


def leads(record: Mapping[str, Any], path: str) -> bool:
    """Whether a path leads anywhere in a record."""
    try:
        resolve(record, path)
    except AbsentFieldError:
        return False
    return True


def error_of(record: Mapping[str, Any], *, depth: int = 0) -> str:
    """What a record's error field says, cut to 120 characters; "" where it has none or it says nothing.

    >>> error_of({"response": {"status_code": 429, "body": {"error": {"message": "too many requests"}}}})
    'its error field says: too many requests'
    """
    for name, value in record.items():
        known = plain_name(name)
        if known in ERRORS and (said := _said(value)):
            return f"its {visible(name)} field says: {said}"
        if known in WRAPPERS and isinstance(value, Mapping) and depth < _DEEPEST and (said := error_of(value, depth=depth + 1)):
            return said
    return ""


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        value = next((value[name] for name in ("message", "code", "type") if value.get(name)), "an error" if value else "")
    if isinstance(value, list):
        value = value[0] if value else ""
    if value is None or value is False or value == 0 or (isinstance(value, float) and math.isnan(value)):
        return ""
    # Cut before it is made safe, since an error may hold a whole page.
    said = " ".join(str(value)[: 4 * _LONGEST_REASON].split())
    return visible(said[:_LONGEST_REASON]) + ("..." if len(said) > _LONGEST_REASON else "")
