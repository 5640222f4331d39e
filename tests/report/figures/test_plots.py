"""Every plot of the registry: on the caller's axes, in a figure of its own, in a notebook, and in the docs."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import pytest

from evalkit.errors import UsageError
from evalkit.report.figures.plots import PLOTS, plot
from tests.support.paths import ROOT
from tests.support.results import FIVE, results
from tests.support.runs import checkpoints_of, swept

RUN = replace(results(FIVE), learning=[checkpoints_of("net")])


def subject(entry):
    """Results that have this plot, and the name that it is of."""
    return {"candidate": (RUN, "lstm"), "model": (RUN, "net"), "run": (swept(), None)}[entry.of]


@pytest.fixture(params=PLOTS, ids=[entry.name for entry in PLOTS])
def entry(request):
    return request.param


def test_every_plot_draws_something_on_the_callers_axes_and_returns_them(entry):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    run, name = subject(entry)
    assert run.plot(entry.name, name, axes=axes) is axes
    assert axes.lines
    assert axes.get_xlabel()


def test_every_plot_shows_itself_once_in_a_notebook(entry):
    """By the image that a cell's value offers; pyplot, whose figures a notebook shows at the end of the cell, knows nothing of it."""
    run, name = subject(entry)
    before = plt.get_fignums()
    axes = run.plot(entry.name, name)
    image = axes._repr_png_()
    assert image.startswith(b"\x89PNG")
    assert len(image) > 2_000
    assert plt.get_fignums() == before
    assert axes.figure.axes == [axes]


def test_every_plot_has_room_for_its_labels(entry):
    run, name = subject(entry)
    axes = run.plot(entry.name, name)
    axes.figure.canvas.draw()
    box, (width, height) = axes.get_tightbbox(), axes.figure.bbox.size
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= width
    assert box.y1 <= height


def test_labels_are_plain_text(entry):
    """No label shows the source of a formula, whoever's settings it is drawn with."""
    run, name = subject(entry)
    axes = run.plot(entry.name, name)
    axes.figure.draw_without_rendering()
    labels = [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts)]
    assert any(labels)
    assert [label for label in labels if "$" in label or "\\" in label] == []


def test_every_plot_needs_a_name_of_its_run(entry):
    run, name = subject(entry)
    if name is None:
        assert plot(run, entry.name)
        return
    with pytest.raises(UsageError, match=f'no (candidate|trained model) "{name}s"') as error:
        plot(run, entry.name, f"{name}s")
    assert f'"{name}"' in error.value.remedy


def test_every_plot_is_in_the_docs(entry):
    text = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    assert f"| `{entry.name}` | {entry.of} | {entry.summary} |" in text


def test_an_unknown_plot_is_refused_with_those_that_there_are():
    with pytest.raises(UsageError, match='no figure "letter"') as error:
        plot(RUN, "letter", "lstm")
    assert all(entry.name in error.value.remedy for entry in PLOTS)
