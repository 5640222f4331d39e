"""What the command line does with generators: fit or load one by its specification, measure it, write its passages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evalkit.errors import UsageError
from evalkit.text.corpus import Corpus, Split, split_corpus
from generators import available, create
from generators.base import Generator, Progress, option_defaults, silent
from generators.spec import annotation_of
from generators.storage.models import load, read_meta
from generators.training.session import Session

MODEL = "model:"


@dataclass(frozen=True, kw_only=True)
class Score:
    """How well a generator predicts texts.

    Args:
        documents: how many texts.
        characters: in all of them.
        bits_per_char: mean bits per character, each text's end counted as one more; None where it could not be measured.
        bits_per_byte: all bits over the texts' bytes in UTF-8; None likewise.
        reason: why it could not be measured.
    """

    documents: int
    characters: int
    bits_per_char: float | None
    bits_per_byte: float | None
    reason: str = ""


def generators_known() -> list[dict[str, Any]]:
    """Every generator: its name, what it is, its options with types and defaults, whether it gives probabilities."""
    found = available()
    return [
        {
            "name": cls.name,
            "summary": cls.summary,
            "options": {
                name: {"type": annotation_of(parameter), "default": parameter.default}
                for name, parameter in option_defaults(cls).items()
            },
            "gives_probabilities": cls.can_score,
        }
        for cls in found
    ]


def is_model(spec: str) -> bool:
    """Whether a specification names a saved model."""
    return spec.startswith(MODEL)


def load_model(spec: str) -> Generator:
    """The saved model of `model:DIR`."""
    return load(spec.removeprefix(MODEL))


def fit(spec: str, split: Split, *, seed: int, session: Session | None = None, progress: Progress = silent) -> Generator:
    """A generator fitted to the training documents of a split.

    Args:
        spec: names the generator.
        split: the documents.
        seed: of everything random in the fitting.
        session: what surrounds a training in updates; other generators are fitted without.
        progress: told how far the work is.

    Raises:
        UsageError: for a specification that cannot be fitted, and what the generator itself refuses.
    """
    generator = create(spec)
    if session is not None and generator.trains_in_updates:
        generator.session = session
    progress(f"fitting {spec}", 0, 1)
    return generator.fit(
        [document.text for document in split.train],
        held_out=[document.text for document in split.held_out],
        seed=seed,
        progress=progress,
    )


def score(generator: Generator, texts: Sequence[str]) -> Score:
    """Bits per character of texts.

    Raises:
        NotScorableError: when the generator has no probabilities.
    """
    n_chars = sum(map(len, texts))
    n_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    bits = 0.0
    for text in texts:
        scores = generator.log2_prob(text)
        impossible = np.flatnonzero(np.isneginf(scores))
        if len(impossible):
            return Score(
                documents=len(texts),
                characters=n_chars,
                bits_per_char=None,
                bits_per_byte=None,
                reason=_why(text, int(impossible[0])),
            )
        bits -= float(scores.sum())
    return Score(
        documents=len(texts),
        characters=n_chars,
        bits_per_char=bits / (n_chars + len(texts)),
        bits_per_byte=bits / n_bytes if n_bytes else None,
    )


def _why(text: str, place: int) -> str:
    what = f"the character {text[place]!r} at {place}" if place < len(text) else "the end of a document"
    return f"The generator holds {what} to be impossible."


def record(corpus: Corpus, split: Split, *, seed: int, measured: Score | None) -> dict[str, Any]:
    """What a saved model says of its training."""
    return {
        "corpus": {"name": corpus.name, "hash": corpus.hash},
        "split": {
            "fraction": split.fraction,
            "seed": split.seed,
            "pattern": split.pattern,
            "train": len(split.train),
            "held_out": [document.id for document in split.held_out],
        },
        "seed": seed,
        "bits_per_char": measured.bits_per_char if measured else None,
        "measured": asdict(measured) if measured else None,
    }


def held_out_of(spec: str, corpus: Corpus) -> list[str]:
    """The documents that a saved model was not trained on.

    Raises:
        UsageError: when the corpus is not the one that it was trained on.
    """
    meta: Mapping[str, Any] = read_meta(spec.removeprefix(MODEL))
    trained, split = meta.get("corpus"), meta.get("split")
    if not (isinstance(trained, dict) and isinstance(split, dict) and trained.get("hash") == corpus.hash):
        name = trained.get("name") if isinstance(trained, dict) else "another corpus"
        raise UsageError(
            f'"{spec}" was trained on {name}, not on "{corpus.name}" as it is now, so what it has not seen is unknown.',
            remedy="Name its corpus with --reference, or the text to score after the model.",
        )
    try:
        again = split_corpus(corpus, fraction=float(split["fraction"]), seed=int(split["seed"]), held_out=split["pattern"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f'"{spec}" does not say how its corpus was split.', remedy="Name the text to score after the model."
        ) from error
    return [document.text for document in again.held_out]


def passage_lines(passages: Iterable[str], *, spec: str, seed: int, first: int) -> Iterator[str]:
    """One JSON object a passage."""
    for number, text in enumerate(passages, start=first):
        yield json.dumps({"id": f"{number:04d}", "generator": spec, "seed": seed, "text": text}) + "\n"
