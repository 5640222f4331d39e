"""Fits, loads and measures generators by their specifications, for the commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.errors import UsageError
from evalkit.evaluation.likelihood import Likelihood
from evalkit.text.corpus import Corpus, Split, split_corpus
from generators import available, create
from generators.base import Generator, Progress, option_defaults, silent
from generators.spec import annotation_of
from generators.storage.models import load, read_meta
from generators.training.hooks import TrainingHooks

MODEL = "model:"


def described_generators() -> list[dict[str, Any]]:
    """Every generator: its name, what it is, its options with types and defaults, whether it gives probabilities."""
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
        for cls in available()
    ]


def is_model(spec: str) -> bool:
    """Whether a specification names a saved model."""
    return spec.startswith(MODEL)


def load_model(spec: str) -> Generator:
    """The saved model of `model:DIR`."""
    return load(spec.removeprefix(MODEL))


def fit(spec: str, split: Split, *, seed: int, hooks: TrainingHooks | None = None, progress: Progress = silent) -> Generator:
    """A generator fitted to the training documents of a split.

    Args:
        spec: names the generator.
        split: the documents.
        seed: of everything random in the fitting.
        hooks: for a training in updates; other generators are fitted without.
        progress: told how far the work is.

    Raises:
        UsageError: for a specification that cannot be fitted, and what the generator itself refuses.
    """
    generator = create(spec)
    if hooks is not None and generator.trains_in_updates:
        generator.training_hooks = hooks
    progress(f"fitting {spec}", 0, 1)
    return generator.fit(
        [document.text for document in split.train],
        held_out=[document.text for document in split.held_out],
        seed=seed,
        progress=progress,
    )


def record(corpus: Corpus, split: Split, *, seed: int, measured: Likelihood | None) -> dict[str, Any]:
    """The facts about its training that a saved model holds."""
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
        "measured": measured.summary() if measured else None,
    }


def held_out_of(spec: str, corpus: Corpus) -> list[str]:
    """The documents that a saved model was not trained on, whatever groups the corpus has now.

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
    known = {document.id: document.text for document in corpus.documents}
    if isinstance(ids := split.get("held_out"), list) and ids and all(id_ in known for id_ in ids):
        return [known[id_] for id_ in ids]
    try:  # pieces of a single document
        again = split_corpus(corpus, fraction=float(split["fraction"]), seed=int(split["seed"]), held_out=split["pattern"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f'"{spec}" does not say how its corpus was split.', remedy="Name the text to score after the model."
        ) from error
    return [document.text for document in again.held_out]
