"""Measures training and sampling speed of the LSTM beside stock Keras layers, and PyTorch's where torch is installed.

All contenders train the same network with the same batches and optimiser, so their learning curves must coincide; bfloat16 products may differ
in the third digit. Each round gives every contender a few updates in turn, so that other work on the machine slows all of them alike. On a
shared machine processor time is steadier than wall time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.speed.ratio import Ratio
from generators.lstm.batches import Tape
from generators.lstm.model import LSTM
from generators.lstm.network import Network
from generators.sequence import CharCodec

if TYPE_CHECKING:
    from generators.lstm.keras_backend import Backend

UPDATES_A_ROUND = 5
SAMPLED_PASSAGES, SAMPLED_CHARS = 256, 1000
BASELINE = "keras"


@dataclass
class Contender:
    """One implementation, with its wall time and processor time of each round, in seconds."""

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


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks lstm", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parents[2] / "data" / "tales", help="text files to train on"
    )
    parser.add_argument("--units", type=int, default=256, help="of each layer")
    parser.add_argument("--layers", type=int, default=1, help="of the network")
    parser.add_argument("--embedding", type=int, default=64, help="dimensions of a symbol")
    parser.add_argument("--batch", type=int, default=32, help="streams of text in an update")
    parser.add_argument("--window", type=int, default=64, help="characters of each stream in an update")
    parser.add_argument("--rounds", type=int, default=20, help="rounds, each of a few updates of every contender")
    parser.add_argument("--learning-rate", type=float, default=4e-3, help="of every update")
    return parser.parse_args(arguments)


def contenders(network: Network, batch: int) -> dict[str, Contender]:
    """Keras's layers, the hand-written ones, and those with bfloat16 products where the processor has them."""
    from generators.lstm.fast_backend import FastBackend, has_bfloat16
    from generators.lstm.keras_backend import KerasBackend

    machines: dict[str, Any] = {BASELINE: KerasBackend(network, batch=batch)}
    machines["float32"] = FastBackend(network, batch=batch, bfloat16=False)
    if has_bfloat16():
        machines["bfloat16"] = FastBackend(network, batch=batch, bfloat16=True)
    if find_spec("torch"):
        from benchmarks.speed.lstm_torch import TorchMachine

        machines["torch"] = TorchMachine(network, batch=batch, bfloat16=False)
        machines["torch bf16"] = TorchMachine(network, batch=batch, bfloat16=True)
    return {name: Contender(machine) for name, machine in machines.items()}


def report(results: dict[str, Contender], n_chars: float) -> None:
    """Characters a second of each, and the ratio to Keras round by round."""
    base = results[BASELINE]
    print(f"{'':12}{'chars/s':>10}{'per cpu s':>12}{'x wall':>9}{'x cpu':>8}")
    for name, result in results.items():
        pairs = ((base.wall, result.wall), (base.processor, result.processor))
        wall, processor = (np.median(np.divide(a, b)) for a, b in pairs)
        rates = f"{n_chars / np.median(result.wall):10,.0f}{n_chars / np.median(result.processor):12,.0f}"
        print(f"{name:12}{rates}{wall:9.2f}{processor:8.2f}")
    print("\nheld-out bits per character")
    for name, result in results.items():
        print(f"{name:12}" + " ".join(f"{bits:.3f}" for bits in result.bits))


def sampled(machine: Backend, codec: CharCodec) -> None:
    """Prints characters a second of samples from the trained network."""
    model = LSTM()
    model.restore({**codec.arrays(), **machine.network(machine.weights()).arrays()}, {})
    model.sample(SAMPLED_PASSAGES, 10)
    wall = time.perf_counter()
    model.sample(SAMPLED_PASSAGES, SAMPLED_CHARS)
    seconds = time.perf_counter() - wall
    print(
        f"\nsampling: {SAMPLED_PASSAGES * SAMPLED_CHARS / seconds:,.0f} characters/s ({SAMPLED_PASSAGES} passages x {SAMPLED_CHARS})"
    )


def race(options: argparse.Namespace, *, measure: bool) -> tuple[dict[str, Contender], CharCodec]:
    """Gives every contender its updates.

    Args:
        options: of the command line.
        measure: whether held-out bits are measured on the way.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(options.folder.glob("*.txt"))]
    codec = CharCodec.of(texts)
    encoded = [codec.encode(text) for text in texts]
    tape, measured = (Tape.of(part, end=codec.n_symbols, window=options.window) for part in (encoded[1:], encoded[:1]))
    counts = np.bincount(np.concatenate(encoded), minlength=codec.n_symbols + 1) + 1.0
    rng = np.random.default_rng(0)
    network = Network.initial(frequencies=counts, units=options.units, layers=options.layers, embedding=options.embedding, rng=rng)
    results = contenders(network, options.batch)
    windows = tape.windows(options.batch)
    for round_ in range(options.rounds + 1):
        part = [next(windows) for _ in range(UPDATES_A_ROUND)]
        for contender in results.values():
            contender.run(part, [options.learning_rate] * len(part))
            if measure and round_ % max(1, options.rounds // 5) == 0:
                contender.bits.append(contender.machine.bits(measured))
    for contender in results.values():
        del contender.wall[0], contender.processor[0]  # the first round traces and compiles
    return results, codec


def ratios() -> Iterator[Ratio]:
    """Training of 512 units, as it is done on this machine, beside Keras, and PyTorch where it is installed."""
    results, _ = race(_options(["--units", "512", "--batch", "64", "--rounds", "3"]), measure=False)
    rates = {name: UPDATES_A_ROUND * 64 * 64 / float(np.median(result.wall)) for name, result in results.items()}
    ours = rates.get("bfloat16", rates["float32"])
    peers = {"keras": "Keras `LSTM`", "torch": "PyTorch `nn.LSTM`", "torch bf16": "PyTorch `nn.LSTM`, bfloat16"}
    for name, peer in peers.items():
        if name in rates:
            yield Ratio("train an LSTM of 512 units", "characters/s", ours, peer, rates[name])


def main(arguments: Sequence[str] = ()) -> None:
    """Prints characters a second of each contender, and its held-out bits on the way."""
    options = _options(arguments)
    results, codec = race(options, measure=True)
    print(
        f"{options.layers} x {options.units}, {options.batch} x {options.window} characters an update, {options.rounds} rounds of {UPDATES_A_ROUND}"
    )
    report(results, UPDATES_A_ROUND * options.batch * options.window)
    sampled(results["float32"].machine, codec)
