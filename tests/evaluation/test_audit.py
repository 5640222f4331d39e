"""Every run audits what it was given, whatever is selected; planted samples are named first and counted right."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest
from scipy import stats

import evalkit
from evalkit.errors import InputError, UsageError
from evalkit.evaluation import audit as evaluation_audit
from evalkit.evaluation.audit import Auditor, binomial_quantile
from evalkit.metrics import AuditMetric, catalogue
from evalkit.report.view.conclusion import conclude
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import slices
from tests.support.paths import CHEATS

SPLIT = split_corpus(read_corpus())
HUMAN = [piece for document in SPLIT.held_out for piece in slices(document.text, 500)]
QUICK = {"metrics": "letters.jsd", "passages": 20, "chars": 300}


def counts(results, candidate=None):
    audits = results.audit.candidates if candidate is None else [results.audit.of(candidate)]
    return {finding.metric: finding.n for audit in audits for finding in audit.found}


def test_binomial_quantiles_are_those_of_scipy():
    rng = np.random.default_rng(0)
    for n in (1, 2, 80, 300):
        for p in (0.0, 1.0, 1 / n, *rng.random(20), *(0.02 * rng.random(20))):
            assert [binomial_quantile(level, n, p) for level in (0.5, 0.95)] == stats.binom.ppf([0.5, 0.95], n, p).tolist()


class TestEveryRun:
    def test_of_score(self):
        texts = ["" if i % 4 == 0 else text for i, text in enumerate(HUMAN[:40])]
        results = evalkit.score(texts, **QUICK)
        assert counts(results) == {"audit.empty": 10}
        audit = results.audit.candidates[0]
        assert (audit.n_passages, audit.n_with_text, audit.n_chars) == (40, 30, sum(map(len, texts)))
        # Twenty of the samples were drawn, and all of their pieces are measured.
        assert audit.n_measured == results.candidates[0]["n_passages"]
        assert 0 < audit.n_measured_with_text <= audit.n_measured
        assert conclude(results).sentence.startswith("10 of 40 passages of `texts` are empty (human text: 0\u00a0%).")
        assert not any(row.metric.startswith("audit.") for row in results.results)

    def test_of_compare(self):
        results = evalkit.compare({"mine": ["null"] * 5 + HUMAN[:35], "noise": "unigram"}, **QUICK)
        assert counts(results, "mine") == {"audit.error": 5}
        assert counts(results, "noise") == {}
        assert "audit.empty" not in results.signature["metrics"]

    def test_of_sweep(self):
        results = evalkit.sweep("ngram:order=2", [0.5, 1.0], **QUICK)
        assert [audit.candidate for audit in results.audit.candidates] == ["ngram:order=2 at 0.5", "ngram:order=2 at 1"]

    def test_rows_are_there_where_they_are_selected(self):
        results = evalkit.score(HUMAN[:30], metrics=["letters.jsd", "audit.*"], passages=20, chars=300)
        rows = {row.metric: row for row in results.results if row.metric.startswith("audit.")}
        assert set(rows) == set(catalogue(AuditMetric))
        for row in rows.values():
            assert (row.status, row.n_units) == ("measured", 30)
            assert row.ci.low <= row.value <= row.ci.high
            assert row.floor.median <= row.floor.p95

    def test_the_audit_alone(self):
        results = evalkit.compare({"mine": HUMAN[:30], "noise": "unigram"}, metrics="audit.*", passages=20, chars=300)
        assert {row.metric for row in results.results} == set(catalogue(AuditMetric))
        assert "finds nothing wrong" in conclude(results).sentence


class TestShapes:
    def test_of_passages_too_short_to_measure(self):
        with pytest.raises(InputError, match="have 3 characters in the median") as refused:
            evalkit.score(["Hm."] * 40)
        assert "passages of 20 characters" in refused.value.remedy
        assert counts(evalkit.audit(["Hm."] * 40)) == {"audit.identical": 39}

    def test_asked_for(self):
        with pytest.raises(UsageError, match="too short"):
            evalkit.score(HUMAN[:20], metrics="letters.jsd", chars=5)

    def test_where_most_passages_are_empty(self):
        results = evalkit.score([""] * 25 + HUMAN[:15], metrics="letters.jsd")
        assert results.shape["n_chars"] > 400
        assert counts(results) == {"audit.empty": 25}

    def test_where_all_are(self):
        with pytest.raises(InputError, match="holds no text: all of its 40 passages are empty"):
            evalkit.score([" "] * 40)
        assert counts(evalkit.audit([" "] * 40)) == {"audit.empty": 40}


class TestTheFunction:
    def test_takes_texts_and_paths(self, tmp_path):
        texts = [*HUMAN[:20], "", "Error: 500", HUMAN[0]]
        path = tmp_path / "s.jsonl"
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        for samples in (texts, path, str(path)):
            results = evalkit.audit(samples)
            assert counts(results) == {"audit.empty": 1, "audit.error": 1, "audit.identical": 1}
            assert results.kind == "audit"
        assert results.audit.candidates[0].finding("audit.empty").passage.endswith(":21")

    def test_refuses_generators(self):
        with pytest.raises(UsageError, match="is a generator"):
            evalkit.audit("unigram")

    def test_writes_what_can_be_read_again(self, tmp_path):
        results = evalkit.audit([*HUMAN[:20], "\x1b[31m\ud800 null"])
        for extension in (".json", ".html", ".csv", ".md"):
            results.save(tmp_path / f"a{extension}")
        assert evalkit.read_results(tmp_path / "a.json").audit == results.audit

    def test_passages_of_documents_are_no_independent_ones(self, tmp_path):
        lines = [{"text": "" if name == "a" else HUMAN[i], "document": name} for name in "ab" for i in range(10)]
        (tmp_path / "s.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        read = evalkit.ReadOptions(document_field="document")
        finding = evalkit.audit(tmp_path / "s.jsonl", read=read).audit.candidates[0].finding("audit.empty")
        assert (finding.n, finding.n_effective) == (10, 2)
        assert finding.ci.high - finding.ci.low > 0.6


CHEATED = {
    "human": {},
    "one_passage": {"audit.identical": 99},
    "twenty_passages": {"audit.identical": 80},
    "each_passage_twice": {"audit.identical": 50},
    "loop_second_half": {"audit.loops": 100},
    "loop_last_fifth": {"audit.loops": 100},
    "loop_in_three_of_ten": {"audit.loops": 30},
    "empty_15_percent": {"audit.empty": 15},
    "error_15_percent": {"audit.error": 15},
    "zero_width": {"audit.invisible": 100},
    "rewrapped": {},
    "lower_case": {},
}


@pytest.fixture(scope="module")
def cheats(lovecraft):
    """Samples that look right and are not, made by the script beside the project."""
    if not CHEATS.is_file():
        pytest.skip("the samples that look right and are not are not beside the project")
    spec = importlib.util.spec_from_file_location("cheats_build", CHEATS)
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    # The models that it trains for other samples take most of its time, and are none of the audit's business.
    build.Cheats.ngram = build.Cheats.phrases = lambda self, *_: []
    build.Cheats.guessed = lambda self: []
    return build.Cheats(1, 100, 2000).all()


@pytest.fixture(scope="module")
def reference(lovecraft):
    return read_corpus(str(lovecraft))


@pytest.fixture(scope="module")
def auditor(reference):
    """What is ordinary in the stories, and what is wrong with human passages, is found out once for all samples."""
    return Auditor(split_corpus(reference, held_out="every:10:4"))


@pytest.fixture
def one_auditor(auditor, reference, monkeypatch):
    held_out = split_corpus(reference, held_out="every:10:4").held_out

    def kept(split):
        assert split.held_out == held_out
        return auditor

    monkeypatch.setattr(evaluation_audit, "Auditor", kept)


@pytest.mark.parametrize("name", CHEATED)
@pytest.mark.usefixtures("one_auditor")
def test_cheats_are_named_first_and_counted_right(name, cheats, reference):
    results = evalkit.audit(cheats[name], reference=reference, held_out="every:10:4")
    found = counts(results)
    found.pop("audit.cut_off", None)  # loops end where they end
    assert found == CHEATED[name]
    sentence = conclude(results).sentence
    for n in CHEATED[name].values():
        assert sentence.startswith(f"{n} of 100 passages of `texts` ")
    if not CHEATED[name]:
        assert sentence.startswith("The audit finds no")
