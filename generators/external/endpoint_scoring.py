"""Probabilities of characters from what a server says of tokens: parts of a long text, and which token stands for which characters."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evalkit._util.escape import visible
from evalkit.errors import NotScorableError
from generators.base import Floats
from generators.external.base import spread
from generators.external.endpoint_client import Answer

_LONGEST_ODD_TOKEN = 4


def windows(text: str, context: int) -> list[tuple[int, int, int]]:
    """Overlapping parts of a text, each (begin, first character to score, end); cut before spaces, where tokens begin.

    >>> windows("one two three", 8)
    [(0, 0, 7), (3, 7, 11), (7, 11, 13)]
    """
    found = [(0, 0, _cut(text, 0, context))] if text else []
    while found and found[-1][2] < len(text):
        first = found[-1][2]
        begin = _cut(text, max(0, first - 3 * context // 4), first - context // 2)
        found.append((begin, first, _cut(text, first, begin + context)))
    return found


def _cut(text: str, after: int, limit: int) -> int:
    """The last place after one and up to another at which a space follows; the other where there is none, or the text ends there."""
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
        found = answer["choices"][0]["logprobs"]
        tokens, nats = found["tokens"], found["token_logprobs"]
    except (KeyError, IndexError, TypeError) as error:
        raise _unscored("the server gives no log-probabilities of the text it is given") from error
    lists = isinstance(tokens, list) and isinstance(nats, list) and len(nats) == len(tokens)
    if not lists or not all(isinstance(token, str) for token in tokens):
        raise _unscored("the server's log-probabilities are not in the form of the interface")
    starts = token_starts(sent, tokens)
    inside = [i for i, start in enumerate(starts) if start < len(sent)]
    ends = [*(starts[i] for i in inside[1:]), len(sent)]
    known = [_is_number(nats[i]) for i in inside]
    if unknown := [i for i, (end, ok) in enumerate(zip(ends, known, strict=True)) if end > skip and not ok]:
        what = "of the first token" if unknown == [0] else "of some tokens"
        raise _unscored(
            f"the server gives no log-probability {what}, so that a text has none either (a prompt=, such as a title, may help)"
        )
    # What comes before `skip` is context: its own probability is not asked for.
    bits = [float(nats[i]) / math.log(2) if ok else 0.0 for i, ok in zip(inside, known, strict=True)]
    return spread(len(sent), ends, bits)[skip:]


def token_starts(sent: str, tokens: Sequence[str]) -> list[int]:
    """Where each token begins in the text that was sent; at its end, for those that follow it.

    A first token that is not in the text (the mark that begins every text) takes no character. Tokens that hold a part of a character's bytes
    are shown by servers in ways of their own; where the last of them ends is seen from the token after it.

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
    """Where a token that shows no text of its own ends: at most a few characters on."""
    if following is not None and following.isascii() and following and not following.startswith("bytes:"):
        found = sent.find(following, at, at + _LONGEST_ODD_TOKEN + len(following))
        return at if found < 0 else found
    # The next one is odd as well, and all but the last of them add no character; or nothing comes, and this is the last.
    return at if following is not None or len(sent) - at > _LONGEST_ODD_TOKEN else len(sent)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _unscored(why: str) -> NotScorableError:
    return NotScorableError(visible(why))
