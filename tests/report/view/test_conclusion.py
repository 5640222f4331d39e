"""The verdict, situation by situation: what was measured, and the sentence that must stand on top of the report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.marks import within_range
from evalkit.report.view.ranking import Ranking
from evalkit.results import Interval, Overall, Pair
from tests.support.results import FAIR, GOOD, NOISE, results, row
from tests.support.runs import decision, gated

HUMAN = {"human": GOOD}
COPIER = GOOD | {"novelty.chars_20": 0.48}
HUMAN_SPEC = {"human": "human"}
SITUATIONS = {
    "clear winner": (
        results({"lstm": FAIR, "noise": NOISE}),
        "clear",
        (
            "`lstm` is nearest to Lovecraft: 0.06 against 1.00 of `noise`. Its clearest fault is that 30 % of its longer "
            "words are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "human text does not compete": (
        results({"human": GOOD, "lstm": FAIR, "noise": NOISE}, specs=HUMAN_SPEC),
        "clear",
        (
            "`lstm` is nearest to Lovecraft: 0.06 against 1.00 of `noise`. Its clearest fault is that 30 % of its longer "
            "words are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "winner without fault": (
        results({"lstm": GOOD, "ngram": FAIR}),
        "clear",
        ("`lstm` is nearest to Lovecraft: 0.00 against 0.06 of `ngram`. It is within the human range on all 6 measures."),
    ),
    "winner with a rival": (
        results({"lstm": FAIR | {"wordlen.w1": 0.5}, "ngram": NOISE | {"vocab.hit": 0.3, "wordlen.w1": 0.2}}),
        "clear",
        (
            "`lstm` is nearest to Lovecraft: 0.13 against 0.76 of `ngram`. Its clearest fault is that its word lengths "
            "are off by 0.5 characters (human text: up to 0.1)."
        ),
    ),
    "winner with a rival that is better elsewhere": (
        results({"lstm": FAIR | {"vocab.hit": 0.5, "suffix.ing": 200.0}, "ngram": NOISE | {"suffix.ing": 250.0}}),
        "clear",
        (
            "`lstm` is nearest to Lovecraft: 0.15 against 0.81 of `ngram`. Its clearest fault is that 50 % of its longer "
            "words are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "tie": (
        results({"a": FAIR, "b": FAIR | {"vocab.hit": 0.71}}),
        "tie",
        (
            "`b` and `a` are tied, 0.05 and 0.06 from Lovecraft: the difference may be chance. The clearest fault of `b` "
            "is that 29 % of its longer words are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "a memoriser beside an honest model": (
        results({"ngram-12": COPIER, "lstm": FAIR}),
        "clear",
        (
            "`ngram-12` copies 52 % of its text (human text: 1.0 %). `lstm` is 0.06 from Lovecraft: 30 % of its longer "
            "words are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "nothing but memorisers": (
        results({"a": COPIER, "b": COPIER | {"novelty.chars_20": 0.2}}),
        "copy",
        (
            "`b` copies 80 % of its text (human text: 1.0 %); `a` copies 52 % of its text (human text: 1.0 %). No "
            "candidate writes a text of its own."
        ),
    ),
    "noise": (
        results({"unigram": NOISE, "uniform": NOISE | {"wordlen.w1": 2.0}}),
        "noise",
        "Nothing here reads like Lovecraft: `unigram` comes closest, and is as far off as random letters.",
    ),
    "single": (
        results({"lstm": FAIR}),
        "single",
        "`lstm` reads like Lovecraft on 5 of 6 measures, yet 30 % of its longer words are unknown to the corpus (human text: 10 %).",
    ),
    "single, without fault": (
        results({"lstm": GOOD}),
        "single",
        "`lstm` is within the human range of Lovecraft on all 6 measures.",
    ),
    "single, noise": (
        results({"unigram": {key: NOISE[key] for key in ("vocab.hit", "suffix.ing")}}),
        "noise",
        (
            "`unigram` is as far from Lovecraft as random letters. Its clearest fault is that 99 % of its longer words "
            "are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "single, one measure": (
        results({"lstm": {"suffix.ing": 115.0}}),
        "single",
        "`lstm` does not read like Lovecraft: it has too few words in -ing (115 per 10,000 words; the corpus: 280).",
    ),
    "single, copies": (
        results({"ngram": GOOD | {"novelty.chars_20": 0.95}}),
        "single",
        (
            "`ngram` reads like Lovecraft on 5 of 6 measures, yet it copies too much (5.0 % of its 20-character spans; "
            "the corpus: 1.0 %)."
        ),
    ),
    "too little text for any measure": (
        results({"a": dict.fromkeys(FAIR, None), "b": dict.fromkeys(FAIR, None)}, reason="3 of the 30 letters that it needs"),
        "none",
        "Too little text to measure anything: letter divergence, for one, has 3 of the 30 letters that it needs.",
    ),
    "too little text for some measures": (
        results({"lstm": FAIR | {"vocab.hit": None, "suffix.ing": None, "wordlen.w1": 0.5}}),
        "single",
        ("`lstm` reads like Lovecraft on 3 of 4 measures, yet its word lengths are off by 0.5 characters (human text: up to 0.1)."),
    ),
    "single, far off on most": (
        results({"lstm": NOISE | {"vocab.hit": 0.5, "function.share": 0.4}}),
        "single",
        (
            "`lstm` reads like Lovecraft on only 1 of 6 measures: its word lengths are off by 1.25 characters (human "
            "text: up to 0.1)."
        ),
    ),
    "single, far off on all": (
        results({"lstm": {"vocab.hit": 0.5, "function.share": 0.4}}),
        "single",
        "`lstm` does not read like Lovecraft on any of 2 measures: 50 % of its longer words are unknown to the corpus (human text: 10 %).",
    ),
    "single, one measure, without fault": (
        results({"lstm": {"suffix.ing": 281.0}}),
        "single",
        "`lstm` is within the human range of Lovecraft on words in -ing.",
    ),
    "little text": (
        results({"lstm": FAIR, "noise": NOISE}, n_passages=5, n_chars=290),
        "clear",
        (
            "On little text (1,450 characters each), `lstm` is nearest to Lovecraft: 0.06 against 1.00 of `noise`. Its "
            "clearest fault is that 30 % of its longer words are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "human text alone": (
        results(HUMAN, specs=HUMAN_SPEC),
        "human",
        "Held-out human text lies within its own range on all 6 measures; there is no generator to judge.",
    ),
    "nothing but shadows": (
        results({"a": NOISE | {"copy.shadow": 0.45}, "b": NOISE | {"copy.shadow": 0.3}}),
        "copy",
        (
            "`a` runs along the corpus with 45 % of its characters; `b` runs along the corpus with 30 % of its "
            "characters. No candidate writes a text of its own."
        ),
    ),
    "a shadow and a memoriser": (
        results({"a": NOISE | {"copy.shadow": 0.45}, "b": COPIER}),
        "copy",
        (
            "`b` copies 52 % of its text (human text: 1.0 %); `a` runs along the corpus with 45 % of its characters. No "
            "candidate writes a text of its own."
        ),
    ),
    "single, looks right and is a shadow": (
        results({"a": GOOD | {"copy.shadow": 0.45}}),
        "copy",
        (
            "`a` runs along the corpus with 45 % of its characters, as a model does that was fed the real text and "
            "printed its guesses."
        ),
    ),
    "five alike": (
        results(dict.fromkeys("abcde", FAIR)),
        "tie",
        (
            "`a`, `b` and 3 more are tied, 0.06 from Lovecraft: the difference may be chance. The clearest fault of `a` "
            "is that 30 % of its longer words are unknown to the corpus (human text: 10 %)."
        ),
    ),
    "two alike and without fault": (
        results({"a": GOOD, "b": GOOD}),
        "tie",
        "`a` and `b` are tied, 0.00 from Lovecraft: the difference may be chance.",
    ),
    "two alike on the one measure": (
        results({"a": {"suffix.ing": 200.0}, "b": {"suffix.ing": 203.0}}),
        "tie",
        (
            "`b` and `a` are tied, 0.24 and 0.25 from Lovecraft: the difference may be chance. The clearest fault of `b` "
            "is that it has too few words in -ing (203 per 10,000 words; the corpus: 280)."
        ),
    ),
    "winner on the one measure": (
        results({"a": {"letters.jsd": 0.0002}, "b": {"letters.jsd": 0.01}}),
        "clear",
        "`a` is nearest to Lovecraft, and `b` next. It is within the human range.",
    ),
    "single, an ending is missing": (
        results({"a": GOOD | {"suffix.ing": 0.0}}),
        "single",
        "`a` reads like Lovecraft on 5 of 6 measures, yet it has no words in -ing (the corpus: 280 per 10,000 words).",
    ),
    "single, no word is known": (
        results({"a": GOOD | {"vocab.hit": 0.0}}),
        "single",
        (
            "`a` reads like Lovecraft on 5 of 6 measures, yet 100 % of its longer words are unknown to the corpus (human "
            "text: 10 %)."
        ),
    ),
    "single, too many function words": (
        results({"a": GOOD | {"function.share": 0.6}}),
        "single",
        ("`a` reads like Lovecraft on 5 of 6 measures, yet too many of its words are function words (60 %; the corpus: 50 %)."),
    ),
    "single, wrong letters": (
        results({"a": GOOD | {"letters.jsd": 0.04}}),
        "single",
        (
            "`a` reads like Lovecraft on 5 of 6 measures, yet its letter frequencies are off by 0.04 bits (human text: up "
            "to 0.0006)."
        ),
    ),
    "single, quotes less than people do": (
        results({"a": GOOD | {"novelty.chars_20": 0.999}}),
        "single",
        (
            "`a` reads like Lovecraft on 5 of 6 measures, yet it copies less than human text (0.10 % of its 20-character "
            "spans; the corpus: 1.0 %)."
        ),
    ),
    "a name with backticks": (
        results({"l`st`m": GOOD}),
        "single",
        "`l'st'm` is within the human range of Lovecraft on all 6 measures.",
    ),
    "the corpus that comes with the package": (
        results({"lstm": GOOD}, corpus="embedded"),
        "single",
        "`lstm` is within the human range of the embedded corpus on all 6 measures.",
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_verdict(situation):
    given, state, sentence = SITUATIONS[situation]
    found = conclude(given)
    assert found.sentence.replace("\u00a0", " ") == sentence
    assert found.state == state


def judged(verdict, decision, **gate):
    return gated(verdict, decisions=[decision], worst=0, **gate)


KNOWN = {"margin": 0.05}
GATES = {
    "regression": (
        judged("REGRESSION", decision("vocab.hit", 0.2, 0.15, 0.25, verdict="regression", **KNOWN)),
        (
            "`ngram` has become worse than the baseline `main`: 30 % of its longer words are unknown to the corpus (human "
            "text: 10 %). That is worse by 20 points (95 % interval 15 to 25, allowed 5)."
        ),
    ),
    "regression on several": (
        gated("REGRESSION"),
        (
            "`ngram` has become worse than the baseline `main`: 30 % of its longer words are unknown to the corpus (human "
            "text: 10 %). That is worse by 20 points (95 % interval 15 to 25, allowed 5)."
        ),
    ),
    "regressions": (
        gated(
            "REGRESSION",
            decisions=[decision(id_, 0.2, 0.15, 0.25, verdict="regression") for id_ in ("vocab.hit", "function.share")],
        ),
        (
            "`ngram` has become worse than the baseline `main` on function words, by 20 points (95 % interval 15 to "
            "25, allowed 5). It is also worse on 1 more of the 2 gated measures."
        ),
    ),
    "regression against the anchor": (
        judged("REGRESSION", {**decision("suffix.ing", 90.0, 60.0, 120.0, verdict="regression", margin=50.0), "against": "anchor"}),
        (
            "`ngram` has become worse than the anchor `main` on words in -ing, by 90 per 10,000 words (95 % interval 60 to 120, allowed 50)."
        ),
    ),
    "pass": (
        judged("PASS", decision("vocab.hit", 0.01, -0.02, 0.04, verdict="pass")),
        (
            "`ngram` is not worse than the baseline `main` by more than is allowed on the one gated measure. Nearest to "
            "its limit is words the corpus knows, by 1 point (95 % interval \u22122 to 4, allowed 5)."
        ),
    ),
    "pass, and better": (
        judged("PASS", decision("vocab.hit", -0.015, -0.04, 0.01, verdict="pass")),
        (
            "`ngram` is not worse than the baseline `main` by more than is allowed on the one gated measure. Nearest to "
            "its limit is words the corpus knows, better by 1.5 points (95 % interval \u22124.0 to 1.0, allowed 5)."
        ),
    ),
    "pass, no different": (
        judged("PASS", decision("vocab.hit", 0.0, 0.0, 0.0, verdict="pass")),
        (
            "`ngram` is not worse than the baseline `main` by more than is allowed on the one gated measure. Nearest to "
            "its limit is words the corpus knows, no different (allowed 5 points)."
        ),
    ),
    "pass, a supporting measure undecided": (
        gated(
            "PASS",
            decisions=[
                decision("vocab.hit", 0.0, 0.0, 0.0, verdict="pass"),
                decision("wordlen.w1", 0.02, -0.01, 0.07, verdict="inconclusive", tier="supporting"),
            ],
            worst=1,
        ),
        (
            "`ngram` is not worse than the baseline `main` by more than is allowed on 1 of 2 gated measures, all critical ones among them; "
            "word-length distance is undecided. Nearest to its limit is word-length distance, 0.02 characters worse (95 % interval \u22120.01 to 0.07, "
            "allowed 0.0500)."
        ),
    ),
    "inconclusive": (
        judged("INCONCLUSIVE", decision("vocab.hit", 0.04, 0.01, 0.07, verdict="inconclusive"), passages_needed=240),
        (
            "It is undecided whether `ngram` has become worse than the baseline `main`: on words the corpus knows it measures 4 points worse (95 % "
            "interval 1 to 7, allowed 5). About 240 passages a side would decide."
        ),
    ),
    "inconclusive, a lesser measure asks for far more": (
        gated(
            "INCONCLUSIVE",
            decisions=[
                decision("vocab.hit", 0.04, 0.01, 0.07, verdict="inconclusive") | {"passages_needed": 1904},
                decision("wordlen.w1", 0.05, 0.0, 0.1, verdict="inconclusive", tier="supporting") | {"passages_needed": 25_558},
            ],
            worst=0,
            passages_needed=25_558,
        ),
        (
            "It is undecided whether `ngram` has become worse than the baseline `main`: on words the corpus knows it measures 4 points worse (95 % "
            "interval 1 to 7, allowed 5). About 2,000 passages a side would decide."
        ),
    ),
    "inconclusive at the margin": (
        judged("INCONCLUSIVE", decision("vocab.hit", 0.05, 0.01, 0.09, verdict="inconclusive")),
        (
            "It is undecided whether `ngram` has become worse than the baseline `main`: on words the corpus knows it measures 5 points worse (95 % "
            "interval 1 to 9, allowed 5). The difference lies at the margin itself, where no number of passages decides: a "
            "wider margin in the policy does."
        ),
    ),
    "nothing critical in the policy": (
        judged("INCONCLUSIVE", decision("vocab.hit", 0.0, -0.01, 0.01, verdict="pass", tier="supporting")),
        "The policy calls no measure critical, so nothing decides whether `ngram` has become worse than the baseline `main`.",
    ),
    "a critical measure could not be measured": (
        gated(
            "INCONCLUSIVE",
            decisions=[
                decision("vocab.hit", 0.0, 0.0, 0.0, verdict="pass"),
                decision("wordlen.w1", None, None, None, verdict="not measured"),
            ],
            worst=0,
        ),
        (
            "word-length distance could not be measured of `ngram`: 17 of the 200 words that it needs. A policy that calls wordlen.w1 advisory decides "
            "without it."
        ),
    ),
    "nothing measured": (gated("INCONCLUSIVE", decisions=()), "Nothing that is gated could be measured of `ngram`."),
    "not comparable": (
        gated(
            "NOT COMPARABLE",
            decisions=(),
            different=[{"field": field, "baseline": 1, "candidate": 2} for field in ("reference.hash", "metrics.vocab.hit")],
        ),
        "`ngram` and the baseline `main` cannot be compared: they differ in the corpus and the version of vocab.hit.",
    ),
    "not comparable in shape": (
        gated("NOT COMPARABLE", decisions=(), different=[{"field": "mean length of a passage", "baseline": 1, "candidate": 2}]),
        "`ngram` and the baseline `main` cannot be compared: they differ in the mean length of passages.",
    ),
}


@pytest.mark.parametrize("situation", GATES)
def test_verdict_of_a_gate(situation):
    given, sentence = GATES[situation]
    found = conclude(given)
    assert found.sentence.replace("\u00a0", " ") == sentence
    assert found.state == given.verdict


def test_a_gate_names_no_copying_less_as_what_became_worse():
    regressed = [
        decision(id_, 0.3 if id_ == "novelty.chars_20" else 0.2, 0.1, 0.4, verdict="regression")
        for id_ in ("novelty.chars_20", "vocab.hit")
    ]
    run = gated(decisions=regressed, worst=0)
    rows = [row("ngram", "novelty.chars_20", 1.0), row("ngram", "vocab.hit", 0.7)]
    said = conclude(replace(run, results=rows)).sentence.replace("\u00a0", " ")
    assert said.startswith(
        "`ngram` has become worse than the baseline `main`: 30 % of its longer words are unknown to the corpus (human text: 10 %). "
    )
    assert said.endswith("; it is also worse on 1 more of the 2 gated measures.")


def test_a_single_candidate_that_runs_along_the_corpus_is_said_to():
    said = conclude(results({"published": NOISE | {"copy.shadow": 0.42}})).sentence.replace("\u00a0", " ")
    assert said.startswith(
        "`published` runs along the corpus with 42 % of its characters, as a model does that was fed the real text "
    )


def test_a_little_copying_is_not_called_worse_than_what_is_worse():
    """1.5 % copied where human text has 1.0 % is outside the human range; words of which half are unknown are what a person would name."""
    run = results({"lstm": FAIR | {"vocab.hit": 0.5, "novelty.chars_20": 0.985}})
    assert "50 % of its longer words are unknown" in conclude(run).sentence.replace("\u00a0", " ")


def test_shadows_are_named_whoever_wins():
    run = results({"published": NOISE | {"copy.shadow": 0.42}, "lstm": FAIR | {"copy.shadow": 0.0}})
    said = conclude(run).sentence.replace("\u00a0", " ")
    assert said.startswith(
        "`published` runs along the corpus with 42 % of its characters, as a model does that was fed the real text "
    )
    assert "`lstm` is 0.06 from Lovecraft" in said


def lead(values, intervals):
    places = zip(("lstm", "ngram"), values, intervals, strict=True)
    stored = [Overall(candidate=name, value=value, ci=Interval(*ci)) for name, value, ci in places]
    return replace(results({"lstm": GOOD | {"vocab.hit": 0.8}, "ngram": FAIR | {"letters.jsd": 0.0003}}), overall=stored)


def test_without_a_test_of_the_difference_an_interval_that_holds_the_other_value_is_a_tie():
    assert conclude(lead((0.1, 0.26), ((0.03, 0.27), (0.15, 0.41)))).sentence.startswith(
        "`lstm` and `ngram` are tied, 0.10 and 0.26 from "
    )
    assert conclude(lead((0.1, 0.26), ((0.08, 0.12), (0.24, 0.3)))).sentence.startswith(
        "`lstm` is nearest to Lovecraft: 0.10 against 0.26 of "
    )


def test_the_measure_that_the_verdict_names_stands_first_in_the_table():
    """Quoting less than people do has the position of noise, and is still no flaw to lead with."""
    ranking = Ranking(results({"lstm": FAIR | {"novelty.chars_20": 1.0}}))
    conclusion = conclude(ranking.results, ranking)
    order = ranking.by_distance("lstm", conclusion.metric)
    assert order[0] == conclusion.metric == "vocab.hit"
    within = [bool(within_range(ranking.row("lstm", id_), ranking.metrics[id_])) for id_ in order if id_ in FAIR]
    assert within == sorted(within)


def test_few_passages_whose_intervals_lie_apart_are_no_tie():
    """A corrected permutation test of five passages cannot reach 5 %; what the table shows apart, the verdict must not call level."""
    pairs = [Pair(a="lstm", b="noise", metric=id_, delta=-0.5, p_raw=0.01, p_adjusted=0.6) for id_ in FAIR]
    assert conclude(results({"lstm": FAIR, "noise": NOISE}, n_passages=5, comparisons=pairs)).state == "clear"


def test_within_range_counts_damage_on_both_sides_of_a_target():
    metric = Ranking(results({"a": FAIR})).metrics["suffix.ing"]
    # The corpus has 280 and human text strays by up to 40.
    assert within_range(row("a", "suffix.ing", 241.0), metric)
    assert within_range(row("a", "suffix.ing", 319.0), metric)
    assert not within_range(row("a", "suffix.ing", 239.0), metric)
    assert not within_range(row("a", "suffix.ing", 321.0), metric)
    assert within_range(row("a", "suffix.ing", None), metric) is None


def test_three_that_are_tied_lie_between_two_distances():
    run = results({"a": FAIR, "b": FAIR | {"vocab.hit": 0.71}, "c": FAIR | {"vocab.hit": 0.705}})
    assert "and 1 more are tied, 0.05 to 0.06 from Lovecraft: the difference may be chance." in conclude(run).sentence


@pytest.mark.parametrize(("n", "rest"), [(2, ""), (3, "; 1 more does the like"), (4, "; 2 more do the like")])
def test_several_with_one_fault_are_counted(n, rest):
    copiers = {f"c{i}": NOISE | {"copy.shadow": 0.42} for i in range(n)}
    assert (
        conclude(results({"good": FAIR} | copiers))
        .sentence.replace("\u00a0", " ")
        .startswith(
            f"`c0` runs along the corpus with 42 % of its characters; `c1` runs along the corpus with 42 % of its characters{rest}. `good` is 0.06"
        )
    )
