"""Calibrations name measures by their labels, in every form, with the id that policies take."""

from __future__ import annotations

import pytest

from evalkit.report.formats import format_named
from evalkit.report.html.calibration import render_calibration
from evalkit.report.view.calibration import measures_table, seen_table, verdict_shares
from tests.support.runs import CALIBRATED


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_labels_stand_in_every_form(name):
    text = format_named(name, "calibration").render(CALIBRATED)
    assert "words the corpus knows" in " ".join(text.split())
    assert text.count("vocab.hit") == 1


def test_the_page_has_labels_and_says_each_id_once():
    text = render_calibration(CALIBRATED)
    assert text.count("vocab.hit") == 1
    assert text.count("words the corpus knows") >= 2
    assert [row.label for row in seen_table(CALIBRATED).rows] == ["the gate", "words the corpus knows"]


def test_files_of_before_labels_keep_rendering():
    measures = {id_: {key: value for key, value in m.items() if key != "label"} for id_, m in CALIBRATED["measures"].items()}
    assert measures_table({**CALIBRATED, "measures": measures})[2][0][:2] == ["vocab.hit", "vocab.hit"]


def test_shares_of_verdicts_have_digits_that_agree():
    shares = {verdict: str(shown) for verdict, shown in verdict_shares(CALIBRATED).items()}
    assert shares == {"REGRESSION": "0 (0 to 6)", "PASS": "90 (80 to 95)", "INCONCLUSIVE": "10 (5 to 20)"}
    fine = {**CALIBRATED, "verdicts": {"REGRESSION": [0.00123, 0.00002, 0.0061]}}
    assert str(verdict_shares(fine)["REGRESSION"]) == "0.123 (0.002 to 0.610)"
