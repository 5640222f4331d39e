"""Draws all passages: how far each is from the corpus, human text first, before the range of human passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evalkit.report.figures.canvas import Canvas, Plan, label_width, short, short_name
from evalkit.report.figures.drawings.candidates import aside, judged, noise, nouns, spoken_name
from evalkit.report.figures.drawings.lines import step_of
from evalkit.report.figures.theme import MARKERS
from evalkit.report.view.ranking import Ranking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 24.0
_NAMES, _NOTES = 170.0, 44.0
_FEWEST = 20
"""Human passages from which 95 % of them are a range."""
_HUMAN = "human text"


@dataclass(frozen=True)
class _Strip:
    """The distances of a text's passages, and the share beyond the human range; None where that is not known."""

    name: str
    label: str
    distances: Sequence[float]
    beyond: float | None


def plan(ranking: Ranking) -> Plan | None:
    """The figure; None where no distances of passages are stored."""
    texts = ranking.results.texts
    human = sorted(far for far in texts[""].distances if far is not None) if "" in texts else []
    edge = human[-1 - len(human) // 20] if len(human) >= _FEWEST else None
    names = [name for name in ranking.names if name in texts]
    strips = [
        _strip(name, label, texts[name].distances, edge)
        for name, label in [("", _HUMAN), *((name, ranking.head(name)) for name in names)]
        if name in texts and any(far is not None for far in texts[name].distances)
    ]
    if not any(strip.name for strip in strips):
        return None
    return Plan(
        finding=_finding(ranking, strips),
        how="Each passage's distance from the corpus: 0 none, 1 random letters. Band: 95 % of held-out human passages. "
        "● inside, ◆ outside, ○ range unknown; at the right the share outside.",
        alt=" ".join(_in_words(strip) for strip in strips),
        height=ROW * len(strips) + 22,
        draw=lambda canvas: _draw(canvas, ranking, strips, edge),
    )


def _strip(name: str, label: str, distances: Sequence[float | None], edge: float | None) -> _Strip:
    known = [far for far in distances if far is not None]
    return _Strip(name, label, known, None if edge is None else sum(far > edge for far in known) / len(known))


def _finding(ranking: Ranking, strips: Sequence[_Strip]) -> str:
    shares = {strip.name: strip.beyond for strip in strips if strip.name in judged(ranking)}
    known = [share for share in shares.values() if share is not None]
    if not known:
        return "How far each passage is from the corpus"
    low, high = f"{100 * min(known):.0f}", f"{100 * max(known):.0f}"
    who = spoken_name(next(iter(shares))) if len(shares) == 1 else f"each {nouns(ranking)[:-1]}"
    of = f"{low} %" if low == high else f"{low} to {high} %"
    return f"{of} of the passages of {who} are farther from the corpus than 95 % of human ones{aside(ranking)}"


def _in_words(strip: _Strip) -> str:
    middle = sorted(strip.distances)[len(strip.distances) // 2]
    beyond = "" if strip.beyond is None else f", {100 * strip.beyond:.0f} % outside the human range"
    return f"{short(strip.label, 120)}: {len(strip.distances)} passages, median {middle:.2f}{beyond}."


def _draw(canvas: Canvas, ranking: Ranking, strips: Sequence[_Strip], edge: float | None) -> None:
    left = label_width([strip.label for strip in strips], min(_NAMES, 0.36 * canvas.width))
    axes = canvas.axes(left, 0, _NOTES, 22)
    farthest = max(far for strip in strips for far in strip.distances)
    axes.set_xlim(0, max(0.1, 1.02 * farthest))
    axes.set_ylim(len(strips) - 0.5, -0.5)
    # Seaborn asks every tick for its label, and would make those that matplotlib chose.
    axes.set_xticks([])
    axes.set_yticks([])
    if edge is not None:
        axes.axvspan(0, edge, color=canvas.palette.band, linewidth=0, zorder=0)
    grey = noise(ranking)
    for is_noise in (False, True):
        mine = [(place, strip) for place, strip in enumerate(strips) if (strip.name in grey) is is_noise]
        _points(canvas, axes, mine, edge, is_noise=is_noise)
        for place, strip in mine:
            if strip.beyond is not None:
                colour = canvas.palette.muted if is_noise else canvas.palette.ink
                canvas.say(axes, axes.get_xlim()[1], place, f"{100 * strip.beyond:.0f} %", dx=_NOTES, ha="right", colour=colour)
    axes.set(xlabel="", ylabel="")
    step = step_of(axes.get_xlim()[1])
    axes.set_xticks([round(step * n, 6) for n in range(6) if step * n <= axes.get_xlim()[1]])
    axes.set_yticks(range(len(strips)), [short_name(strip.label, left - 10) for strip in strips])
    for label, strip in zip(axes.get_yticklabels(), strips, strict=True):
        label.set_color(canvas.palette.muted if strip.name in grey else canvas.palette.ink)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _points(canvas: Canvas, axes: Axes, strips: Sequence[tuple[int, _Strip]], edge: float | None, *, is_noise: bool) -> None:
    """The passages of some texts, by one call of seaborn's for each mark."""
    import numpy as np
    import seaborn as sns

    points = [(far, place, None if edge is None else far <= edge) for place, strip in strips for far in strip.distances]
    for state, marker in MARKERS.items():
        mine = [(far, place) for far, place, found in points if found is state]
        if not mine:
            continue
        own, hollow = canvas.colour_of(state, noise=is_noise), state is None
        before = len(axes.collections)
        sns.stripplot(
            x=[far for far, _ in mine], y=[place for _, place in mine], ax=axes, orient="h", native_scale=True, jitter=False, legend=False,
            size=canvas.px(4.6), marker=marker, color=canvas.palette.paper if hollow else own, edgecolor=own,
            linewidth=canvas.px(1) if hollow else 0, alpha=1 if hollow else 0.65, clip_on=False, zorder=3,
        )  # fmt: skip
        for dots in axes.collections[before:]:
            # Spread by a fixed sequence: seaborn's own jitter is random, and the same results must give the same figure.
            places = [(float(x), float(y)) for x, y in np.asarray(dots.get_offsets()).tolist()]
            dots.set_offsets([(x, y + up) for (x, y), up in zip(places, _heights(len(places)), strict=True)])


def _heights(n: int) -> list[float]:
    """Places across a strip that spread neighbours evenly, by van der Corput's sequence.

    >>> _heights(4)
    [-0.28, 0.0, -0.14, 0.14]
    """
    places = []
    for i in range(n):
        value, part, rest = 0.0, 0.5, i
        while rest:
            value, rest, part = value + part * (rest % 2), rest // 2, part / 2
        places.append(round(0.56 * (value - 0.5), 4))
    return places
