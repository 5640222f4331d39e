"""Every metric of the catalogue against an answer that was worked out by hand.

A new metric needs one entry in `KNOWN_ANSWERS`; nothing else has to be told of it.
"""

from __future__ import annotations

import gzip
from types import SimpleNamespace

import numpy as np
import pytest

from evalkit._util.resources import data_path
from evalkit.auditing import Background, Given
from evalkit.counts.matrix import Scan
from evalkit.evaluation.likelihood import likelihood
from evalkit.evaluation.reference import base_lexicon, scan_documents, with_training
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.matching.reference_lm import CONCENTRATION
from evalkit.metrics import AuditMetric, Metric, PooledMetric, SizedMetric, catalogue
from evalkit.text.io.readers import read_documents
from evalkit.text.passages import Passage
from generators import create
from tests.support.values import value

TALES = [document.text for document in read_documents(data_path("tales"))]
HALF = 0.311278
"""JSD((1/2, 1/2), (1, 0)) in bits."""
THIRTEEN = "The keeper said that he knew more of the sea than they did"
ENDINGS = "Nothing was walking; the walked nation, nations and king's being needed motionless station."
BACK_AND_FORTH = " ".join(["a", "b"] * 25)
STRETCHES = " ".join(["a"] * 600 + ["b"] * 400 + ["a"] * 400 + ["b"] * 600)
SEVEN_THREE = " ".join(["a"] * 700 + ["b"] * 300)
SENTENCES = "and went. He saw the lamp. It was out. The"
SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789"
KEEPR = "The keepr saw the lamp that burned and Ilmouth burned"
TWO_WORDS = "a b " * 500


def judged():
    """Bits of the fifth a after aaaa, where one document is aaaa: n(a) = 4 of 9 places, n(aa) 3 after 4, 2 after 3, 1 after 2, 0 after 1."""
    p = 1 / 3
    for here, before in ((4, 9), (3, 4), (2, 3), (1, 2), (0, 1)):
        p = (here + CONCENTRATION * p) / (before + CONCENTRATION)
    return -np.log2(p)


def context_saves():
    """Bits that a b c saves of d, where the only document is a b c d: 4 words, all different, and one number for all others.

    Alone, (1 + 4/5) / (4 + 4). Each longer context has come once, with d: (1 + p) / (1 + 1), three times over.
    """
    alone = (1 + 4 / 5) / (4 + 4)
    return np.log2((1 + (1 + (1 + alone) / 2) / 2) / 2) - np.log2(alone)


def taught():
    """Bits of an a after aaaaa under a model of 1,000 stretches of 19 a and a b, which hold no 20 a in a row.

    n(a) is 19,000 of 20,000 places and the 6 of the border; then n(aa) 18,000 after 19,000, and so on. Of symbols there are a, b, one for all
    others, and the border.
    """
    p = 1 / (2 + 1 + 2)
    for here, before in ((19_000, 20_006), *((n, n + 1_000) for n in range(18_000, 13_000, -1_000))):
        p = (here + CONCENTRATION * p) / (before + CONCENTRATION)
    return -np.log2(p)


def spelt(n):
    """The n-th of many different words, none of them a or b."""
    return "w" + "".join(chr(97 + n // 26**i % 26) for i in range(3))


ONCE = " ".join([*(spelt(n) for n in range(5_000)), *["a"] * 5_000])
# Words as numbers, where so many would take long to read: frequencies of Zipf's law, and new words as Heaps's law has them.
RANKED = np.repeat(np.arange(2_000), np.maximum(1, np.round(1e6 / (np.arange(1, 2_001) + 2.7) ** 1.1)).astype(int))
GROWING = np.cumsum(np.floor(np.arange(1, 100_001) ** 0.6) > np.floor(np.arange(100_000) ** 0.6))
AGAIN = np.floor(np.arange(1, 100_001) ** 0.6) == np.floor(np.arange(100_000) ** 0.6)
QUOTED = "abcdefghij" * 2_000
DRIFT = "a" * 15 + "b" * 5


def drifted():
    """Bits a character of bbbbb after aaaa, less those of a after aaaa, where one document is aaaa: b is unknown, and so is all after it."""
    unknown = 8 / 3 / (9 + 8)
    assert CONCENTRATION == 8
    first = unknown * 8**4 / (12 * 11 * 10 * 9)  # after 4, 3, 2 and 1 occurrences of a, aa, aaa and aaaa
    return -(np.log2(first) + 4 * np.log2(unknown)) / 5 - judged()


CAPITALS = 'He saw Water.\nNow "All" rEad OK'
NEAR_SENTENCES = "Alpha bravo. Alpha charlie. Delta echo. Foxtrot golf. Hotel india. Juliet kilo."

# id -> the sample, the reference's documents (none: it does not matter), and the value by hand, to six decimals
KNOWN_ANSWERS = {
    "caps.after_space": (['He saw Water.\nNow "All" rEad OK'], [], 2 / 6),  # W and O of W N A E O K, which have a character before
    "caps.after_lower": (['He saw Water.\nNow "All" rEad OK'], [], 1 / 6),  # E
    "caps.before": (["a B c D"], ["a B xY"], HALF),  # after spaces only, against half after a small letter
    "copy.shadow": ([TALES[0][100:500]], [TALES[0], TALES[1]], 1.0),  # a quotation agrees everywhere
    "course.repeats": ([" ".join([*(spelt(n) for n in range(53)), spelt(9)])], [], 1.0),  # of four words after 50, the last repeats one
    "course.bits": ([DRIFT], ["aaaa"], drifted()),
    "course.sentences": ([NEAR_SENTENCES], [], 1.25),  # one word shared; 12 of 15 pairs of sentences are near, so .8 expected
    "delta.burrows": ([SEVEN_THREE], [STRETCHES], 2 * 1.41421 / 100),  # |.7 - .5| / .141421 for two of 100 words
    "delta.cosine": ([SEVEN_THREE], [STRETCHES], 1 - 0.5 / (0.58**0.5 * 0.5**0.5)),
    "words.top200": (["a zz a qq"], ["a a a"], HALF),
    "function.share": (["DON\u2019T Go"], [], 1 / 2),
    "function.profile": (["the of"], ["the"], HALF),  # determiner and preposition, against determiners only
    "grammar.classes": ([". 9 . 9 . 9"], [". 9 " * 10], 1.0),  # a bit is saved; a document that no other judges has none saved
    "grammar.distant": ([". 9 . 9 ."], [". 9 " * 10], np.log2((8 + 5) / (16 * 1 / 2 * 1 / 2 + 5))),  # . and . 4 apart: 8 of 16 pairs
    "form.capitals": ([CAPITALS], [], 6 / 21),  # W N A E O K, of all letters but the first, which has no place
    "form.places": (["a. B"], ["a. B b"], HALF),
    "form.punctuation": (["ab, cd."], [], 1e3 * 2 / 7),
    "form.quotes": (['"ab"'], [], 500.0),
    "form.marks": (["a,"], ["ab"], HALF),
    "form.lines": (["ab\ncd\n\nef"], [], 1e3 / 8),
    "form.paragraphs": (["ab\ncd\n\nef"], [], 1e3 / 8),
    "judge.bits": (["aaaaa"], ["aaaa"], judged()),
    "letters.jsd": (["ab"], ["aa"], HALF),
    "letters.jsd_corrected": (["ab"], ["aa"], HALF - 25 / (8 * np.log(2)) * (1 / 2 + 1 / 2)),
    "letters.other": (["ab \u00e9"], [], 1 / 3),
    "novelty.chars_20": ([SYMBOLS[:21] + "##"], [SYMBOLS[:25]], 2 / 4),  # of 4 spans the last two have a #
    "novelty.chars_30": ([SYMBOLS[:31] + "##"], [SYMBOLS[:35]], 2 / 4),
    "novelty.words_3": (["a b c x"], ["a b c d"], 1 / 2),
    "novelty.words_4": (["a b c d x"], ["a b c d"], 1 / 2),
    "order.unseen_6": (["abcdefxx"], ["abcdefgh"], 2 / 3),  # abcdef is known, bcdefx and cdefxx are not
    "order.bigrams": (["ab ab"], ["ab cd"], HALF),
    "order.context": (["a b c d"], ["a b c d"], context_saves()),
    "order.surprises": (["a b a a", "a b a b"], ["a b " * 10], 1 / 2),  # after a b a always b: the second a costs 10 bits more than alone
    "order.avoided": (["a b a a"], ["a b " * 10], 1 / 3),  # each pair is expected 10 x 10 / 20 times; a a never comes, a b and b a do
    "repeat.1": ([BACK_AND_FORTH], [], 1 - 2 / 50),
    "repeat.2": ([BACK_AND_FORTH], [], 1 - 2 / 49),
    "repeat.3": ([BACK_AND_FORTH], [], 1 - 2 / 48),
    "repeat.4": ([BACK_AND_FORTH], [], 1 - 2 / 47),
    "repeat.loop": (["a quiet end.", "on and on and on and on and on"], [], 1 / 2),
    "sentence.mean": ([SENTENCES], ["One. He saw lamps now. It was. End."], 3.5),  # 4 and 3 words; the first and the last do not count
    "sentence.w1": ([SENTENCES], ["One. He saw lamps now. It was. End."], 0.5),  # 4 and 3 words against 4 and 2
    "suffix.ing": ([ENDINGS], [], 1e4 * 3 / 13),  # nothing, walking, being
    "suffix.ed": ([ENDINGS], [], 1e4 * 2 / 13),  # walked, needed
    "suffix.tion": ([ENDINGS], [], 1e4 * 2 / 13),  # nation, station
    "suffix.ing_strict": ([ENDINGS], [], 1e4 * 1 / 13),  # walking
    "suffix.ed_strict": (["bed walked needed"], [], 1e4 * 2 / 3),  # bed has three letters
    "suffix.tion_strict": ([ENDINGS], [], 0.0),  # nation and station are stems
    "suffix.tion_interior": ([ENDINGS], [], 2 / 4),  # nations and motionless, of nation and station too
    "word.the": ([THIRTEEN], [], 1e4 * 2 / 13),
    "word.that": ([THIRTEEN], [], 1e4 * 1 / 13),
    "word.than": ([THIRTEEN], [], 1e4 * 1 / 13),
    "passages.outside": ([QUOTED[:1000], TALES[0][1000:2000]], TALES[1:], 1 / 2),
    "passages.far": ([QUOTED[:1000], TALES[0][1000:2000]], TALES[1:], 1 / 2),
    "pronoun.share": ([THIRTEEN], [], 2 / 13),  # he, they
    "preposition.share": (["the lamp of the house by the sea"], [], 2 / 8),  # of, by
    "vocab.hit": (["the keeper's lamp a zzxq"], ["keeper lamp"], 2 / 3),
    "vocab.dictionary": (["lighthouse keeper's zzxq colour"], [], 3 / 4),
    "vocab.misspelt": ([KEEPR], ["keeper saw the lamp that burned and went"], 1 / 4),  # of keepr, lamp, that and the first burned
    "wordlen.w1": (["a bb ccc ddd"], ["a b cc ddd"], 0.5),  # {1: 1, 2: 1, 3: 2} and {1: 2, 2: 1, 3: 1}
    "wordlen.jsd": (["a bb"], ["a"], HALF),
    "wordlen.mean": (["I am the lighthouse"], [], 4.0),
    "wordlen.share_2_5": (["I am the lighthouse"], [], 2 / 4),
    "variety.shared": (["a" * 500 + SYMBOLS, "b" * 500 + SYMBOLS], [], 2 * 17 / (2 * 517)),  # all of SYMBOLS, and nothing else
    "reverse.bits": ([("a" * 19 + "b") * 1_000], ["ab", "a" * 6_000], taught()),  # the last document is held out
    "copy.longest": ([f"Zz{TALES[4][3000:3070]}Zz"], TALES, 70),
    "hapax.types": ([ONCE], [], 5_000 / 5_001),
    "hapax.tokens": ([ONCE], [], 5_000 / 10_000),
    **{f"distinct.{n}": ([TWO_WORDS], [], 2 / (1_001 - n)) for n in (1, 2, 3, 4)},
    "compression.gzip": ([QUOTED], [], len(QUOTED) / len(gzip.compress(QUOTED.encode(), 9, mtime=0))),
    "zipf.exponent": (SimpleNamespace(word_ids=RANKED), [], 1.1),
    "heaps.exponent": (SimpleNamespace(word_ids=np.where(AGAIN, 0, GROWING)), [], 0.6),
    "lexical.mtld": ([TWO_WORDS], [], 1_000 / 333),  # a b a has a ratio of 2/3: 333 factors, and one word left
    "lexical.hdd": ([TWO_WORDS], [], 2 / 42),  # 42 of 500 a and 500 b have both, but for a chance of 1e-13
    "lexical.yule_k": ([TWO_WORDS], [], 1e4 * (2 * 500**2 - 1_000) / 1_000**2),
    "model.bpc": (["abab"], ["ab"], 2),  # uniform over a, b, the unknown symbol and the end of the document
    "audit.empty": (["", " \n\u200b", THIRTEEN, "..."], [], 2 / 4),
    "audit.error": (["Error: 503", "null", "As an AI language model, I cannot.", THIRTEEN], [], 3 / 4),
    "audit.identical": ([THIRTEEN, THIRTEEN.replace(" ", "  "), SENTENCES, THIRTEEN], [], 2 / 4),
    "audit.near_identical": ([THIRTEEN, THIRTEEN, f"{THIRTEEN}, and more", SENTENCES], [], 1 / 4),
    "audit.loops": ([THIRTEEN + " than they did" * 3, THIRTEEN], [], 1 / 2),
    "audit.mojibake": (["The keeper\u00e2\u20ac\u2122s caf\u00c3\u00a9", "caf\ufffd", "caf\u00e9", THIRTEEN], [], 2 / 4),
    "audit.invisible": (["The \u200blamp", "light\u00adhouse", THIRTEEN], [], 2 / 3),
    "audit.scripts": (["\u041c\u0430\u044f\u043a \u0443 \u043c\u043e\u0440\u044f", "The l\u0430mp", THIRTEEN], [THIRTEEN], 2 / 3),
    "audit.markup": (["<b>The lamp</b>", "salt &amp; sea", "# The lamp", "a < b & c", THIRTEEN], [], 3 / 5),
    "audit.unknown_words": ([" ".join("qxz"[i % 3] * (i + 2) for i in range(30)), THIRTEEN, SENTENCES], [THIRTEEN, SENTENCES], 1 / 3),
    "audit.short": ([THIRTEEN, THIRTEEN, THIRTEEN, SENTENCES, "The sea"], [], 1 / 5),  # 7 of a median of 58 characters
    "audit.cut_off": ([f"{THIRTEEN} of the hou", THIRTEEN, SENTENCES], TALES, 1 / 3),
    "audit.hyphens": (["The light-\nhouse", "a well-known\nlamp", THIRTEEN], [], 1 / 3),
}  # fmt: skip
TOLERANCES = {"judge.bits": 1e-3, "course.bits": 1e-3, "zipf.exponent": 0.03, "heaps.exponent": 0.02}
"""Where the answer holds only nearly."""


def measured(id_, sample, documents):
    """A metric's value, each kind in its own way."""
    metric = catalogue()[id_]
    if isinstance(metric, Metric):
        return value(id_, sample, documents=documents)
    if isinstance(metric, PooledMetric):
        known = scan_documents(documents)
        trained = range(len(known) - isinstance(metric, SizedMetric))
        lexicon = with_training(base_lexicon(), CorpusIndex(known), trained)
        return metric.value(Scan(sample) if isinstance(sample, list) else sample, lexicon)
    if isinstance(metric, AuditMetric):
        passages = [Passage(text, str(i)) for i, text in enumerate(sample)]
        return len(metric.flag(Given(passages), Background.of(documents))) / len(sample)
    return likelihood(create("uniform").fit(documents), sample).bits_per_char


@pytest.mark.parametrize("id_", sorted(catalogue()))
def test_every_metric_has_a_known_answer(id_):
    if id_ not in KNOWN_ANSWERS:
        pytest.fail(f'Write a line for "{id_}" into KNOWN_ANSWERS: a text, and the value by hand.', pytrace=False)
    sample, documents, answer = KNOWN_ANSWERS[id_]
    assert measured(id_, sample, documents or ["nothing at all"]) == pytest.approx(answer, abs=TOLERANCES.get(id_, 1e-6))


def test_no_answer_is_left_of_a_metric_that_is_gone():
    assert set(KNOWN_ANSWERS) <= set(catalogue())
