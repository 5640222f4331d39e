"""A matplotlib figure as small SVG text whose bytes depend on nothing but what is drawn, and whose colours follow light and dark."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from evalkit.report.figures import ACCENT, CORPUS, FONT_SIZE, GRID, INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DARK = {INK: "#e6e8ea", MUTED: "#9aa3ad", CORPUS: "#474e56", GRID: "#30363c", ACCENT: "#f08f66", PAPER: "#14171a"}
_NAMES = {INK: "i", MUTED: "m", CORPUS: "c", GRID: "g", ACCENT: "a", PAPER: "p"}
_FONT = "ui-sans-serif,system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,DejaVu Sans,sans-serif"


def _theme() -> str:
    light = ";".join(f"--{name}:{colour}" for colour, name in _NAMES.items())
    dark = ";".join(f"--{name}:{_DARK[colour]}" for colour, name in _NAMES.items())
    text = f"text{{font:{FONT_SIZE}px {_FONT};fill:var(--m)}}"
    return f"<style>*{{stroke-linejoin:round;stroke-linecap:butt}}svg{{{light}}}{text}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"


def to_svg(figure: Figure) -> str:
    """The figure as SVG."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "evalkit", "svg.fonttype": "none", "svg.image_inline": True}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, transparent=True)
    return _slim(out.getvalue())


_DROPPED = re.compile(
    r"""<!--.*?-->|<metadata>.*?</metadata>|<title>.*?</title>|<style[^>]*>.*?</style>|<\?.*?\?>|<!DOCTYPE.*?>"""
    r"""| version="1\.1"| transform="rotate\(-0 [^"]*\)"| xmlns:xlink="[^"]*\"""",
    re.DOTALL,
)


def _slim(svg: str) -> str:
    """The same picture in fewer bytes: what matplotlib writes for other programs goes, colours become variables of the theme."""
    svg = _DROPPED.sub("", svg).strip()
    for colour, name in _NAMES.items():
        svg = svg.replace(colour, f"var(--{name})")
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    svg = re.sub(r'style="([^"]*)"', lambda match: _slim_style(match[1]), svg)
    # Identifiers of groups serve nothing here; those that something refers to stay.
    used = set(re.findall(r"#([\w-]+)", svg))
    svg = re.sub(r' id="([\w-]+)"', lambda match: match[0] if match[1] in used else "", svg)
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"\d+\.\d\d+", _tenths, tag[0]), svg).replace("xlink:href", "href")
    svg = re.sub(r"\s+", " ", re.sub(r">\s+<", "><", svg)).replace(' "', '"').replace(" />", "/>")
    return _ungrouped(svg).replace("<defs></defs>", "").replace(">", f">{_theme()}", 1)


def _tenths(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _slim_style(style: str) -> str:
    """A style less what the theme says of all texts."""
    default = {f"font-size:{FONT_SIZE}px", "fill:var(--m)"} if "font-size" in style else set()
    kept = [
        part
        for part in re.split(r";\s*", style.replace(": ", ":"))
        if part and part not in default and not part.startswith("font-family")
    ]
    return f'style="{";".join(kept)}"' if kept else ""


def _ungrouped(svg: str) -> str:
    """Without the groups that carry no attribute."""
    kept, stack = [], []
    for piece in re.split(r"(</?g[^>]*>)", svg):
        if piece in {"<g/>", ""}:
            continue
        if piece.startswith("<g") and piece[2:3] in {">", " "}:
            stack.append(piece != "<g>")
            if not stack[-1]:
                continue
        elif piece == "</g>" and not stack.pop():
            continue
        kept.append(piece)
    return "".join(kept)


def data_uri(svg: str) -> Markup:
    """SVG as the address of an image, safe between double quotes.

    Apostrophes instead of quotation marks keep the address short; text in figures has its own escaped as entities.
    """
    return Markup("data:image/svg+xml," + quote(svg.replace('"', "'"), safe=" =:/;,'()@!*[]{}+?|$~.-_"))  # noqa: S704 - no markup is left
