"""Makes results of any number of candidates from the example that the repository keeps, as large as those of a real run: `of_many`."""

from __future__ import annotations

import copy
import json
from itertools import combinations
from typing import Any

from evalkit.results import Results, from_dict
from tests.support.paths import ROOT

EXAMPLE = ROOT / "reports" / "example" / "results.json"
_LISTS = ("results", "overall", "families", "human_tests", "classifications", "ranking")
_SURPRISE = "0000131040350302110201201200320020321012002401331101000152100404411300410519061002080910034111416038630031099190513061107431119211009920203420031602141020"
"""Bits of a human text, a digit a character."""
_ORDER = ("word-3", "ngram-8", "lstm", "human", "unigram")


def of_many(n: int) -> Results:
    """Results of n candidates: those of the example, of which some stand several times under names of their own."""
    plain = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    pattern = [*_ORDER, "unigram", "ngram-8", "word-3", "lstm", "ngram-8", "word-3", "ngram-8"][:n]
    names: dict[str, str] = {}
    for source in pattern:
        copies = sum(original == source for original in names.values())
        names[f"{source}-{copies + 1}" if copies else source] = source
    _complete(plain)
    return from_dict(_renamed(plain, names))


def _renamed(plain: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Everything that is said of the sources, said of each name."""
    made = copy.deepcopy(plain)
    by_name = {candidate["name"]: candidate for candidate in plain["candidates"]}
    made["candidates"] = [by_name[source] | {"name": name} for name, source in names.items()]
    for part in _LISTS:
        made[part] = [
            each | {"candidate": name} for name, source in names.items() for each in plain[part] if each["candidate"] == source
        ]
    made["audit"]["candidates"] = [
        each | {"candidate": name}
        for name, source in names.items()
        for each in plain["audit"]["candidates"]
        if each["candidate"] == source
    ]
    for part in ("excerpts", "explanations", "traces", "texts"):
        kept = {"": plain[part][""]} if "" in plain[part] else {}
        made[part] = kept | {name: plain[part][source] for name, source in names.items() if source in plain[part]}
    for profile in made["profiles"]:
        profile["series"] = {name: profile["series"][source] for name, source in names.items() if source in profile["series"]}
    pairs = {(pair["a"], pair["b"], pair["metric"]): pair for pair in plain["comparisons"]}
    pairs |= {(b, a, metric): _turned(pair) for (a, b, metric), pair in pairs.items()}
    model = plain["comparisons"][0]
    made["comparisons"] = [
        pairs.get((names[a], names[b], metric), model) | {"a": a, "b": b, "metric": metric}
        for metric in dict.fromkeys(pair["metric"] for pair in plain["comparisons"])
        for a, b in combinations(names, 2)
    ]
    return made


def _complete(plain: dict[str, Any]) -> None:
    """Adds what the example may be too old to have, so that the page is as large as today's."""
    human = plain["excerpts"][""]
    human += [human[0] | {"id": "again"}] * (3 - len(human))
    for excerpts in plain["excerpts"].values():
        for excerpt, role in zip(excerpts, ("best", "median", "worst"), strict=False):
            excerpt["role"] = role
        for excerpt in excerpts:
            length = len(excerpt["text"])
            excerpt["surprise"] = (_SURPRISE * (1 + length // len(_SURPRISE)))[:length]
    shape = plain["shape"]["n_passages"]
    counts = {
        "distances": [round(0.1 + 0.4 * i / shape, 4) for i in range(shape)],
        "copied": [0.9 / 2**i for i in range(8)],
        "ranks": [2**i for i in range(12)],
        "per_10k": [600.0 / 2**i for i in range(12)],
    }
    plain.setdefault("texts", dict.fromkeys(["", *(candidate["name"] for candidate in plain["candidates"])], counts))


def _turned(pair: dict[str, Any]) -> dict[str, Any]:
    """A comparison the other way round."""
    if pair["delta"] is None:
        return pair
    return pair | {"delta": -pair["delta"], "ci": pair["ci"] and [-pair["ci"][1], -pair["ci"][0]]}
