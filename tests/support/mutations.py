"""Changes JSON documents at random places, as a damaged or hostile file would be changed: `mutated`."""

from __future__ import annotations

import copy
import functools
import random
from collections.abc import Iterator

ODD = (
    None, True, False, 0, -1, 1, 2, 10**19, -(10**19), 0.5, -0.5, 1e-99, 1e99, -1e99, "", "x", "a b", "\ud800", "\x1b[31m", "9" * 400,
    "\ud800" * 3,
    "\0", "x" * 3000, 1e100, -1e100, 5e-324, 2**53 + 1, 10**20 - 1, -(2**63), 10**400, float("nan"), float("-inf"), [0] * 300,
    "audit.empty", "letters.jsd", "overall", [], {}, [None], [1, 2], [[]], {"": 0}, {"a": {"b": []}}, "`@team` <img> |",
)  # fmt: skip
ODD += (functools.reduce(lambda inside, _: [inside], range(62), 0), functools.reduce(lambda inside, _: {"a": inside}, range(70), 0))
"""Values that mean something elsewhere, or nothing anywhere."""


def mutated(document, seed, *, most=3):
    """A copy with one to `most` changes: a value replaced by an odd one or by another of the document, removed, repeated or renamed."""
    rng = random.Random(seed)
    changed = copy.deepcopy(document)
    for _ in range(rng.randint(1, most)):
        places = list(containers(changed))
        node = rng.choice(rng.choice(places))  # a rare kind of place is chosen as often as a frequent one
        if not node:
            continue
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = rng.choice(keys)
        _change(node, key, rng, changed)
    return changed


def containers(document) -> Iterator[list]:
    """The lists and objects of a document, grouped by their place with all numbers and most names left out."""
    groups: dict[str, list] = {}
    waiting = [("", document)]
    while waiting:
        place, node = waiting.pop()
        if isinstance(node, dict | list):
            groups.setdefault(place, []).append(node)
            for key, child in node.items() if isinstance(node, dict) else ((0, child) for child in node):
                waiting.append((f"{place}/{key if isinstance(node, dict) and len(node) > 2 else '*'}", child))
    return iter(groups.values())


def _change(node, key, rng, document):
    act = rng.random()
    if act < 0.55:
        node[key] = copy.deepcopy(rng.choice(ODD))
    elif act < 0.7:
        other = rng.choice(rng.choice(list(containers(document))))
        values = list(other.values()) if isinstance(other, dict) else other
        if values:
            node[key] = copy.deepcopy(rng.choice(values))
    elif act < 0.85:
        del node[key]
    elif isinstance(node, list):
        node.insert(key, copy.deepcopy(node[key]))
    else:
        node[rng.choice(["a", "", "x\ud800", *node])] = node.pop(key)
