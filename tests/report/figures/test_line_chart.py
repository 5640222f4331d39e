"""Curves before the human range, and figures as small SVG."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from evalkit._util.escape import visible
from evalkit.report.figures import style as figures
from evalkit.report.figures.curves import Band, Curve, Point
from evalkit.report.figures.line_chart import MANY, draw, medians
from evalkit.report.figures.svg import to_svg


def drawn(*curves, bands=(), log=False):
    with figures.style():
        figure, axes = figures.panel(340, 190)
        draw(axes, list(curves), list(bands), log=log)
        axes.set_xlim(-1, max(point.x for curve in curves for point in curve.points) + 1)
        return axes, to_svg(figure)


def points(n, *, width=0.5, within=True):
    return [Point(i, 10.0 + i % 7, (10.0 + i % 7 - width, 10.0 + i % 7 + width), within) for i in range(n)]


def test_neighbours_become_their_median_within_all_their_intervals():
    found = medians([Point(0, 1.0, (0.0, 2.0)), Point(1, 5.0, (4.0, 9.0)), Point(2, 2.0), Point(3, 7.0)], 3)
    assert found == [Point(1.0, 2.0, (0.0, 9.0)), Point(3.0, 7.0, (7.0, 7.0))]


def test_a_thousand_points_make_a_small_figure():
    small, large = (len(drawn(Curve(points(n)))[1]) for n in (MANY, 1000))
    assert large < 2 * small < 40_000


def test_a_line_stops_at_breaks_and_gaps_carry_it_over_missing_runs():
    curve = Curve([Point(0, 1.0), Point(1, None), Point(2, 2.0), Point(3, 3.0)], breaks=[2.5])
    axes, _ = drawn(curve)
    lines = [list(line.get_xdata()) for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata())]
    assert [0, 2] in lines
    assert [3] in lines


def test_outside_is_told_by_shape_and_not_by_colour_alone():
    axes, _ = drawn(Curve([Point(0, 1.0, None, True), Point(1, 2.0, None, False)]))
    marked = {line.get_marker(): list(line.get_xdata()) for line in axes.lines if line.get_marker() in ("o", "D")}
    assert marked == {"o": [0], "D": [1]}


def test_an_open_end_of_the_human_range_reaches_the_edge():
    axes, _ = drawn(Curve(points(3)), bands=[Band(0, 2, 11.0, None)])
    low, high = axes.get_ylim()
    extent = axes.collections[0].get_datalim(axes.transData)
    assert (extent.y0, extent.y1) == pytest.approx((11.0, high))
    assert low < 9.5


def test_an_interval_that_dwarfs_the_values_does_not_set_the_axis():
    axes, _ = drawn(Curve([Point(0, 1.0, (-1e6, 1e6)), Point(1, 2.0)]))
    assert axes.get_ylim()[1] < 10


def test_labels_do_not_overlap():
    axes, _ = drawn(Curve(points(3), "one"), Curve(points(3), "two"), Curve(points(3), "three"))
    heights = sorted(text.xy[1] for text in axes.texts)
    low, high = axes.get_ylim()
    assert min(b - a for a, b in pairwise(heights)) > 0.08 * (high - low)


@pytest.mark.parametrize("label", ["<b>&amp;", "$x^2$", "\0\ud800", "\U0001f600" * 30, "a\nb", "\u202eevil"])
def test_labels_are_text_and_nothing_else(label):
    _, svg = drawn(Curve(points(3), label), Curve(points(3), "other"))
    shown = [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    whole = visible(label)
    assert {"other", whole if len(whole) <= 16 else f"{whole[:15]}\u2026"} <= set(shown)


def test_figures_are_well_formed_alike_each_time_and_small():
    first, second = (drawn(Curve(points(12)), bands=[Band(0, 11, 9.0, 12.0)])[1] for _ in range(2))
    assert first == second
    ET.fromstring(first)
    assert len(first) < 3_500
    assert "matplotlib" not in first
