"""Measures what share of their text copies keep and unlike passages share, and how many of them are clustered as nearly identical.

The share is that of the longer text's sets of eight characters that the other text has too; at half of them two texts are nearly identical.
It is counted here with Python's sets and over all pairs, without the hashing and the candidates of `evalkit.text.duplicates`.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from benchmarks.pools import CORPORA
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.duplicates import SHINGLE_CHARS, near_identical
from evalkit.text.passages import slices
from generators import create

Copy = Callable[[str, random.Random], str]


def changed(share: float) -> Copy:
    """Replaces a share of the words by their letters in reverse."""
    return lambda text, rng: " ".join(word[::-1] + "q" if rng.random() < share else word for word in text.split(" "))


def _shifted(text: str, rng: random.Random) -> str:
    return text[text.find(" ", 120) :] + text[: text.find(" ", 120)][::-1]


COPIES: dict[str, Copy] = {
    "5 % of the words changed": changed(0.05),
    "10 % of the words changed": changed(0.1),
    "20 % of the words changed": changed(0.2),
    "30 % of the words changed": changed(0.3),
    "a tenth cut off at both ends": lambda text, rng: text[len(text) // 10 : -len(text) // 10],
    "a quarter cut off at both ends": lambda text, rng: text[len(text) // 4 : -len(text) // 4],
    "shifted by 120 characters": _shifted,
    "upper case, no punctuation": lambda text, rng: re.sub(r"[^\w\s]", "", text.upper()),
    "5 % changed, shifted, cut, upper case": lambda text, rng: changed(0.05)(_shifted(text, rng), rng)[
        : 9 * len(text) // 10
    ].upper(),
}
"""Ways to make a copy of a text."""


def shingles(text: str) -> frozenset[str]:
    """The sets of eight characters of a text, case folded, without punctuation."""
    folded = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    return frozenset(folded[i : i + SHINGLE_CHARS] for i in range(max(1, len(folded) - SHINGLE_CHARS + 1)))


def shared(first: frozenset[str], second: frozenset[str]) -> float:
    """The share of the longer text that the other one has."""
    return len(first & second) / max(len(first), len(second))


def rows_of_copies(texts: Sequence[str], *, seed: int) -> Iterator[tuple[str, str, str]]:
    """For each way of copying: the share that is kept, median and least, and the copies that are found."""
    for name, copy in COPIES.items():
        rng = random.Random(seed)
        copies = [copy(text, rng) for text in texts]
        shares = sorted(shared(shingles(text), shingles(other)) for text, other in zip(texts, copies, strict=True))
        clusters = near_identical([*texts, *copies]).tolist()
        found = sum(one == other for one, other in zip(clusters[: len(texts)], clusters[len(texts) :], strict=True))
        yield name, f"{shares[len(shares) // 2]:.2f}, least {shares[0]:.2f}", f"{found} of {len(texts)}"


def row_of_unlike(name: str, texts: Sequence[str]) -> tuple[str, str, str]:
    """The greatest share of any two texts that are no copies, and how many are clustered all the same."""
    sets = [shingles(text) for text in texts]
    greatest = max(shared(one, other) for one, other in combinations(sets, 2))
    clustered = len(texts) - len(set(near_identical(texts).tolist()))
    return name, f"greatest {greatest:.2f}", f"{clustered} of {len(texts)}"


def table(reference: str, *, n_passages: int, n_chars: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """The rows of one length of passages."""
    split = split_corpus(read_corpus(reference), held_out="every:10:4")
    pieces = [piece for document in split.held_out for piece in slices(document.text, n_chars)]
    human = random.Random(seed).sample(pieces, min(n_passages, len(pieces)))
    train = [document.text for document in split.train]
    yield from rows_of_copies(human, seed=seed)
    yield row_of_unlike("held-out human text", human)
    for order in (5, 8, 12):
        texts = create(f"ngram:order={order}").fit(train).sample(n_passages, n_chars, seed=seed)
        yield row_of_unlike(f"order-{order} n-gram", texts)
        prompt = human[0][: 4 * n_chars // 10]
        yield row_of_unlike(f"order-{order} n-gram, 40 % a common prompt", [prompt + text[len(prompt) :] for text in texts])


def main(arguments: Sequence[str] = ()) -> None:
    """Prints a table for each length as Markdown, and the time that 10,000 passages take."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks duplicates", description=__doc__)
    parser.add_argument("reference", nargs="?", default=str(CORPORA / "lovecraft"), help="corpus to take passages from")
    parser.add_argument("--passages", type=int, default=150, help="passages of each kind")
    parser.add_argument("--chars", type=int, nargs="+", default=[300, 1000, 4000], help="characters of a passage")
    parser.add_argument("--timed", type=int, default=10_000, help="passages that are timed")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of passages")
    options = parser.parse_args(arguments)
    for n_chars in options.chars:
        print(f"| {n_chars} characters | shared | clustered |\n|---|---|---|")
        for row in table(options.reference, n_passages=options.passages, n_chars=n_chars, seed=options.seed):
            print(f"| {' | '.join(row)} |")
        print()
    rng = random.Random(options.seed)
    words = " ".join(document.text for document in read_corpus(options.reference).documents).split()
    texts = [" ".join(rng.choices(words, k=180)) for _ in range(options.timed)]
    start = time.process_time()
    near_identical(texts)
    print(f"{options.timed:,} passages of about 1,000 characters: {time.process_time() - start:.1f} seconds")


if __name__ == "__main__":
    main()
