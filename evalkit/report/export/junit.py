"""Renders a gate as JUnit XML: a regression is a failure, no verdict an error, an advisory measure a passing test with output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from evalkit._util.escape import visible
from evalkit._util.formatting import bare
from evalkit.report.formats import Samples
from evalkit.report.view.decisions import DecisionRow, decision_rows, gate_of, verdict_sentence
from evalkit.results import Results

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-�\U00010000-\U0010ffff]")


def render_junit(results: Results, samples: Samples) -> str:
    """The file that CI systems show as tests: one test a measure, and one for the verdict as a whole."""
    suite = ET.Element("testsuite", name="evalkit gate")
    for row in decision_rows(results):
        _add_decision(suite, results, row)
    _add_verdict(suite, results)
    return _text(suite)


def render_unfinished(problem: str, remedy: str, *, state: str = "no verdict") -> str:
    """The file for a gate that did not come to its end: a single error, whose type is the state."""
    suite = ET.Element("testsuite", name="evalkit gate")
    case = ET.SubElement(suite, "testcase", classname="evalkit.gating.run", name="verdict")
    ET.SubElement(case, "error", message=_clean(problem), type=state).text = _clean(remedy)
    return _text(suite)


def _add_decision(suite: ET.Element, results: Results, row: DecisionRow) -> None:
    name = _clean(row.measure if row.against == "baseline" else f"{row.measure} ({row.against})")
    case = ET.SubElement(suite, "testcase", classname=f"evalkit.gating.run.{_clean(results.candidates[0]['name'])}", name=name)
    text = _clean(f"{row.label}: {row.change}, margin {row.allowed}, set by {row.margin_source}; {row.decision}")
    critical, supporting = row.tier == "critical" and row.against == "baseline", row.tier in ("critical", "supporting")
    if supporting and row.decision == "regression":
        ET.SubElement(case, "failure", message=text, type="regression").text = _clean(gate_of(results)["command"])
    elif (critical and row.decision == "inconclusive") or (
        supporting and row.decision == "not measured" and row.against == "baseline"
    ):
        ET.SubElement(case, "error", message=text, type=row.decision).text = _clean(row.reason or "")
    else:
        ET.SubElement(case, "system-out").text = text


def _add_verdict(suite: ET.Element, results: Results) -> None:
    case = ET.SubElement(suite, "testcase", classname=f"evalkit.gating.run.{_clean(results.candidates[0]['name'])}", name="verdict")
    text = _clean(f"{results.verdict}: {bare(verdict_sentence(results))}")
    if results.exit_code == 1:
        ET.SubElement(case, "failure", message=text, type="regression").text = _clean(gate_of(results)["command"])
    elif results.exit_code:
        detail = [f"{e['field']}: baseline {e['baseline']}, candidate {e['candidate']}" for e in gate_of(results)["not_comparable"]]
        ET.SubElement(case, "error", message=text, type=str(results.verdict).lower()).text = _clean("\n".join(detail))
    else:
        ET.SubElement(case, "system-out").text = text


def _text(suite: ET.Element) -> str:
    cases: Sequence[ET.Element] = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    suite.set("skipped", "0")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _clean(text: object) -> str:
    """Text that XML can hold: names come from strangers, and XML has no way to write most control characters."""
    return _FORBIDDEN.sub("�", visible(str(text)))
