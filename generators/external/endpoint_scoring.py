"""Turns a server's log-probabilities of tokens into those of characters: `windows`, `per_character` and `token_starts`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evalkit._util.escape import visible
from evalkit.errors import NotScorableError
from generators.base import Floats
from generators.external.base import spread
from generators.external.endpoint_client import Answer

_LONGEST_ODD_TOKEN = 4
"""Characters that a token may stand for although the server shows it in another way."""


def windows(text: str, context: int) -> list[tuple[int, int, int]]:
    """Overlapping parts of a text, each (begin, first character to score, end); cut before spaces, where tokens begin.

    >>> windows("one two three", 8)
    [(0, 0, 7), (3, 7, 11), (7, 11, 13)]
    """
    parts = [(0, 0, _cut(text, 0, context))] if text else []
    while parts and parts[-1][2] < len(text):
        first = parts[-1][2]
        begin = _cut(text, max(0, first - 3 * context // 4), first - context // 2)
        parts.append((begin, first, _cut(text, first, begin + context)))
    return parts


def _cut(text: str, after: int, limit: int) -> int:
    """The last place in (after, limit] that a space follows; `limit` where there is none, or the end of the text."""
    if limit >= len(text):
        return len(text)
    space = text.rfind(" ", after + 1, limit + 1)
    return space if space > 0 else limit


def per_character(answer: Answer, sent: str, skip: int) -> Floats:
    """The log2 probabilities of an echoed text's characters from `skip` on.

    Raises:
        NotScorableError: when the answer does not hold them.
    """
    try:
        logprobs = answer["choices"][0]["logprobs"]
        tokens, nats = logprobs["tokens"], logprobs["token_logprobs"]
    except (KeyError, IndexError, TypeError) as error:
        raise _unscored("the server gives no log-probabilities of the text it is given") from error
    lists = isinstance(tokens, list) and isinstance(nats, list) and len(nats) == len(tokens)
    if not lists or not all(isinstance(token, str) for token in tokens):
        raise _unscored("the server's log-probabilities are not in the form of the interface")
    starts = token_starts(sent, tokens)
    inside = [i for i, start in enumerate(starts) if start < len(sent)]
    ends = [*(starts[i] for i in inside[1:]), len(sent)]
    scored = [_is_number(nats[i]) for i in inside]
    if unknown := [i for i, (end, ok) in enumerate(zip(ends, scored, strict=True)) if end > skip and not ok]:
        what = "of the first token" if unknown == [0] else "of some tokens"
        raise _unscored(
            f"the server gives no log-probability {what}, so that a text has none either (a prompt=, such as a title, may help)"
        )
    # The text before `skip` is context: its own probability does not matter.
    bits = [float(nats[i]) / math.log(2) if ok else 0.0 for i, ok in zip(inside, scored, strict=True)]
    return spread(len(sent), ends, bits)[skip:]


def token_starts(sent: str, tokens: Sequence[str]) -> list[int]:
    """Where each token begins in the text that was sent; tokens after the text begin at its end.

    A first token that is not in the text (the mark that begins every text) takes no character. Servers show tokens that hold only some bytes of a
    character in different ways; the token after them shows where the last of them ends.

    Raises:
        NotScorableError: when the tokens do not spell the text.

    >>> token_starts("caf\u00e9 au", ["<s>", "caf", "\ufffd", "\ufffd", " au", " lait"])
    [0, 0, 3, 3, 4, 7]
    """
    starts, at = [], 0
    for i, token in enumerate(tokens):
        starts.append(at)
        shown = token.replace("\u2581", " ")
        if not at and not sent.startswith(shown):
            shown = shown.lstrip(" ")
        if sent.startswith(shown, at):
            at = min(at + len(shown), len(sent))
        elif i:
            at = _after_odd_token(sent, at, tokens[i + 1] if i + 1 < len(tokens) else None)
    if at < len(sent):
        raise _unscored("the server's tokens do not spell the text")
    return starts


def _after_odd_token(sent: str, at: int, following: str | None) -> int:
    """Where a token ends that is not shown as text: at most a few characters further."""
    if following is not None and following.isascii() and following and not following.startswith("bytes:"):
        start = sent.find(following, at, at + _LONGEST_ODD_TOKEN + len(following))
        return at if start < 0 else start
    # If the next token is odd as well, this one adds no character: the last of them adds them all. Without a next token, this is the last.

    return at if following is not None or len(sent) - at > _LONGEST_ODD_TOKEN else len(sent)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _unscored(why: str) -> NotScorableError:
    return NotScorableError(visible(why))
