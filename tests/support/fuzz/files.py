"""Makes baselines, metadata of saved models, policies and configurations, and writes TOML (`toml_text`)."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from evalkit.cli.config import every_command, key_of
from evalkit.gating.measures import known_measures
from evalkit.inference import UNITS
from evalkit.metrics import AuditMetric, Metric, catalogue
from tests.support.baselines import LAYOUT
from tests.support.fuzz.schema import COUNTS, NUMBERS, TEXTS

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _number(rng: random.Random) -> float | None:
    return rng.choice((None, 0.0, rng.random(), abs(rng.gauss(0, 3)), rng.choice(NUMBERS)))


def _text(rng: random.Random) -> str:
    return rng.choice(("ngram:order=3", "good", *TEXTS))


def baseline_document(rng: random.Random) -> dict[str, Any]:
    """A baseline of letter divergence and perhaps more, as `baseline save` writes one."""
    n, columns = rng.randint(10, 14), [*LAYOUT.columns, *rng.sample(TEXTS, 2)]
    tally = []
    for _ in range(n):
        used = sorted(rng.sample(range(len(columns)), rng.randint(0, len(columns))))
        tally.append([value for column in used for value in (column, rng.choice((1, 5, 300, 2**52)))])
    ids = ["letters.jsd", *rng.sample(list(catalogue(Metric)), 2)]
    floor = {key: rng.random() for key in ("median", "p95", "damage_median", "damage_p95", "noise")}
    checks = rng.sample(list(catalogue(AuditMetric)), 2)
    return {
        "evalkit_baseline": 1,
        "date": "2026-01-01T00:00:00+00:00",
        "commit": rng.choice((None, "ab" * 20)),
        "candidate": {"name": _text(rng), "spec": _text(rng), "kind": "generator"},
        "shape": {"n_passages": n, "n_chars": rng.choice((40, 1000))},
        "mean_chars": rng.choice((40.0, rng.random() * 1000)),
        "source": {"reference": "embedded", "held_out": None, "fraction": 0.2, "split_seed": 0, "language": "en"},
        "signature": {"reference": {"hash": "ab"}, "metrics": dict.fromkeys(ids, 1), "word_lists": {}, "shape": {}, "seed": rng.choice(COUNTS)},
        "values": {id_: {"value": _number(rng), "standard_error": _number(rng)} for id_ in ids},
        "floors": {id_: {**floor, "low": _number(rng), "high": _number(rng)} for id_ in ids[:2]},
        "clusters": list(range(n)),
        "unit": rng.choice(list(UNITS)),
        "blocks": rng.choice((None, {"of": None, "n_texts": 1, "n_pieces": n, "reason": None})),
        "audit": {id_: {"version": 1, "n": rng.randint(0, n), "of": n, "effective": float(n)} for id_ in checks},
        "columns": columns,
        "tally": tally,
    }  # fmt: skip


def policy_document(rng: random.Random) -> dict[str, Any]:
    """A policy with any of its keys."""
    patterns = (*rng.sample(known_measures(), 3), "*", "suffix.*", "audit.*")
    margins = (0.02, 5e-324, 1e99, "1.5 floor", "2 floors", "1e-9 floor")
    entries = {
        pattern: {
            key: value
            for key, value in (("tier", rng.choice(("critical", "supporting", "advisory"))), ("margin", rng.choice(margins[:3])))
            if rng.random() < 0.7
        }
        for pattern in rng.sample(patterns, 3)
    }
    return {"level": rng.choice((0.5, 0.95, 0.9999999)), "margin": rng.choice(margins), "metrics": entries}


def configuration_document(rng: random.Random) -> dict[str, Any]:
    """A configuration with options at its top, below commands, and a policy."""
    commands = list(every_command().items())
    document: dict[str, Any] = {}
    for path, options in rng.sample(commands, 3):
        branch = document
        for name in path:
            branch = branch.setdefault(name, {})
        branch.update({key_of(option): _setting(option, rng) for option in rng.sample(options, min(2, len(options)))})
    document["policy"] = policy_document(rng)
    return document


def _setting(option: Any, rng: random.Random) -> Any:
    if option.is_flag:
        return rng.random() < 0.5
    value = rng.choice((0, 1, 40, 0.5, "en", "embedded", "letters.jsd", "text", "every:10:4"))
    return [value] if option.multiple else value


def toml_text(value: Any) -> str:
    """A document as TOML; what TOML cannot hold becomes something that its parser refuses."""
    return "".join(f"{_toml_key(str(key))} = {_toml(part)}\n" for key, part in value.items())


def _toml_key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_toml_key(str(key))} = {_toml(part)}' for key, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value)
