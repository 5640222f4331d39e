"""N-gram models of orders 3 to 10 beside KenLM: bits, seconds to fit, peak memory, sampled characters a second.

The standard split of the Lovecraft corpus: files in name order, index % 10 == 4 held out. KenLM's bits and its times are those recorded once
(`lmplz -o N --discount_fallback`, 2 cores, another machine); where `lmplz` is on the PATH it runs beside us, and the ratio is of this run.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KENLM_BITS = {3: 2.84315, 4: 2.34067, 5: 2.04541, 6: 1.93235, 7: 1.89681, 8: 1.89436, 9: 1.89595, 10: 1.89878}
KENLM_SECONDS = {3: 0.6, 4: 0.7, 5: 0.7, 6: 1.2, 7: 1.5, 8: 2.3, 9: 3.1, 10: 4.2}
KENLM_MB = {3: 993, 4: 866, 5: 771, 6: 701, 7: 649, 8: 613, 9: 587, 10: 570}
CORPUS = Path(__file__).parents[2] / "shared/corpora/lovecraft"
N_PASSAGES, N_CHARS = 1000, 1000


def main() -> None:
    """Prints one line an order."""
    if not CORPUS.is_dir():
        print(f"the Lovecraft corpus is not at {CORPUS}; see data/corpora.json for where it is from")
        return
    lmplz = shutil.which("lmplz")
    print(f"KenLM's seconds and megabytes: {'this run' if lmplz else 'recorded on another machine'}")
    print("order    bits   KenLM  difference   fit s (CPU)   KenLM s  ratio   peak MB  KenLM  ratio   score Mc/s  sample Mc/s")
    for order, kenlm_bits in KENLM_BITS.items():
        # Each order in a process of its own, so that the peak of memory is its own.
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.ngram", "--order", str(order)], capture_output=True, text=True, check=True
        )
        ours = json.loads(done.stdout)
        seconds, megabytes = _run_lmplz(lmplz, order) if lmplz else (KENLM_SECONDS[order], KENLM_MB[order])
        print(
            f"{order:5} {ours['bits']:8.5f} {kenlm_bits:7.5f} {ours['bits'] - kenlm_bits:+11.5f} "
            f"{ours['fit']:6.2f} ({ours['fit_cpu']:.2f}) {seconds:9.2f} {ours['fit'] / seconds:6.2f} "
            f"{ours['mb']:9.0f} {megabytes:6.0f} {ours['mb'] / megabytes:6.2f} {ours['score']:12.2f} {ours['sample']:12.2f}",
            flush=True,
        )


def measure(order: int) -> dict[str, float]:
    """One order: bits, seconds, peak of memory before sampling, millions of characters a second."""
    from generators.ngram import NGram

    train, held_out = standard_split()
    start, start_cpu = time.perf_counter(), time.process_time()
    model = NGram(order=order).fit(train)
    fit, fit_cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start_cpu = time.process_time()
    bits = model.bits_per_char(held_out)
    score = time.process_time() - start_cpu
    start_cpu = time.process_time()
    model.sample(N_PASSAGES, N_CHARS)
    sample = time.process_time() - start_cpu
    return {
        "bits": bits,
        "fit": fit,
        "fit_cpu": fit_cpu,
        "mb": peak,
        "score": sum(map(len, held_out)) / score / 1e6,
        "sample": N_PASSAGES * N_CHARS / sample / 1e6,
    }


def standard_split() -> tuple[list[str], list[str]]:
    """Training and held-out texts."""
    texts = [path.read_bytes().decode() for path in sorted(CORPUS.glob("*.txt"))]
    return [t for i, t in enumerate(texts) if i % 10 != 4], [t for i, t in enumerate(texts) if i % 10 == 4]


def _run_lmplz(lmplz: str, order: int) -> tuple[float, float]:
    """Seconds and peak megabytes of lmplz on the same symbols, each story one line."""
    train, _ = standard_split()
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "train.txt"
        text.write_text("".join(" ".join(f"{ord(c):x}" for c in story) + "\n" for story in train))
        command = [
            lmplz,
            "-o",
            str(order),
            "--discount_fallback",
            "-T",
            folder,
            "--text",
            str(text),
            "--arpa",
            f"{folder}/model.arpa",
        ]
        # RUSAGE_CHILDREN keeps the largest of all children, so lmplz gets a parent of its own.
        code = (
            "import json, resource, subprocess, sys, time; start = time.perf_counter(); subprocess.run(sys.argv[1:], check=True, "
            "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); seconds = time.perf_counter() - start; "
            "print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))"
        )
        done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--order", type=int, help="measure one order and print JSON")
    chosen = parser.parse_args().order
    if chosen is None:
        main()
    else:
        print(json.dumps(measure(chosen)))
