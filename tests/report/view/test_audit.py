"""What the audit found, in words and in every form of report."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from evalkit._util.formatting import bare
from evalkit.metrics import AuditMetric, catalogue
from evalkit.report import render
from evalkit.report.formats import format_named
from evalkit.report.view.audit import audit_blocks, lead
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.decisions import verdict_sentence, worst_first
from evalkit.results import Results, from_dict
from tests.support.page import Page
from tests.support.results import FAIR, FIVE, GOOD, NOISE, results
from tests.support.runs import audited, decision, gated

EMPTY = {"lstm": {"audit.empty": 18}}


def said(run):
    return bare(conclude(run).sentence)


def text(run):
    return " ".join(format_named("text", run.kind).render(run, {}).split())


class TestTheConclusion:
    def test_begins_with_the_gravest_fault(self):
        run = audited({"lstm": {"audit.short": 20, "audit.empty": 18, "audit.loops": 30}})
        assert said(run).startswith("18 of 100 passages of lstm are empty (human text: 0 %). Besides, ")

    def test_continues_with_what_the_measures_say(self):
        assert said(audited(EMPTY)).endswith(". Besides, 30 % of its longer words are unknown to the corpus (human text: 10 %).")
        assert said(audited(EMPTY, run=results({"lstm": GOOD}))) == "18 of 100 passages of lstm are empty (human text: 0 %)."

    def test_counts_what_is_distinct(self):
        run = audited({"lstm": {"audit.identical": 40}}, distinct=60)
        assert said(run).startswith("40 of 100 passages of lstm are copies of another, 60 distinct (human text: 0 %). ")

    def test_says_one_of_one(self):
        assert said(audited({"lstm": {"audit.empty": 1}})).startswith("1 of 100 passages of lstm is empty (")

    @pytest.mark.parametrize("check", ["audit.cut_off", "audit.hyphens"])
    def test_leaves_small_faults_to_the_block(self, check):
        assert lead(audited({"lstm": {check: 50}})) == ""

    def test_leaves_what_human_text_has_too_to_the_block(self):
        assert lead(audited({"lstm": {"audit.loops": 2}}, beyond=False, human=0.02)) == ""

    def test_of_several_candidates_names_two(self):
        found = {"a": {"audit.loops": 90}, "b": {"audit.empty": 5}, "c": {"audit.markup": 9}, "d": {}}
        run = audited(found, run=results(dict.fromkeys(found, FAIR)), kind="compare")
        assert said(run).startswith(
            "5 of 100 passages of b are empty (human text: 0 %); 2 more candidates have faults. d is 0.06 from Lovecraft: 30 % of "
        )

    def test_of_two_candidates_names_both_where_there_is_room(self):
        found = {"a": {"audit.markup": 90}, "b": {"audit.empty": 5}}
        run = audited(found, run=results(dict.fromkeys(found, FAIR)), kind="compare")
        assert said(run) == (
            "5 of 100 passages of b are empty (human text: 0 %); 90 of 100 passages of a have markup (human text: 0 %). "
            "No candidate is left to rank."
        )

    def test_a_sentence_that_has_room_for_one_only_counts_all_others(self):
        """What copies or repeats itself is counted with those that the audit found faults of, so that the sentence stays short."""
        one = audited({"a": {"audit.identical": 1}}, distinct=1)
        assert (
            bare(lead(one, others=1))
            == "1 of 100 passages of a is a copy of another, 1 distinct (human text: 0 %); 1 more copies or repeats itself."
        )
        two = audited({"a": {"audit.empty": 1}, "b": {"audit.empty": 1}}, kind="compare")
        assert (
            bare(lead(two))
            == "1 of 100 passages of a is empty (human text: 0 %); 1 of 100 passages of b is empty (human text: 0 %)."
        )
        assert bare(lead(two, others=1)) == "1 of 100 passages of a is empty (human text: 0 %); 2 more candidates have faults."
        assert bare(lead(two, others=2)).endswith("; 3 more candidates have faults.")

    def test_of_an_audit_alone(self):
        assert said(audited(EMPTY, kind="audit")) == "18 of 100 passages of lstm are empty (human text: 0 %)."
        assert said(audited({"lstm": {}}, kind="audit")) == "The audit finds nothing wrong with the 100 passages of lstm."
        small = said(audited({"lstm": {"audit.cut_off": 3}}, kind="audit", beyond=False))
        assert small == "The audit finds no grave fault in more of the 100 passages of lstm than in human text."

    def test_of_results_of_before(self):
        run = results(FIVE)
        assert run.audit is None
        assert audit_blocks(run) == []
        assert "audit" not in run.to_dict()
        assert "Audit" not in text(run)
        assert 'id="audit"' not in render(run, ".html", samples={})


class TestTheBlock:
    def test_has_one_line_where_nothing_is_wrong(self):
        assert "Audit: nothing wrong with 100 passages." in text(audited({"lstm": {}}))
        both = audited({"lstm": {}, "ngram": {}}, run=results({"lstm": FAIR, "ngram": GOOD}), kind="compare")
        assert "Audit: nothing wrong with lstm and ngram (100 passages each)." in text(both)

    def test_lists_what_was_found_with_an_example(self):
        shown = text(audited({"lstm": {"audit.empty": 18, "audit.cut_off": 2}}))
        assert "Audit of lstm: ◆ 18 of 100 passages are empty (human text: 0 %) lstm:7: " in shown
        assert "what is wrong there" in shown
        assert "2 of 100 passages are cut off inside a word" in shown
        assert "repeat themselves" not in shown

    def test_says_with_how_many_passages_text_was_scored(self):
        assert "scored on 100 passages, of which 82 have text; the other 18 count as passages without any." in text(audited(EMPTY))

    def test_comes_before_the_table(self):
        shown = text(audited(EMPTY))
        assert shown.index("Audit of") < shown.index("measure human")

    def test_in_markdown_escapes_what_is_hostile(self):
        shown = render(audited(EMPTY, text="`|<img src=x>@team"), ".md", samples={})
        assert "<img" not in shown.replace("`` ", "").split("Audit of")[0]
        assert "- ◆ 18 of 100 passages are empty (human text: 0 %), 18 % (1 to 30)." in shown
        assert shown.index("Audit of") < shown.index("| measure |")

    def test_on_the_page(self):
        page = render(audited(EMPTY, text="</td><script>alert(1)</script>"), ".html", samples={})
        assert "<script>alert" not in page
        parsed = Page(page)
        assert "audit" in parsed.ids
        assert len(parsed.ids) == len(set(parsed.ids))
        assert "18 of 100" in page.replace("\u00a0", " ")
        assert page.index('id="audit"') < page.index('id="scores"')
        for cell in [attrs for attrs in parsed.all("td") if attrs.get("role") == "cell"]:
            assert cell.get("data-label")

    def test_on_the_page_of_an_audit_alone(self):
        page = render(audited(EMPTY, kind="audit"), ".html", samples={})
        parsed = Page(page)
        assert {"verdict", "audit", "data"} <= set(parsed.ids)
        assert not {"scores", "sure"} & set(parsed.ids)
        targets = [attrs["href"][1:] for attrs in parsed.all("a") if attrs.get("href", "").startswith("#")]
        assert set(targets) <= set(parsed.ids)

    def test_in_csv_comes_first_and_whole(self):
        rows = list(csv.DictReader(io.StringIO(render(audited(EMPTY), ".csv", samples={}))))
        checks = list(catalogue(AuditMetric))
        assert [row["metric"] for row in rows[: len(checks)]] == checks
        assert (rows[0]["value"], rows[0]["n_units"], rows[0]["floor_median"]) == ("0.18", "100", "0.0")

    def test_in_a_notebook(self):
        assert "18 of 100 passages are empty" in audited(EMPTY)._repr_html_().replace("\u00a0", " ")

    def test_in_json_and_back(self):
        run = audited(EMPTY)
        again = from_dict(json.loads(run.to_json()))
        assert isinstance(again, Results)
        assert again.audit == run.audit
        assert again.audit.of("lstm").finding("audit.empty").n == 18
        assert again.audit.of("nobody") is None
        assert again.audit.of("lstm").finding("audit.nothing") is None

    def test_every_check_can_be_said(self):
        for id_, check in catalogue(AuditMetric).items():
            for n in (1, 7):
                shown = text(audited({"lstm": {id_: n}}))
                assert f"{n} of 100 passages {check.one if n == 1 else check.many}" in shown


WORSE = {
    **decision("audit.empty", 0.18, 0.1, 0.3, verdict="regression", margin=0.01),
    "before": {"source": "baseline", "n": 0, "of": 120},
}
AS_BEFORE = {**decision("audit.loops", 0.0, -0.04, 0.04, verdict="pass"), "before": {"source": "human", "n": 1, "of": 90}}


DECISIONS = (WORSE, AS_BEFORE, decision("vocab.hit", 0.2, 0.15, 0.25, verdict="regression"))


class TestAGate:
    def run(self, verdict="REGRESSION", decisions=DECISIONS, **more):
        gate = gated(verdict, decisions=list(decisions), worst=0, **more)
        measures = {id_: {"label": check.label, "unit": "share"} for id_, check in catalogue(AuditMetric).items()}
        gate = replace(gate, gate={**gate.gate, "measures": measures})
        return audited({"ngram": {"audit.empty": 18, "audit.loops": 1}}, run=gate)

    def test_says_the_fault_first_and_then_the_change(self):
        assert bare(verdict_sentence(self.run())) == (
            "18 of 100 passages of ngram are empty (human text: 0 %). ngram has become worse than the baseline main on empty passages, by 18 "
            "points (95 % interval 10 to 30, allowed 1), and on 1 of 1 gated measure of text."
        )

    def test_names_the_rate_that_it_compares_with(self):
        shown = text(self.run())
        assert "18 of 100 passages are empty (human text: 0 %; baseline: 0 of 120)" in shown
        assert "human text in its place: 1 of 90" in shown

    def test_lists_of_the_audit_what_is_not_as_before(self):
        assert [row.measure for row in worst_first(self.run())] == ["audit.empty", "vocab.hit"]

    @pytest.mark.parametrize("extension", [".md", ".html", ".junit.xml", ".csv", ".json"])
    def test_in_every_form(self, extension):
        shown = render(self.run(), extension, samples={})
        assert "audit.empty" in shown or "empty passages" in shown

    def test_that_cannot_compare_the_text_says_both(self):
        different = [{"field": "tokenizer", "baseline": "word-v1", "candidate": "word-v2"}]
        sentence = bare(verdict_sentence(self.run(decisions=[WORSE], different=different)))
        assert sentence.endswith("; its text cannot be compared, for they differ in the tokenizer.")


def test_noise_with_a_fault_keeps_its_state():
    run = audited({"noise": {"audit.loops": 40}}, run=results({"noise": NOISE}))
    assert conclude(run).state == conclude(replace(run, audit=None)).state == "noise"
