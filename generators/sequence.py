"""Samples and scores models that predict the next symbol, characters or words, in one loop each: `SequenceModel`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Protocol

import numpy as np

from evalkit._util.threads import n_processors
from evalkit.errors import InputError
from generators.base import PLAIN, Decoding, Floats, Generator, Progress, Symbols, UniformStreams, check_amount, choose, silent
from generators.codecs.characters import CharCodec

__all__ = ["DOCUMENT_BREAK", "CharCodec", "Codec", "SequenceModel", "training_texts"]

DOCUMENT_BREAK = "\n\n"
"""Written into a passage where the model ended one document and began the next."""

_DRAWN_AT_ONCE = 256
"""Uniform numbers drawn from a stream at a time; the stream gives the same numbers whatever the size of the pieces."""


class Codec(Protocol):
    """Converts text to symbols 0 ... n_symbols - 1 and back.

    The symbol `n_symbols` is the end of a document, so a distribution has V = n_symbols + 1 entries.
    """

    n_symbols: int

    def encode(self, text: str) -> Symbols:
        """The symbols of a text; where it holds a character outside the alphabet the unknown symbol, or -1 if there is none."""
        ...

    def decode(self, symbols: Symbols) -> str:
        """The text of symbols that are all inside the alphabet."""
        ...

    def symbol_lengths(self) -> Symbols:
        """Characters of each symbol, [n_symbols]."""
        ...

    def per_character(self, text: str, log2_probs: Floats) -> Floats:
        """Log2 probabilities of a text's symbols and its end, shared out over its characters and the end, [len(text) + 1].

        What an unknown symbol stands for is part of its price, so that the probabilities of all texts sum to 1 at most.
        """
        ...


def training_texts(documents: Sequence[str], name: str) -> list[str]:
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
    """Passages sampled in one batch."""
    batches_at_once: ClassVar[bool] = False
    """Whether batches are sampled in parallel on all processors. It helps where most of the time goes into numpy's matrix products, which
    release the interpreter's lock."""
    fixed_batch: ClassVar[bool] = False
    """Whether every batch is filled up to `batch_size`. BLAS may round a row differently in matrices of another height, so models of floating
    point products need it for passages that do not depend on how many are asked for."""

    @abstractmethod
    def initial_state(self, n: int) -> Any:
        """The state of n streams before the first symbol of a document."""

    @abstractmethod
    def next_probs(self, state: Any) -> Floats:
        """The distribution of each stream's next symbol, [n x V], the last column being the end of the document; rows sum to 1.

        A codec's unknown symbol is one of them.
        """

    @abstractmethod
    def advance(self, state: Any, symbols: Symbols) -> Any:
        """The state after one more symbol a stream, [n]. After the end of a document it is the initial state again."""

    def sampling_probs(self, state: Any) -> Floats:
        """The distribution that sampling draws from, [n x V]; it differs from `next_probs` only where a symbol cannot be written."""
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
        check_amount(n_passages, n_chars, first=first)
        prompt = self._encoded_prompt(decoding.prompt)

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

    def _encoded_prompt(self, prompt: str) -> Symbols:
        """The symbols of a prompt.

        Raises:
            InputError: where it holds characters that training never showed: a passage that continues them would continue nothing.
        """
        symbols = self.codec.encode(prompt)
        known = self.known_characters()
        never_seen = {c for c in prompt if (self.codec.encode(c) < 0).any()} if known is None else set(prompt) - known
        if never_seen or (symbols < 0).any():
            raise InputError(
                f"The prompt holds {sorted(never_seen)}, which never occurred in the training text of {self.name}.",
                remedy="Use only characters and words of the corpus in a prompt.",
            )
        return symbols

    def _sample_batch(self, streams: UniformStreams, n: int, n_chars: int, prompt: Symbols, decoding: Decoding) -> list[str]:
        """One batch of passages, drawn symbol by symbol until each is long enough or has ended."""
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
                # The second test costs a pass over all passages, and none can be long enough before so many symbols.
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

    def known_characters(self) -> frozenset[str] | None:
        alphabet = getattr(self.codec, "alphabet", None)
        return None if alphabet is None else frozenset(alphabet)

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
            if np.isneginf(result[i]):
                break
            state = self.advance(state, np.array([symbol]))
        return result
