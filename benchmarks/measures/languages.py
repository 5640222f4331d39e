"""Measures the language profiles on prose: dictionary, human floor and planted defects, the tables of docs/languages.md.

Spanish and German are measured on the prose that was written for the tests (tests/language/data), English on the embedded tales.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import evalkit
from evalkit.defects.form import lose_capitals, lose_marks, lose_quotes
from evalkit.defects.planted import misspell, swap_letters, unigram_words
from evalkit.evaluation.reference import Dictionary, base_lexicon
from evalkit.language.profile import DEFAULT, Language, load_language
from evalkit.report.view.judging.marks import within_range
from evalkit.results import Results
from evalkit.text.corpus import Corpus, read_corpus, split_corpus
from evalkit.text.passages import slices
from evalkit.text.tokenize import words

PROSE = Path(__file__).parents[2] / "tests" / "language" / "data"
LANGUAGES = ("en", "de", "es")
SHARE, CHARS = 0.4, 1_000
_WORD = re.compile(r"[^\W\d_]+")

Change = Callable[[str, np.random.Generator, Language], str]


@dataclass(frozen=True)
class Planted:
    """A defect of one dose, and the metrics of which one at least must see it.

    Args:
        name: for people, with the dose.
        metrics: their ids; "{ending}" stands for the most frequent of the endings of the short table.
        change: corrupts a text.
        abroad: whether English has no such defect.
    """

    name: str
    metrics: tuple[str, ...]
    change: Change
    abroad: bool = False


def _drop_function_words(text: str, rng: np.random.Generator, language: Language) -> str:
    listed = dict(language.function_words)
    dropped = _WORD.sub(lambda word: "" if word[0].casefold() in listed and rng.random() < 0.3 else word[0], text)
    return re.sub("  +", " ", dropped)


def _lose_endings(text: str, rng: np.random.Generator, language: Language) -> str:
    ending = re.compile(rf"({'|'.join(language.main_endings)})\b")
    return ending.sub(lambda match: "" if rng.random() < 0.5 else match[0], text)


def _lose_accents(text: str, rng: np.random.Generator, language: Language) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text.replace("ß", "ss")) if not unicodedata.combining(char))


def _unigram(text: str, rng: np.random.Generator, language: Language) -> str:
    letters = [char for char in text if char.isalpha()]
    noise = ["".join(rng.choice(letters, size)) for size in rng.integers(2, 9, 200)]
    return unigram_words(text, 0.05, rng, noise)


PLANTED = (
    Planted("2 % of letters swapped", ("vocab.dictionary", "vocab.misspelt"), lambda text, rng, _: swap_letters(text, 0.02, rng)),
    Planted("8 % of words misspelt", ("vocab.dictionary", "vocab.misspelt"), lambda text, rng, _: misspell(text, 0.08, rng)),
    Planted("5 % of words replaced by noise", ("vocab.dictionary",), _unigram),
    Planted("30 % of function words dropped", ("function.share",), _drop_function_words),
    Planted("half of the endings lost", ("suffix.{ending}",), _lose_endings),
    Planted("half of the capitals lost", ("form.capitals",), lambda text, rng, _: lose_capitals(text, 0.5, rng)),
    Planted("30 % of punctuation lost", ("form.punctuation",), lambda text, rng, _: lose_marks(text, 0.3, rng)),
    Planted("all quotation marks lost", ("form.quotes",), lambda text, rng, _: lose_quotes(text, 1.0, rng)),
    Planted("accents and umlauts lost", ("letters.jsd", "order.bigrams"), _lose_accents, abroad=True),
)
FREQUENT = {"en": "ed", "de": "te", "es": "ado"}
"""The most frequent of the endings of the short table, which few passages have often enough."""
OTHERS = ("judge.bits", "sentence.mean", "sentence.w1", "pronoun.share")
"""Further measures that stand in the table of floors."""


def corpus_of(code: str) -> Corpus:
    """The prose of a language."""
    return read_corpus() if code == DEFAULT else read_corpus(str(PROSE / code))


def human_passages(corpus: Corpus) -> list[str]:
    """The held-out documents in passages of 1,000 characters."""
    return [piece for document in split_corpus(corpus, fraction=SHARE).held_out for piece in slices(document.text, CHARS)]


def ids_of(planted: Planted, code: str) -> tuple[str, ...]:
    """The metrics that must see a defect in a language."""
    return tuple(id_.format(ending=FREQUENT.get(code, "")) for id_ in planted.metrics)


def compared(code: str) -> Results:
    """Human text of a language, and the same text with each defect, compared with the rest of its prose."""
    corpus, language = corpus_of(code), load_language(code)
    human = human_passages(corpus)
    candidates: dict[str, Sequence[str]] = {"human text": human}
    for number, planted in enumerate(PLANTED):
        if code != DEFAULT or not planted.abroad:
            rng = np.random.default_rng(number)
            candidates[planted.name] = [planted.change(text, rng, language) for text in human]
    metrics = {id_ for planted in PLANTED for id_ in ids_of(planted, code)}
    return evalkit.compare(candidates, reference=corpus, held_out_share=SHARE, language=code, metrics=sorted({*metrics, *OTHERS}))


def outside(results: Results, candidate: str) -> list[str]:
    """The metrics on which a candidate lies outside the range of human text of its shape."""
    rows = [row for row in results.results if row.candidate == candidate]
    return [row.metric for row in rows if within_range(row, results.metrics[row.metric]) is False]


def known_words(code: str) -> dict[str, float]:
    """The share of words of four letters or more that the dictionary knows: of human text, and of letters drawn by themselves.

    And the share of human text that its list knows alone, without the rules of the language.
    """
    language, dictionary = load_language(code), base_lexicon(code).dictionary
    texts = [document.text for document in corpus_of(code).documents]
    noise = ["".join(np.random.default_rng(0).choice(list("".join(texts)), 200 * CHARS))]
    listed = Dictionary(replace(language, further_words=frozenset(), clitics=(), links=(), unfolded=()))
    return {"human": _known(texts, dictionary), "noise": _known(noise, dictionary), "list alone": _known(texts, listed)}


def _known(texts: Sequence[str], dictionary: Container[str]) -> float:
    long_words = [word for text in texts for word in words(text) if len(word) >= 4 and not word[0].isdecimal()]
    return float(np.mean([word.removesuffix("'s") in dictionary for word in long_words]))


def main(options: Sequence[str]) -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks languages", description=__doc__)
    parser.add_argument("languages", nargs="*", default=LANGUAGES, help="codes of languages: " + ", ".join(LANGUAGES))
    for code in parser.parse_args(options).languages:
        known = known_words(code)
        print(f"\n{code}: the dictionary knows " + ", ".join(f"{100 * share:.1f} % ({name})" for name, share in known.items()))
        results = compared(code)
        print("\n| measure | human | range |\n|---|---:|---|")
        for row in results.results:
            if row.candidate == "human text" and row.floor is not None:
                print(f"| {row.metric} | {row.value} | {row.floor.low} to {row.floor.high} |")
        print("\n| planted | outside the human range |\n|---|---|")
        for candidate in dict.fromkeys(row.candidate for row in results.results):
            print(f"| {candidate} | {', '.join(outside(results, candidate)) or 'nothing'} |", flush=True)


if __name__ == "__main__":
    main([])
