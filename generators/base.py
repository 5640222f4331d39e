"""Defines the interface of all generators, `Generator`, and what every model shares: decoding and streams of random numbers.

A model implements as little as possible: how to learn from encoded documents, an initial state, the distribution of the next symbol, and one
step. Seeding, temperature, top-k, top-p, prompts, stopping, batching and bits per character live here and in `sequence`; saving and loading in
`storage`.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from evalkit._util.memory import require_memory
from evalkit.errors import NotScorableError, UsageError
from generators.training.hooks import TrainingHooks

Symbols = NDArray[np.int64]
Floats = NDArray[np.float64]


class Progress(Protocol):
    """A callback for long work: what is being done, and how much of how much is done. It need not do anything."""

    def __call__(self, message: str, done: float, total: float) -> None: ...


def silent(message: str, done: float, total: float) -> None:
    """Shows no progress."""


_COLDEST = 1e-9
"""Lowest temperature; far below it, logarithms divided by it overflow."""


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How symbols are drawn from a model's distributions.

    Args:
        temperature: probabilities are raised to the power 1/temperature; 1 samples the model as it is, below 1 favours probable symbols.
        top_k: keep only the k most probable symbols; None keeps all.
        top_p: keep the smallest set of symbols whose probability reaches p (nucleus sampling, Holtzman et al. 2020); None keeps all.
        prompt: text that every passage continues; it is not part of the passage.
        stop: "length" draws exactly `n_chars` characters and starts another document where one ends; "end" stops a
            passage where its document ends, so that passages differ in length.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    prompt: str = ""
    stop: str = "length"

    def __post_init__(self) -> None:
        problems = []
        if not (np.isfinite(self.temperature) and self.temperature > 0):
            problems.append(f"temperature must be above 0, not {self.temperature}")
        elif self.temperature < _COLDEST:
            problems.append(
                f"temperature must be at least {_COLDEST:g}, not {self.temperature}; top_k=1 takes the likeliest symbol"
            )
        if self.top_k is not None and self.top_k < 1:
            problems.append(f"top_k must be at least 1, not {self.top_k}")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            problems.append(f"top_p must be above 0 and at most 1, not {self.top_p}")
        if self.stop not in ("length", "end"):
            problems.append(f'stop must be "length" or "end", not "{self.stop}"')
        if problems:
            raise UsageError("; ".join(problems) + ".")

    @property
    def is_plain(self) -> bool:
        """Whether probabilities are used as the model gives them."""
        return self.temperature == 1.0 and self.top_k is None and self.top_p is None

    def apply(self, probs: Floats) -> Floats:
        """Tempers and truncates distributions.

        Args:
            probs: [n x V], non-negative, rows need not sum to 1.

        Returns:
            [n x V], rows not normalised; at least one symbol a row stays possible.
        """
        if self.temperature != 1.0:
            # In logarithms relative to the largest, so that nothing overflows at low temperatures; log 0 = -inf stays impossible.
            with np.errstate(divide="ignore"):
                logits = np.log(probs) / self.temperature
            probs = np.exp(logits - logits.max(axis=1, keepdims=True))
        if self.top_k is not None and self.top_k < probs.shape[1]:
            rank = probs.shape[1] - self.top_k
            least = np.partition(probs, rank, axis=1)[:, rank, None]
            probs = _keep_largest(probs, np.full((len(probs), 1), self.top_k), least)
        if self.top_p is not None and self.top_p < 1:
            # A symbol is kept while the more probable ones have not reached p, so the one that reaches it is still in.
            ranked = np.sort(probs, axis=1)[:, ::-1]
            before = np.cumsum(ranked, axis=1) - ranked
            n_kept = (before < self.top_p * ranked.sum(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
            probs = _keep_largest(probs, n_kept, np.take_along_axis(ranked, n_kept - 1, axis=1))
        return probs


def _keep_largest(probs: Floats, n_kept: Symbols, least: Floats) -> Floats:
    """Each row's `n_kept` largest values, the others set to 0; of those equal to the least one kept, the first."""
    larger = probs > least
    equal = probs == least
    room = n_kept - larger.sum(axis=1, keepdims=True)
    return np.where(larger | (equal & (np.cumsum(equal, axis=1) <= room)), probs, 0.0)


PLAIN = Decoding()
_BATCH = 512
"""Passages that are drawn at once, about."""


def check_seed(seed: int) -> None:
    """Refuses a number that cannot be a seed.

    Raises:
        UsageError: for a number below 0 or of more than 64 bits.
    """
    if not 0 <= seed < 2**64:
        raise UsageError(f"A seed must be 0 or above and below 2**64, not {seed}.")


def check_amount(n_passages: int, n_chars: int, *, first: int = 0) -> None:
    """Refuses more text than memory can hold, and passages that have no number in a stream; before anything is fitted or drawn.

    Args:
        n_passages, n_chars: that are asked for.
        first: number of the first passage.

    Raises:
        UsageError: when it is too much.
    """
    if not 0 <= first <= first + n_passages <= 2**64:
        raise UsageError(f"Passages are numbered from 0 to below 2**64; {n_passages:,} from {first:,} on are not.")
    # A character takes up to 4 bytes as text; while a batch is drawn, 8 as a symbol.
    n_bytes = n_passages * (4 * n_chars + 100) + 8 * n_chars * min(n_passages, _BATCH)
    require_memory(n_bytes, f"{n_passages:,} passages of {n_chars:,} characters", remedy="Ask for fewer or shorter passages.")


class _Key(ISeedSequence):
    """The two words of a Philox key, for numpy's constructor of bit generators.

    With `key=`, numpy draws entropy from the system as well and discards it, which takes twice as long.
    """

    def __init__(self, seed: int, passage: int) -> None:
        self._words = seed, passage

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        return np.array(self._words, dtype)


class UniformStreams:
    """One independent stream of uniform numbers a passage, keyed by seed and passage number.

    Philox is counter-based (Salmon et al. 2011): number n of a stream is a function of the key and n, with no state that streams could share. So
    passage i is the same text whether 1 or 1,000 passages are asked for, in whatever batches.
    """

    def __init__(self, seed: int, passages: Sequence[int]) -> None:
        check_seed(seed)
        # numpy takes any ISeedSequence; its annotations do not say so.
        self._streams = [np.random.Generator(np.random.Philox(_Key(seed, i))) for i in passages]  # type: ignore[arg-type]

    def draw(self, n: int) -> Floats:
        """The next n numbers of every stream, [n_passages x n] in [0, 1)."""
        numbers = np.empty((len(self._streams), n))
        for stream, row in zip(self._streams, numbers, strict=True):
            stream.random(out=row)
        return numbers


def choose(probs: Floats, uniforms: Floats) -> Symbols:
    """Draws one symbol a row by inverting the cumulative distribution.

    Args:
        probs: [n x V], non-negative, each row with a positive sum.
        uniforms: [n] in [0, 1).

    Returns:
        [n] symbols, never one of probability 0.
    """
    # Scaled by the sum that was really computed, so that rounding cannot push a target beyond the last symbol.
    cumulative = np.cumsum(probs, axis=1)
    targets = uniforms * cumulative[:, -1]
    return np.asarray((cumulative <= targets[:, None]).sum(axis=1), dtype=np.int64)


class Generator(ABC):
    """Anything that yields passages once it is fitted.

    Constructors take keyword-only plain values (int, float, str, bool or None) and only store them, so that a specification such as
    `ngram:order=8` can be checked against the signature.
    """

    name: ClassVar[str]
    summary: ClassVar[str] = ""
    can_score: bool = True
    """Whether it gives probabilities. A fitted instance may say otherwise than its class, where only fitting shows it."""
    scores_any_character: bool = False
    """Whether a character that training never showed costs bits, so that no text is impossible. Where it does not, such a character has log2
    probability -inf. A fitted instance may say otherwise than its class, as with `can_score`."""
    learns: ClassVar[bool] = True
    """Whether its text depends on the documents that it is fitted to; a program or a model made elsewhere does not."""
    slow_to_fit: ClassVar[bool] = False
    """Whether fitting takes so much longer than loading that comparisons keep what was fitted (see `generators.storage.cache`)."""
    trains_in_updates: ClassVar[bool] = False
    """Whether fitting is a training of many updates, which `training_hooks` can follow and which resumes where it was interrupted."""
    only_for_sampling: ClassVar[tuple[str, ...]] = ()
    """Options that change how it samples and nothing that it learns. Generators that differ in them alone share a cache entry."""
    training_hooks: TrainingHooks = TrainingHooks()
    """Where a training in updates keeps its state, and what it calls on the way; other generators ignore it."""
    heeds_document_order: ClassVar[bool] = True
    """Whether the same documents in another order can give another model."""
    version: ClassVar[int] = 1
    """Raised when the same seed, options and corpus begin to give other text."""

    def check_available(self) -> None:  # noqa: B027 - most generators need nothing that could be missing
        """Refuses to work where a package, program or file is missing, before anything is fitted.

        Raises:
            UsageError: or a child of it, which says what is missing.
        """

    @abstractmethod
    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        """Learns from the training documents.

        Args:
            documents: the text of each training document.
            held_out: documents that may be used to stop early or to be sampled from (`human`), never to learn from.
            seed: fixes everything random in the fitting.
            progress: called now and then.

        Raises:
            InputError: when there is too little text to learn from.
        """

    @abstractmethod
    def sample(
        self,
        n_passages: int,
        n_chars: int,
        *,
        seed: int = 0,
        first: int = 0,
        decoding: Decoding = PLAIN,
        progress: Progress = silent,
    ) -> list[str]:
        """Draws passages `first` to `first + n_passages - 1`, each of `n_chars` characters (fewer where its source ends)."""

    def log2_prob(self, text: str) -> Floats:
        """Log2 probability of each character and of the document's end, [len(text) + 1], given everything before it.

        A character that training never showed costs the bits of the unknown symbol and those that say which character it is. -inf marks a
        character that is impossible for the generator, which has no unknown symbol.

        Raises:
            NotScorableError: when the generator has no probabilities (samples on disk, held-out text).
        """
        raise NotScorableError(f"{self.name} yields text but cannot give the probability of one.")

    def bits_per_char(self, documents: Sequence[str]) -> float:
        """Mean bits over all characters and ends of documents; infinite if one is impossible."""
        total = sum(float(scores.sum()) for scores in self.log2_probs(documents))
        return -total / sum(len(text) + 1 for text in documents)

    def log2_probs(self, documents: Sequence[str]) -> list[Floats]:
        """`log2_prob` of several documents, each scored on its own."""
        return [self.log2_prob(text) for text in documents]

    @property
    def scored_given(self) -> str:
        """What the next character is predicted from when a document is scored, in words for a report."""
        return "all of the document before it"

    def known_characters(self) -> frozenset[str] | None:
        """The characters that training showed; None where it does not know them."""
        return None

    @property
    def alphabet_size(self) -> int | None:
        """How many different characters training showed; None where it does not know."""
        return None

    def options(self) -> dict[str, object]:
        """The constructor's arguments by name."""
        return {name: getattr(self, name) for name in option_defaults(type(self))}

    def learning_options(self) -> dict[str, object]:
        """The options that decide what fitting gives."""
        return {name: value for name, value in self.options().items() if name not in self.only_for_sampling}

    def sample_like(self, other: Self, documents: Sequence[str]) -> None:
        """Takes over another's options that are only for sampling.

        Args:
            other: a generator with the same learning options.
            documents: what this one was fitted to.
        """
        for name in self.only_for_sampling:
            setattr(self, name, getattr(other, name))

    def describe(self) -> dict[str, object]:
        """What a reader of a report should know: name, options and what the fit measured; JSON values only."""
        return {"generator": self.name, "version": self.version, "options": self.options()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What fitting learned, as arrays of numbers or fixed-width text (never of objects)."""
        raise UsageError(f"{self.name} cannot be saved.")

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        """Restores the fitted generator from what `arrays` and `describe` gave.

        Raises:
            ModelError: when the arrays are not those of such a generator.
        """
        raise UsageError(f"{self.name} cannot be loaded.")


def option_defaults(cls: type[Generator]) -> dict[str, inspect.Parameter]:
    """The keyword options that a generator's constructor takes, by name."""
    parameters = inspect.signature(cls.__init__).parameters
    return {name: p for name, p in parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}
