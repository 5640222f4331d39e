"""Measures n-gram models beside KenLM (characters) and NLTK (words): bits, seconds to fit, peak memory, sampled characters a second.

The corpus is Lovecraft's with every tenth file held out. KenLM runs in the same run where its `lmplz` and `query` are on the PATH (built with
-DKENLM_MAX_ORDER=10); otherwise its figures are those recorded once on another machine. Of three fits each, the fastest counts.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.pools import CORPORA
from benchmarks.speed.ratio import Ratio, fastest
from evalkit.text.corpus import read_corpus

if TYPE_CHECKING:
    from generators.ngram.model import NGram

T = TypeVar("T")

KENLM_BITS = {3: 2.84315, 4: 2.34067, 5: 2.04541, 6: 1.93235, 7: 1.89681, 8: 1.89436, 9: 1.89595, 10: 1.89878}
KENLM_SECONDS = {3: 0.6, 4: 0.7, 5: 0.7, 6: 1.2, 7: 1.5, 8: 2.3, 9: 3.1, 10: 4.2}
KENLM_MB = {3: 993, 4: 866, 5: 771, 6: 701, 7: 649, 8: 613, 9: 587, 10: 570}
CORPUS = CORPORA / "lovecraft"
N_FITS = 3


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the three tables, or with --order the figures of one order."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ngram", description=__doc__)
    parser.add_argument("--order", type=int, help="measure this order only and print JSON")
    order = parser.parse_args(arguments).order
    if not CORPUS.is_dir():
        print(f"the Lovecraft corpus is not at {CORPUS}; see data/corpora.json for where it is from")
        return
    if order is not None:
        print(json.dumps(measure(order)))
        return
    beside_kenlm()
    decodings()
    beside_nltk()


def beside_kenlm() -> None:
    """Prints one line an order."""
    here = bool(shutil.which("lmplz") and shutil.which("query"))
    print(f"Characters beside KenLM; its figures: {'this run' if here else 'recorded on another machine'}")
    print(
        "order    bits   KenLM  difference   fit s (CPU)   lmplz s (CPU)  ratio (CPU)   peak MB  lmplz   score Mc/s  ready s  sample Mc/s"
    )
    for order, recorded_bits in KENLM_BITS.items():
        ours, theirs = [], []
        for _ in range(N_FITS):
            # Each fit has its own process, since a process keeps its peak of memory. They alternate, so that other work slows both alike.
            ours.append(_in_process("--order", str(order)))
            theirs.append(_kenlm(order) if here else {"bits": recorded_bits, "fit": KENLM_SECONDS[order], "mb": KENLM_MB[order]})
        best = {key: min(run[key] for run in ours) for key in ours[0]}
        best |= {key: max(run[key] for run in ours) for key in ("score", "sample")}
        kenlm = {key: min(run[key] for run in theirs) for key in theirs[0]}
        cpu = kenlm.get("fit_cpu", math.nan)
        print(
            f"{order:5} {best['bits']:8.5f} {kenlm['bits']:7.5f} {best['bits'] - kenlm['bits']:+11.5f} "
            f"{best['fit']:6.2f} ({best['fit_cpu']:.2f}) {kenlm['fit']:8.2f} ({cpu:.2f}) "
            f"{best['fit'] / kenlm['fit']:7.2f} ({best['fit_cpu'] / cpu:.2f}) {best['mb']:9.0f} {kenlm['mb']:6.0f} "
            f"{best['score']:12.2f} {best['ready']:8.2f} {best['sample']:12.2f}",
            flush=True,
        )


def decodings() -> None:
    """Prints sampled characters a second for each way of decoding; the tables that a decoding needs are made before the clock starts."""
    from generators.base import Decoding
    from generators.ngram.model import NGram

    train, _ = standard_split()
    models = {"order 4": NGram(order=4), "order 8": NGram(order=8), "words, order 3": NGram(order=3, unit="word")}
    print(f"\n{'million sampled characters a second':48} {'  '.join(models)}")
    for model in models.values():
        model.fit(train)
    for options in (
        {}, {"prompt": "It was the thing that"}, {"temperature": 0.8}, {"top_k": 1}, {"top_k": 20}, {"top_p": 0.9}, {"temperature": 0.8, "top_k": 50, "top_p": 0.9},
    ):  # fmt: skip
        rates = [_sampled(model, 1000, 100, decoding=Decoding(**options)) for model in models.values()]
        print(
            f"{options or 'as it is'!s:48} {'  '.join(f'{rate:{len(name)}.3f}' for name, rate in zip(models, rates, strict=True))}"
        )


def beside_nltk() -> None:
    """Prints our word model and NLTK's Kneser-Ney (one discount, .1) on one story each to learn from and to score."""
    from nltk.lm import KneserNeyInterpolated
    from nltk.lm.preprocessing import padded_everygram_pipeline

    from generators.codecs.words import tokenize
    from generators.ngram.model import NGram

    train, _ = standard_split()
    text = min(train, key=lambda story: abs(len(story) - 20_000))
    tokens = tokenize(text)
    ours, fit = _timed(lambda: NGram(order=3, unit="word").fit([text]))
    theirs = KneserNeyInterpolated(3)
    _, their_fit = _timed(lambda: theirs.fit(*padded_everygram_pipeline(3, [tokens])))
    written, sample = _timed(lambda: "".join(ours.sample(100, 1000)))
    their_words, their_sample = _timed(lambda: theirs.generate(10, random_seed=0))
    print(f"\nWords, order 3, {len(tokens):,} tokens, beside NLTK")
    print(f"fit: {fit:.3f} s, NLTK {their_fit:.3f} s, ratio {fit / their_fit:.3f}")
    rate, their_rate = len(tokenize(written)) / sample, len(their_words) / their_sample
    print(f"sampled words a second: {rate:,.0f}, NLTK {their_rate:.2f}, ratio {rate / their_rate:,.0f}")


def ratios() -> Iterator[Ratio]:
    """The embedded tales beside NLTK, and beside KenLM where its programs are on the PATH."""
    from nltk.lm import KneserNeyInterpolated
    from nltk.lm.preprocessing import padded_everygram_pipeline

    from generators.codecs.words import tokenize
    from generators.ngram.model import NGram

    text = read_corpus("embedded").documents[0].text
    tokens, ours, theirs = tokenize(text), NGram(order=3, unit="word"), KneserNeyInterpolated(3)
    fit = fastest(lambda: ours.fit([text]))
    their_fit = fastest(lambda: theirs.fit(*padded_everygram_pipeline(3, [tokens])), 1)
    yield Ratio("fit an n-gram of words, order 3", "tokens/s", len(tokens) / fit, "NLTK", len(tokens) / their_fit)
    written, sample = _timed(lambda: "".join(ours.sample(100, 1000)))
    their_words, their_sample = _timed(lambda: theirs.generate(5, random_seed=0))
    rates = len(tokenize(written)) / sample, len(their_words) / their_sample
    yield Ratio("sample from it", "words/s", rates[0], "NLTK", rates[1])
    if CORPUS.is_dir() and shutil.which("lmplz") and shutil.which("query"):
        n_chars = sum(map(len, standard_split()[0]))
        mine, peer = _in_process("--order", "8"), _kenlm(8)
        yield Ratio(
            "fit an n-gram of characters, order 8", "characters/s", n_chars / mine["fit_cpu"], "KenLM", n_chars / peer["fit_cpu"]
        )


def measure(order: int) -> dict[str, float]:
    """One order: bits, seconds, peak of memory before sampling, millions of characters a second."""
    from generators.ngram.model import NGram

    train, held_out = standard_split()
    start, start_cpu = time.perf_counter(), time.process_time()
    model = NGram(order=order).fit(train)
    fit, fit_cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bits, score = _timed(lambda: model.bits_per_char(held_out))
    _, ready = _timed(lambda: model.sample(1, 1))
    return {
        "bits": bits,
        "fit": fit,
        "fit_cpu": fit_cpu,
        "mb": peak,
        "score": sum(map(len, held_out)) / score / 1e6,
        "ready": ready,
        "sample": _sampled(model, 1000, 1000),
    }


def _sampled(model: NGram, n_passages: int, n_chars: int, **options: Any) -> float:
    """Millions of characters a second of processor time, tables made before."""
    model.sample(1, 1, **options)
    texts, seconds = _timed(lambda: model.sample(n_passages, n_chars, **options))
    return sum(map(len, texts)) / seconds / 1e6


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What a piece of work gives, and its seconds of processor time."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def _in_process(*arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", "benchmarks", "ngram", *arguments], capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def standard_split() -> tuple[list[str], list[str]]:
    """Training and held-out texts."""
    texts = [path.read_bytes().decode() for path in sorted(CORPUS.glob("*.txt"))]
    return [t for i, t in enumerate(texts) if i % 10 != 4], [t for i, t in enumerate(texts) if i % 10 == 4]


def _kenlm(order: int) -> dict[str, float]:
    """Seconds and peak megabytes of lmplz on the same symbols, each story one line, and the bits of its model."""
    with tempfile.TemporaryDirectory() as folder:
        train, held_out, model = (Path(folder) / name for name in ("train.txt", "held_out.txt", "model.arpa"))
        for path, stories in zip((train, held_out), standard_split(), strict=True):
            path.write_text("".join(" ".join(f"{ord(c):x}" for c in story) + "\n" for story in stories))
        # With its default, 80 % of the memory, lmplz spends most of its time on clearing that; of 1 GB it uses a quarter.
        options = ["-o", str(order), "--discount_fallback", "-T", folder, "-S", "1G", "--text", str(train), "--arpa", str(model)]
        # RUSAGE_CHILDREN keeps the largest of all children, so lmplz gets a parent of its own.
        code = (
            "import json, resource, subprocess, sys, time; start = time.perf_counter(); subprocess.run(sys.argv[1:], check=True, "
            "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); seconds = time.perf_counter() - start; "
            "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
            "print(json.dumps({'fit': seconds, 'fit_cpu': used.ru_utime + used.ru_stime, 'mb': used.ru_maxrss / 1024}))"
        )
        done = subprocess.run([sys.executable, "-c", code, "lmplz", *options], capture_output=True, text=True, check=True)
        with held_out.open() as stdin:
            query = ["query", "-v", "summary", str(model)]
            said = subprocess.run(query, stdin=stdin, capture_output=True, text=True, check=True).stdout
    return {**json.loads(done.stdout), "bits": math.log2(float(re.findall(r"Perplexity including OOVs:\s*(\S+)", said)[0]))}
