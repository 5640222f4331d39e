"""A matplotlib figure as small SVG text whose bytes depend on nothing but what is drawn, and whose colours follow light and dark."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from evalkit.report.figures import ACCENT, CORPUS, GRID, INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DARK = {INK: "#e6e8ea", MUTED: "#9aa3ad", CORPUS: "#474e56", GRID: "#30363c", ACCENT: "#f08f66", PAPER: "#14171a"}
_NAMES = {INK: "i", MUTED: "m", CORPUS: "c", GRID: "g", ACCENT: "a", PAPER: "p"}
_FONT = "ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif"


def _theme() -> str:
    light = ";".join(f"--{name}:{colour}" for colour, name in _NAMES.items())
    dark = ";".join(f"--{name}:{_DARK[colour]}" for colour, name in _NAMES.items())
    return f"<style>svg{{{light}}}text{{font-family:{_FONT}}}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"


def to_svg(figure: Figure) -> str:
    """The figure as SVG."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "evalkit", "svg.fonttype": "none", "svg.image_inline": True}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, transparent=True)
    return _slim(out.getvalue())


def _slim(svg: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<title>.*?</title>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size:\1px", svg)
    for colour, name in _NAMES.items():
        svg = svg.replace(colour, f"var(--{name})")
    # Identifiers of groups serve nothing here; those that something refers to stay.
    used = set(re.findall(r"#([\w-]+)", svg))
    svg = re.sub(r' id="([\w-]+)"', lambda match: match[0] if match[1] in used else "", svg)
    svg = re.sub(r">\s+<", "><", svg).replace("; ", ";").replace(": ", ":").replace("\n", " ")
    svg = re.sub(r"(\d+\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r" {2,}", " ", svg)
    return re.sub(r"(<svg[^>]*>)", lambda match: match[1] + _theme(), svg, count=1).strip()


def data_uri(svg: str) -> str:
    """SVG as the address of an image."""
    return "data:image/svg+xml," + quote(svg, safe=" =:/;,'()@!*[]{}+&?|$~.-_")
