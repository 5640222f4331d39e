"""Measures of how many cheats, samples that look right and are not, the gravest fault is of the right kind (`gravest`, `EXPECTED`)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.judgment.judge import METRICS, Judge, Judged, reference_of
from benchmarks.pools import share_with_interval
from evalkit.evaluation.audit import Auditor
from evalkit.evaluation.candidates import Drawn, parse_candidate, read_samples
from evalkit.evaluation.reference import Reference
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.shape import equal_shape, samples_at_shape
from evalkit.results import CandidateAudit
from evalkit.text.io.options import ReadOptions

HUMAN = "human"
"""The kind of a text in which no fault is found."""
NOVELTY, SHADOW, UNLIKE = "novelty.chars_20", "copy.shadow", "passages.far"
MUCH = 0.1
"""The share of a text from which on it is called copied."""
_NEAR = 0.02
_DISORDER = {"order.context": -1, "order.avoided": 1}
"""Metric -> the side on which words do not follow each other."""
EXPECTED = {
    "human": (HUMAN,),
    "memorised": ("originality",),
    "training_sentences": ("originality",),
    "char_12": ("originality",),
    "char_9": ("originality",),
    "words_shuffled": ("order",),
    "words_shuffled_in_sentences": ("order",),
    "phrases": ("order",),
    "words_replaced_10": ("order",),
    "words_replaced_40": ("order",),
    "typos_1_percent": ("vocabulary",),
    "typos_half_percent": ("vocabulary",),
    "one_passage": ("audit.identical",),
    "twenty_passages": ("audit.identical",),
    "each_passage_twice": ("audit.identical",),
    "loop_second_half": ("audit.loops", "variety"),
    "loop_last_fifth": ("audit.loops", "variety"),
    "loop_in_three_of_ten": ("audit.loops", "variety"),
    "noise_2_percent": ("passages.far", "passages.outside"),
    "noise_10_percent": ("passages.far", "passages.outside"),
    "empty_15_percent": ("audit.empty",),
    "error_15_percent": ("audit.error",),
    "lower_case": ("form",),
    "no_punctuation": ("form",),
    "no_quotes": ("form",),
    "one_word_a_line": ("form.lines", "form.paragraphs", "form"),
    "rewrapped": ("form.lines", "form.paragraphs", "form"),
    "zero_width": ("audit.invisible",),
    "guessed_along": ("copy.shadow", "originality"),
}
"""File -> the checks of the audit, families or metrics of which the gravest fault must be one."""


@dataclass(frozen=True)
class Fault:
    """The gravest fault of a text.

    Args:
        kind: a check of the audit, a family, or `HUMAN`.
        metric: of the family, the one that is farthest off.
        distance: of that metric, in floor units.
    """

    kind: str
    metric: str = ""
    distance: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} ({self.metric} {self.distance:.1f})" if self.metric else self.kind

    def is_one_of(self, expected: Sequence[str]) -> bool:
        """Whether it is of one of these kinds."""
        return self.kind in expected or self.metric in expected


def gravest(found: Judged, audit: CandidateAudit, leads: Sequence[str]) -> Fault:
    """The gravest fault by results alone, before any words are found for it.

    What the audit leads with comes first; then copying, beside which nothing else counts; then passages that are nothing like human ones, which
    spoil all other measures; then, of a text that is told from human text, the farthest family. Words that change places take capitals and
    marks with them.
    """
    for finding in audit.findings:
        if finding.metric in leads and finding.beyond_human:
            return Fault(finding.metric)
    if found.test is None or not found.test.told or not found.families:
        return Fault(HUMAN)
    by_copying = [(1 - found.values[NOVELTY], NOVELTY, -1), (found.values[SHADOW], SHADOW, 1)]
    for share, metric, side in by_copying:
        if share > MUCH and side * found.distances[metric] > 1:
            return Fault("originality", metric, found.distances[metric])
    if found.distances[UNLIKE] > found.test.limit and found.values[UNLIKE] <= 0.5:
        return Fault("variety", UNLIKE, found.distances[UNLIKE])
    family = max(found.families, key=lambda family: family.value)
    disorder = next((other for other in found.families if _DISORDER.get(other.metric, 0) * other.distance > 0), None)
    if disorder is not None and family.family == "form" and family.value <= 2 * disorder.value:
        family = disorder
    return Fault(str(family.family), family.metric, family.distance)


class Cheats:
    """Judges files of samples as `score` does.

    Args:
        reference: what they are compared with.
        n_chars: characters of a passage; None takes those of each file.
        seed: of the human floor.
    """

    def __init__(self, reference: Reference, n_chars: int | None, *, seed: int = 0) -> None:
        self.reference, self.n_chars, self.seed = reference, n_chars, seed
        self.auditor = Auditor(reference.split)
        self.leads = [check.id for check in self.auditor.checks if check.leads]
        self._judges: dict[int, Judge] = {}

    def fault(self, path: Path) -> Fault:
        """The gravest fault of a file."""
        drawn, n_chars = self._drawn(path)
        audit = self.auditor.audit(path.stem, drawn.given, drawn.passages, n_chars=n_chars)
        return gravest(self._judge(n_chars).judge(drawn.passages), audit, self.leads)

    def _judge(self, n_chars: int) -> Judge:
        """A judge of passages of this length, or of one that hardly differs: files are cut between words, each at its own length."""
        near = (length for length in self._judges if abs(length - n_chars) <= _NEAR * n_chars)
        length = next(near, n_chars)
        if length not in self._judges:
            self._judges[length] = Judge(self.reference, length, seed=self.seed)
        return self._judges[length]

    def _drawn(self, path: Path) -> tuple[Drawn, int]:
        candidate = parse_candidate(str(path))
        corpus, split = self.reference.corpus, self.reference.split
        request = CompareRequest(candidates=[candidate], corpus=corpus, split=split, metrics=METRICS, n_chars=self.n_chars)
        samples = read_samples(candidate, ReadOptions())
        shape = equal_shape(request, {candidate.name: samples}, self.reference)
        return samples_at_shape(candidate, samples, shape, seed=self.seed), shape.n_chars


def faults(cheats: Cheats, folders: Sequence[Path]) -> Iterator[tuple[Path, Fault]]:
    """The gravest fault of every file whose kind is known."""
    for folder in folders:
        for path in sorted(folder.glob("*.jsonl")):
            if path.stem in EXPECTED:
                yield path, cheats.fault(path)


def measure(corpus: str, given: argparse.Namespace) -> None:
    """Prints the share of files whose gravest fault is of the right kind, and those of another, as Markdown."""
    if not given.cheats:
        print("cheats: skipped, since no folder of them is given with --cheats\n")
        return
    cheats = Cheats(reference_of(corpus, given.held_out), given.cut, seed=given.seed)
    print("| file | gravest fault | wanted |\n|---|---|---|")
    right = n = 0
    for path, fault in faults(cheats, given.cheats):
        is_right = fault.is_one_of(EXPECTED[path.stem])
        right, n = right + is_right, n + 1
        mark = "" if is_right else "**"
        print(f"| {path.parent.name}/{path.stem} | {mark}{fault}{mark} | {' or '.join(EXPECTED[path.stem])} |", flush=True)
    print(f"\nOf {n} files, {share_with_interval(right, n)} % have a gravest fault of the right kind.\n")
