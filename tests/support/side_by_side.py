"""A small comparison that is run in one process, in several and on a cluster: `CANDIDATES`, `REFERENCE`, `SHAPE`; `content` of its results."""

from __future__ import annotations

import json

import evalkit

TALES = [document.text for document in evalkit.read_corpus().documents]
SHAPE = {"passages": 8, "chars": 300}
REFERENCE = {f"{number:02d}": tale[:2500] for number, tale in enumerate(TALES)}
SAMPLES = [tale[3000:3300] for tale in TALES[:8]]
CANDIDATES = {"noise": "unigram", "letters": "ngram:order=3", "human": "human", "mine": SAMPLES}


def content(results):
    """All that a run says but when and where it was made."""
    plain = json.loads(results.to_json())
    del plain["run"]
    return plain
