"""Stock Keras LSTM layers (and PyTorch's, where torch is installed) against the hand-written ones: the same network, batches, optimiser and
loop, in one run; then how fast the network is sampled.

    python -m benchmarks.lstm
    python -m benchmarks.lstm --units 512 --layers 2 --batch 64 --rounds 30 FOLDER

Each round gives every contender a few updates on the same text, in turn, so that other work on the machine meets all of them alike. Wall
time and processor time are both reported: on a shared machine the second is the steadier. The learning curves must lie on each other, for all
compute the same network; bfloat16 products may differ in the third digit.

Torch is no dependency of the project: install it beside evalkit to see it here.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from generators.lstm.batches import Tape
from generators.lstm.fast_backend import FastBackend, has_bfloat16
from generators.lstm.keras_backend import Backend, KerasBackend
from generators.lstm.model import LSTM
from generators.lstm.network import Network
from generators.sequence import CharCodec

UPDATES_A_ROUND = 5
SAMPLED_PASSAGES, SAMPLED_CHARS = 256, 1000
BASELINE = "keras"


@dataclass
class Contender:
    """One machine and what it took: seconds a round, by the clock and of the processor."""

    machine: Backend
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    bits: list[float] = field(default_factory=list)

    def run(self, windows: list, rates: list[float]) -> None:
        """One round of updates."""
        wall, processor = time.perf_counter(), time.process_time()
        for window, rate in zip(windows, rates, strict=True):
            loss = self.machine.update(window, rate)
        float(loss)
        self.wall.append(time.perf_counter() - wall)
        self.processor.append(time.process_time() - processor)


def options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1] / "data" / "tales")
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--embedding", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    return parser.parse_args(arguments)


def contenders(network: Network, batch: int) -> dict[str, Contender]:
    """Keras's layers, the hand-written ones, and those with bfloat16 products where the processor has them."""
    made: dict[str, Any] = {BASELINE: KerasBackend(network, batch=batch)}
    made["float32"] = FastBackend(network, batch=batch, bfloat16=False)
    if has_bfloat16():
        made["bfloat16"] = FastBackend(network, batch=batch, bfloat16=True)
    if find_spec("torch"):
        from benchmarks.lstm_torch import TorchMachine

        made["torch"] = TorchMachine(network, batch=batch, bfloat16=False)
        made["torch bf16"] = TorchMachine(network, batch=batch, bfloat16=True)
    return {name: Contender(machine) for name, machine in made.items()}


def report(found: dict[str, Contender], n_chars: float) -> None:
    """Characters a second of each, and the ratio to Keras round by round."""
    base = found[BASELINE]
    print(f"{'':12}{'chars/s':>10}{'per cpu s':>12}{'x wall':>9}{'x cpu':>8}")
    for name, one in found.items():
        wall, processor = (np.median(np.divide(a, b)) for a, b in ((base.wall, one.wall), (base.processor, one.processor)))
        print(
            f"{name:12}{n_chars / np.median(one.wall):10,.0f}{n_chars / np.median(one.processor):12,.0f}{wall:9.2f}{processor:8.2f}"
        )
    print("\nheld-out bits per character")
    for name, one in found.items():
        print(f"{name:12}" + " ".join(f"{bits:.3f}" for bits in one.bits))


def sampled(machine: Backend, codec: CharCodec) -> None:
    """Characters a second of samples from the network as it is trained by now."""
    model = LSTM()
    model.codec, model.network = codec, machine.network(machine.weights())
    model.sample(SAMPLED_PASSAGES, 10)
    wall = time.perf_counter()
    model.sample(SAMPLED_PASSAGES, SAMPLED_CHARS)
    seconds = time.perf_counter() - wall
    print(
        f"\nsampling: {SAMPLED_PASSAGES * SAMPLED_CHARS / seconds:,.0f} characters/s ({SAMPLED_PASSAGES} passages x {SAMPLED_CHARS})"
    )


def main(arguments: Sequence[str] = ()) -> None:
    given = options(arguments)
    texts = [path.read_text(encoding="utf-8") for path in sorted(given.folder.glob("*.txt"))]
    codec = CharCodec.of(texts)
    encoded = [codec.encode(text) for text in texts]
    tape, measured = (Tape.of(part, end=codec.n_symbols, window=given.window) for part in (encoded[1:], encoded[:1]))
    counts = np.bincount(np.concatenate(encoded), minlength=codec.n_symbols + 1) + 1.0
    rng = np.random.default_rng(0)
    network = Network.initial(frequencies=counts, units=given.units, layers=given.layers, embedding=given.embedding, rng=rng)
    found = contenders(network, given.batch)
    windows = tape.windows(given.batch)
    for round_ in range(given.rounds + 1):
        part = [next(windows) for _ in range(UPDATES_A_ROUND)]
        for one in found.values():
            one.run(part, [given.learning_rate] * len(part))
            if round_ % max(1, given.rounds // 5) == 0:
                one.bits.append(one.machine.bits(measured))
    for one in found.values():
        del one.wall[0], one.processor[0]  # tracing and compiling
    print(
        f"{given.layers} x {given.units}, {given.batch} x {given.window} characters an update, {given.rounds} rounds of {UPDATES_A_ROUND}"
    )
    report(found, UPDATES_A_ROUND * given.batch * given.window)
    sampled(found[list(found)[1]].machine, codec)


if __name__ == "__main__":
    main(sys.argv[1:])
