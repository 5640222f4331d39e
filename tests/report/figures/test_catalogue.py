"""Every figure of the catalogue: in the page, in a notebook, as files, small, well formed and the same each time."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from evalkit.errors import UsageError
from evalkit.report.figures import FIGURES, figure_of, svg_of
from evalkit.report.figures.catalogue import figure_files
from evalkit.report.figures.files import write_figures
from evalkit.report.figures.theme import DARK, LIGHT, PAPER_TEXT, PROPERTIES, SCREEN_TEXT, SERIES, WHITE
from evalkit.report.view.run_diff import Run
from tests.support.drawn import SEVEN, SPECS, TWELVE, drawn
from tests.support.page import HOSTILE
from tests.support.paths import ROOT
from tests.support.processes.pace import yardsticks
from tests.support.results import FIVE, results
from tests.support.runs import checkpoints_of, decision, gated

SVG = "{http://www.w3.org/2000/svg}"
RUN = replace(drawn(), learning=[checkpoints_of("net"), checkpoints_of("other")])
MOST_BYTES = 12_000
"""Of a figure of seven candidates."""
MOST_TIME = 25
"""For all figures of seven candidates, in yardsticks: 2 s where one takes .08 s."""
GATED = gated(decisions=[decision(f"measure.{i}", 0.01 * i, 0.01 * i - 0.03, 0.01 * i + 0.03, verdict="pass") for i in range(14)])
HISTORY = [Run(f"run {i}", drawn(far={"lstm": 2.0 + i}), (), ()) for i in range(5)]
SUBJECTS = dict.fromkeys(FIGURES, RUN) | {"forest": GATED, "frontier": drawn(kind="sweep"), "history": HISTORY}


@pytest.fixture(params=FIGURES)
def name(request):
    return request.param


@cache
def shown(name):
    """The figure of its subject, drawn once for all tests."""
    return svg_of(SUBJECTS[name], name)


def texts_of(svg):
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_figure_is_well_formed_and_the_same_each_time(name):
    first, second = shown(name), svg_of(SUBJECTS[name], name)
    assert first == second
    root = ET.fromstring(first)
    assert not [element.tag for element in root.iter() if element.tag in {f"{SVG}script", f"{SVG}style", f"{SVG}image"}]
    assert not re.search(r" style=| on\w+=|javascript:|url\(", first)


def test_every_figure_says_what_it_shows(name):
    root = ET.fromstring(shown(name))
    title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("aria-describedby") == described.get("id")
    # The finding is the title of the figure too, in as many lines as it needs.
    assert " ".join(texts_of(shown(name))).replace("\u00a0", " ").count(title.text.split(" ")[0])
    assert len(described.text) > len(title.text) / 2
    assert "None" not in described.text.replace("None of", "")


def test_a_group_with_links_is_no_picture():
    """A reader of screens says nothing of what is inside a picture, so that its links could not be found."""
    root = ET.fromstring(shown("heatmap"))
    links = [link.get("href") for link in root.iter(f"{SVG}a")]
    assert root.get("role") == "group"
    assert len(links) == len(set(links)) >= 7
    assert all(link.removeprefix("#row-") in RUN.metrics for link in links)
    assert all(link.find(f"{SVG}text").text for link in root.iter(f"{SVG}a"))
    assert ET.fromstring(shown("ranking")).get("role") == "img"


def test_identifiers_are_unique_on_a_page():
    ids = [id_ for name in FIGURES for id_ in re.findall(r' id="([^"]*)"', shown(name))]
    assert len(ids) == len(set(ids)) == 2 * len(FIGURES)


def test_the_colours_asked_for_are_the_colours_drawn(name):
    """Roles are variables of the page with the light colour behind them; series have colours of their own; nothing is black."""
    svg = shown(name)
    used = set(re.findall(r' (?:fill|stroke)="([^"]*)"', svg))
    roles = {f"var({name},{colour})" for colour, name in PROPERTIES.items()}
    assert used <= roles | set(SERIES) | {"none"}
    assert f"var(--ink,{LIGHT.ink})" in used


def test_hex_colours_of_a_figure_survive_whatever_identifiers_it_has():
    """Ids and colours both begin with a hash; a figure with many colours kept none of them."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from evalkit.report.figures.inline import inline_svg
    from evalkit.report.figures.theme import drawing

    colours = ["#0072b2", "#d55e00", "#009e73", "#aabbcc", "#123456", LIGHT.accent]
    with drawing(LIGHT, SCREEN_TEXT):
        figure = Figure(figsize=(3, 2), dpi=72)
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for i, colour in enumerate(colours):
            axes.plot([0, 1], [i, i], color=colour)
            axes.plot([0.5], [i], marker="o", linestyle="none", color=colour, markeredgewidth=0)
            axes.fill_between([0, 1], i, i + 0.5, color=colour, alpha=0.5, linewidth=0)
        svg = inline_svg(figure, id_="f", title="t", alt="a")
    for colour in colours:
        shown = f"var({PROPERTIES[colour]},{colour})" if colour in PROPERTIES else colour
        assert len(re.findall(rf'(?:fill|stroke)="{re.escape(shown)}"', svg)) == 3, colour
    assert "#000000" not in svg


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_carries_meaning_can_be_seen_on_its_paper(theme):
    """By the contrast ratio of WCAG 2.2: 4.5 for text, 3 for graphics, and series on either paper."""
    palette = {"light": LIGHT, "dark": DARK}[theme]
    for colour in (palette.ink, palette.muted, palette.accent):
        assert contrast(colour, palette.paper) >= 4.5
    for colour in (palette.less, *SERIES):
        assert contrast(colour, palette.paper) >= 3


def contrast(first, second):
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_too_much_and_too_little_differ_for_people_who_confuse_red_and_green():
    """Machado et al. 2009, severity 1: what deuteranopes and protanopes see of both colours is far apart in CIELAB."""
    simulated = {
        "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    }
    for palette in (LIGHT, DARK):
        for matrix in simulated.values():
            assert lab_distance(palette.accent, palette.less, matrix) > 40


def lab_distance(first, second, matrix):
    def lab(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        red, green, blue = (min(1.0, max(0.0, sum(w * p for w, p in zip(row, linear, strict=True)))) for row in matrix)
        x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
        y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
        fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
        return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)

    return sum((a - b) ** 2 for a, b in zip(lab(first), lab(second), strict=True)) ** 0.5


def test_figures_of_seven_candidates_are_small(name):
    # A sweep has a panel a measure; its page has no other figures.
    assert len(shown(name).encode()) < MOST_BYTES * (1.3 if name == "frontier" else 1)


def test_the_style_is_the_white_one_of_seaborn():
    import seaborn as sns

    assert {name: value for name, value in sns.axes_style("white").items() if name != "image.cmap"} == WHITE


def test_a_figure_without_cells_and_curves_does_not_load_seaborn():
    code = (
        "import sys\nfrom evalkit.report.figures.theme import LIGHT, drawing\nwith drawing(LIGHT, 10.0): pass\n"
        "print(*[name for name in ('seaborn', 'pandas', 'scipy') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []


def test_all_figures_of_seven_candidates_take_little_time():
    import seaborn as sns  # noqa: F401 - what importing takes is not counted

    svg_of(RUN, "ranking")
    assert yardsticks(lambda: [svg_of(RUN, name) for name in FIGURES if name not in {"history", "forest", "frontier"}]) < MOST_TIME


@pytest.mark.parametrize("names", [SEVEN[:2], SEVEN, TWELVE], ids=len)
def test_no_text_leaves_its_figure_and_none_is_smaller_than_can_be_read(names):
    run = drawn(names)
    for name in FIGURES:
        if name in {"forest", "curves", "frontier", "history"}:
            continue
        for width, text in ((540.0, SCREEN_TEXT), (330.0, SCREEN_TEXT), (240.0, PAPER_TEXT)):
            check_texts(figure_of(run, name, width=width, text=text), name, text)


@pytest.mark.parametrize("name", ["forest", "curves", "frontier", "history"])
def test_no_text_of_other_kinds_leaves_its_figure(name):
    check_texts(figure_of(SUBJECTS[name], name), name, SCREEN_TEXT)


def check_texts(figure, name, least):
    from matplotlib.text import Text

    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else figure._get_renderer()
    (width, height), slack = figure.bbox.size, 3.0
    for text in figure.findobj(Text):
        if not text.get_text() or not text.get_visible():
            continue
        assert text.get_fontsize() >= least - 1e-6, (name, text.get_text())
        box = text.get_window_extent(renderer)
        assert box.x0 >= -slack and box.y0 >= -slack, (name, text.get_text(), box)
        assert box.x1 <= width + slack and box.y1 <= height + slack, (name, text.get_text(), box)


def test_names_are_text_and_nothing_else(name):
    if isinstance(SUBJECTS[name], list):
        runs = [Run(f"run {i}", drawn(list(filter(None, HOSTILE.values()))), (), ()) for i in range(2)]
        svg = svg_of(runs, name)
    else:
        learning = [checkpoints_of(hostile) for hostile in HOSTILE.values() if hostile]
        run = drawn(list(filter(None, HOSTILE.values())), kind="sweep" if name == "frontier" else "compare")
        svg = svg_of(SUBJECTS[name] if name == "forest" else replace(run, learning=learning), name)
    if svg:
        root = ET.fromstring(svg)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {"svg", "title", "desc", "g", "a", "path", "text"}
        assert "<script" not in svg
        assert "\u202e" not in svg
        assert "\x00" not in svg


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in {"forest", "frontier", "history", "curves"}])
def test_no_candidate_is_missing(name):
    said = texts_of(svg_of(drawn(TWELVE), name))
    for candidate in TWELVE:
        assert [
            text
            for text in said
            if text == candidate
            or ("…" in text and candidate.startswith(text.partition("…")[0]) and candidate.endswith(text.partition("…")[2]))
        ], candidate


def test_a_figure_shows_itself_once_in_a_notebook():
    """By the image that a cell's value offers; pyplot, whose figures a notebook shows at the end of the cell, knows nothing of it."""
    before = plt.get_fignums()
    image = RUN.plot("ranking")._repr_png_()
    assert image.startswith(b"\x89PNG")
    assert len(image) > 2_000
    assert plt.get_fignums() == before


def test_figures_have_themes_and_widths():
    light, dark, narrow = RUN.plot("letters"), RUN.plot("letters", theme="dark"), RUN.plot("letters", width=240, text=8)
    assert mpl.colors.to_hex(dark.get_facecolor()) == DARK.paper
    assert light.get_size_inches()[0] == pytest.approx(540 / 72)
    assert narrow.get_size_inches()[0] == pytest.approx(240 / 72)
    assert dark.texts[0].get_color() == DARK.ink
    with pytest.raises(UsageError, match='no theme "dim"'):
        RUN.plot("letters", theme="dim")


def test_figures_leave_the_callers_settings_alone(name):
    before = dict(mpl.rcParams)
    figure_of(SUBJECTS[name], name)
    assert dict(mpl.rcParams) == before


def test_figures_that_are_not_there_are_refused():
    with pytest.raises(UsageError, match='no figure "leters"') as error:
        RUN.plot("leters")
    assert "letters" in error.value.remedy
    with pytest.raises(UsageError, match='nothing for the figure "frontier"'):
        RUN.plot("frontier")


def test_results_without_the_data_of_a_figure_have_none_of_it():
    older = results(FIVE)
    assert [name for name in FIGURES if not svg_of(older, name)] == [
        "forest", "families", "copying", "zipf", "passages", "overall_bits", "curves", "frontier", "history",
    ]  # fmt: skip
    bare = replace(older, results=[], profiles=[], candidates=[])
    assert [name for name in FIGURES if svg_of(bare, name)] == []


def test_every_figure_is_in_the_docs(name):
    text = (ROOT / "docs" / "reference" / "report.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {FIGURES[name].title} |" in text


@pytest.mark.parametrize("format_", ["svg", "pdf", "png"])
def test_files_for_papers_are_the_same_each_time(format_):
    first, second = (figure_files(RUN, "ranking", [format_], width=84)[format_] for _ in range(2))
    assert first == second
    assert len(first) > 2_000
    assert first.startswith({"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}[format_])


def test_all_figures_of_a_run_are_written_at_a_width(tmp_path):
    written = write_figures(RUN, tmp_path / "out", formats=["svg"], width=100)
    assert [path.stem for path in written] == [name for name in FIGURES if SUBJECTS[name] is RUN]
    for path in written:
        width = re.search(r'width="([\d.]+)pt"', path.read_text(encoding="utf-8"))
        assert float(width[1]) == pytest.approx(100 * 72 / 25.4, abs=0.01)
    with pytest.raises(UsageError, match='written as "gif"'):
        write_figures(RUN, tmp_path, formats=["gif"])
    with pytest.raises(UsageError, match="5 mm wide"):
        write_figures(RUN, tmp_path, width=5)


def test_noise_is_grey():
    figure = figure_of(RUN, "ranking")
    colours = {label.get_text(): label.get_color() for label in figure.axes[0].get_yticklabels()}
    assert {name for name, colour in colours.items() if colour == LIGHT.muted} == {name for name in SPECS if name != "human"}


def test_names_that_differ_at_their_end_stay_different():
    names = [f"a-folder/with/a/long/path/to-checkpoint-{i:04d}" for i in (100, 200, 300)]
    for figure in ("ranking", "heatmap", "lengths", "passages"):
        said = texts_of(svg_of(drawn(names), figure))
        assert {text[-3:] for text in said if "\u2026" in text and text[0] == "a"} >= {"100", "200", "300"}, figure
