"""Matching: megabytes of sample text searched a second against a corpus of 3 MB, and how many times faster that is than str.find."""

from __future__ import annotations

import time

import numpy as np

from evalkit.matching.suffixes import longest_in

_CORPUS, _SAMPLE = 3_000_000, 20_000_000


def _text(n: int, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Zipf-distributed words, as code points."""
    words = ["".join(rng.choice(list("etaoinshrdlucm"), rng.integers(1, 9))) for _ in range(20_000)]
    ranks = np.minimum(rng.zipf(1.2, n // 5), len(words)) - 1
    return np.frombuffer(" ".join(words[rank] for rank in ranks)[:n].encode("utf-32-le"), np.uint32).astype(np.int32)


def main() -> None:
    """Prints throughput, and the ratio to looking up every 20-character window with str.find."""
    rng = np.random.default_rng(0)
    both = _text(_CORPUS + _SAMPLE, rng)
    corpus, sample = both[:_CORPUS], both[_CORPUS:]
    began = time.process_time()
    longest_in([corpus], [sample])
    ours = len(sample) / (time.process_time() - began)
    hay = "".join(map(chr, corpus))
    windows = ["".join(map(chr, sample[i : i + 20])) for i in rng.integers(0, len(sample) - 20, 300)]
    began = time.process_time()
    for window in windows:
        hay.find(window)
    theirs = len(windows) / (time.process_time() - began)
    print(
        f"matching: {ours / 1e6:.1f} MB of sample a second of processor time; {ours / theirs:,.0f} times str.find, which does one length only"
    )


if __name__ == "__main__":
    main()
