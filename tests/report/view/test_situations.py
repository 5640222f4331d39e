"""The first sentence, situation by situation, where results have families and the test of all measures: the literal text that must stand there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.faults import gravest
from evalkit.report.view.ranking import Ranking
from evalkit.results import Interval, Pair, Trace
from tests.support.judged import human, judged
from tests.support.runs import audited

CONTEXT = {"order.context": 0.56}
UNKNOWN = {"vocab.hit": 0.65}
FEW = {id_: human(id_)[1] for id_ in ("order.context", "vocab.hit", "novelty.chars_20", "form.capitals")}


def trace(agreement):
    return Trace(
        passage="0001",
        start=0,
        n_chars=1000,
        document="dagon.txt",
        held_out=False,
        place=5,
        agreement=agreement,
        text="a",
        source_text="a",
    )


def swept(values, worse=(), **options):
    """A sweep: temperature -> metric -> value; a gate would call the temperatures in `worse` worse than 1 on known words."""
    names = {f"ngram at {temperature:g}": of for temperature, of in values.items()}
    run = judged(names, kind="sweep", specs=dict.fromkeys(names, "ngram:order=8"), **options)
    candidates = [
        {**candidate, "worse": ["vocab.hit"] if temperature in worse else []}
        for candidate, temperature in zip(run.candidates, values, strict=True)
    ]
    return replace(run, candidates=candidates, signature={**run.signature, "temperature": list(values)})


SITUATIONS = {
    "cannot be told": (
        judged({"lstm": FEW}),
        "single",
        "`lstm` cannot be told from Lovecraft on any of 4 measures.",
    ),
    "single measures outside by chance are no fault": (
        judged({"lstm": FEW | {"vocab.hit": 0.81}}),
        "single",
        "`lstm` cannot be told from Lovecraft on any of 4 measures.",
    ),
    "cannot be told, some not measured": (
        judged({"lstm": FEW | {"wordlen.w1": None}}),
        "single",
        "`lstm` cannot be told from Lovecraft on any of 4 measures (1 more could not be measured).",
    ),
    "too little text to tell": (
        judged({"lstm": FEW}, n_passages=5, n_chars=290),
        "single",
        "1,450 characters are too little to tell `lstm` from Lovecraft by any of 4 measures.",
    ),
    "the gravest fault, by family": (
        judged({"lstm": FEW | CONTEXT | {"vocab.hit": 0.80}}),
        "single",
        (
            "`lstm` can be told from Lovecraft: its words do not follow each other (context saves 0.56 bits a word; human "
            "text: 1.22). Overall it is 0.13 from human text (human text: up to 0.05), off in order and vocabulary."
        ),
    ),
    "told by less copying, which is no fault": (
        judged({"lstm": FEW | {"novelty.words_3": 1.0}}),
        "single",
        (
            "`lstm` can be told from Lovecraft: it copies less than human text (none of its 3-word phrases; human text: "
            "13 %). Overall it is 0.00 from human text (human text: up to 0.05)."
        ),
    ),
    "human text beside it is no competitor": (
        judged({"human": FEW, "lstm": FEW | UNKNOWN}, specs={"human": "human"}),
        "single",
        (
            "`lstm` can be told from Lovecraft: 35 % of its longer words are unknown to the corpus (human text: 15 %). "
            "Overall it is 0.13 from human text (human text: up to 0.05), off in vocabulary."
        ),
    ),
    "noise": (
        judged({"unigram": {"order.context": -5.4, "vocab.hit": 0.0}}),
        "noise",
        (
            "`unigram` is as far from Lovecraft as random letters. Its clearest fault is that its words do not follow "
            "each other (context saves \u22125.4 bits a word; human text: 1.22)."
        ),
    ),
    "a winner": (
        judged({"old": FEW | UNKNOWN | CONTEXT, "new": FEW | UNKNOWN}),
        "clear",
        (
            "`new` is nearest to Lovecraft: 0.13 against 0.22 of `old`, and surely. Its clearest fault is that 35 % of "
            "its longer words are unknown to the corpus (human text: 15 %)."
        ),
    ),
    "a winner that cannot be told": (
        judged({"old": FEW | UNKNOWN, "new": FEW}),
        "clear",
        (
            "`new` is nearest to Lovecraft: 0.00 against 0.13 of `old`, and surely. It cannot be told from Lovecraft on "
            "any of 4 measures."
        ),
    ),
    "a winner by chance": (
        judged({"old": FEW | UNKNOWN, "new": FEW | {"vocab.hit": 0.66}}),
        "tie",
        (
            "`new` and `old` are tied, 0.13 from Lovecraft: the difference may be chance. The clearest fault of `new` is "
            "that 34 % of its longer words are unknown to the corpus (human text: 15 %)."
        ),
    ),
    "a winner, not significant after correction": (
        judged(
            {"old": FEW | UNKNOWN | CONTEXT, "new": FEW | UNKNOWN},
            comparisons=[Pair(a="old", b="new", metric="overall", delta=0.1, ci=Interval(0.01, 0.19), p_adjusted=0.2)],
        ),
        "clear",
        (
            "`new` is nearest to Lovecraft: 0.13 against 0.22 of `old`, but not surely. Its clearest fault is that 35 % "
            "of its longer words are unknown to the corpus (human text: 15 %)."
        ),
    ),
    "tied, and neither can be told": (
        judged({"a": FEW, "b": FEW, "c": FEW | UNKNOWN}),
        "tie",
        "`a` and `b` can be told neither from Lovecraft nor from each other.",
    ),
    "a copier beside an honest model": (
        judged({"ngram-12": FEW | {"novelty.chars_20": 0.48}, "lstm": FEW | UNKNOWN}),
        "clear",
        (
            "`ngram-12` copies 52 % of its text (human text: 1.0 %). "
            "`lstm` can be told from Lovecraft: 35 % of its longer words are unknown to the corpus (human text: 15 %)."
        ),
    ),
    "a copier beside two": (
        judged({"ngram-12": FEW | {"novelty.chars_20": 0.48}, "old": FEW | UNKNOWN | CONTEXT, "new": FEW | UNKNOWN}),
        "clear",
        (
            "`ngram-12` copies 52 % of its text (human text: 1.0 %). Of the others, `new` is nearest to Lovecraft: 0.13 "
            "against 0.22 of `old`, and surely."
        ),
    ),
    "a model that collapsed cannot win": (
        judged({"loops": FEW | {"variety.shared": 0.8}, "old": FEW | UNKNOWN | CONTEXT, "new": FEW | UNKNOWN}),
        "clear",
        (
            "`loops` repeats itself: 80 % of its 20-character spans stand in its other passages too (human text: 1.0 %). "
            "Of the others, `new` is nearest to Lovecraft: 0.11 against 0.17 of `old`, and surely."
        ),
    ),
    "nothing but noise": (
        judged({"unigram": {"order.context": -5.4}, "uniform": {"order.context": -9.0}}),
        "noise",
        "Nothing here reads like Lovecraft: `unigram` comes closest, and is as far off as random letters.",
    ),
    "a sweep": (
        swept(
            {
                0.5: FEW | {"vocab.hit": 0.999, "repeat.1": 0.4},
                0.8: FEW | {"vocab.hit": 0.9},
                1.0: FEW | {"vocab.hit": 0.8},
                1.3: FEW | UNKNOWN,
            }
        ),
        "single",
        (
            "`ngram:order=8` reads most like Lovecraft at temperature 1 (0.8 is tied with it). At 0.5, it repeats itself "
            "(40 % of its words recur within 50 words; human text: 21 %); at 1.3, 35 % of its longer words are unknown to "
            "the corpus (human text: 15 %)."
        ),
    ),
    "a sweep whose cold end copies": (
        swept({0.5: FEW | {"novelty.chars_20": 0.3}, 0.8: FEW, 1.0: FEW | UNKNOWN}),
        "single",
        (
            "`ngram:order=8` reads most like Lovecraft at temperature 0.8. At 0.5, it copies 70 % of its text (human "
            "text: 1.0 %); at 1, 35 % of its longer words are unknown to the corpus (human text: 15 %)."
        ),
    ),
    "a sweep whose nearest temperature a gate would call worse": (
        swept({0.8: FEW, 1.0: FEW | {"vocab.hit": 0.75}}, worse=[0.8]),
        "single",
        (
            "`ngram:order=8` reads most like Lovecraft at temperature 1. Temperature 0.8 is nearer overall, yet a gate would call it worse "
            "than 1 on words the corpus knows."
        ),
    ),
    "a sweep whose every temperature but 1 a gate would call worse": (
        swept({0.5: FEW, 0.8: FEW | {"vocab.hit": 0.9}, 1.0: FEW | UNKNOWN}, worse=[0.5, 0.8]),
        "single",
        (
            "`ngram:order=8` reads most like Lovecraft at temperature 1. Temperature 0.5 is nearer overall, yet a gate would call it worse "
            "than 1 on words the corpus knows."
        ),
    ),
    "a fault of all passages that makes some of them unlike human ones": (
        judged({"x": FEW | {"passages.far": 0.19, "passages.outside": 0.94, "form.capitals": 0.0}}),
        "single",
        (
            "`x` can be told from Lovecraft: it has no capitals (human text: 3.0 % of letters). Overall it is 0.28 from human "
            "text (human text: up to 0.05), off in variety and form."
        ),
    ),
    "a part of the passages that is unlike human ones": (
        judged({"x": FEW | {"passages.far": 0.19, "passages.outside": 0.24, "form.capitals": 0.02}}),
        "single",
        (
            "`x` can be told from Lovecraft: 19 of its 100 passages are nothing like human ones (human text: 0 %). Overall it "
            "is 0.20 from human text (human text: up to 0.05), off in variety and form."
        ),
    ),
    "a sweep in which every temperature repeats itself": (
        swept({0.5: FEW | {"variety.shared": 0.26}, 1.0: FEW | {"variety.shared": 0.4}}),
        "copy",
        (
            "`ngram:order=8` writes a sound text at no temperature. At 0.5, it repeats itself: 26 % of its 20-character spans "
            "stand in its other passages too (human text: 1.0 %)."
        ),
    ),
    # The lines of a list of samples that look right and are not.
    "phrases": (
        judged({"phrases": FEW | CONTEXT}, corpus="lovecraft"),
        "single",
        (
            "`phrases` can be told from lovecraft: its words do not follow each other (context saves 0.56 bits a word; "
            "human text: 1.22). Overall it is 0.08 from human text (human text: up to 0.05), off in order."
        ),
    ),
    "misspelt letters": (
        judged({"typos": FEW | {"vocab.hit": 0.78, "vocab.dictionary": 0.88}}, corpus="lovecraft"),
        "single",
        (
            "`typos` can be told from lovecraft: 12 % of its longer words are in no dictionary (human text: 4.0 %). "
            "Overall it is 0.09 from human text (human text: up to 0.05), off in vocabulary."
        ),
    ),
    "one passage": (
        audited({"x": {"audit.identical": 99}}, distinct=1, run=judged({"x": FEW | {"variety.shared": 1.0}})),
        "single",
        "99 of 100 passages of `x` are copies of another, 1 distinct (human text: 0 %).",
    ),
    "each passage twice": (
        audited({"x": {"audit.identical": 50}}, distinct=50, run=judged({"x": FEW})),
        "single",
        "50 of 100 passages of `x` are copies of another, 50 distinct (human text: 0 %).",
    ),
    "spans shared with other passages": (
        judged({"x": FEW | {"variety.shared": 0.8}}),
        "single",
        "`x` repeats itself: 80 % of its 20-character spans stand in its other passages too (human text: 1.0 %).",
    ),
    "endings that loop": (
        judged({"x": FEW | {"repeat.loop": 0.3, "course.repeats": 0.15}}),
        "single",
        (
            "`x` can be told from Lovecraft: it repeats itself (30 % of its passages end in a loop; human text: 0 %). "
            "Overall it is 0.18 from human text (human text: up to 0.05), off in variety."
        ),
    ),
    "endings that loop, found by the audit": (
        audited({"x": {"audit.loops": 30}}, run=judged({"x": FEW | {"course.repeats": 0.15}})),
        "single",
        "30 of 100 passages of `x` repeat themselves to the end (human text: 0 %).",
    ),
    "some passages are noise": (
        judged({"x": FEW | {"passages.far": 0.1}}),
        "single",
        (
            "`x` can be told from Lovecraft: 10 of its 100 passages are nothing like human ones (human text: 0 %). "
            "Overall it is 0.13 from human text (human text: up to 0.05), off in variety."
        ),
    ),
    "some passages are empty": (
        audited({"x": {"audit.empty": 15}}, run=judged({"x": FEW | CONTEXT})),
        "single",
        (
            "15 of 100 passages of `x` are empty (human text: 0 %). Besides, its words do not follow each other (context "
            "saves 0.56 bits a word; human text: 1.22)."
        ),
    ),
    "some passages are error messages": (
        audited({"x": {"audit.error": 15}}, run=judged({"x": FEW})),
        "single",
        "15 of 100 passages of `x` are error messages, refusals or null in place of a text (human text: 0 %).",
    ),
    "lower case": (
        judged({"x": FEW | {"form.capitals": 0.0}}),
        "single",
        (
            "`x` can be told from Lovecraft: it has no capitals (human text: 3.0 % of letters). Overall it is 0.13 from "
            "human text (human text: up to 0.05), off in form."
        ),
    ),
    "no punctuation": (
        judged({"x": FEW | {"form.punctuation": 0.0}}),
        "single",
        (
            "`x` can be told from Lovecraft: it has no punctuation marks (human text: 32 per 1,000 characters). Overall "
            "it is 0.09 from human text (human text: up to 0.05), off in form."
        ),
    ),
    "no quotation marks": (
        judged({"x": FEW | {"form.quotes": 0.0, "form.marks": 0.2}}),
        "single",
        (
            "`x` can be told from Lovecraft: its mix of punctuation and quotation marks is off by 0.2 bits (human text: "
            "up to 0.05). Overall it is 0.11 from human text (human text: up to 0.05), off in form."
        ),
    ),
    "one word a line": (
        judged({"x": FEW | {"form.lines": 180.0}}),
        "single",
        (
            "`x` can be told from Lovecraft: its layout is off, with too many line ends (180 per 1,000 characters; human "
            "text: 3). Overall it is 0.37 from human text (human text: up to 0.05), off in form."
        ),
    ),
    "invisible characters": (
        audited({"x": {"audit.invisible": 100}}, run=judged({"x": FEW})),
        "single",
        "100 of 100 passages of `x` have invisible characters (human text: 0 %).",
    ),
    "guessed along": (
        replace(judged({"x": FEW | {"copy.shadow": 0.4}}), traces={"x": [trace(0.6)]}),
        "copy",
        (
            "`x` runs along the corpus with 40 % of its characters, as a model does that was fed the real text and "
            "printed its guesses."
        ),
    ),
    "training text, wrapped anew": (
        replace(judged({"x": FEW | {"copy.shadow": 0.4}}), traces={"x": [trace(0.99)]}),
        "copy",
        "`x` copies 40 % of its text (human text: 0 %).",
    ),
    "held-out text, wrapped anew": (
        replace(
            judged({"x": FEW | {"copy.shadow": 0.0005, "form.lines": 11.0}}), traces={"x": [replace(trace(0.99), held_out=True)]}
        ),
        "single",
        (
            "`x` can be told from Lovecraft: its layout is off, with too many line ends (11 per 1,000 characters; human "
            "text: 3). Overall it is 0.12 from human text (human text: up to 0.05), off in form."
        ),
    ),
    # How the fault is chosen that a reader would see.
    "a measure that says that something is off gives way to one that says what": (
        judged({"x": FEW | {"form.places": 0.005, "form.capitals": 0.0}}),
        "single",
        (
            "`x` can be told from Lovecraft: it has no capitals (human text: 3.0 % of letters). Overall it is 0.18 from "
            "human text (human text: up to 0.05), off in form."
        ),
    ),
    "but not where the other might be chance": (
        judged({"x": FEW | {"form.places": 0.01, "form.capitals": 0.0235}}),
        "single",
        (
            "`x` can be told from Lovecraft: its capitals stand in the wrong places, off by 0.01 bits (human text: up to "
            "0.0005). Overall it is 0.23 from human text (human text: up to 0.05), off in form."
        ),
    ),
    "that no word is new gives way to copying": (
        judged({"x": FEW | {"vocab.hit": 0.99, "novelty.chars_20": 0.95}}),
        "single",
        (
            "`x` can be told from Lovecraft: it copies too much (5.0 % of its 20-character spans; human text: 1.0 %). "
            "Overall it is 0.26 from human text (human text: up to 0.05), off in originality and vocabulary."
        ),
    ),
    "copied pieces that do not follow each other are a patchwork": (
        judged({"x": FEW | {"vocab.hit": 0.99, "novelty.chars_20": 0.95, "order.context": 0.6}}),
        "single",
        (
            "`x` can be told from Lovecraft: its words do not follow each other (context saves 0.6 bits a word; human "
            "text: 1.22). Overall it is 0.34 from human text (human text: up to 0.05), off in originality, vocabulary and "
            "order."
        ),
    ),
    "a part of the passages comes first": (
        judged({"x": FEW | {"passages.far": 0.1, "vocab.hit": 0.5}}),
        "single",
        (
            "`x` can be told from Lovecraft: 10 of its 100 passages are nothing like human ones (human text: 0 %). "
            "Overall it is 0.27 from human text (human text: up to 0.05), off in vocabulary and variety."
        ),
    ),
    "and all of them do not": (
        judged({"x": FEW | {"passages.far": 1.0, "vocab.hit": 0.01}}),
        "single",
        (
            "`x` can be told from Lovecraft: 99 % of its longer words are unknown to the corpus (human text: 15 %). "
            "Overall it is 0.47 from human text (human text: up to 0.05), off in variety and vocabulary."
        ),
    ),
    "rounding is no figure": (
        replace(
            judged({"x": FEW | {"passages.far": 0.1}}),
            results=[
                replace(row, floor=replace(row.floor, median=2e-20)) if row.metric == "passages.far" else row
                for row in judged({"x": FEW | {"passages.far": 0.1}}).results
            ],
        ),
        "single",
        (
            "`x` can be told from Lovecraft: 10 of its 100 passages are nothing like human ones (human text: 0 %). "
            "Overall it is 0.13 from human text (human text: up to 0.05), off in variety."
        ),
    ),
    "memorised": (judged({"x": FEW | {"novelty.chars_20": 0.0}}), "copy", "`x` copies 100 % of its text (human text: 1.0 %)."),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_sentence(situation):
    given, state, sentence = SITUATIONS[situation]
    found = conclude(given)
    assert found.sentence.replace("\u00a0", " ") == sentence
    assert found.state == state


def test_a_distance_without_a_side_hides_neither_disorder_nor_copying():
    """What words before tell of a word's class is off in shuffled words and in copied phrases alike; another measure says which of them it is."""
    far = {"grammar.classes": 0.5, "form.places": 0.004}
    run = judged(
        {
            "shuffled": far | {"order.context": 0.3, "vocab.hit": 0.85},
            "patchwork": far | {"order.context": 2.6, "novelty.words_3": 0.8},
            "beside": {},
        }
    )
    ranking = Ranking(run)
    assert {family.metric for name in ("shuffled", "patchwork") for family in ranking.families(name)} >= {"grammar.classes"}
    assert gravest(ranking, "shuffled") == "order.context"
    assert gravest(ranking, "patchwork") == "novelty.words_3"
