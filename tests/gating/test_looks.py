"""Gates that draw further passages while they are undecided."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from evalkit.errors import NoVerdict
from evalkit.evaluation.candidates import fitted_candidate, parse_candidate, texts_candidate
from evalkit.evaluation.request import CompareRequest
from evalkit.gating.baseline import read_baseline
from evalkit.gating.policy import parse_policy
from evalkit.gating.request import gate_request
from evalkit.gating.run import gate
from evalkit.gating.saving import completed, make_baseline
from evalkit.metrics import Metric, select
from evalkit.text.canonical import canonical
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import Passage, fit_length
from generators import create

IDS = ["letters.jsd", "wordlen.w1", "vocab.hit"]
SOURCE = {"reference": "embedded", "held_out": None, "fraction": 0.2, "split_seed": 0, "language": "en"}
TIERS = dict.fromkeys(IDS, "critical")


@pytest.fixture(scope="module")
def corpus():
    corpus = read_corpus()
    return corpus, split_corpus(corpus, seed=0)


@pytest.fixture(scope="module")
def generator(corpus):
    return create("ngram:order=3").fit([document.text for document in corpus[1].train])


@pytest.fixture(scope="module")
def baseline(corpus, generator):
    request = CompareRequest(
        corpus=corpus[0],
        split=corpus[1],
        metrics=select(IDS, kind=Metric),
        n_passages=12,
        n_chars=600,
        candidates=[fitted_candidate("good", generator)],
    )
    return make_baseline(request, source=SOURCE, most_passages=48)[1]


def run(baseline, candidate, margins, **options):
    """A gate with margins that are given for each measure."""
    rules = {id_: {"tier": "critical", "margin": margins[id_]} for id_ in IDS}
    policy = parse_policy(
        {"metrics": {**rules, "*": {"tier": "advisory"}, "audit.*": {"tier": "advisory"}}}, origin="p", known=[*IDS, "audit.empty"]
    )
    return gate(gate_request(candidate, baseline=baseline, policy=policy, **options))


WIDE = dict.fromkeys(IDS, 100.0) | {"letters.jsd": 1.0}


def at(baseline, generator, n, seed=1):
    """Margins of half a standard error of n passages' own difference: nothing that is unchanged is decided there."""
    found = run(baseline, fitted_candidate("new", generator), WIDE, most_passages=1, seed=seed).outcome.results.gate["decisions"]
    errors = {d["measure"]: d["standard_error"] for d in found if d["measure"] in IDS}
    return {id_: 0.5 * error * np.sqrt(12 / n) for id_, error in errors.items()}


def test_what_is_decided_at_once_takes_one_look(baseline, generator):
    outcome = run(baseline, fitted_candidate("new", generator), WIDE)
    assert outcome.outcome.results.gate["looks"] == [{"n_passages": 12, "verdict": "PASS"}]
    assert len(outcome.outcome.passages["new"]) == 12
    assert outcome.successor.sizes == (12,)


def test_a_generator_that_writes_one_passage_is_a_regression_at_the_first_look(corpus, baseline, generator):
    """At every seed, whichever passage it is, and with the default policy."""
    train = [document.text for document in corpus[1].train]
    for seed in range(1, 9):
        collapsed = create("ngram:order=3").fit(train)
        one = generator.sample(1, 640, seed=seed)[0]
        collapsed.sample = lambda n, n_chars, *, one=one, **_: [one] * n
        results = gate(gate_request(fitted_candidate("collapsed", collapsed), baseline=baseline, seed=seed)).outcome.results
        assert (results.verdict, results.gate["looks"]) == ("REGRESSION", [{"n_passages": 12, "verdict": "REGRESSION"}])
        assert results.gate["worst"]["measure"] == "audit.identical"


class TestASuccessorIsCompleted:
    """A gate that decides at once draws few passages; the baseline that its candidate becomes keeps as many as the one before."""

    @pytest.fixture
    def gated(self, baseline, generator):
        request = gate_request(fitted_candidate("new", generator), baseline=baseline, seed=5)
        made = run(baseline, fitted_candidate("new", generator), WIDE, seed=5).successor
        return request, made

    def test_by_the_passages_that_a_longer_gate_would_have_drawn(self, baseline, generator, gated):
        request, made = gated
        whole = completed(made, request)
        assert (made.sizes, whole.sizes) == ((12,), (12, 24, 48))
        assert np.array_equal(whole.tally, made.tally)
        drawn = generator.sample(48, 700, seed=5)
        expected = request.reference().sample([Passage(fit_length(canonical(text), 600), str(i)) for i, text in enumerate(drawn)])
        assert np.array_equal(np.concatenate([whole.tally, whole.further.tally]), expected.tally)
        assert whole.at(48).floors == baseline.at(48).floors
        assert whole.at(24).audit["audit.empty"]["of"] == 24

    def test_but_not_with_those_of_another_model(self, gated):
        request, made = gated
        other = fitted_candidate("new", create("ngram:order=2").fit([document.text for document in request.split.train]))
        with pytest.raises(NoVerdict, match="does not write the passages of its gate again"):
            completed(made, replace(request, candidate=other))

    def test_samples_stay_as_they_are(self, gated, baseline):
        request, made = gated
        candidate = texts_candidate("new", ["it was a dark and stormy night " * 30] * 12)
        assert completed(made, replace(request, candidate=candidate)) is made


def test_an_undecided_gate_draws_up_to_what_the_baseline_keeps(baseline, generator):
    assert baseline.sizes == (12, 24, 48)
    outcome = run(baseline, fitted_candidate("new", generator), at(baseline, generator, 12))
    results = outcome.outcome.results
    assert [look["n_passages"] for look in results.gate["looks"]] == [12, 24, 48]
    assert results.verdict == "INCONCLUSIVE"
    assert results.shape["n_passages"] == results.signature["shape"]["n_passages"] == 48
    assert len(outcome.outcome.passages["new"]) == 48
    # The passages of a look are the first of the next one, and they are those of a gate that looks once.
    once = run(baseline, fitted_candidate("new", generator), at(baseline, generator, 12), most_passages=1)
    assert once.outcome.passages["new"] == outcome.outcome.passages["new"][:12]


def test_a_single_look_has_the_level_of_the_policy_and_several_a_stricter_one(baseline, generator):
    margins = at(baseline, generator, 12)
    new = fitted_candidate("new", generator)
    one, first = (run(baseline, new, margins, most_passages=most).outcome.results.gate["decisions"] for most in (1, 15))
    widths = [[d["high"] - d["low"] for d in decisions if d["measure"] in IDS] for decisions in (one, first)]
    fewer = run(replace(baseline, further=None), new, margins).outcome.results.gate["decisions"]
    assert one == fewer  # a baseline of before there were looks
    assert len(run(baseline, new, margins, most_passages=15).outcome.results.gate["looks"]) == 2
    assert widths[0] != widths[1]


def test_the_number_of_passages_is_bounded(baseline, generator):
    results = run(baseline, fitted_candidate("new", generator), at(baseline, generator, 12), most_passages=30).outcome.results
    assert [look["n_passages"] for look in results.gate["looks"]] == [12, 24, 30]
    assert results.gate["most_passages"] == 30
    assert results.gate["baseline_passages"] == 48


def test_samples_are_compared_once_at_all_they_have(baseline, generator):
    texts = generator.sample(30, 640, seed=5)
    results = run(baseline, texts_candidate("new", texts), WIDE).outcome.results
    assert [look["n_passages"] for look in results.gate["looks"]] == [30]
    fewer = run(baseline, texts_candidate("new", texts[:12]), WIDE).outcome.results
    assert [look["n_passages"] for look in fewer.gate["looks"]] == [12]
    assert fewer.gate["can_draw_more"] is False


def test_the_candidate_keeps_the_passages_that_were_drawn(baseline, generator, tmp_path):
    made = run(baseline, fitted_candidate("new", generator), at(baseline, generator, 12)).successor
    (tmp_path / "b.json").write_text(made.to_json(), encoding="utf-8")
    read = read_baseline(tmp_path / "b.json")
    assert read.sizes == (12, 24, 48)
    assert read.doses == baseline.doses
    assert read.shape == {"n_passages": 12, "n_chars": 600}
    results = run(read, fitted_candidate("newer", generator), at(baseline, generator, 12), seed=9).outcome.results
    assert [look["n_passages"] for look in results.gate["looks"]] == [12, 24, 48]


def test_looks_repeat_to_the_byte(baseline, generator):
    margins = at(baseline, generator, 12)
    one, two = (json.loads(run(baseline, fitted_candidate("new", generator), margins).outcome.results.to_json()) for _ in range(2))
    assert one.pop("run") is not None
    two.pop("run")
    assert one == two


def test_a_regression_ends_the_drawing(baseline, corpus):
    worse = create("uniform").fit([document.text for document in corpus[1].train])
    results = run(baseline, fitted_candidate("new", worse), dict.fromkeys(IDS, 0.02) | {"letters.jsd": 1e-5}).outcome.results
    assert results.verdict == "REGRESSION"
    assert len(results.gate["looks"]) == 1


def test_an_anchor_with_fewer_passages_is_left_out_of_later_looks(baseline, generator):
    request = gate_request(fitted_candidate("new", generator), baseline=baseline)
    request = replace(request, anchor=replace(baseline, further=None, date="2020-01-01T00:00:00+00:00"))
    assert request.at(12).anchor is not None
    assert request.at(24).anchor is None


def test_human_text_is_not_written_on_demand(baseline):
    request = replace(gate_request(parse_candidate("human"), baseline=baseline), most_passages=None)
    assert len(gate(request).outcome.results.gate["looks"]) == 1


class TestDoses:
    def test_a_larger_dose_does_more(self, baseline):
        for by_dose in baseline.doses.values():
            small, large = (by_dose[dose]["vocab.hit"] for dose in sorted(by_dose))
            assert 0 <= small <= large
        assert baseline.doses["letters misspelt"][0.02]["vocab.hit"] > 0.02  # of 2 % of the letters, a word in eight has one

    def test_a_defect_of_another_kind_does_little(self, baseline):
        assert baseline.doses["text repeated"][0.05]["letters.jsd"] < baseline.doses["letters misspelt"][0.02]["vocab.hit"]
