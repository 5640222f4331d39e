"""Says in at most a screen a candidate why it differs from human text: `explanation_lines`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from evalkit._util.escape import visible
from evalkit._util.formatting import spoken
from evalkit.report.terminal.first_screen import LINES
from evalkit.report.view.judging.marks import within_range
from evalkit.results import Contribution, Results, Trace, WordUse

_MOST_TRACES, _MOST_WORDS, _MOST_MEASURES, _MOST_ITEMS = 3, 5, 8, 6
"""Lines of each kind at most, and items of a line; together with their heads they make less than a screen."""


def explanation_lines(results: Results, *, width: int) -> Iterator[list[str]]:
    """The lines of each candidate that has something to say, none longer than the screen is wide.

    Args:
        results: of a run; the page has all that is left out here.
        width: columns of the screen.
    """
    for name in dict.fromkeys([*results.traces, *results.explanations]):
        sections = [*_alignments(results, name), *_words(results, name), *_measures(results, name)]
        if sections:
            head = textwrap.wrap(visible(f"Why {name} differs from human text"), width)
            yield [*head[:2], *(_cut(line, width) for line in sections)][:LINES]


def _alignments(results: Results, name: str) -> Iterator[str]:
    traces = sorted(results.traces.get(name, ()), key=lambda trace: -trace.n_chars)
    if traces:
        yield f"Where it runs along the corpus{_of(len(traces), _MOST_TRACES)}:"
    yield from map(_alignment, traces[:_MOST_TRACES])


def _alignment(trace: Trace) -> str:
    document = f"{trace.document} (held out)" if trace.held_out else trace.document
    quote = " ".join(trace.source_text.split())
    place = f'{trace.n_chars:,} characters of {trace.passage} along {document}, {100 * trace.agreement:.0f} % alike: "{quote}"'
    return f"  {visible(place)}"


def _words(results: Results, name: str) -> Iterator[str]:
    if name not in results.explanations:
        return
    words, tested = results.explanations[name].words, results.explanations[name].n_words_tested
    often, rarely = [use for use in words if use.z > 0], [use for use in words if use.z < 0]
    if often:
        yield f"Words it uses too often, per 10,000, and the corpus's rate{_of(len(often), _MOST_WORDS)}; {tested:,} tested:"
    yield from map(_often, often[:_MOST_WORDS])
    if rarely:
        yield f"Words it uses too rarely{_of(len(rarely), _MOST_ITEMS)}:"
        yield f"  {', '.join(visible(_rates(use)) for use in rarely[:_MOST_ITEMS])}"


def _often(use: WordUse) -> str:
    quote = f': "{" ".join(use.places[0].text.split())}"' if use.places else ""
    return f"  {visible(_rates(use))}{visible(quote)}"


def _rates(use: WordUse) -> str:
    return f"{use.word} {_rate(use.per_10k)} ({_rate(use.reference_per_10k)})"


def _rate(per_10k: float) -> str:
    """A rate to a tenth.

    >>> _rate(0.0), _rate(0.02), _rate(12.34)
    ('0', 'below 0.1', '12.3')
    """
    return "0" if per_10k == 0 else "below 0.1" if per_10k < 0.05 else f"{per_10k:,.1f}"


def _measures(results: Results, name: str) -> Iterator[str]:
    """The largest parts of the measures that were taken apart, those farthest from human text first."""
    if name not in results.explanations:
        return
    parts: dict[str, list[Contribution]] = {}
    for part in results.explanations[name].contributions:
        if _is_sure(part):
            parts.setdefault(part.metric, []).append(part)
    # The strict variants of endings say the same again.
    order = sorted((id_ for id_ in parts if not id_.endswith("_strict")), key=lambda id_: -_off(results, name, id_))
    if order:
        yield f"What measures consist of, as far as chance does not explain it{_of(len(order), _MOST_MEASURES)}:"
    yield from (_measure(results, id_, parts[id_]) for id_ in order[:_MOST_MEASURES])


def _measure(results: Results, id_: str, parts: Sequence[Contribution]) -> str:
    metric = results.metrics[id_]
    scale, unit = (100.0, "points") if metric["unit"] == "share" else (1.0, str(metric["unit"]))
    about = ", words not among them" if metric.get("apart") == "missing words" else ""
    items = [f"{part.item} {_signed(scale * part.contribution)}" for part in parts[:_MOST_ITEMS]]
    label = metric["label"]
    return visible(f"  {label} ({unit}{about}): {', '.join(items)}")


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else chr(0x2212) if value < 0 else ''}{spoken(abs(value))}"


def _is_sure(part: Contribution) -> bool:
    """Whether chance does not explain it."""
    return part.low is None or part.high is None or not part.low <= 0 <= part.high


def _off(results: Results, name: str, id_: str) -> float:
    """How far a measure is from human text, in floor units; 1 or 0 in older files, by the human range."""
    row = results.row(name, id_)
    if row is None or row.value is None:
        return 0.0
    if row.distance is not None:
        return abs(row.distance)
    return 1.0 if within_range(row, results.metrics[id_]) is False else 0.0


def _of(n: int, most: int) -> str:
    return f" ({most} of {n:,})" if n > most else ""


def _cut(line: str, width: int) -> str:
    """A line that fits the screen, cut between words: half a number is another number."""
    if cell_len(line) <= width:
        return line
    start = set_cell_size(line, width - 1)
    return f"{start.rpartition(' ')[0].rstrip(', ') or start.rstrip()} …"[:width]
