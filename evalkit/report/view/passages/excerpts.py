"""Marks the passages to read, a `MarkedPassage` each, with the places that findings link to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.report.view.passages.highlight import KINDS, Slice, slices
from evalkit.results import Excerpt, Results
from evalkit.text.canonical import fold
from evalkit.text.passages import Passage

ROLES = {
    "best": "Best",
    "median": "Median",
    "worst": "Worst",
    "random": "At random",
    "example": "For an overused word",
    "human": "Human",
}
FLAWS = {
    "nonword": ("unknown word", "unknown words"),
    "copied": ("copied stretch", "copied stretches"),
    "shadow": ("stretch along the corpus", "stretches along the corpus"),
    "loop": ("loop", "loops"),
    "overused": ("overused word", "overused words"),
}
"""Kind of flaw -> its name for one and for several."""
BEGINNING = 300
"""Characters of a passage that are read at once; the rest is folded."""
LONGEST = 700
"""Characters of a passage that the page has at most; results.json has more."""
_LEAST_REST = 40
"""Characters for which nothing is folded."""


@dataclass(frozen=True)
class MarkedPassage:
    """A passage to read.

    Args:
        passage: its id.
        anchor: what links to it use.
        role, title, note: how it was chosen, that for people, and what to know of it.
        head, rest: its beginning and what is folded, with their marks.
        n_rest, n_chars: characters that are folded, and of the whole passage.
        counts: kind of flaw -> how often.
        words: overused word -> the anchor of its first occurrence here.
        sources: documents that it copies or follows, numbered from 1 by their order.
        audited: what the audit found in it.
    """

    passage: str
    anchor: str
    role: str
    title: str
    note: str
    head: Sequence[Slice]
    rest: Sequence[Slice]
    n_rest: int
    n_chars: int
    counts: Mapping[str, int]
    words: Mapping[str, str]
    sources: Sequence[str]
    audited: str

    @property
    def kinds(self) -> str:
        """The kinds of flaw that it has."""
        return " ".join(self.counts)

    @property
    def has_surprise(self) -> bool:
        """Whether the surprise of its characters is known."""
        return any(piece.levels for piece in self.head)


Reading = Mapping[str, Sequence[MarkedPassage]]
"""Candidate -> its passages, "" -> human ones."""


def marked_passages(results: Results, samples: Mapping[str, Sequence[Passage]]) -> dict[str, list[MarkedPassage]]:
    """Passages to read by candidate, "" for human text; files without excerpts give their first samples, unmarked."""
    passages = {}
    for number, name in enumerate(["", *(candidate["name"] for candidate in results.candidates)]):
        excerpts = list(results.excerpts.get(name, ())) or [_plain(passage) for passage in samples.get(name, ())[:2]]
        found = audited_passages(results, name)
        passages[name] = [_marked(excerpt, f"s{number}-{i}", found.get(excerpt.id, "")) for i, excerpt in enumerate(excerpts)]
    return passages


def audited_passages(results: Results, name: str) -> dict[str, str]:
    """Passage id -> what the audit found in it; of each check only the first passage is known."""
    audit = results.audit.of(name) if results.audit is not None and name else None
    found: dict[str, list[str]] = {}
    for finding in audit.found if audit is not None else ():
        if finding.passage is not None and results.audit is not None:
            found.setdefault(finding.passage, []).append(str(results.audit.checks[finding.metric]["label"]))
    return {passage: ", ".join(labels) for passage, labels in found.items()}


def _marked(excerpt: Excerpt, anchor: str, audited: str) -> MarkedPassage:
    """An excerpt ready for the page."""
    excerpt = _shortened(excerpt)
    words = _first_places(excerpt)
    anchors = {start: f"{anchor}-{i}" for i, start in enumerate(words.values())}
    counts = {kind: sum(span.kind == kind for span in excerpt.spans) for kind in KINDS}
    cut = _cut(excerpt.text)
    pieces = slices(excerpt.text, excerpt.spans, anchors, surprise=excerpt.surprise, cut=cut)
    head = _first(pieces, cut)
    return MarkedPassage(
        passage=excerpt.id,
        anchor=anchor,
        role=excerpt.role,
        title=ROLES[excerpt.role],
        note=", ".join(_notes(excerpt)),
        head=pieces[:head],
        rest=pieces[head:],
        n_rest=len(excerpt.text) - cut,
        n_chars=excerpt.n_chars,
        counts={kind: n for kind, n in counts.items() if n},
        words={word: anchors[start] for word, start in words.items()},
        sources=list(dict.fromkeys(span.source for span in excerpt.spans if span.source)),
        audited=audited,
    )


def _shortened(excerpt: Excerpt) -> Excerpt:
    """An excerpt with as much text as the page has room for."""
    spans = [replace(span, end=min(span.end, LONGEST)) for span in excerpt.spans if span.start < LONGEST]
    return replace(excerpt, text=excerpt.text[:LONGEST], spans=spans, surprise=excerpt.surprise and excerpt.surprise[:LONGEST])


def _cut(text: str) -> int:
    """Where the beginning of a text ends: at a space if there is one, at the end if little would be left.

    >>> _cut("word " * 100), _cut("short"), _cut("x" * 400)
    (299, 5, 300)
    """
    if len(text) <= BEGINNING + _LEAST_REST:
        return len(text)
    space = max(text.rfind(" ", BEGINNING - 30, BEGINNING), text.rfind("\n", BEGINNING - 30, BEGINNING))
    return BEGINNING if space < 0 else space


def _first(pieces: Sequence[Slice], n_chars: int) -> int:
    """How many pieces make up the first characters; one ends there."""
    total = 0
    for i, piece in enumerate(pieces):
        if total >= n_chars:
            return i
        total += len(piece.text)
    return len(pieces)


def _first_places(excerpt: Excerpt) -> dict[str, int]:
    """Overused word -> where it first stands."""
    places: dict[str, int] = {}
    for span in excerpt.spans:
        if span.kind == "overused" and span.start < len(excerpt.text):
            places.setdefault(fold(excerpt.text[span.start : span.end]), span.start)
    return places


def _notes(excerpt: Excerpt) -> Iterable[str]:
    if excerpt.distance is not None:
        yield f"distance {excerpt.distance:.2f}"
    yield excerpt.document or f"passage {excerpt.id}"


def _plain(passage: Passage) -> Excerpt:
    return Excerpt(role="random", id=passage.id, text=passage.text[:LONGEST], n_chars=len(passage.text), document=passage.document)


def flaw_kinds(passages: Reading) -> list[str]:
    """The kinds of flaw that some candidate's passage has."""
    kinds = {kind for name, marked in passages.items() if name for passage in marked for kind in passage.counts}
    return [kind for kind in FLAWS if kind in kinds]
