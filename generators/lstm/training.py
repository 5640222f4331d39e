"""Trains the LSTM by truncated back-propagation through time, and decides when to stop: `train` and `Trainer`.

Gradients flow back through one window of text only. The state at its end begins the next window of the same stream, so that the network still
learns to use what it read long before (Werbos 1990; Williams and Peng 1990).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evalkit.errors import InputError
from generators.base import Symbols
from generators.lstm.batches import Tape, Window
from generators.lstm.fast_backend import FastBackend, has_bfloat16
from generators.lstm.keras_backend import Backend, KerasBackend, gpu_is_visible
from generators.lstm.network import Network
from generators.lstm.presets import Configuration
from generators.lstm.training_state import Plan, TrainingContext, TrainingResult, TrainingState, learning_rate
from generators.training.hooks import Checkpoint, Measurement
from generators.training.resume import StateKeeper

AVERAGED_EVERY = 4
"""Updates between two sets of weights in the average; nearer ones hardly differ, and copying them takes time."""
_SECONDS_BETWEEN_REPORTS = 0.5


def train(
    documents: Sequence[Symbols],
    held_out: Sequence[Symbols],
    end: int,
    config: Configuration,
    *,
    seed: int,
    context: TrainingContext,
) -> TrainingResult:
    """Trains a network on encoded documents, or resumes a training that was interrupted.

    Args:
        documents: symbols 0 ... end - 1 of each training document.
        held_out: symbols of documents to stop early by, -1 where unknown; may be empty.
        end: the symbol that ends a document.
        config: what to train, and for how long.
        seed: fixes the weights, the order of the documents and dropout.
        context: what does not decide what is learned.

    Raises:
        InputError: when the loss is no longer a number.
        Interrupted: after an interrupt, once the state is kept.
        MissingExtraError: when TensorFlow is not installed.
        ModelError: when the kept state is damaged or belongs to another training.
    """
    started = time.monotonic()
    rng = np.random.default_rng(seed)
    tape = Tape.of([documents[i] for i in rng.permutation(len(documents))], end=end, window=config.window)
    config = config.suited_to(n_windows=len(tape), n_targets=tape.n_targets)
    network = Network.initial(
        frequencies=_frequencies(tape, end + 1), units=config.units, layers=config.layers, embedding=config.embedding, rng=rng
    )
    backend = backend_for(network, config=config, seed=seed)
    held_out_tape = Tape.of(held_out, end=end, window=config.window) if any(len(text) for text in held_out) else None
    return Trainer(backend, tape, held_out_tape, config, context=context, started=started).run()


def backend_for(network: Network, *, config: Configuration, seed: int) -> Backend:
    """Keras's layers where there is a GPU, the fast ones for processors otherwise."""
    if gpu_is_visible():
        return KerasBackend(network, batch=config.batch, dropout=config.dropout, seed=seed)
    bfloat16 = has_bfloat16() if config.precision == "auto" else config.precision == "bfloat16"
    return FastBackend(
        network, batch=config.batch, dropout=config.dropout, seed=seed, weight_drop=config.weight_drop, bfloat16=bfloat16
    )


class Trainer:
    """Makes updates until the plan is done or the held-out documents no longer improve.

    Args:
        backend: computes updates.
        tape: the training documents.
        held_out: the held-out documents, or None.
        config: suited to the tape.
        context: what does not decide what is learned.
        started: when the clock of this run began, by `time.monotonic`.
    """

    def __init__(
        self,
        backend: Backend,
        tape: Tape,
        held_out: Tape | None,
        config: Configuration,
        *,
        context: TrainingContext,
        started: float,
    ) -> None:
        self._backend, self._tape, self._held_out, self._config = backend, tape, held_out, config
        self._hooks, self._progress, self._generator_of = context.hooks, context.progress, context.generator_of
        self._plan = Plan(config.updates, None if config.minutes is None else 60 * config.minutes)
        self._keeper = StateKeeper(context.state_file, seconds=context.hooks.keep_seconds)
        self._state = self._keeper.resumed(lambda saved: TrainingState.restored(saved, backend)) or TrainingState()
        self._clock = self._reported = started
        self._rate = 0.0

    def run(self) -> TrainingResult:
        """Trains to the end."""
        state = self._state
        windows = self._tape.windows(self._config.batch, start=state.updates)
        with self._keeper.deferring_interrupts():
            while not self._ended():
                self._update(next(windows))
                if self._measurement_is_due():
                    self._measure()
                self._report()
                self._checkpoint()
                self._keeper.keep(lambda: state.saved(self._backend), after=f"{state.updates:,} updates", ended=self._ended())
        return TrainingResult(
            self._backend.network(state.best or state.average),
            self._config,
            tuple(state.curve),
            state.updates,
            state.characters,
            state.seconds,
            self._plan.done(state) < 1,
            state.best_bits,
        )

    def _ended(self) -> bool:
        return self._plan.done(self._state) >= 1 or self._state.waited >= self._config.patience

    def _update(self, window: Window) -> None:
        state = self._state
        self._rate = learning_rate(self._config.learning_rate, state.updates, self._plan.done(state))
        state.losses.append(self._finite(float(self._backend.update(window, self._rate))))
        state.updates += 1
        state.characters += int(window.weights.sum())
        # The first update counts, so that an average exists whenever it is measured.
        if state.updates % AVERAGED_EVERY == 1:
            state.take_into_average(self._backend.weights())
        self._tick()

    def _measurement_is_due(self) -> bool:
        now, n = self._plan.done(self._state), self._config.evaluations
        return now >= 1 or int(now * n) > int(self._state.measured_at * n)

    def _measure(self) -> None:
        """Measures the training text since the last measurement and the held-out documents, and calls the hook."""
        state = self._state
        train_bits = float(np.mean(state.losses) / np.log(2))
        held_out_bits = self._held_out_bits()
        if held_out_bits is not None:
            state.offer(held_out_bits, state.average)
        self._tick()
        state.losses, state.measured_at = [], self._plan.done(state)
        state.curve.append(
            Measurement(
                updates=state.updates,
                characters=state.characters,
                seconds=state.seconds,
                train_bits=train_bits,
                held_out_bits=held_out_bits,
                learning_rate=self._rate,
            )
        )
        self._hooks.on_measured(state.curve[-1])

    def _held_out_bits(self) -> float | None:
        """Bits per character of the held-out documents under the averaged weights; None where nothing was held out."""
        if self._held_out is None:
            return None
        with self._backend.holding(self._state.average):
            return self._finite(self._backend.bits(self._held_out))

    def _finite(self, value: float) -> float:
        """The value, if it is a number.

        Raises:
            InputError: otherwise, with advice. The kept state is removed, since the same training would fail again.
        """
        if np.isfinite(value):
            return value
        self._keeper.discard()
        raise InputError(
            f"The loss of the lstm was not a number after {self._state.updates} updates.",
            remedy="Train with a smaller learning_rate (a third of the present one), or fewer units.",
        )

    def _report(self) -> None:
        """Reports the progress, twice a second at most."""
        now = time.monotonic()
        if now - self._reported < _SECONDS_BETWEEN_REPORTS and not self._ended():
            return
        self._reported = now
        state, done = self._state, max(self._plan.done(self._state), 1e-6)
        loss = float(np.mean(state.losses)) if state.losses else state.curve[-1].train_bits * float(np.log(2))
        held_out_bits = state.curve[-1].held_out_bits if state.curve else None
        bits = loss / float(np.log(2)) if held_out_bits is None else held_out_bits
        pace, left = state.characters / max(state.seconds, 1e-6), state.seconds * (1 - done) / done
        self._progress(
            f"training lstm: {bits:.3f} bits per character, loss {loss:.3f}, {pace:,.0f} characters/s, {left:.0f} s left", done, 1.0
        )

    def _checkpoint(self) -> None:
        """Calls the hook with the present generator where a checkpoint is due; the clock of the training stands still meanwhile."""
        state, every = self._state, self._hooks.checkpoint_every
        if every is None or (state.updates % every and not self._ended()):
            return
        network = self._backend.network(state.average)
        self._hooks.on_checkpoint(
            Checkpoint(
                updates=state.updates,
                characters=state.characters,
                seconds=state.seconds,
                held_out_bits=self._held_out_bits(),
                generator=self._generator_of(network),
            )
        )
        self._clock = time.monotonic()

    def _tick(self) -> None:
        """Counts the time since the last tick as time of training."""
        now = time.monotonic()
        self._state.seconds += now - self._clock
        self._clock = now


def _frequencies(tape: Tape, n_symbols: int) -> NDArray[np.float64]:
    """How often each symbol is a target, plus one, so that no symbol begins as impossible."""
    return np.asarray(np.bincount(tape.targets[tape.weights > 0], minlength=n_symbols) + 1.0, np.float64)
