"""Finds which field of a record holds the model's text, `choose` gives a `TextPlace`.

Forms that programs are known to write are recognised by the names of their fields: chats, answers of servers, samples of
lm-evaluation-harness, outputs of pipelines. A prompt, a gold answer or an id is never taken for the text; where two fields may
hold it, neither is.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit._util.escape import visible
from evalkit.text.io.field_names import ANSWERS, CHATS, MOST_NAMES, TEXT_FIELDS, WRAPPERS, is_never_text, listed, plain_name
from evalkit.text.io.record_values import is_assistant, last_assistant, text_of

_DEEPEST = 6


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
        shape: what is there, in words, where it is not plain text in a field of that name.
    """

    path: str
    shape: str = ""


WHOLE = TextPlace("", "each record is its text")


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
    if isinstance(role, str) and not is_assistant(record) and "content" in record:
        raise UnclearTextError(
            f'a record is one turn of a chat, by "{role}".',
            remedy='Write each chat as one record, {"messages": [...]}, or keep the turns of the assistant only.',
        )
    places = list(itertools.islice(_places(record, (), others), MOST_NAMES))
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
    leaves = list(itertools.islice(_leaves(record, ()), MOST_NAMES))
    if not leaves:
        return UnclearTextError(f"no field holds text (fields: {names}).", remedy='Write it into a field, such as {"text": "..."}.')
    likely = next((leaf for leaf in leaves if not any(map(is_never_text, leaf.split(".")))), leaves[-1])
    return UnclearTextError(
        f"no field is known to hold a model's text (fields: {names}).",
        remedy=f"Name it with --text-field, such as --text-field {visible(likely)}, if that is the text.",
    )


def _places(record: Mapping[str, Any], above: tuple[str, ...], others: Collection[str] = ()) -> Iterator[TextPlace]:
    """Every place whose name says that it holds the text."""
    if len(above) > _DEEPEST or (above and not is_assistant(record, unless_said=True)):
        return
    for name, value in record.items():
        known, path = plain_name(name), (*above, name)
        if name in others and not above:
            continue
        if known in CHATS:
            if isinstance(value, list) and last_assistant(value) is not None:
                yield TextPlace(".".join(path), "the last assistant turn")
        elif known == "resps" or (known == "filtered_resps" and "resps" not in record):
            yield from _harness(value, path)
        elif known in ANSWERS and isinstance(value, list) and value and isinstance(value[0], Mapping):
            note = f"the first of {len(value)} {known}" if len(value) > 1 else ""
            yield from (TextPlace(place.path, place.shape or note) for place in _places(value[0], (*path, "0")))
        elif known in TEXT_FIELDS or known in ANSWERS or (above and known == "parts"):
            yield from _text_field(known, value, path)
        elif known in WRAPPERS and isinstance(value, Mapping):
            yield from _places(value, path)


def _text_field(known: str, value: Any, path: tuple[str, ...]) -> Iterator[TextPlace]:
    if isinstance(value, Mapping):
        yield from _places(value, path)
        return
    if isinstance(value, str) and re.fullmatch(r"\s*[-+]?[\d.,]+\s*", value):
        return  # a number in a table, such as the sample's
    if known in ANSWERS and not (isinstance(value, list) and value):
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
