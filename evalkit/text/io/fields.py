"""Finds which field of a record holds the model's text, a `TextPlace`, and takes the text from there (`take`).

Forms that programs are known to write are recognised by the names of their fields: chats, answers of servers, samples of
lm-evaluation-harness, outputs of pipelines. A prompt, a gold answer or an id is never taken for the text; where two fields may
hold it, neither is.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.escape import visible

TEXT_FIELDS = (
    "text",
    "output",
    "completion",
    "response",
    "generated_text",
    "generated",
    "generation",
    "content",
    "sample",
    "continuation",
    "prediction",
    "model_output",
    "output_text",
    "response_text",
    "completion_text",
)
"""Names of fields that hold a model's text, as `plain_name` writes them."""

_CHATS = ("messages", "conversations", "conversation", "chat")
_ANSWERS = ("choices", "outputs", "completions", "generations", "responses", "candidates")
"""Lists of answers to one prompt."""
_WRAPPERS = ("response", "body", "result", "message")
_ASSISTANTS = ("assistant", "gpt", "model", "bot", "ai", "chatgpt")
_TEXT_PARTS = ("text", "output_text")
_IDS = ("id", "ids", "uuid", "guid", "uid", "docid", "idx", "index", "key", "hash", "sha256", "md5")
_GOLD = (
    "target", "targets", "reference", "references", "label", "labels", "gold", "golden", "answer", "answers", "expected", "truth",
    "groundtruth", "correct", "ideal", "solution", "solutions",
)  # fmt: skip
_PROMPTS = (
    "prompt", "prompts", "instruction", "instructions", "input", "inputs", "question", "questions", "query", "context", "system",
    "premise", "request", "arguments", "doc", "source",
)  # fmt: skip
_DESCRIPTIONS = (
    "model", "url", "path", "file", "filename", "name", "title", "date", "time", "timestamp", "created", "at", "language", "lang", "role",
    "type", "category", "split", "author", "user", "status", "reason", "error", "errors", "exception", "refusal", "version", "object",
    "license", "topic", "tag", "tags", "genre", "run", "seed", "dataset", "task", "fingerprint", "metadata", "meta", "filter",
)  # fmt: skip
_ERRORS = ("error", "errors", "exception", "error_message", "refusal")
_DEEPEST = 6
_LONGEST_REASON = 120
_MOST_NAMES = 12


class UnclearTextError(Exception):
    """It is not clear where a record holds its text.

    Args:
        problem: the end of a message that begins with the file.
        remedy: what can be done, one sentence.
        several: whether that is because two fields or more are known to hold texts.
    """

    def __init__(self, problem: str, *, remedy: str, several: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.several = problem, remedy, several


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where the records of a file hold their text.

    Args:
        path: as `--text-field` takes it; "" where a record is its text.
        shape: what stands there, in words, where it is not plain text in a field of that name.
    """

    path: str
    shape: str = ""


WHOLE = TextPlace("", "each record is its text")


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


def plain_name(name: str) -> str:
    """A field's name in lower case, its words joined by underscores.

    >>> plain_name("Generated Text"), plain_name("requestId"), plain_name("custom-id")
    ('generated_text', 'request_id', 'custom_id')
    """
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower()


def is_never_text(name: str) -> bool:
    """Whether a field of that name is an id, a gold answer, a prompt or a description.

    >>> [name for name in ("custom_id", "gold_answer", "prompt", "finishReason", "story") if is_never_text(name)]
    ['custom_id', 'gold_answer', 'prompt', 'finishReason']
    """
    words = plain_name(name).split("_")
    return words[-1] in (*_IDS, *_DESCRIPTIONS) or not {*_GOLD, *_PROMPTS}.isdisjoint(words)


def is_known(name: str) -> bool:
    """Whether a field's name says what it holds: the text, an id, a gold answer, a prompt or a description."""
    return plain_name(name) in (*TEXT_FIELDS, *_CHATS, *_ANSWERS) or is_never_text(name)


def choose(record: Mapping[str, Any], *, others: Collection[str] = ()) -> TextPlace:
    """Where a record holds its text.

    Args:
        record: the first of a file that has text.
        others: fields that are known to hold something else.

    Raises:
        UnclearTextError: nowhere, or in one of several places.

    >>> choose({"id": 7, "prompt": "Go on.", "choices": [{"message": {"role": "assistant", "content": "It rained."}}]}).path
    'choices.0.message.content'
    """
    role = record.get("role", record.get("from"))
    if isinstance(role, str) and not _is_assistant(record) and "content" in record:
        raise UnclearTextError(
            f'a record is one turn of a chat, by "{role}".',
            remedy='Write each chat as one record, {"messages": [...]}, or keep the turns of the assistant only.',
        )
    places = list(itertools.islice(_places(record, (), others), _MOST_NAMES))
    if len(places) > 1:
        names = [visible(place.path) for place in places]
        quoted = [f'"{name}"' for name in names]
        raise UnclearTextError(
            f"the text may be in {', '.join(quoted[:-1])} or {quoted[-1]}.",
            remedy=f"Name one of them with --text-field, such as --text-field {names[-1]}.",
            several=True,
        )
    if places:
        return places[0]
    plain = [name for name, value in record.items() if name not in others and not is_never_text(name) and _is_text(value)]
    if len(plain) == 1:
        return TextPlace(plain[0])
    raise _unclear(record, plain)


def holds_text(record: Mapping[str, Any]) -> bool:
    """Whether a field that is known by its name holds the text of a record."""
    return any(True for _ in _places(record, ()))


def _unclear(record: Mapping[str, Any], plain: Sequence[str]) -> UnclearTextError:
    names = listed(record)
    if plain:
        return UnclearTextError(
            f"it is not clear which field holds the text (fields: {names}).", remedy="Name it with --text-field."
        )
    leaves = list(itertools.islice(_leaves(record, ()), _MOST_NAMES))
    if not leaves:
        return UnclearTextError(f"no field holds text (fields: {names}).", remedy='Write it into a field, such as {"text": "..."}.')
    likely = next((leaf for leaf in leaves if not any(map(is_never_text, leaf.split(".")))), leaves[-1])
    return UnclearTextError(
        f"no field is known to hold a model's text (fields: {names}).",
        remedy=f"Name it with --text-field, such as --text-field {visible(likely)}, if that is the text.",
    )


def listed(names: Collection[str]) -> str:
    """The names of fields for a message, the first twelve of them, safe to print."""
    shown = [visible(name[:60]) for name in itertools.islice(names, _MOST_NAMES)]
    rest = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return (", ".join(shown) or "none") + rest


def _places(record: Mapping[str, Any], above: tuple[str, ...], others: Collection[str] = ()) -> Iterator[TextPlace]:
    """Every place whose name says that it holds the text."""
    if len(above) > _DEEPEST or (above and not _is_assistant(record, unless_said=True)):
        return
    for name, value in record.items():
        known, path = plain_name(name), (*above, name)
        if name in others and not above:
            continue
        if known in _CHATS:
            if isinstance(value, list) and _last_assistant(value) is not None:
                yield TextPlace(".".join(path), "the last assistant turn")
        elif known == "resps" or (known == "filtered_resps" and "resps" not in record):
            yield from _harness(value, path)
        elif known in _ANSWERS and isinstance(value, list) and value and isinstance(value[0], Mapping):
            note = f"the first of {len(value)} {known}" if len(value) > 1 else ""
            yield from (TextPlace(place.path, place.shape or note) for place in _places(value[0], (*path, "0")))
        elif known in TEXT_FIELDS or known in _ANSWERS or (above and known == "parts"):
            yield from _text_field(known, value, path)
        elif known in _WRAPPERS and isinstance(value, Mapping):
            yield from _places(value, path)


def _text_field(known: str, value: Any, path: tuple[str, ...]) -> Iterator[TextPlace]:
    if isinstance(value, Mapping):
        yield from _places(value, path)
        return
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[\d.,]+\s*", value):
        return  # a number in a table, such as the sample's
    if known in _ANSWERS and not (isinstance(value, list) and value):
        return
    try:
        taken = text_of(value)
    except TypeError:
        return
    if known == "choices" and taken.kind == "strings":
        return  # the options of a multiple-choice question
    yield TextPlace(".".join(path), _shape(taken.kind, value))


def _shape(kind: str, value: Any) -> str:
    if kind == "strings":
        return f"the first of {len(value)} texts" if len(value) > 1 else ""
    return {"turns": "the last assistant turn", "parts": "its parts of text"}.get(kind, "")


def _harness(value: Any, path: tuple[str, ...]) -> Iterator[TextPlace]:
    """The place of the first answer in a sample of lm-evaluation-harness, a list of texts or of lists of texts; scores are none."""
    n_answers = 1
    while isinstance(value, list) and value and len(path) < _DEEPEST:
        n_answers *= len(value)
        path, value = (*path, "0"), value[0]
    if isinstance(value, str):
        yield TextPlace(".".join(path), f"the first of {n_answers} answers" if n_answers > 1 else "")


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The paths of all strings, those on top first."""
    if len(path) > _DEEPEST:
        return
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value[:1]) if isinstance(value, list) else ()
    nested = []
    for name, inner in pairs:
        if _is_text(inner):
            yield ".".join((*path, str(name)))
        else:
            nested.append((str(name), inner))
    for name, inner in nested:
        yield from _leaves(inner, (*path, name))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_assistant(turn: Any, *, unless_said: bool = False) -> bool:
    """Whether a turn is the model's; `unless_said` is the answer where it does not say whose it is."""
    role = (turn.get("role") or turn.get("from")) if isinstance(turn, Mapping) else None
    return role.lower() in _ASSISTANTS if isinstance(role, str) else unless_said


def _last_assistant(value: Sequence[Any]) -> Mapping[str, Any] | None:
    return next((turn for turn in reversed(value) if _is_assistant(turn)), None)


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
        turn = _last_assistant(value)
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
        if known in _ERRORS and (said := _said(value)):
            return f"its {visible(name)} field says: {said}"
        if known in _WRAPPERS and isinstance(value, Mapping) and depth < _DEEPEST and (said := error_of(value, depth=depth + 1)):
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
