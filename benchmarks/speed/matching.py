"""Measures how many megabytes of text a second are matched with a corpus, and the memory that it takes.

Texts are samples of n-grams, held-out human text and a copy of the corpus itself. The peers are a suffix array of both texts together
(pydivsufsort) and `Counter(re.findall(...))`, which says how fast the machine is. With --megabytes, memory for a made corpus is measured instead.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from pydivsufsort import divsufsort, kasai

from benchmarks.speed.ratio import Ratio, fastest
from benchmarks.surface import unsmoothed
from evalkit.counts.matrix import Scan
from evalkit.evaluation.reference import scan_documents
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.encoding import joined
from evalkit.matching.search import Search
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import slices

_SAMPLE, _PASSAGE = 1_000_000, 1_000
_REPEATS = 5
_DOCUMENT = 10_000_000
_WORDS = 50_000
"""Different words of a made corpus."""


def best(work: Callable[[], object]) -> float:
    """Seconds by the clock, the best of several runs, since other work on the machine only ever adds to them."""
    seconds = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def passages(texts: Sequence[str]) -> list[str]:
    """A million characters in passages of a thousand; texts are repeated where there are too few."""
    pieces = [piece for text in texts for piece in slices(text, _PASSAGE)]
    return (pieces * (_SAMPLE // _PASSAGE // len(pieces) + 1))[: _SAMPLE // _PASSAGE]


def speed(reference: str) -> None:
    """Prints throughput for several kinds of samples."""
    split = split_corpus(read_corpus(reference))
    train = [document.text for document in split.train]
    whole = "\n".join(train)
    index = CorpusIndex(scan_documents(train))
    training = index.training(range(len(train)))
    nothing = [np.empty(0, np.int32)]
    print(
        f"corpus of {len(whole) / 1e6:.2f} M characters, sorted in {best(lambda: Search(index.char_documents).longest(nothing)):.2f} s"
    )
    print("| sample | characters | characters and words | suffix array of both | Counter(re.findall) |\n|---|---|---|---|---|")
    kinds = {
        "held-out human": passages([document.text for document in split.held_out]),
        **{f"char-{order}": passages([unsmoothed(whole, order, _SAMPLE, seed=0)]) for order in (5, 8, 12)},
        "a copy of the corpus": passages(train),
    }
    for name, texts in kinds.items():
        scan, size = Scan(texts), sum(map(len, texts)) / 1e6
        codes = [index.char_codes.encode(text) for text in texts]
        both = joined([*index.char_documents, *codes])[0]
        seconds = [
            best(lambda texts=texts: training.char_lengths(list(texts))),
            best(lambda scan=scan: (training.word_matches(scan), training.char_matches(scan.take(np.arange(len(scan)))))),
            best(lambda both=both: kasai(both, divsufsort(both))),
            best(lambda texts=texts: Counter(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", "\n".join(texts).lower()))),
        ]
        print(f"| {name} | " + " | ".join(f"{size / spent:.1f} MB/s" for spent in seconds) + " |")


def ratios() -> Iterator[Ratio]:
    """Lengths of matches of the held-out tales with the others, beside a suffix array of both texts together."""
    split = split_corpus(read_corpus("embedded"))
    index = CorpusIndex(scan_documents([document.text for document in split.train]))
    training, texts = index.training(range(len(split.train))), passages([document.text for document in split.held_out])
    both = joined([*index.char_documents, *(index.char_codes.encode(text) for text in texts)])[0]
    size = sum(map(len, texts)) / 1e6
    ours, theirs = fastest(lambda: training.char_lengths(list(texts))), fastest(lambda: kasai(both, divsufsort(both)))
    yield Ratio("longest copies at each character", "MB/s", size / ours, "suffix array of both texts (pydivsufsort)", size / theirs)


def memory(megabytes: int) -> None:
    """Prints what searching a million characters in a corpus of so many megabytes takes beside the corpus."""
    rng = np.random.default_rng(0)
    letters = "".join(rng.choice(list("etaoinshrdlucm"), _WORDS * 8))
    words = [letters[8 * i : 8 * i + n] for i, n in enumerate(rng.integers(1, 9, _WORDS).tolist())]
    documents = [
        _document(words, min(_DOCUMENT, megabytes * 1_000_000 - start), rng) for start in range(0, megabytes * 1_000_000, _DOCUMENT)
    ]
    texts = [documents[-1][start : start + _PASSAGE] for start in range(0, _SAMPLE, _PASSAGE)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, began_cpu = time.perf_counter(), time.process_time()
    Search(documents).longest(texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{megabytes:,} MB of corpus ({before / 1e6:.2f} GB in memory): {(peak - before) / 1e6:.2f} GB more to search it, "
        f"{time.perf_counter() - began:.0f} s, {time.process_time() - began_cpu:.0f} s of processor time"
    )


def _document(words: Sequence[str], n_chars: int, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Zipf-distributed words, as character codes."""
    ranks = np.minimum(rng.zipf(1.3, n_chars // 3), len(words)) - 1
    text = " ".join([words[rank] for rank in ranks.tolist()])[:n_chars]
    return np.frombuffer(text.encode("ascii"), np.uint8)


def main(arguments: Sequence[str] = ()) -> None:
    """Prints throughput, or with --megabytes memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks matching", description=__doc__)
    parser.add_argument("reference", nargs="?", default="embedded", help="corpus to search")
    parser.add_argument("--megabytes", type=int, help="size of a made corpus, for which memory is measured")
    options = parser.parse_args(arguments)
    if options.megabytes:
        memory(options.megabytes)
    else:
        speed(options.reference)
