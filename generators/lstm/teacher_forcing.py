"""What the article printed as samples: the most probable next character at each place of a real text, which is also what the model reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from generators.base import Symbols, UniformStreams
from generators.lstm.network import Network, StreamState

SAMPLER = "teacher-forced-argmax"


def argmax_along(
    network: Network, text: Symbols, streams: UniformStreams, n: int, *, n_symbols: int, window: int | None
) -> NDArray[np.int64]:
    """The guesses of n streams, each along its own stretch of the text, [n streams x symbols].

    Args:
        network: guesses.
        text: the real symbols.
        streams: choose where each stretch begins.
        n: symbols a stream, at most the text's less one.
        n_symbols: size of the alphabet; the symbol of that number ends a document and stands before every text.
        window: symbols after which the state is emptied, as it was between the windows of training; None never does.
    """
    step = window or 1
    starts = (streams.draw(1)[:, 0] * max(1, (len(text) - n) // step)).astype(np.int64) * step
    guesses = np.empty((len(starts), n), np.int64)
    state = empty = network.zero_state(len(starts))
    for t in range(n):
        if window and t % window == 0:
            state = empty
        state = network.step(state, text[starts + t])
        guesses[:, t] = network.probs(state.hidden[-1])[:, :n_symbols].argmax(axis=1)
    return guesses


def ancestral_blocks(
    network: Network, streams: UniformStreams, n_streams: int, n: int, *, block: int, end: int
) -> NDArray[np.int64]:
    """Samples of a model that writes a whole block after reading one, [streams x n]: each block drawn is the next to be read.

    Args:
        network: at place t of a block it predicts the symbol at place t of the next.
        streams: one uniform number a symbol.
        n_streams: side by side.
        n: symbols a stream.
        block: symbols of a block.
        end: the symbol that ends a document, which is what the first block is made of.
    """
    from generators.base import choose

    read, drawn = np.full((n_streams, block), end), []
    for _ in range(-(-n // block)):
        state: StreamState = network.zero_state(n_streams)
        uniforms, written = streams.draw(block), []
        for t in range(block):
            state = network.step(state, read[:, t])
            written.append(choose(network.probs(state.hidden[-1]), uniforms[:, t]))
        read = np.stack(written, axis=1)
        drawn.append(read)
    return np.concatenate(drawn, axis=1)[:, :n]
