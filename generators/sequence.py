"""Models that predict the next symbol: characters or words behind one sampling and one scoring loop."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from evalkit.errors import InputError
from generators.base import PLAIN, Decoding, Floats, Generator, Progress, Symbols, UniformStreams, choose, silent

DOCUMENT_BREAK = "\n\n"
"""What a passage shows where the model ended one document and began the next."""

_DRAWN_AT_ONCE = 256


class Codec(Protocol):
    """Text to symbols 0 ... n_symbols - 1 and back. The end of a document is the symbol `n_symbols`, so V = n_symbols + 1."""

    n_symbols: int

    def encode(self, text: str) -> Symbols:
        """The symbols of a text; a character or word outside the alphabet is -1."""
        ...

    def decode(self, symbols: Symbols) -> str:
        """The text of symbols that are all inside the alphabet."""
        ...


class CharCodec:
    """One symbol a character, in code-point order."""

    def __init__(self, alphabet: str) -> None:
        self.alphabet = alphabet
        self.n_symbols = len(alphabet)
        self._points = np.array([ord(c) for c in alphabet], dtype=np.uint32)

    @classmethod
    def of(cls, documents: Sequence[str]) -> CharCodec:
        """The codec of all characters that occur in documents."""
        return cls("".join(sorted(set().union(*documents))))

    def encode(self, text: str) -> Symbols:
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        if not len(self._points):
            return np.full(len(points), -1, np.int64)
        found = np.minimum(np.searchsorted(self._points, points), len(self._points) - 1)
        return np.where(self._points[found] == points, found, -1).astype(np.int64)

    def decode(self, symbols: Symbols) -> str:
        return self._points[symbols].tobytes().decode("utf-32-le", "surrogatepass")


class SequenceModel(Generator):
    """A generator that knows the distribution of the next symbol.

    A subclass writes `fit` (which sets `self.codec`), `initial_state`, `next_probs` and `advance`; states are whatever it likes.
    """

    codec: Codec
    batch_size: ClassVar[int] = 512
    """Streams sampled side by side. Every batch is filled up to this size when `fixed_batch`, so that arithmetic does not depend on it."""
    fixed_batch: ClassVar[bool] = False

    @abstractmethod
    def initial_state(self, n: int) -> Any:
        """The state of n streams before the first symbol of a document."""

    @abstractmethod
    def next_probs(self, state: Any) -> Floats:
        """The distribution of each stream's next symbol, [n x V], the last column being the end of the document; rows sum to 1."""

    @abstractmethod
    def advance(self, state: Any, symbols: Symbols) -> Any:
        """The state after one more symbol a stream, [n]. After the end of a document it is the initial state again."""

    @property
    def end(self) -> int:
        """The symbol that ends a document."""
        return self.codec.n_symbols

    def sample(
        self, n_passages: int, n_chars: int, *, seed: int = 0, first: int = 0, decoding: Decoding = PLAIN, progress: Progress = silent
    ) -> list[str]:
        prompt = self.codec.encode(decoding.prompt)
        if (prompt < 0).any():
            unknown = sorted({c for c in decoding.prompt if (self.codec.encode(c) < 0).any()})
            raise InputError(
                f"The prompt holds {unknown}, which {self.name} never saw in training.",
                remedy="Use only characters and words of the corpus in a prompt.",
            )
        texts: list[str] = []
        for start in range(0, n_passages, self.batch_size):
            n = min(self.batch_size, n_passages - start)
            rows = self.batch_size if self.fixed_batch else n
            streams = UniformStreams(seed, range(first + start, first + start + rows))
            texts += self._sample_batch(streams, rows, n_chars, prompt, decoding)[:n]
            progress(f"sampling {self.name}", len(texts), n_passages)
        return texts

    def _sample_batch(self, streams: UniformStreams, n: int, n_chars: int, prompt: Symbols, decoding: Decoding) -> list[str]:
        """One batch of passages, symbol by symbol, until each is long enough or has ended."""
        state = self.initial_state(n)
        for symbol in prompt:
            state = self.advance(state, np.full(n, symbol))
        drawn: list[Symbols] = []
        n_done = np.zeros(n, np.int64)
        ended = np.zeros(n, bool)
        lengths = self._symbol_lengths()
        while (~ended & (n_done < n_chars)).any():
            uniforms = streams.draw(_DRAWN_AT_ONCE)
            for column in range(_DRAWN_AT_ONCE):
                symbols = choose(decoding.apply(self.next_probs(state)), uniforms[:, column])
                drawn.append(symbols)
                n_done += lengths[symbols]
                ended |= (symbols == self.end) & (decoding.stop == "end")
                if not (~ended & (n_done < n_chars)).any():
                    break
                state = self.advance(state, symbols)
        table = np.stack(drawn, axis=1) if drawn else np.empty((n, 0), np.int64)
        return [self._text(row, n_chars, decoding.stop) for row in table]

    def _symbol_lengths(self) -> Symbols:
        """Characters that each symbol adds to a passage, [V]."""
        lengths = [len(self.codec.decode(np.array([s]))) for s in range(self.codec.n_symbols)]
        return np.array([*lengths, len(DOCUMENT_BREAK)], dtype=np.int64)

    def _text(self, symbols: Symbols, n_chars: int, stop: str) -> str:
        """The passage that drawn symbols spell, at most n_chars characters."""
        ends = np.flatnonzero(symbols == self.end)
        if stop == "end" and len(ends):
            symbols, ends = symbols[: ends[0]], ends[:0]
        pieces = np.split(symbols, ends)
        return DOCUMENT_BREAK.join(self.codec.decode(p[p != self.end]) for p in pieces)[:n_chars]

    def log2_prob(self, text: str) -> Floats:
        symbols = [*self.codec.encode(text), self.end]
        state = self.initial_state(1)
        result = np.empty(len(symbols))
        for i, symbol in enumerate(symbols):
            with np.errstate(divide="ignore"):
                result[i] = np.log2(self.next_probs(state)[0, symbol]) if symbol >= 0 else -np.inf
            if symbol < 0:
                result[i:] = -np.inf
                break
            state = self.advance(state, np.array([symbol]))
        return result
