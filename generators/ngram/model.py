"""Fits, samples and saves n-gram models of characters or words: `NGram`, the strongest baseline that fits within a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError, UsageError, one_of
from generators.base import Decoding, Floats, Progress, Symbols, silent
from generators.codecs.characters import is_whole_numbers
from generators.codecs.words import WordCodec
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.sampling import Sampler, sampler_for
from generators.ngram.trie import FIRST, ROOT, Ints, Trie
from generators.sequence import CharCodec, SequenceModel, training_texts

UNITS = ("char", "word")
MAX_ORDER = 32


class NGram(SequenceModel):
    """Interpolated modified Kneser-Ney, as KenLM estimates it. Samples come exactly from the smoothed distributions, less the unknown symbol.

    Args:
        order: length of the longest n-grams, 1 to 32: order - 1 symbols decide the next.
        unit: `char`, or `word` for tokens that carry their leading space.

    """

    name = "ngram"
    summary = "interpolated modified Kneser-Ney over characters or words"

    heeds_document_order: ClassVar[bool] = False
    scores_any_character = True
    batch_size: ClassVar[int] = 2048
    """Large, since a step is a few calls of numpy, whose fixed cost is shared by all passages of the batch."""
    codec: CharCodec | WordCodec

    def __init__(self, *, order: int = 8, unit: str = "char") -> None:
        if not 1 <= order <= MAX_ORDER:
            raise UsageError(f"order must be from 1 to {MAX_ORDER}, not {order}.")
        if unit not in UNITS:
            raise UsageError(f'unit cannot be "{unit}".', remedy=one_of(unit, UNITS))
        self.order = order
        self.unit = unit
        self._sampler: tuple[object, KneserNey, Sampler] | None = None

    @property
    def scored_given(self) -> str:
        what = "character" if self.unit == "char" else "word"
        return (
            f"the {what} before it"
            if self.order == 2
            else f"the {self.order - 1} {what}s before it"
            if self.order > 1
            else "nothing"
        )

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        texts = training_texts(documents, self.name)
        self.codec = CharCodec.of(texts, unknown=True) if self.unit == "char" else WordCodec.of(texts)
        encoded = [self.codec.encode(text) for text in texts]
        self.model = KneserNey.fit(encoded, order=self.order, n_symbols=self.codec.n_symbols, unknown=self._unknown)
        return self

    @property
    def _unknown(self) -> int:
        """The symbol of characters or tokens that training did not show, the last before the end."""
        return self.codec.n_symbols - 1

    def initial_state(self, n: int) -> Ints:
        return self.model.initial_state(n)

    def next_probs(self, state: Ints) -> Floats:
        return self.model.probs(state, self.model.unigrams)

    def sampling_probs(self, state: Ints) -> Floats:
        """As `next_probs`, but without the unknown symbol, which cannot be written: below the unigrams, the known ones take its probability."""
        return self.model.probs(state, self.model.known_unigrams)

    def advance(self, state: Ints, symbols: Symbols) -> Ints:
        return self.model.advance(state, symbols)

    def draw_symbols(self, state: Ints, uniforms: Floats, decoding: Decoding) -> Symbols:
        return self.step(state, uniforms, decoding)[0]

    def step(self, state: Ints, uniforms: Floats, decoding: Decoding) -> tuple[Symbols, Ints]:
        return self._sampler_of(decoding).step(state, uniforms)

    def _sampler_of(self, decoding: Decoding) -> Sampler:
        """The sampler of a decoding. The last one is kept, since its tables take longer to make than a step takes."""
        settings = (decoding.temperature, decoding.top_k, decoding.top_p)
        if self._sampler is None or self._sampler[:2] != (settings, self.model):
            self._sampler = settings, self.model, sampler_for(self.model, decoding)
        return self._sampler[2]

    def symbol_log2_prob(self, symbols: Symbols) -> Floats:
        return np.asarray(np.log2(self.model.probs_along(symbols)))

    def describe(self) -> dict[str, object]:
        sizes = np.diff(self.model.trie.offsets)[1:].tolist()
        if isinstance(self.codec, CharCodec):
            return super().describe() | {"symbols": self.codec.n_characters, "ngrams": sizes, "alphabet": self.codec.alphabet}
        return super().describe() | {"symbols": self.codec.n_symbols, "ngrams": sizes}

    def arrays(self) -> dict[str, NDArray[Any]]:
        trie = self.model.trie
        n_children = trie.n_children
        # Only what cannot be derived is saved, each array in the smallest type that holds it: the model follows from the counts.
        counted = {
            "symbols": trie.symbols - self._moved_by_unknown(trie.symbols),
            "counts": trie.counts.astype(np.min_scalar_type(trie.counts.max())),
            "children": n_children.astype(np.min_scalar_type(n_children.max())),
        }
        return {**self.codec.arrays(), **counted}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        self.codec = CharCodec.restored(arrays, unknown=True) if self.unit == "char" else WordCodec.restored(arrays)
        saved = self.codec.n_symbols + 2 - (self.unit == "char")
        trie = _restored_trie(arrays, order=self.order, n_symbols=saved, n_seen=self._unknown)
        symbols = trie.symbols + self._moved_by_unknown(trie.symbols + 1)
        self.model = KneserNey(replace(trie, n_symbols=self.codec.n_symbols + 2, symbols=symbols), unknown=self._unknown)

    def _moved_by_unknown(self, symbols: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether each symbol, the end or the beginning of a document, comes one later than it is saved."""
        # Files hold no unknown character, since it is derived from the counts: models saved before there was one have it too.
        return (symbols > self._unknown) & (self.unit == "char")


def _restored_trie(arrays: Mapping[str, NDArray[Any]], *, order: int, n_symbols: int, n_seen: int) -> Trie:
    """The saved counts as a trie.

    Raises:
        ModelError: when they are not those of one; saved models are passed between people, so every index is checked before it is used.
    """
    symbols, counts, n_children = (_whole_numbers(arrays, name) for name in ("symbols", "counts", "children"))
    if n_children.max(initial=0) > n_symbols:
        raise _damaged()
    n_nodes = FIRST + int(n_children.sum())
    if not len(symbols) == len(counts) == n_nodes or n_children[:1].any() or symbols.max(initial=0) >= n_symbols:
        raise _damaged()
    first = np.concatenate([[FIRST], FIRST + np.cumsum(n_children)])
    offsets = [ROOT, FIRST]
    for _ in range(order):
        if offsets[-1] >= len(first):
            raise _damaged()
        offsets.append(int(first[offsets[-1]]))
    trie = Trie(
        n_symbols=n_symbols,
        offsets=np.array(offsets),
        first=first,
        symbols=symbols.astype(np.min_scalar_type(n_symbols)),
        counts=counts,
    )
    # The unigrams are every seen symbol, the end and the beginning; siblings ascend; and only the beginning of a document, which follows
    # nothing, has a count of 0.
    seen = np.append(np.arange(n_seen), [n_symbols - 2, n_symbols - 1])
    keys = np.repeat(np.arange(len(n_children)) * n_symbols, n_children) + symbols[FIRST:]
    complete = offsets[-2] == len(n_children) and offsets[-1] == n_nodes and np.array_equal(symbols[FIRST : offsets[2]], seen)
    if not complete or (keys[1:] <= keys[:-1]).any() or np.flatnonzero(counts[FIRST:] == 0).tolist() != [len(seen) - 1]:
        raise _damaged()
    return trie


def _whole_numbers(arrays: Mapping[str, NDArray[Any]], name: str) -> Ints:
    """A saved list of whole numbers from 0.

    Raises:
        ModelError: when it is missing or something else.
    """
    values = arrays.get(name)
    if values is None or not is_whole_numbers(values):
        raise _damaged()
    return values.astype(np.int64)


def _damaged() -> ModelError:
    return ModelError("The saved counts are not those of an n-gram model.", remedy="Train and save the model again.")
