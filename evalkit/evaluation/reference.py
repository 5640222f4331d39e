"""Prepares the corpus that candidates are compared with: `Reference`, its `Fold`s, and the word lists that metrics need."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from evalkit._util.entries import Arrays, anew, hash_of_texts
from evalkit.auditing.background import Background
from evalkit.counts.feature import Counts, Layout, Lexicon, Totals
from evalkit.counts.matrix import Origin, Scan
from evalkit.evaluation.kept import Kept
from evalkit.evaluation.long_texts import blocks_of
from evalkit.evaluation.units import units_of
from evalkit.inference.classifier import Labelled
from evalkit.inference.sample import Sample
from evalkit.language.profile import Language, load_language
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.metrics.base import PooledMetric
from evalkit.text.canonical import canonical, matched_positions
from evalkit.text.corpus import Corpus, Split, more_splits
from evalkit.text.groups import grouping_hash, unit_of
from evalkit.text.passages import Passage, slices
from evalkit.text.tokenize import without_possessive

_MOST_ANSWERS = 1_000_000
_SHORTEST_PART, _LONGER_PART = 3, 4
"""Letters of either part of a compound, and of the longer one; shorter words are known too often by accident."""
_MOST_CLITICS = 2
"""Pronouns that are written on to one verb, as in Spanish dándoselo."""
_LONGEST_WORD = 64
"""Letters of words that are taken apart: the work grows with their square, and a line without a space is one word."""
_ACUTE = "\u0301"


class Dictionary:
    """Membership in a word list of the package simplemma, inflected forms included.

    A profile may also say how its language makes words that no list can have: verbs with pronouns written on to them (Spanish decirlo),
    compounds (German Salzgeruch), and letters that case folding replaces (German ß, which is ss).

    Args:
        language: the profile, which names a word list.
    """

    def __init__(self, language: Language) -> None:
        self.language = language
        self._answers: dict[str, bool] = {}

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str):
            return False
        answer = self._answers.get(word)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS:  # a process that judges text for days shall not grow with it
                self._answers.clear()
            answer = self._answers[word] = len(word) <= _LONGEST_WORD and (
                self._is_listed(word) or self._has_clitics(word) or self._is_compound(word)
            )
        return answer

    def _is_listed(self, word: str) -> bool:
        from simplemma import is_known

        language = self.language
        assert language.dictionary is not None
        return word in language.further_words or any(
            is_known(form, lang=language.dictionary) for form in _spellings(word, language)
        )

    def _has_clitics(self, word: str, most: int = _MOST_CLITICS) -> bool:
        """Whether pronouns are written on to a verb.

        With the pronoun the stress falls earlier than the spelling of the verb says, so that an accent is written, which the verb alone does not
        have; verbs whose last syllable is stressed need none.
        """
        for clitic in self.language.clitics:
            if not word.endswith(clitic):
                continue
            host = word.removesuffix(clitic)
            plain = _without_acute(host)
            if (host.endswith(self.language.clitic_hosts) or plain != host) and self._is_listed(plain):
                return True
            if most > 1 and self._has_clitics(host, most - 1):
                return True
        return False

    def _is_compound(self, word: str) -> bool:
        """Whether a word is two known words, the first with one of the language's linking elements at its end."""
        if not self.language.links:
            return False
        return any(
            min(len(first), len(last)) >= _SHORTEST_PART
            and max(len(first), len(last)) >= _LONGER_PART
            and self._is_listed(last)
            and self._is_listed(first)
            for first, last in self._parts(word)
        )

    def _parts(self, word: str) -> Iterator[tuple[str, str]]:
        """All ways of taking a word apart in two, with each linking element that may end the first part left out."""
        for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            first, last = word[:place], word[place:]
            yield from ((first.removesuffix(link), last) for link in self.language.links if first.endswith(link))


def _spellings(word: str, language: Language) -> Iterator[str]:
    """A case-folded word as it stands, and with each letter that case folding may have replaced."""
    yield word
    for folded, letter in language.unfolded:
        place = word.find(folded)
        while place >= 0:
            yield word[:place] + letter + word[place + len(folded) :]
            place = word.find(folded, place + 1)


def _without_acute(word: str) -> str:
    """A word without its acute accents; other marks, such as those of ñ and ü, stay.

    >>> _without_acute("añadiéndo")
    'añadiendo'
    """
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).replace(_ACUTE, ""))


class KnownBefore:
    """A dictionary that has been asked for all words of a corpus, in this run or an earlier one.

    Args:
        dictionary: that is asked for other words.
        words: of the corpus.
        keep: keeps the answers for later runs.
    """

    def __init__(self, dictionary: Container[str], words: Sequence[str], keep: Callable[[Callable[[], Arrays]], Arrays]) -> None:
        self._dictionary, self._words, self._keep = dictionary, words, keep

    def __contains__(self, word: object) -> bool:
        answer = self._answers.get(word)
        return word in self._dictionary if answer is None else answer

    @cached_property
    def _answers(self) -> dict[object, bool]:
        stems = list(dict.fromkeys(map(without_possessive, self._words)))
        kept = self._keep(lambda: {"has": np.array([stem in self._dictionary for stem in stems], bool)})["has"]
        return dict(zip(stems, kept.tolist(), strict=True))


def base_lexicon(language: str = "en") -> Lexicon:
    """The lists that every reference of a language shares: function words and the dictionary.

    Args:
        language: code or path of a profile.
    """
    return _base_lexicon(load_language(language))


# By the content of the profile. The lexicon is immutable but for its dictionary, which remembers the words that were looked up.
@lru_cache(maxsize=8)
def _base_lexicon(profile: Language) -> Lexicon:
    import simplemma

    hashes = dict(profile.lists)
    if profile.dictionary:
        hashes["dictionary"] = f"simplemma-{simplemma.__version__}-{profile.dictionary}"
    known: Container[str] = Dictionary(profile) if profile.dictionary else frozenset()
    return Lexicon(function_words=dict(profile.function_words), dictionary=known, hashes=hashes)


def with_vocabulary(lexicon: Lexicon, words: Iterable[str]) -> Lexicon:
    """The lexicon that knows these words, possessive 's stripped, as the reference's vocabulary."""
    return replace(lexicon, vocabulary=frozenset(without_possessive(word) for word in words))


def with_training(lexicon: Lexicon, index: CorpusIndex, rows: Sequence[int]) -> Lexicon:
    """The lexicon that knows some documents of a corpus as the training text, and their words as the vocabulary."""
    return replace(with_vocabulary(lexicon, index.scan.vocabulary(rows)), training=index.training(rows))


def scan_documents(texts: Sequence[str]) -> Scan:
    """Whole documents, scanned as passages that know their place: a document begins where it begins."""
    nothing = np.zeros(len(texts), np.int64)
    return Scan(texts, Origin(np.arange(len(texts)), nothing, nothing))


def scan_slices(texts: Sequence[str], n_chars: int) -> Scan:
    """Consecutive passages of documents, scanned, each with its place in its document.

    Args:
        texts: of the documents, in canonical form.
        n_chars: the length of a passage.
    """
    return Slices.of(texts, n_chars).scan


@dataclass(frozen=True)
class Slices:
    """Consecutive passages of documents.

    Args:
        documents: in canonical form.
        texts: the passages.
        document: the document that each was cut from, [n].
        first: the place of its first character there, [n].
    """

    documents: Sequence[str]
    texts: Sequence[str]
    document: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, documents: Sequence[str], n_chars: int) -> Slices:
        """Cuts documents into passages of n_chars characters."""
        document, first, texts = [], [], []
        for row, text in enumerate(documents):
            place = 0
            for piece in slices(text, n_chars):
                place = text.index(piece, place)  # only white space lies between two slices
                document.append(row)
                first.append(place)
                texts.append(piece)
                place += len(piece)
        return cls(documents, texts, np.array(document, np.int64), np.array(first, np.int64))

    @cached_property
    def scan(self) -> Scan:
        """All of them scanned, each with its place in its document; made once, when first asked for."""
        chars = _as_matched(self.documents, self.document, self.first)
        origin = Origin(self.document, chars, np.empty(0, np.int64))
        scan = Scan(self.texts, origin)
        before = scan.word_starts[:-1]
        starts = before[np.searchsorted(origin.document, origin.document)] if self.texts else before
        scan.origin = replace(origin, first_word=before - starts)
        return scan


def _as_matched(texts: Sequence[str], document: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places in documents as places where every run of spaces is one, [n]."""
    now = place.copy()
    for row, text in enumerate(texts):
        if "  " in text:
            mine = document == row
            now[mine] = np.searchsorted(matched_positions(text), place[mine])
    return now


class Fold:
    """One way of splitting the corpus: human passages held out, and the totals and lexicon of the rest.

    Args:
        human: tallies of the held-out passages, [n x columns]; like totals, lexicon, passages and training, it may be a function that gives them
            when they are first asked for, since all that is made of them may have been kept.
        clusters: the document each of them was cut from, 0 to k - 1, [n].
        totals: summed tallies of the training documents, one row.
        lexicon: with the vocabulary of the training documents.
        passages: the held-out passages themselves.
        groups: the group of each of them, 0 to k - 1, [n]; None where every document stands alone.
        training: passages of the training documents, each counted as if its own document were held out; kept for the first split only.
        texts: of the held-out passages, which can be scanned a few at a time.
        owners: the row of the document that each was cut from, [n].
        key: says which passages of which split these are, among all folds of one corpus.
    """

    def __init__(
        self,
        human: Counts | Callable[[], Counts],
        clusters: NDArray[np.int64],
        totals: Totals | Callable[[], Totals],
        lexicon: Lexicon | Callable[[], Lexicon],
        passages: Scan | Callable[[], Scan] | None = None,
        *,
        groups: NDArray[np.int64] | None = None,
        training: Labelled | Callable[[], Labelled] | None = None,
        texts: Sequence[str] = (),
        owners: NDArray[np.int64] | None = None,
        key: str = "",
    ) -> None:
        self._human, self._totals, self._lexicon, self._passages, self._training = human, totals, lexicon, passages, training
        self.clusters, self.groups, self.texts, self.owners, self.key = clusters, groups, texts, owners, key

    def __len__(self) -> int:
        """Held-out passages."""
        return len(self.clusters)

    @cached_property
    def human(self) -> Counts:
        """Tallies of the held-out passages, [n x columns]."""
        return self._human() if callable(self._human) else self._human

    @cached_property
    def totals(self) -> Totals:
        """Summed tallies of the training documents, one row."""
        return self._totals() if callable(self._totals) else self._totals

    @cached_property
    def lexicon(self) -> Lexicon:
        """The lexicon of the training documents."""
        return self._lexicon() if callable(self._lexicon) else self._lexicon

    @cached_property
    def passages(self) -> Scan | None:
        """The held-out passages themselves; None where they are not known."""
        return self._passages() if callable(self._passages) else self._passages

    @cached_property
    def training(self) -> Labelled | None:
        """Passages of the training documents, each counted as if its own document were held out; None of other splits than the first."""
        return self._training() if callable(self._training) else self._training

    def scanned(self, rows: NDArray[np.int64]) -> Scan:
        """Some of the held-out passages, which are not to be searched for; the others need not be scanned for them."""
        return Scan([self.texts[row] for row in rows.tolist()])


class Reference:
    """A corpus that candidates are compared with.

    Args:
        corpus: the documents.
        split: which of them are held out.
        layout: the tally columns that the chosen metrics need.
        language: code or path of the language profile, that of the metrics.
        cached: whether what depends on the corpus alone may be taken from what earlier runs kept, and is kept.
    """

    def __init__(self, corpus: Corpus, split: Split, layout: Layout, *, language: str = "en", cached: bool = False) -> None:
        self.corpus, self.split, self.layout, self.language, self.is_cached = corpus, split, layout, language, cached
        self._base, profile = base_lexicon(language), load_language(language)
        # All documents are scanned and counted once. Splits differ only in which rows are summed and which words are known.
        self._documents = [*split.train, *split.held_out]
        numbers = {unit: number for number, unit in enumerate(dict.fromkeys(map(unit_of, self._documents)))}
        self._groups = np.array([numbers[unit_of(document)] for document in self._documents], np.int64)
        self._rows = {document.id: row for row, document in enumerate(self._documents)}
        # In canonical form, as candidates are; generators learn from the documents as they were given.
        self._texts = [canonical(document.text) for document in self._documents]
        self._scan = scan_documents(self._texts)
        train = [self._rows[document.id] for document in split.train]
        self._kept = Kept(self._texts, self._groups, train, layout, profile) if cached else None
        self._index = CorpusIndex(
            self._scan,
            [document.id for document in self._documents],
            learned=range(len(split.train)),
            language=profile,
            keep=self._kept.of_documents if self._kept else anew,
        )
        if self._kept and "dictionary" in self._base.hashes:
            keep = partial(self._kept.of_documents, self._base.hashes["dictionary"])
            self._base = replace(self._base, dictionary=KnownBefore(self._base.dictionary, self._scan.word_items, keep))
        self.lexicon = self._lexicon(train)
        self.totals = Totals(
            self._counts("totals", lambda: {"totals": self._summed(train, self.lexicon)})["totals"].astype(np.float64), layout
        )

    @property
    def held_out_texts(self) -> list[str]:
        """The held-out documents in canonical form."""
        return [self._texts[self._rows[document.id]] for document in self.split.held_out]

    @property
    def document_ids(self) -> list[str]:
        """The ids of the documents, in the order of their rows in every scan of this reference."""
        return [document.id for document in self._documents]

    def _lexicon(self, train: Sequence[int]) -> Lexicon:
        return with_training(self._base, self._index, train)

    @cached_property
    def _tally(self) -> Counts:
        """The counts of every document by themselves, [documents x columns]."""
        return self._scan.tally(self.layout, self._base)

    def _summed(self, train: Sequence[int], lexicon: Lexicon) -> Counts:
        """The summed counts of some documents, [columns]."""
        return np.asarray(self._scan.retally(self._tally, self.layout, lexicon)[train].sum(axis=0))

    def _counts(self, key: str, make: Callable[[], Mapping[str, Counts]]) -> Mapping[str, Counts]:
        """Counts that depend on the corpus alone: those that an earlier run kept, or else new ones."""
        return self._kept.counts(key, make) if self._kept else make()

    def background(self) -> Background:
        """What is ordinary in the documents to learn from, as they were given."""
        texts = [document.text for document in self.split.train]
        if self._kept is None:
            return Background.of(texts)
        # The canonical form lacks what a background tells of.
        key = f"background of {hash_of_texts(texts)}"
        return Background.restored(self._kept.of_documents(key, lambda: Background.of(texts).arrays()))

    def sent(self) -> dict[str, dict[str, bytes]]:
        """What was kept of it so far, for the cache of another machine; empty where nothing is kept."""
        return self._kept.sent() if self._kept else {}

    def keep(self, key: str, make: Callable[[], Arrays]) -> Arrays:
        """Arrays that depend on the corpus, its split and the columns alone: those that an earlier run kept under a key, or else new ones."""
        return self._kept.of_columns(key, make) if self._kept else make()

    def keep_measured(self, key: str, measures: Sequence[PooledMetric], make: Callable[[], Arrays]) -> Arrays:
        """As `keep`, for what measures of all passages together have found; nothing is kept of measures from outside the package.

        Args:
            key: what else the arrays depend on.
            measures: that they are of.
            make: makes them.
        """
        return self._kept.of_measures(key, measures, make) if self._kept else make()

    @cached_property
    def learned(self) -> str:
        """A hash of the documents that generators learn from, as they were given: the canonical form lacks some of what they learn."""
        return hash_of_texts(document.text for document in self.split.train)

    def sample(self, passages: Sequence[Passage], scan: Scan | None = None, tally: Counts | None = None) -> Sample:
        """Passages as tallies, and the independent units among them.

        Args:
            passages: to be counted.
            scan: of their texts, where there is one already.
            tally: of them, where they were counted already.
        """
        scan = Scan([passage.text for passage in passages]) if scan is None else scan
        units = units_of(passages)
        tally = self.tally(scan) if tally is None else tally
        return Sample(
            tally, units.clusters, self.totals, units.noun, units.copies, blocks_of(passages, units.clusters, tally, scan)
        )

    def tally(self, scan: Scan) -> Counts:
        """The counts of passages, [n_passages x columns]; those of some of them do not depend on the others."""
        return scan.tally(self.layout, self.lexicon)

    def folds(self, n_chars: int, *, n_folds: int, seed: int) -> list[Fold]:
        """This split and further random ones, each with its human passages of n_chars characters.

        Args:
            n_chars: length of a passage; documents are cut into consecutive slices.
            n_folds: how many splits, this one included.
            seed: of the further splits.
        """
        cut = Slices.of(self._texts, n_chars)
        # The share that is held out: a pattern may hold out another share than the fraction says.
        splits = [self.split, *more_splits(self.corpus, n_folds - 1, fraction=self.split.share, seed=seed)]
        trained = [[self._rows[document.id] for document in split.train] for split in splits]
        # The splits themselves, since the order of the corpus, which they are drawn from, is not that of the documents here.
        key = f"folds of {n_chars} with {hash_of_texts(map(str, trained))}"
        folds: list[Fold] = []
        counts = _Later(lambda: self._counts(key, lambda: self._fold_counts(cut.scan, trained, [fold.lexicon for fold in folds])))
        folds += [self._fold(cut, train, counts, number, key=key) for number, train in enumerate(trained)]
        return folds

    def _fold_counts(self, scan: Scan, trained: Sequence[Sequence[int]], lexicons: Sequence[Lexicon]) -> dict[str, Counts]:
        """The counts of all folds, by name and number: human passages, totals, and for the first the passages that it trains on."""
        assert scan.origin is not None
        plain, counts = scan.tally(self.layout, self._base), {}
        for number, (train, lexicon) in enumerate(zip(trained, lexicons, strict=True)):
            held_out = ~np.isin(scan.origin.document, train)
            tally = scan.retally(plain, self.layout, lexicon)
            counts[f"human {number}"] = tally[held_out]
            counts[f"totals {number}"] = self._summed(train, lexicon) if number else self.totals.matrix[0].astype(np.int64)
            if not number:
                counts["training"] = tally[~held_out]
                counts["sizes"] = np.array([len(text) for text in scan.texts], dtype=np.int64)[~held_out]
        return counts

    def _fold(self, cut: Slices, train: Sequence[int], counts: _Later, number: int, *, key: str) -> Fold:
        held_out = ~np.isin(cut.document, train)
        rows = np.flatnonzero(held_out)
        owners = cut.document[rows]
        groups = None
        if len(set(self._groups.tolist())) < len(self._groups):
            groups = np.unique(self._groups[owners], return_inverse=True)[1].astype(np.int64)
        return Fold(
            lambda: counts[f"human {number}"],
            np.unique(owners, return_inverse=True)[1].astype(np.int64),
            lambda: Totals(counts[f"totals {number}"].astype(np.float64), self.layout),
            lambda: self._lexicon(train),
            lambda: cut.scan.take(rows),
            groups=groups,
            training=None if number else lambda: Labelled(counts["training"], cut.document[~held_out], counts["sizes"]),
            texts=[cut.texts[row] for row in rows.tolist()],
            owners=owners,
            key=f"{number} of {key}",
        )


class _Later:
    """Counts by name, taken from the cache or made when one is first asked for."""

    def __init__(self, make: Callable[[], Mapping[str, Counts]]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> Counts:
        return self._made[name]

    @cached_property
    def _made(self) -> Mapping[str, Counts]:
        return self._make()


def grouping_of(split: Split) -> dict[str, object]:
    """The part of a signature that says which documents belong together; empty where each stands alone."""
    hashed = grouping_hash([*split.train, *split.held_out])
    return {} if hashed is None else {"groups": hashed}


def signature_of(reference: Reference) -> Mapping[str, object]:
    """The part of a signature that identifies the reference: name, hash, groups and split."""
    split = reference.split
    return {
        "corpus": reference.corpus.name,
        "hash": reference.corpus.hash,
        "fraction": split.fraction,
        "split_seed": split.seed,
        **grouping_of(split),
        "held_out": sorted(document.id for document in split.held_out),
    }
