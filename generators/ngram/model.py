"""N-gram models of characters or words: the strongest baseline that trains in a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import ModelError, UsageError, one_of
from generators.base import Decoding, Floats, Progress, Symbols, silent
from generators.codecs.words import WordCodec
from generators.ngram.kneser_ney import KneserNey
from generators.ngram.sampling import Sampler, sampler
from generators.ngram.trie import Ints, Trie
from generators.noise.uniform import restored_codec
from generators.sequence import CharCodec, SequenceModel, code_points, text_of, texts_to_learn_from

UNITS = ("char", "word")
MAX_ORDER = 32


class NGram(SequenceModel):
    """Interpolated modified Kneser-Ney, as KenLM estimates it; sampling is exact from the smoothed distributions.

    Args:
        order: length of the longest n-grams, so that order - 1 symbols decide the next.
        unit: "char", or "word" for tokens that carry their leading space.
    """

    name = "ngram"
    summary = "interpolated modified Kneser-Ney over characters or words"

    heeds_document_order: ClassVar[bool] = False
    batch_size: ClassVar[int] = 2048  # so many streams share the cost of each step's calls
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
        texts = texts_to_learn_from(documents, self.name)
        self.codec = CharCodec.of(texts) if self.unit == "char" else WordCodec.of(texts)
        encoded = [self.codec.encode(text) for text in texts]
        self.model = KneserNey.fit(encoded, order=self.order, n_symbols=self.codec.n_symbols, unknown=self._unknown)
        return self

    @property
    def _unknown(self) -> int | None:
        """The symbol of tokens that training did not show; characters have none."""
        return self.codec.unknown if isinstance(self.codec, WordCodec) else None

    def initial_state(self, n: int) -> Ints:
        return self.model.initial_state(n)

    def next_probs(self, state: Ints) -> Floats:
        return self.model.probs(state, self.model.unigrams)

    def sampling_probs(self, state: Ints) -> Floats:
        """As `next_probs`, but the probability of unknown tokens goes to the known ones where no context is left."""
        return self.model.probs(state, self.model.known_unigrams)

    def advance(self, state: Ints, symbols: Symbols) -> Ints:
        return self.model.advance(state, symbols)

    def draw_symbols(self, state: Ints, uniforms: Floats, decoding: Decoding) -> Symbols:
        return self.step(state, uniforms, decoding)[0]

    def step(self, state: Ints, uniforms: Floats, decoding: Decoding) -> tuple[Symbols, Ints]:
        return self._sampler_of(decoding).step(state, uniforms)

    def _sampler_of(self, decoding: Decoding) -> Sampler:
        """The sampler of a decoding; the last one is kept."""
        how = (decoding.temperature, decoding.top_k, decoding.top_p)
        if self._sampler is None or self._sampler[:2] != (how, self.model):
            self._sampler = how, self.model, sampler(self.model, decoding)
        return self._sampler[2]

    def symbol_log2_prob(self, symbols: Symbols) -> Floats:
        impossible = np.flatnonzero(symbols < 0)
        n_possible = int(impossible[0]) if len(impossible) else len(symbols)
        result = np.full(len(symbols), -np.inf)
        result[:n_possible] = np.log2(self.model.probs_along(symbols[:n_possible]))
        return result

    def describe(self) -> dict[str, object]:
        sizes = np.diff(self.model.trie.offsets)[1:].tolist()
        learned: dict[str, object] = {"symbols": self.codec.n_symbols, "ngrams": sizes}
        if isinstance(self.codec, CharCodec):
            learned["alphabet"] = self.codec.alphabet
        return super().describe() | learned

    def arrays(self) -> dict[str, NDArray[Any]]:
        trie = self.model.trie
        n_children = trie.n_children
        counted = {
            "symbols": trie.symbols,
            "counts": trie.counts.astype(np.min_scalar_type(trie.counts.max())),
            "children": n_children.astype(np.min_scalar_type(n_children.max())),
        }
        if isinstance(self.codec, CharCodec):
            return {"alphabet": self.codec.points, **counted}
        lengths = self.codec.symbol_lengths()[:-1].astype(np.uint32)
        return {"vocabulary": code_points("".join(self.codec.vocabulary)), "lengths": lengths, **counted}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        self.codec = restored_codec(arrays) if self.unit == "char" else _restored_words(arrays)
        n_seen = self.codec.n_symbols - (self._unknown is not None)
        trie = _restored_trie(arrays, order=self.order, n_symbols=self.codec.n_symbols + 2, n_seen=n_seen)
        self.model = KneserNey(trie, unknown=self._unknown)


def _restored_words(arrays: Mapping[str, NDArray[Any]]) -> WordCodec:
    """The codec of a saved vocabulary: its tokens one after the other, and their lengths."""
    points, lengths = _whole_numbers(arrays, "vocabulary"), _whole_numbers(arrays, "lengths")
    if lengths.min(initial=1) < 1 or lengths.sum() != len(points) or points.max(initial=0) > 0x10FFFF:
        raise _damaged()
    text, ends = text_of(points.astype(np.uint32)), np.cumsum(lengths)
    vocabulary = [text[end - n : end] for end, n in zip(ends.tolist(), lengths.tolist(), strict=True)]
    if not vocabulary or len(set(vocabulary)) < len(vocabulary):
        raise _damaged()
    return WordCodec(vocabulary)


def _restored_trie(arrays: Mapping[str, NDArray[Any]], *, order: int, n_symbols: int, n_seen: int) -> Trie:
    """The saved counts as a trie, refused where they are not one."""
    symbols, counts, n_children = (_whole_numbers(arrays, name) for name in ("symbols", "counts", "children"))
    if n_children.max(initial=0) > n_symbols:
        raise _damaged()
    n_nodes = 2 + int(n_children.sum())
    if not len(symbols) == len(counts) == n_nodes or n_children[:1].any() or symbols.max(initial=0) >= n_symbols:
        raise _damaged()
    first = np.concatenate([[2], 2 + np.cumsum(n_children)])
    offsets = [1, 2]
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
    seen = np.append(np.arange(n_seen), [n_symbols - 2, n_symbols - 1])
    keys = np.repeat(np.arange(len(n_children)) * n_symbols, n_children) + symbols[2:]
    complete = offsets[-2] == len(n_children) and offsets[-1] == n_nodes and np.array_equal(symbols[2 : offsets[2]], seen)
    if not complete or (keys[1:] <= keys[:-1]).any() or np.flatnonzero(counts[2:] == 0).tolist() != [len(seen) - 1]:
        raise _damaged()
    return trie


def _whole_numbers(arrays: Mapping[str, NDArray[Any]], name: str) -> Ints:
    """A saved list of whole numbers from 0."""
    values = arrays.get(name)
    if (
        values is None
        or values.ndim != 1
        or values.dtype.kind not in "ui"
        or values.min(initial=0) < 0
        or values.max(initial=0) > 2**40
    ):
        raise _damaged()
    return values.astype(np.int64)


def _damaged() -> ModelError:
    return ModelError("The saved counts are not those of an n-gram model.", remedy="Train and save the model again.")
