"""Finds parts of results that contradict each other (`contradictions`), which a schema cannot say.

Reports look up each other's names and lengths. A file that evalkit wrote never contradicts itself; one that was edited or damaged may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

_EXIT_CODES = {"PASS": 0, "REGRESSION": 1}
"""Of the verdicts that something measured decides."""
_NO_VERDICT = 3
_Found = Iterator[tuple[str, str]]
"""Places, as paths of keys, and what is wrong there."""


def contradictions(data: Mapping[str, Any]) -> _Found:
    """What contradicts itself in results that conform to the schema.

    Args:
        data: JSON values.

    Yields:
        The place, as keys between slashes, and what is wrong there.
    """
    names = [candidate["name"] for candidate in data["candidates"]]
    if len(set(names)) < len(names):
        yield "candidates", "two have the same name"
    yield from _references(data, set(names), data["metrics"])
    yield from _once(data)
    yield from _verdict(data)
    yield from _learning(data.get("learning", ()))
    yield from _sweep(data, names)
    yield from _audit(data, set(names))
    yield from _profiles(data["profiles"])
    yield from _texts(data.get("texts", {}))
    yield from _excerpts(data.get("excerpts", {}))
    yield from _intervals(data)
    yield from _ranges(data)


def _references(data: Mapping[str, Any], names: Collection[str], metrics: Collection[str]) -> _Found:
    """Names of candidates and metrics that are not there."""
    for part in ("results", "overall", "ranking", "families", "human_tests", "classifications"):
        yield from _unknown(part, data.get(part, ()), "candidate", names)
    for part in ("results", "families", "human_tests"):
        yield from _unknown(part, data.get(part, ()), "metric", metrics)
    for key in ("a", "b"):
        yield from _unknown("comparisons", data.get("comparisons", ()), key, names)
    yield from _unknown("comparisons", data.get("comparisons", ()), "metric", {*metrics, "overall"})
    for i, candidate in enumerate(data["candidates"]):
        if unknown := [measure for measure in candidate.get("worse", ()) if measure.removesuffix(":over") not in metrics]:
            yield f"candidates/{i}/worse", f"there is no metric {unknown[0]!r}"
    for name, explanation in data.get("explanations", {}).items():
        yield from _unknown(f"explanations/{name}/contributions", explanation["contributions"], "metric", metrics)
    for part in ("explanations", "excerpts", "texts", "traces"):
        for name in data.get(part, {}):
            if name not in names and (part, name) not in {("excerpts", ""), ("texts", "")}:
                yield f"{part}/{name}", "there is no such candidate"


def _unknown(part: str, entries: Iterable[Mapping[str, Any]], key: str, known: Collection[str]) -> _Found:
    for i, entry in enumerate(entries):
        if entry[key] not in known:
            yield f"{part}/{i}/{key}", f"there is no {key if key == 'metric' else 'candidate'} {entry[key]!r}"


def _once(data: Mapping[str, Any]) -> _Found:
    """What each candidate has one of."""
    for part, keys in (("families", ("candidate", "family")), ("human_tests", ("candidate",)), ("classifications", ("candidate",))):
        seen = set()
        for i, entry in enumerate(data.get(part, ())):
            of = tuple(entry[key] for key in keys)
            if of in seen:
                yield f"{part}/{i}", "there is one already"
            seen.add(of)


def _verdict(data: Mapping[str, Any]) -> _Found:
    """Verdicts of what is no gate, and verdicts that the gate's own parts do not bear out."""
    gate, verdict = data.get("gate"), data.get("verdict")
    if gate is None:
        for key in ("verdict", "exit_code"):
            if key in data:
                yield key, "only a gate has one"
        return
    if data["exit_code"] != _EXIT_CODES.get(str(verdict), _NO_VERDICT):
        yield "exit_code", f"it is not that of {verdict}"
    if gate["worst"] is None and verdict in _EXIT_CODES:
        yield "gate/worst", f"there is no measure that decided on {verdict}"
    if gate["worst"] is not None and gate["worst"] not in gate["decisions"]:
        yield "gate/worst", "it is none of the decisions"


def _learning(models: Sequence[Mapping[str, Any]]) -> _Found:
    for i, model in enumerate(models):
        for j, checkpoint in enumerate(model["checkpoints"]):
            metrics = [row["metric"] for row in checkpoint["rows"]]
            if len(set(metrics)) < len(metrics):
                yield f"learning/{i}/checkpoints/{j}/rows", "two are of the same metric"


def _sweep(data: Mapping[str, Any], names: Sequence[str]) -> _Found:
    if data["kind"] != "sweep":
        return
    temperatures = data["signature"].get("temperature")
    if not isinstance(temperatures, list) or len(temperatures) != len(names) or not all(map(_is_number, temperatures)):
        yield "signature/temperature", "it is not one number a candidate"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _audit(data: Mapping[str, Any], names: Collection[str]) -> _Found:
    audit = data.get("audit")
    if audit is None:
        return
    yield from _unknown("audit/candidates", audit["candidates"], "candidate", names)
    for i, candidate in enumerate(audit["candidates"]):
        place = f"audit/candidates/{i}"
        yield from _unknown(f"{place}/findings", candidate["findings"], "metric", audit["checks"])
        if any(finding["n"] > candidate["n_passages"] for finding in candidate["findings"]):
            yield place, "more passages have a fault than there are"


def _texts(texts: Mapping[str, Mapping[str, Any]]) -> _Found:
    for name, counts in texts.items():
        if len(counts["ranks"]) != len(counts["per_10k"]):
            yield f"texts/{name}", "it does not have one rate a rank"


def _profiles(profiles: Sequence[Mapping[str, Any]]) -> _Found:
    for i, profile in enumerate(profiles):
        series = [values for parts in profile["series"].values() for values in parts.values()]
        if not profile["items"] or any(len(values) != len(profile["items"]) for values in (profile["reference"], *series)):
            yield f"profiles/{i}", "it does not have one value an item"


def _excerpts(excerpts: Mapping[str, Sequence[Mapping[str, Any]]]) -> _Found:
    for name, of_candidate in excerpts.items():
        for i, excerpt in enumerate(of_candidate):
            length = len(excerpt["text"])
            if any(not span["start"] < span["end"] <= length for span in excerpt["spans"]):
                yield f"excerpts/{name}/{i}/spans", "one is not in the text"
            if len(excerpt.get("surprise") or excerpt["text"]) != length:
                yield f"excerpts/{name}/{i}/surprise", "it does not have one digit a character"


def _intervals(data: Mapping[str, Any]) -> _Found:
    for part, key in (("results", "ci"), ("results", "delta_ci"), ("overall", "ci"), ("comparisons", "ci")):
        for i, entry in enumerate(data.get(part, ())):
            if entry[key] is not None and not entry[key][0] <= entry[key][1]:
                yield f"{part}/{i}/{key}", "it ends before it begins"


def _ranges(data: Mapping[str, Any]) -> _Found:
    """Ranges of human text; files of older versions have none."""
    for part in ("results", "overall", "classifications"):
        for i, entry in enumerate(data.get(part, ())):
            low, high = ((entry.get("floor") or {}).get(end) for end in ("low", "high"))
            if low is not None and (high is None or not low <= high):
                yield f"{part}/{i}/floor", "the range of human text ends before it begins"
