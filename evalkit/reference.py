"""The reference: a corpus split by document, and what metrics need to know of it."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from evalkit.metrics.base import Counts, Layout, Lexicon, Totals
from evalkit.metrics.vocab import without_possessive
from evalkit.tally import Scan
from evalkit.text.corpus import Corpus, Split, more_splits
from evalkit.text.data import data_path
from evalkit.text.passages import slices


class EnglishDictionary:
    """Membership in the English word list of the package simplemma, inflected forms included."""

    def __contains__(self, word: object) -> bool:
        from simplemma import is_known

        return isinstance(word, str) and is_known(word, lang="en")


@cache
def base_lexicon() -> Lexicon:
    """The lists that every reference shares: function words and the dictionary."""
    import simplemma

    content = data_path("words", "fw-v1.toml").read_bytes()
    table = tomllib.loads(content.decode())
    classes = {word: name for name, members in table["classes"].items() for word in members.split()}
    hashes = {table["name"]: hashlib.sha256(content).hexdigest()[:12], "dictionary": f"simplemma-{simplemma.__version__}-en"}
    return Lexicon(function_words=classes, dictionary=EnglishDictionary(), hashes=hashes)


def with_vocabulary(lexicon: Lexicon, words: Iterable[str]) -> Lexicon:
    """The lexicon that knows these words, possessive 's stripped, as the reference's vocabulary."""
    return replace(lexicon, vocabulary=frozenset(without_possessive(word) for word in words))


@dataclass(frozen=True)
class Fold:
    """One way of splitting the corpus: human passages held out, and the totals and lexicon of the rest.

    Args:
        human: tallies of the held-out passages, [n x columns].
        clusters: the document each of them was cut from, 0 to k - 1, [n].
        totals: summed tallies of the training documents, one row.
        lexicon: with the vocabulary of the training documents.
    """

    human: Counts
    clusters: np.ndarray[tuple[int], np.dtype[np.int64]]
    totals: Totals
    lexicon: Lexicon


class Reference:
    """A corpus that candidates are held against.

    Args:
        corpus: the documents.
        split: which of them are held out.
        layout: the tally columns that the chosen metrics need.
    """

    def __init__(self, corpus: Corpus, split: Split, layout: Layout) -> None:
        self.corpus, self.split, self.layout = corpus, split, layout
        self._documents = [*split.train, *split.held_out]
        self._index = {document.id: row for row, document in enumerate(self._documents)}
        self._scan = Scan([document.text for document in self._documents])
        self._tally = self._scan.tally(layout, base_lexicon())
        train = [self._index[document.id] for document in split.train]
        self.lexicon = self._lexicon(train)
        self.totals = self._totals(train, self.lexicon)

    def _lexicon(self, train: Sequence[int]) -> Lexicon:
        return with_vocabulary(base_lexicon(), self._scan.vocabulary(train))

    def _totals(self, train: Sequence[int], lexicon: Lexicon) -> Totals:
        tally = self._scan.retally(self._tally, self.layout, lexicon)
        return Totals(tally[train].sum(axis=0, dtype=np.float64), self.layout)

    def folds(self, n_chars: int, *, n_folds: int, seed: int) -> list[Fold]:
        """This split and further random ones, each with its human passages of n_chars characters.

        Args:
            n_chars: length of a passage; documents are cut into consecutive slices.
            n_folds: how many splits, this one included.
            seed: of the further splits.
        """
        pieces = [(row, piece) for row, doc in enumerate(self._documents) for piece in slices(doc.text, n_chars)]
        scan = Scan([piece for _, piece in pieces])
        owner = np.array([row for row, _ in pieces], dtype=np.int64)
        plain = scan.tally(self.layout, base_lexicon())
        # The share that was held out in fact: a pattern may hold out another share than the fraction says.
        share = self.split.share
        splits = [self.split, *more_splits(self.corpus, n_folds - 1, fraction=share, seed=seed)]
        return [self._fold(split, scan, plain, owner) for split in splits]

    def _fold(self, split: Split, scan: Scan, plain: Counts, owner: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Fold:
        train = [self._index[document.id] for document in split.train]
        lexicon = self._lexicon(train)
        held_out = ~np.isin(owner, train)
        clusters = np.unique(owner[held_out], return_inverse=True)[1]
        tally = scan.retally(plain, self.layout, lexicon)[held_out]
        return Fold(tally, clusters.astype(np.int64), self._totals(train, lexicon), lexicon)


def signature_of(reference: Reference) -> Mapping[str, object]:
    """What identifies the reference in a result: name, hash and split."""
    split = reference.split
    return {
        "corpus": reference.corpus.name,
        "hash": reference.corpus.hash,
        "fraction": split.fraction,
        "split_seed": split.seed,
        "held_out": sorted(document.id for document in split.held_out),
    }
