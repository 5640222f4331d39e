"""Measures how fast text is scanned into words and characters, beside `wc -w` and Python's Counter."""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.speed.ratio import Ratio, fastest, wall_seconds
from evalkit.counts.compiled import scanner
from evalkit.counts.compiled.characters import N_CODE_POINTS, Alphabet
from evalkit.counts.compiled.kernel import count_bytes, number_words
from evalkit.counts.matrix import Scan, plain_scan
from evalkit.text.canonical import canonical, matched
from evalkit.text.corpus import read_corpus

PASSAGE_CHARS = 2000
SLOW_SHARE = 0.1
"""Of the text, for what is so slow that a part of it tells enough."""


def main(arguments: Sequence[str] = ()) -> None:
    """Prints a table: MB a second of processor time on one core, and ratios to wc and to Counter."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scan", description=__doc__)
    parser.add_argument("reference", nargs="?", default="embedded", help="corpus whose text is repeated (default: embedded)")
    parser.add_argument("--mb", type=float, default=100.0, help="megabytes of text (default: 100)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each, of which the fastest counts (default: 3)")
    options = parser.parse_args(arguments)
    text = _repeated(options.reference, options.mb)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(text, encoding="utf-8")
        speeds = _speeds(text, path, options.repeats)
    print(f"{len(text) / 1e6:.0f} million characters of {options.reference}, in passages of {PASSAGE_CHARS}\n")
    print("| | MB/s | of wc -w | of Counter(split) | of Counter(words) |\n|---|---|---|---|---|")
    peers = [speeds[name] for name in ("wc -w", "Counter(text.split())", "Counter(re.findall(word, text.lower()))")]
    for name, speed in speeds.items():
        print(f"| {name} | {speed:.0f} | " + " | ".join(f"{speed / peer:.2f}" for peer in peers) + " |")


def _speeds(text: str, path: Path, repeats: int) -> dict[str, float]:
    """What was measured -> megabytes a second."""
    passages = [text[i : i + PASSAGE_CHARS] for i in range(0, len(text), PASSAGE_CHARS)]
    ready = [matched(canonical(passage)) for passage in passages]
    few, part = passages[: int(len(passages) * SLOW_SHARE)], text[: int(len(text) * SLOW_SHARE)]
    scanner.scan([ready[0], "\u0436"])  # compiles, or loads what was compiled

    def on(n: int) -> None:
        processors, scanner.n_processors = scanner.n_processors, lambda: n
        try:
            scanner.scan(ready)
        finally:
            scanner.n_processors = processors

    loops = _loops(ready)
    work: dict[str, tuple[Callable[[], object], float]] = {
        "wc -w": (lambda: _words_by_wc(path), 1),
        "Counter(text.split())": (lambda: Counter(part.split()), SLOW_SHARE),
        "Counter(re.findall(word, text.lower()))": (lambda: Counter(re.findall(r"[^\W_]+(?:'[^\W_]+)*", part.lower())), SLOW_SHARE),
        "the compiled loops alone, on code points": (loops, 1),
        "words and characters, canonical text": (lambda: on(1), 1),
        "the same without compiled code": (lambda: plain_scan(ready[: len(few)]), SLOW_SHARE),
        "canonical form": (lambda: [canonical(passage) for passage in passages], 1),
        "Scan, from text as read to counts": (lambda: Scan(few), SLOW_SHARE),
    }
    megabytes = path.stat().st_size / 1e6
    speeds = {name: share * megabytes / fastest(run, repeats) for name, (run, share) in work.items()}
    walls = {n: min(wall_seconds(lambda n=n: on(n)) for _ in range(repeats)) for n in (1, 2)}  # type: ignore[misc]
    return {**speeds, "words and characters on one core, wall": megabytes / walls[1], "the same on two, wall": megabytes / walls[2]}


def _loops(texts: Sequence[str]) -> Callable[[], None]:
    """The compiled loops on a block of texts at a time, encoded before, with all memory that they need; letters beyond Latin-1 are left out."""
    table_of = Alphabet().table
    size = scanner.BLOCK_CHARS // PASSAGE_CHARS
    blocks = []
    for first in range(0, len(texts), size):
        encoded = [text.encode("latin-1", "ignore") for text in texts[first : first + size]]
        starts = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        blocks.append((np.frombuffer(b"".join(encoded), np.uint8), starts))
    longest = max(len(codes) for codes, _ in blocks)
    numbers, columns, counts = (np.empty(longest, np.int32) for _ in range(3))
    points, number_of = np.empty(N_CODE_POINTS, np.uint32), np.empty(N_CODE_POINTS, np.int32)
    row_starts = np.empty(size + 1, np.int64)

    def run() -> None:
        table, letters = np.zeros((1 << 20, 4), np.uint64), np.zeros(1 << 24, np.uint32)
        ends, n_words = np.zeros(1 << 19, np.int64), 0
        for codes, starts in blocks:
            number_of[:256] = -1
            n_texts, *_, n_words = number_words(
                codes, starts, table_of, table, letters, ends, n_words, numbers, row_starts[: len(starts)], (0, 0, 0)
            )
            assert n_texts == len(starts) - 1
            count_bytes(codes, starts, number_of, points, columns, counts, row_starts[: len(starts)])

    return run


def ratios() -> Iterator[Ratio]:
    """Words and characters of 20 MB beside `wc -w` and Counter."""
    text = _repeated("embedded", 20.0)
    passages = [text[i : i + PASSAGE_CHARS] for i in range(0, len(text), PASSAGE_CHARS)]
    ready, part = [matched(canonical(passage)) for passage in passages], text[: int(len(text) * SLOW_SHARE)]
    scanner.scan([ready[0], "\u0436"])  # compiles, or loads what was compiled
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(text, encoding="utf-8")
        size = path.stat().st_size / 1e6
        ours = size / fastest(lambda: scanner.scan(ready))
        yield Ratio("words and characters of text", "MB/s", ours, "`wc -w`", size / fastest(lambda: _words_by_wc(path)))
    theirs = SLOW_SHARE * size / fastest(lambda: Counter(part.split()))
    yield Ratio("words and characters of text", "MB/s", ours, "`Counter(text.split())`", theirs)


def _words_by_wc(path: Path) -> None:
    subprocess.run(["wc", "-w", path], check=True, capture_output=True)


def _repeated(reference: str, megabytes: float) -> str:
    n_chars = int(megabytes * 1e6)
    once = "\n\n".join(document.text for document in read_corpus(reference).documents)
    return (once * (n_chars // len(once) + 1))[:n_chars]
