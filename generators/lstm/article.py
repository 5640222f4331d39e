"""Describes the experiments of the article that started this project, and samples as the article did: `EXPERIMENTS`.

Luciano Strika, "LSTM: How to Train Neural Networks to Write like Lovecraft", 2019, and its author's repository. They differ from a sound character
LSTM, and all of it is kept: line breaks are removed, characters are one-hot, and every window begins with an empty state. The loss is the mean
binary cross-entropy over the one-hot target, under which good and bad models differ in the third digit. Two dense layers follow one another with
nothing between them. Validation takes the last tenth of the windows, from the middle of stories seen in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError
from generators.base import Symbols, UniformStreams, choose
from generators.lstm.network import Network, StreamState

TEACHER_FORCED = "teacher-forced-argmax"
"""The sampler that gives what the article printed as samples."""
_CHANGED = str.maketrans({"\n": None, "\r": None, "\t": None, "æ": "ae", "ä": "a", "ë": "e", "ö": "o"})
"""Of the ligatures and diaereses in Lovecraft's stories, those whose change gives the repository's 2,881,681 characters of 86 symbols."""


@dataclass(frozen=True, kw_only=True)
class ArticleExperiment:
    """One experiment of the article.

    Args:
        units: of the two LSTM layers.
        window: characters of one training example.
        epochs: as they were run; `scale` shortens them.
        learning_rate: of Adam.
        batch: windows an update.
        corpus_share: share of the text that was used, from its beginning.
        batch_norm: whether batch normalisation lies between the layers.
        next_block: whether the target is the next window, and not the same window shifted by a character.
        note: where the article and its author's repository disagree, or are silent.
    """

    units: tuple[int, int]
    window: int
    epochs: int
    learning_rate: float
    batch: int
    corpus_share: float = 1.0
    batch_norm: bool = False
    next_block: bool = False
    note: str = ""


EXPERIMENTS: dict[str, ArticleExperiment] = {
    "strika-100-50": ArticleExperiment(
        units=(100, 100),
        window=50,
        epochs=500,
        learning_rate=1e-4,
        batch=512,
        corpus_share=1 / 3,
        batch_norm=True,
        note="batch normalisation and the first third of the corpus are in the repository, not in the article",
    ),
    "strika-125-30": ArticleExperiment(
        units=(125, 125),
        window=30,
        epochs=500,
        learning_rate=5e-4,
        batch=4096,
        note="the repository has no trace of windows of 30; learning rate and batch are those of the next experiment",
    ),
    "strika-150-50": ArticleExperiment(
        units=(125, 125),
        window=50,
        epochs=850,
        learning_rate=5e-4,
        batch=4096,
        note="the article says 150 units; the repository trains 125, 750 epochs and then up to 850",
    ),
    "strika-10-10": ArticleExperiment(
        units=(125, 250),
        window=10,
        epochs=500,
        learning_rate=1e-3,
        batch=256,
        next_block=True,
        note="the target is the true next block of 10 characters; neither source says for how many epochs",
    ),
}


def prepare(documents: Sequence[str]) -> str:
    r"""The text of all documents as the article's model read it.

    Documents follow one another with nothing between; line breaks and tabs are gone, with no space in their place; some ligatures and
    diaereses become plain letters; case stays.

    >>> prepare(["The \u00e6gis\nof No\u00ebl.", "End"])
    'The aegisof Noel.End'
    """
    return "".join(documents).translate(_CHANGED)


def windows_of(symbols: Symbols, experiment: ArticleExperiment) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Inputs and targets, [windows x window] each, without overlap.

    Raises:
        InputError: when the text is too short for one window of training and one of validation.
    """
    text = symbols[: int(len(symbols) * experiment.corpus_share)].astype(np.int32)
    size, ahead = experiment.window, experiment.window if experiment.next_block else 1
    n = (len(text) - ahead) // size
    if n < 2:
        raise InputError(
            f"The text gives {max(n, 0)} windows of {size} characters, too few to train on.", remedy="Give a larger reference."
        )
    return text[: n * size].reshape(n, size), text[ahead : ahead + n * size].reshape(n, size)


def argmax_along(
    network: Network, text: Symbols, streams: UniformStreams, n: int, *, n_symbols: int, window: int | None
) -> NDArray[np.int64]:
    """The most probable next character at each place of a real text, which is also what the network reads (teacher forcing).

    Args:
        network: makes the guesses.
        text: the real symbols.
        streams: choose where each stream begins to read the text.
        n: symbols a stream, fewer than the text has.
        n_symbols: size of the alphabet; the symbol of that number ends a document and is never guessed.
        window: symbols after which the state is emptied, as between the windows of training; None never empties it.

    Returns:
        [streams x n] symbols.
    """
    # Streams begin where a window of training began, since there the network knew an empty state.
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
    """Samples, [streams x n], of a network that writes a whole block after reading one: it reads each block that it drew.

    Args:
        network: predicts at place t of a block the symbol at place t of the next block.
        streams: one uniform number a symbol.
        n_streams: passages sampled in one batch.
        n: symbols a stream.
        block: symbols of a block.
        end: the symbol that ends a document; the first block that is read holds nothing else.
    """
    read, blocks = np.full((n_streams, block), end), []
    for _ in range(-(-n // block)):
        state: StreamState = network.zero_state(n_streams)
        uniforms, written = streams.draw(block), []
        for t in range(block):
            state = network.step(state, read[:, t])
            written.append(choose(network.probs(state.hidden[-1]), uniforms[:, t]))
        read = np.stack(written, axis=1)
        blocks.append(read)
    return np.concatenate(blocks, axis=1)[:, :n]
