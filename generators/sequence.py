"""Models that predict the next symbol: characters or words behind one sampling and one scoring loop."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from evalkit._util.threads import n_processors
from evalkit.errors import InputError
from generators.base import PLAIN, Decoding, Floats, Generator, Progress, Symbols, UniformStreams, choose, silent

DOCUMENT_BREAK = "\n\n"
"""What a passage shows where the model ended one document and began the next."""

_DRAWN_AT_ONCE = 256


class Codec(Protocol):
    """Text to symbols 0 ... n_symbols - 1 and back. The end of a document is the symbol `n_symbols`, so V = n_symbols + 1."""

    n_symbols: int

    def encode(self, text: str) -> Symbols:
        """The symbols of a text; -1 where it holds a character outside the alphabet."""
        ...

    def decode(self, symbols: Symbols) -> str:
        """The text of symbols that are all inside the alphabet."""
        ...

    def symbol_lengths(self) -> Symbols:
        """Characters of each symbol, [n_symbols]."""
        ...

    def per_character(self, text: str, log2_probs: Floats) -> Floats:
        """Log2 probabilities of a text's symbols and its end, shared out over its characters, [len(text) + 1]."""
        ...


class CharCodec:
    """One symbol a character, in code-point order."""

    def __init__(self, alphabet: str) -> None:
        self.alphabet = alphabet
        self.n_symbols = len(alphabet)
        self.n_characters = len(alphabet)
        self.points = code_points(alphabet)
        self._symbols = np.full(int(self.points.max(initial=0)) + 2, -1, np.int64)
        self._symbols[self.points] = np.arange(len(alphabet))

    @classmethod
    def of(cls, documents: Sequence[str]) -> CharCodec:
        """The codec of all characters that occur in documents."""
        return cls("".join(sorted(set().union(*documents))))

    def encode(self, text: str) -> Symbols:
        return self._symbols[np.minimum(code_points(text), len(self._symbols) - 1)]

    def decode(self, symbols: Symbols) -> str:
        return text_of(self.points[symbols])

    def symbol_lengths(self) -> Symbols:
        return np.ones(self.n_symbols, np.int64)

    def per_character(self, text: str, log2_probs: Floats) -> Floats:
        return log2_probs


def code_points(text: str) -> NDArray[np.uint32]:
    """The code point of each character, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def text_of(points: NDArray[np.uint32]) -> str:
    """The text of code points."""
    return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def texts_to_learn_from(documents: Sequence[str], name: str) -> list[str]:
    """The documents that hold any text.

    Raises:
        InputError: when there is none.
    """
    texts = [text for text in documents if text]
    if not texts:
        raise InputError(f"{name} needs at least one character of training text.", remedy="Give it documents that are not empty.")
    return texts


class SequenceModel(Generator):
    """A generator that knows the distribution of the next symbol.

    A subclass writes `fit` (which sets `self.codec`), `initial_state`, `next_probs` and `advance`; states are whatever it likes.
    """

    codec: Codec
    batch_size: ClassVar[int] = 512
    """Streams sampled side by side."""
    batches_at_once: ClassVar[bool] = False
    """Whether batches are sampled side by side on all processors; of use where most of the work is in numpy's products."""
    fixed_batch: ClassVar[bool] = False
    """Whether every batch is filled up to `batch_size`, so that a model's rounding does not depend on its streams' number."""

    @abstractmethod
    def initial_state(self, n: int) -> Any:
        """The state of n streams before the first symbol of a document."""

    @abstractmethod
    def next_probs(self, state: Any) -> Floats:
        """The distribution of each stream's next symbol, [n x V], the last column being the end of the document; rows sum to 1."""

    @abstractmethod
    def advance(self, state: Any, symbols: Symbols) -> Any:
        """The state after one more symbol a stream, [n]. After the end of a document it is the initial state again."""

    def sampling_probs(self, state: Any) -> Floats:
        """The distribution that sampling draws from, [n x V]; another than `next_probs` only where a symbol cannot be written."""
        return self.next_probs(state)

    def draw_symbols(self, state: Any, uniforms: Floats, decoding: Decoding) -> Symbols:
        """The next symbol of each stream, from one uniform number each, [n]. A model may draw plain decoding faster."""
        return choose(decoding.apply(self.sampling_probs(state)), uniforms)

    def step(self, state: Any, uniforms: Floats, decoding: Decoding) -> tuple[Symbols, Any]:
        """The next symbol of each stream, [n], and the state after it. A model may do both at once faster."""
        symbols = self.draw_symbols(state, uniforms, decoding)
        return symbols, self.advance(state, symbols)

    @property
    def end(self) -> int:
        """The symbol that ends a document."""
        return self.codec.n_symbols

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
        prompt = self.codec.encode(decoding.prompt)
        if (prompt < 0).any():
            unknown = sorted({c for c in decoding.prompt if (self.codec.encode(c) < 0).any()})
            raise InputError(
                f"The prompt holds {unknown}, which {self.name} never saw in training.",
                remedy="Use only characters and words of the corpus in a prompt.",
            )

        def batch(start: int) -> list[str]:
            n = min(self.batch_size, n_passages - start)
            rows = self.batch_size if self.fixed_batch else n
            streams = UniformStreams(seed, range(first + start, first + start + rows))
            return self._sample_batch(streams, rows, n_chars, prompt, decoding)[:n]

        texts: list[str] = []
        with ThreadPoolExecutor(n_processors() if self.batches_at_once else 1) as threads:
            for part in threads.map(batch, range(0, n_passages, self.batch_size)):
                texts += part
                progress(f"sampling {self.name}", len(texts), n_passages)
        return texts

    def _sample_batch(self, streams: UniformStreams, n: int, n_chars: int, prompt: Symbols, decoding: Decoding) -> list[str]:
        """One batch of passages, symbol by symbol, until each is long enough or has ended."""
        state = self.initial_state(n)
        for symbol in prompt:
            state = self.advance(state, np.full(n, symbol))
        drawn: list[Symbols] = []
        n_done = np.zeros(n, np.int64)
        lengths = np.append(self.codec.symbol_lengths(), len(DOCUMENT_BREAK))
        longest = int(lengths.max())
        while n_done.min(initial=n_chars) < n_chars:
            for uniforms in np.ascontiguousarray(streams.draw(_DRAWN_AT_ONCE).T):
                symbols, state = self.step(state, uniforms, decoding)
                drawn.append(symbols)
                n_done += lengths.take(symbols)
                if decoding.stop == "end":
                    n_done[symbols == self.end] = n_chars
                # No passage can be long enough before so many symbols.
                if len(drawn) * longest >= n_chars and n_done.min() >= n_chars:
                    break
        table = np.stack(drawn, axis=1) if drawn else np.empty((n, 0), np.int64)
        return [self._text(row, n_chars, decoding.stop) for row in table]

    def _text(self, symbols: Symbols, n_chars: int, stop: str) -> str:
        """The passage that drawn symbols spell, at most n_chars characters."""
        ends = np.flatnonzero(symbols == self.end)
        if stop == "end" and len(ends):
            symbols, ends = symbols[: ends[0]], ends[:0]
        if not len(ends):
            return self.codec.decode(symbols)[:n_chars]
        pieces = np.split(symbols, ends)
        return DOCUMENT_BREAK.join(self.codec.decode(p[p != self.end]) for p in pieces)[:n_chars]

    @property
    def alphabet_size(self) -> int | None:
        return getattr(self.codec, "n_characters", None)

    def log2_prob(self, text: str) -> Floats:
        return self.codec.per_character(text, self.symbol_log2_prob(np.append(self.codec.encode(text), self.end)))

    def symbol_log2_prob(self, symbols: Symbols) -> Floats:
        """Log2 probability of each symbol of one document, its end the last; -inf from the first impossible one on.

        One step a symbol: the reference that a faster override must agree with.
        """
        state = self.initial_state(1)
        result = np.full(len(symbols), -np.inf)
        for i, symbol in enumerate(symbols):
            if symbol < 0:
                break
            with np.errstate(divide="ignore"):
                result[i] = np.log2(self.next_probs(state)[0, symbol])
            state = self.advance(state, np.array([symbol]))
        return result
