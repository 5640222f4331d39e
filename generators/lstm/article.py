"""The experiments of the article that started this project, as they were run.

Luciano Strika, "LSTM: How to Train Neural Networks to Write like Lovecraft", 2019, and its author's repository. What differs from a character LSTM done right, all of it kept here: line breaks are removed, characters are one-hot, every window begins with an
empty state, the loss is the mean binary cross-entropy over the one-hot target (so that a good model and a bad one differ in the third digit), two dense
layers follow one another with nothing between them, and validation is the last tenth of the windows, in the middle of stories seen in training.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError, Interrupted
from generators.base import Symbols
from generators.lstm.context import Surroundings
from generators.lstm.keras_backend import load_tensorflow
from generators.lstm.network import LayerWeights, Network
from generators.training.interrupts import Stop, heard
from generators.training.session import Checkpoint, Measured
from generators.training.state import State

PATIENCE = 5
_VALIDATION_SHARE = 0.1
_CHANGED = str.maketrans({"\n": None, "\r": None, "\t": None, "æ": "ae", "ä": "a", "ë": "e", "ö": "o"})
"""Of the ligatures and diaereses in Lovecraft's stories, those whose change gives the repository's 2,881,681 characters of 86 symbols."""
_BATCH_NORM = 4


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One experiment of the article.

    Args:
        units: of the two LSTM layers.
        window: characters of one training example.
        epochs: as run, before any scaling.
        learning_rate: of Adam.
        batch: windows an update.
        corpus_share: how much of the text was used, from its beginning.
        batch_norm: whether batch normalisation stands between the layers.
        next_block: whether the target is the next window in place of the same one shifted by a character.
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


EXPERIMENTS: dict[str, Experiment] = {
    "strika-100-50": Experiment(
        units=(100, 100),
        window=50,
        epochs=500,
        learning_rate=1e-4,
        batch=512,
        corpus_share=1 / 3,
        batch_norm=True,
        note="batch normalisation and the first third of the corpus are in the repository, not in the article",
    ),
    "strika-125-30": Experiment(
        units=(125, 125),
        window=30,
        epochs=500,
        learning_rate=5e-4,
        batch=4096,
        note="the repository has no trace of windows of 30; learning rate and batch are those of the next experiment",
    ),
    "strika-150-50": Experiment(
        units=(125, 125),
        window=50,
        epochs=850,
        learning_rate=5e-4,
        batch=4096,
        note="the article says 150 units; the repository trains 125, 750 epochs and then up to 850",
    ),
    "strika-10-10": Experiment(
        units=(125, 250),
        window=10,
        epochs=500,
        learning_rate=1e-3,
        batch=256,
        next_block=True,
        note="the target is the true next block of 10 characters; neither source says for how many epochs",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """A trained experiment: its network, folded into plain layers, and what training measured, in JSON values."""

    network: Network
    measured: dict[str, object]


def prepare(documents: Sequence[str]) -> str:
    r"""The text of all documents as the article's model read it.

    Documents follow one another with nothing between; line breaks and tabs are gone, with no space in their place; some ligatures and
    diaereses become plain letters; case stays.

    >>> prepare(["The \u00e6gis\nof No\u00ebl.", "End"])
    'The aegisof Noel.End'
    """
    return "".join(documents).translate(_CHANGED)


def hard_gate(z: Any) -> Any:
    """The gates' activation in Keras 1 and 2: clip(.2 z + .5). Keras 3's `hard_sigmoid` is another line, z / 6 + .5."""
    _, keras = load_tensorflow()
    return keras.ops.clip(0.2 * z + 0.5, 0.0, 1.0)


def build(experiment: Experiment, n_symbols: int) -> Any:
    """The article's Keras model, from symbols [windows x window] to distributions [windows x window x symbols]."""
    tf, keras = load_tensorflow()
    layers = keras.layers
    first, second = experiment.units
    symbols = keras.Input((experiment.window,), dtype="int32")
    values = layers.Lambda(lambda s: tf.one_hot(s, n_symbols), output_shape=(experiment.window, n_symbols))(symbols)
    values = layers.LSTM(first, return_sequences=True, recurrent_activation=hard_gate)(values)
    if experiment.batch_norm:
        values = layers.BatchNormalization()(values)
    values = layers.LSTM(second, return_sequences=True, recurrent_activation=hard_gate)(values)
    values = layers.TimeDistributed(layers.Dense(n_symbols))(values)
    model = keras.Model(symbols, layers.Dense(n_symbols, activation="softmax")(values))
    optimizer = keras.optimizers.Adam(experiment.learning_rate)
    model.compile(optimizer, _loss_of_one_hot(n_symbols), metrics=["sparse_categorical_crossentropy"])
    return model


def _loss_of_one_hot(n_symbols: int) -> Any:
    tf, keras = load_tensorflow()

    def loss(targets: Any, predicted: Any) -> Any:
        return keras.losses.binary_crossentropy(tf.one_hot(tf.cast(targets, tf.int32), n_symbols), predicted)

    return loss


def windows_of(symbols: Symbols, experiment: Experiment) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Inputs and targets, [windows x window] each, without overlap.

    Raises:
        InputError: when the text has too few for training and validation.
    """
    text = symbols[: int(len(symbols) * experiment.corpus_share)].astype(np.int32)
    size, ahead = experiment.window, experiment.window if experiment.next_block else 1
    n = (len(text) - ahead) // size
    if n < 2:
        raise InputError(
            f"The text gives {max(n, 0)} windows of {size} characters, too few to train on.", remedy="Give a larger reference."
        )
    return text[: n * size].reshape(n, size), text[ahead : ahead + n * size].reshape(n, size)


def reproduce(
    symbols: Symbols, n_symbols: int, experiment: Experiment, *, scale: float, seed: int, around: Surroundings
) -> Reproduced:
    """Trains an experiment as it was run, or goes on with a training that was cut short.

    Args:
        symbols: the prepared text, 0 ... n_symbols - 1.
        n_symbols: size of the alphabet.
        experiment: what to train.
        scale: part of its epochs; at least one epoch is trained.
        seed: of weights and the order of the windows.
        around: what does not decide what is learned.

    Raises:
        InputError: when the text is too short.
        Interrupted: when the run was asked to stop; the state was kept before.
        MissingExtraError: when TensorFlow is not installed.
        ModelError: when the kept state is damaged or another training's.
    """
    return Reproduction(windows_of(symbols, experiment), n_symbols, experiment, scale=scale, seed=seed, around=around).run()


class Reproduction:
    """Epochs until all are done or the training loss no longer falls."""

    def __init__(
        self,
        windows: tuple[NDArray[np.int32], NDArray[np.int32]],
        n_symbols: int,
        experiment: Experiment,
        *,
        scale: float,
        seed: int,
        around: Surroundings,
    ) -> None:
        _, keras = load_tensorflow()
        self._experiment, self._scale, self._seed, self._around = experiment, scale, seed, around
        self._inputs, self._targets = windows
        self._n_train = max(1, int(len(self._inputs) * (1 - _VALIDATION_SHARE)))
        self._wanted = max(1, round(experiment.epochs * scale))
        keras.utils.set_random_seed(seed % 2**32)
        self._model = build(experiment, n_symbols)
        self._model.optimizer.build(self._model.trainable_variables)
        self._history: list[dict[str, float]] = []
        self._seconds = 0.0
        self._kept = time.monotonic()
        self._go_on()

    def run(self) -> Reproduced:
        """The training to its end."""
        with heard() if self._around.state else nullcontext(Stop()) as stop:
            while not self._ended:
                started, before = time.monotonic(), self._updates
                self._epoch()
                self._seconds += time.monotonic() - started
                self._measure()
                self._checkpoint(before)
                self._keep(stop)
        measured: dict[str, object] = {
            "experiment": {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self._experiment).items()},
            "epochs": len(self._history),
            "parameters": int(self._model.count_params()),
            "updates": self._updates,
            "characters_seen": self._characters,
            "seconds": round(self._seconds, 1),
            "history": self._history,
        }
        return Reproduced(network=folded(self._model, self._experiment), measured=measured)

    @property
    def _updates(self) -> int:
        return len(self._history) * -(-self._n_train // self._batch)

    @property
    def _characters(self) -> int:
        return len(self._history) * self._n_train * self._experiment.window

    @property
    def _batch(self) -> int:
        return min(self._experiment.batch, self._n_train)

    @property
    def _ended(self) -> bool:
        losses = [epoch["train_bce"] for epoch in self._history]
        return len(losses) >= self._wanted or len(losses) - int(np.argmin([np.inf, *losses])) >= PATIENCE

    def _epoch(self) -> None:
        """One pass over the training windows in an order of its own, and a look at the others."""
        order = np.random.default_rng([self._seed, len(self._history)]).permutation(self._n_train)
        found = self._model.fit(
            self._inputs[order],
            self._targets[order],
            validation_data=(self._inputs[self._n_train :], self._targets[self._n_train :]),
            batch_size=self._batch,
            shuffle=False,
            verbose=0,
        ).history
        loss, bits = found["loss"][0], found["sparse_categorical_crossentropy"][0] / np.log(2)
        held_loss, held_bits = found["val_loss"][0], found["val_sparse_categorical_crossentropy"][0] / np.log(2)
        if not np.isfinite(loss):
            raise InputError("The loss of the experiment was not a number.", remedy="Try another seed.")
        self._history.append(
            {
                "train_bce": float(loss),
                "train_bits": float(bits),
                "validation_bce": float(held_loss),
                "validation_bits": float(held_bits),
            }
        )

    def _measure(self) -> None:
        """Tells of the epoch."""
        now, n = self._history[-1], len(self._history)
        self._around.session.on_measured(
            Measured(
                updates=self._updates,
                characters=self._characters,
                seconds=self._seconds,
                train_bits=now["train_bits"],
                held_out_bits=now["validation_bits"],
                learning_rate=self._experiment.learning_rate,
            )
        )
        pace, left = self._characters / self._seconds, self._seconds * (self._wanted - n) / n
        self._around.progress(
            f"training the article's lstm: epoch {n} of {self._wanted}, loss {now['train_bce']:.4f}, "
            f"{now['validation_bits']:.3f} bits per character, {pace:,.0f} characters/s, {left:.0f} s left",
            n,
            self._wanted,
        )

    def _checkpoint(self, before: int) -> None:
        """Hands over the generator where a checkpoint was due in the epoch, or the training ended with it."""
        every, now = self._around.session.checkpoint_every, self._updates
        if every is None or not (self._ended or now // every > before // every):
            return
        generator = self._around.generator(folded(self._model, self._experiment))
        self._around.session.on_checkpoint(
            Checkpoint(
                updates=now,
                characters=self._characters,
                seconds=self._seconds,
                held_out_bits=self._history[-1]["validation_bits"],
                generator=generator,
            )
        )

    def _keep(self, stop: Stop) -> None:
        """Keeps the state between epochs, as `lstm_training` does between updates."""
        state, session = self._around.state, self._around.session
        if state is None:
            return
        if stop.asked or self._ended or time.monotonic() - self._kept >= session.keep_seconds:
            variables = [*self._model.variables, *self._model.optimizer.variables]
            arrays = {f"variable_{i}": np.asarray(variable.numpy()) for i, variable in enumerate(variables)}
            state.keep(State({"history": self._history, "seconds": self._seconds}, arrays))
            self._kept = time.monotonic()
        if stop.asked:
            raise Interrupted(
                f'The training after {len(self._history)} epochs is kept in "{state.path}"; the same command goes on from there.'
            )

    def _go_on(self) -> None:
        """Goes back to where an earlier run stopped."""
        state = self._around.state
        kept = state.load() if state else None
        if state is None or kept is None:
            return
        try:
            for i, variable in enumerate([*self._model.variables, *self._model.optimizer.variables]):
                variable.assign(kept.arrays[f"variable_{i}"])
            self._history, self._seconds = list(kept.plain["history"]), float(kept.plain["seconds"])
        except (KeyError, ValueError, TypeError) as error:
            raise state.refused(f"is damaged ({error})") from error


def folded(model: Any, experiment: Experiment) -> Network:
    """The same function as plain layers: one-hot input, normalisation in the second layer's kernel, the two dense layers as one.

    The end of a document, which the article's model does not know, is an input of zeros and never follows.
    """
    weights = [np.asarray(values, np.float32) for values in model.get_weights()]
    first, rest = LayerWeights(*weights[:3]), weights[3:]
    scale, shift = np.ones(experiment.units[0], np.float32), np.zeros(experiment.units[0], np.float32)
    if experiment.batch_norm:
        (gamma, beta, mean, variance), rest = rest[:_BATCH_NORM], rest[_BATCH_NORM:]
        scale = gamma / np.sqrt(variance + next(one for one in model.layers if hasattr(one, "epsilon")).epsilon)
        shift = beta - mean * scale
    kernel, recurrent, bias, dense_1, bias_1, dense_2, bias_2 = rest
    second = LayerWeights(kernel * scale[:, None], recurrent, bias + shift @ kernel)
    n_symbols = len(bias_2)
    dense = np.concatenate([dense_1 @ dense_2, np.zeros((len(dense_1), 1), np.float32)], axis=1)
    dense_bias = np.append(bias_1 @ dense_2 + bias_2, np.float32(-np.inf)).astype(np.float32)
    embedding = np.concatenate([np.eye(n_symbols, dtype=np.float32), np.zeros((1, n_symbols), np.float32)])
    return Network(embedding, (first, second), dense, dense_bias, hard_gates=True)
