"""Results that have every figure: candidates of several kinds with letters, lengths, texts and bits, made by hand."""

from __future__ import annotations

import random
from dataclasses import replace

from evalkit.results import Profile, Series, TextCounts
from tests.support.judged import CATALOGUE, human, judged

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LENGTHS = [*map(str, range(1, 20)), "20+"]
CLASSES = ["pronoun", "determiner", "preposition", "conjunction", "auxiliary", "particle", "other words"]
RANKS = [1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1000]
SPECS = {"human": "human", "unigram": "unigram", "uniform": "uniform"}
SEVEN = ("human", "lstm", "word-3", "ngram-8", "ngram-3", "unigram", "uniform")
TWELVE = (*SEVEN, "ngram-5", "word-2", "a-longer-name-of-a-model", "gpt", "mixture")


def shares(rng, n, *, off):
    """A distribution over n items, one in which the first are the most frequent, off by so much."""
    raw = [rng.uniform(1 - off, 1 + off) / (i + 2) for i in range(n)]
    return [value / sum(raw) for value in raw]


def profile(metric, items, names, *, seed, without=()):
    rng = random.Random(seed)
    series = {}
    for name in names:
        value = shares(rng, len(items), off=0.9 if name in SPECS and name != "human" else 0.1)
        known = name not in without
        series[name] = Series(
            value=value,
            low=[share * 0.95 if known else None for share in value],
            high=[share * 1.05 if known else None for share in value],
            contribution=[0.0] * len(items),
        )
    return Profile(metric=metric, items=list(items), reference=shares(random.Random(0), len(items), off=0.0), series=series)


def text(rng, *, far, n=52):
    """What figures show of a text whose passages are about so far from the corpus."""
    return TextCounts(
        distances=[round(min(1.0, max(0.0, rng.gauss(far, 0.08))), 4) for _ in range(n)],
        copied=[max(0.0, (1.0 - far) * 0.9**n * (0.5 if n > 3 else 1.0)) for n in range(1, 9)],
        ranks=RANKS,
        per_10k=[800 * rng.uniform(1 - far, 1 + far) / rank for rank in RANKS],
    )


def drawn(names=SEVEN, *, kind="compare", far=None):
    """A run with every figure of its kind.

    Args:
        names: of the candidates; those of `SPECS` are human text and noise.
        kind: of the run.
        far: candidate -> floor units by which its measures are off; None spreads them.
    """
    rng = random.Random(1)
    values = {}
    for place, name in enumerate(names):
        off = (far or {}).get(name, 0.2 if name == "human" else 25.0 if name in SPECS else 0.6 + place)
        values[name] = {}
        for id_ in CATALOGUE:
            low, median, high = human(id_)
            side = rng.choice([-1, 1])
            value = median + off * (high - median) if side > 0 or low is None else median - off * (median - low)
            least, most = CATALOGUE[id_].bounds
            value = value if least is None else max(value, least)
            values[name][id_] = value if most is None else min(value, most)
    run = judged(values, specs=SPECS, kind=kind)
    texts = {name: text(rng, far=0.95 if name in SPECS and name != "human" else 0.3 + 0.05 * i) for i, name in enumerate(names)}
    candidates = [{**candidate, "bits_per_char": 2.0 + 0.2 * i} for i, candidate in enumerate(run.candidates)]
    return replace(
        run,
        candidates=candidates,
        profiles=[
            profile("letters.jsd", LETTERS, names, seed=2, without=("human",)),
            profile("wordlen.w1", LENGTHS, names, seed=3),
            profile("function.profile", CLASSES, names, seed=4),
        ],
        texts={"": text(rng, far=0.3)} | texts,
        signature={**run.signature, "temperature": [round(0.5 + 0.1 * i, 1) for i in range(len(names))]}
        if kind == "sweep"
        else run.signature,
    )
