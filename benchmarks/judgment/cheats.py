"""Measures of how many cheats, samples that look right and are not, `score` names the right fault first (`Cheats`, `EXPECTED`)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.judgment.judge import OF_TEXT
from benchmarks.pools import share_with_interval
from evalkit.counts.feature import Layout
from evalkit.evaluation.candidates import parse_candidate
from evalkit.evaluation.compare import compare
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.request import CompareRequest
from evalkit.metrics import AuditMetric, Metric, main_metrics, select
from evalkit.metrics.registry import catalogue, of_kind
from evalkit.report.view.audit import gravest as gravest_finding
from evalkit.report.view.conclusion import conclude
from evalkit.report.view.judging.faults import disqualifying, gravest, is_told
from evalkit.report.view.ranking import Ranking
from evalkit.results import Results
from evalkit.text.corpus import read_corpus, split_corpus

HUMAN = "human"
"""The kind of a text that cannot be told from human text."""
METRICS = select(main_metrics())
_COPIES = ("copies", "originality")
_LOOPS = ("audit.loops", "collapsed", "variety")
_UNLIKE = ("passages.far", "passages.outside", "audit.unknown_words")
_LAYOUT = ("form.lines", "form.paragraphs", "form")
EXPECTED: dict[str, tuple[str, ...]] = {
    "human": (HUMAN,),
    "memorised": ("copies", "audit.identical"),
    "training_sentences": ("copies",),
    "char_12": ("copies",),
    "char_9": _COPIES,
    **dict.fromkeys(("words_shuffled", "words_shuffled_in_sentences", "phrases"), ("order",)),
    **dict.fromkeys(("words_replaced_10", "words_replaced_40"), ("order",)),
    **dict.fromkeys(("typos_1_percent", "typos_half_percent"), ("vocabulary",)),
    **dict.fromkeys(("one_passage", "twenty_passages", "each_passage_twice"), ("audit.identical",)),
    **dict.fromkeys(("loop_second_half", "loop_last_fifth", "loop_in_three_of_ten"), _LOOPS),
    **dict.fromkeys(("noise_2_percent", "noise_10_percent"), _UNLIKE),
    "empty_15_percent": ("audit.empty",),
    "error_15_percent": ("audit.error",),
    **dict.fromkeys(("lower_case", "no_punctuation", "no_quotes"), ("form",)),
    **dict.fromkeys(("one_word_a_line", "rewrapped"), _LAYOUT),
    "zero_width": ("audit.invisible",),
    "guessed_along": ("follows",),
}
"""File -> the kinds of fault of which the first that is said must be one: a check of the audit, "copies", "follows" or "collapsed", a family of
metrics, or a metric."""


@dataclass(frozen=True)
class Fault:
    """The fault that is said first.

    Args:
        kind: of the fault, as in `EXPECTED`.
        metric: that shows it; empty where it is no metric's.
        sentence: what is said.
    """

    kind: str
    metric: str = ""
    sentence: str = ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.metric})" if self.metric else self.kind

    def is_one_of(self, expected: Sequence[str]) -> bool:
        """Whether it is of one of these kinds."""
        return self.kind in expected or self.metric in expected


def first_fault(results: Results) -> Fault:
    """The fault that a score says first."""
    ranking, sentence = Ranking(results), conclude(results).sentence
    name = str(results.candidates[0]["name"])
    for fault in disqualifying(ranking, name):
        audit = results.audit.of(name) if results.audit else None
        finding = gravest_finding(results, audit) if fault.kind == "audit" and audit else None
        return Fault(finding.metric if finding else fault.kind, sentence=sentence)
    metric = gravest(ranking, name) if is_told(ranking, name) else None
    if metric is None:
        return Fault(HUMAN, sentence=sentence)
    return Fault(str(ranking.metrics[metric]["family"]), metric, sentence)


@dataclass(frozen=True, kw_only=True)
class _Request(CompareRequest):
    """A request whose reference was read before."""

    read_before: Reference

    def reference(self) -> Reference:
        return self.read_before


class Cheats:
    """Scores files of samples as `evalkit score` does, with one reference for all of them.

    Args:
        reference: what they are compared with.
        n_chars: characters of a passage; None takes those of each file.
        seed: of the human floor and of everything else that is drawn.
    """

    def __init__(self, reference: Reference, n_chars: int | None, *, seed: int = 0) -> None:
        self.reference, self.n_chars, self.seed = reference, n_chars, seed

    def fault(self, path: Path) -> Fault:
        """The fault that a score of a file says first."""
        request = _Request(
            candidates=[parse_candidate(str(path))],
            corpus=self.reference.corpus,
            split=self.reference.split,
            metrics=METRICS,
            n_chars=self.n_chars,
            seed=self.seed,
            kind="score",
            read_before=self.reference,
        )
        return first_fault(compare(request).results)


def reference_of(corpus: str, held_out: str | None = None) -> Reference:
    """A corpus, split and counted for all metrics of a score."""
    documents = read_corpus(corpus)
    return Reference(documents, split_corpus(documents, held_out=held_out), Layout.of(of_kind(METRICS, Metric)), cached=True)


def kinds() -> set[str]:
    """All kinds of fault that may be expected."""
    families = {str(metric.family) for metric in OF_TEXT}
    return {HUMAN, "copies", "follows", "collapsed", *families, *(metric.id for metric in METRICS), *catalogue(AuditMetric)}


def faults(cheats: Cheats, folders: Sequence[Path]) -> Iterator[tuple[Path, Fault]]:
    """The first fault of every file whose kind is known."""
    for folder in folders:
        for path in sorted(folder.glob("*.jsonl")):
            if path.stem in EXPECTED:
                yield path, cheats.fault(path)


def measure(corpus: str, given: argparse.Namespace) -> None:
    """Prints the first fault of each file, and the share of those that are of the right kind, as Markdown."""
    if not given.cheats:
        print("cheats: skipped, since no folder of them is given with --cheats\n")
        return
    cheats = Cheats(reference_of(corpus, given.held_out), given.cut, seed=given.seed)
    print("| file | first fault | wanted | what is said |\n|---|---|---|---|")
    right = n = 0
    for path, fault in faults(cheats, given.cheats):
        is_right = fault.is_one_of(EXPECTED[path.stem])
        right, n = right + is_right, n + 1
        mark = "" if is_right else "**"
        wanted, sentence = " or ".join(EXPECTED[path.stem]), fault.sentence.replace("|", "\\|")
        print(f"| {path.parent.name}/{path.stem} | {mark}{fault}{mark} | {wanted} | {sentence} |", flush=True)
    print(f"\nOf {n} files, the first fault of {share_with_interval(right, n)} % is of the right kind.\n")
