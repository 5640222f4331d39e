"""Writes a matplotlib figure as small SVG, `to_svg`: the bytes depend only on what is drawn, and the colours follow light and dark."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from evalkit.report.figures.style import ACCENT, CORPUS, FONT_SIZE, GRID, INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DARK = {INK: "#e6e8ea", MUTED: "#9aa3ad", CORPUS: "#474e56", GRID: "#30363c", ACCENT: "#f08f66", PAPER: "#14171a"}
_NAMES = {INK: "i", MUTED: "m", CORPUS: "c", GRID: "g", ACCENT: "a", PAPER: "p"}
_FONT = "ui-sans-serif,system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,DejaVu Sans,sans-serif"


def _theme() -> str:
    light = ";".join(f"--{name}:{colour}" for colour, name in _NAMES.items())
    dark = ";".join(f"--{name}:{_DARK[colour]}" for colour, name in _NAMES.items())
    text = f"text{{font:{FONT_SIZE}px {_FONT};fill:var(--m);text-anchor:middle}}.s{{text-anchor:start}}.e{{text-anchor:end}}"
    return f"<style>*{{stroke-linejoin:round;stroke-linecap:butt}}svg{{{light}}}{text}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"


def to_svg(figure: Figure) -> str:
    """The figure as SVG."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "evalkit", "svg.fonttype": "none", "svg.image_inline": True}), warnings.catch_warnings():
        # The reader's browser has the glyphs or not; the font here only measures.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, transparent=True)
    return _slim(out.getvalue())


_DROPPED = re.compile(
    r"""<!--.*?-->|<metadata>.*?</metadata>|<title>.*?</title>|<style[^>]*>.*?</style>|<\?.*?\?>|<!DOCTYPE.*?>"""
    r"""| version="1\.1"| transform="rotate\(-0 [^"]*\)"| xmlns:xlink="[^"]*\"""",
    re.DOTALL,
)


_INVISIBLE = re.compile(r"""<path d="[^"]*"(?: clip-path="[^"]*")? style="fill:none"/>""")
_MARKERS = re.compile(r"<g([^>]*)>((?:<use [^>]*/>)+)</g>")


def _slim(svg: str) -> str:
    """The same picture in fewer bytes: what matplotlib writes for other programs goes, colours become variables of the theme."""
    svg = _DROPPED.sub("", svg).strip()
    for colour, name in _NAMES.items():
        svg = svg.replace(colour, f"var(--{name})")
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    svg = re.sub(r'style="([^"]*)"', lambda match: _slim_style(match[1]), svg)
    svg = re.sub(r"<text ([^>]*)>", lambda match: f"<text {_anchored(match[1])}>", svg)
    # Identifiers of groups serve nothing here; those that something refers to stay.
    short = {id_: f"i{i}" for i, id_ in enumerate(dict.fromkeys(re.findall(r"#([\w-]+)", svg)))}
    svg = re.sub(r' id="([\w.-]+)"', lambda match: f' id="{short[match[1]]}"' if match[1] in short else "", svg)
    svg = re.sub(r"#([\w-]+)", lambda match: f"#{short[match[1]]}", svg)
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"\d+\.\d\d+", _tenths, tag[0]), svg).replace("xlink:href", "href")
    svg = re.sub(r"\s+", " ", re.sub(r">\s+<", "><", svg)).replace(' "', '"').replace(" />", "/>")
    svg = _INVISIBLE.sub("", svg)
    svg = re.sub(r' d="([^"]*)"', lambda match: f' d="{_short_path(match[1])}"', svg)
    svg = _MARKERS.sub(_shared_style, svg)
    return _without_groups(svg).replace("<defs></defs>", "").replace(">", f">{_theme()}", 1)


def _anchored(attributes: str) -> str:
    """A text's attributes; the theme centres texts, so that only others say where they are anchored."""
    match = re.search(r"text-anchor:(\w+);?", attributes)
    rest = attributes.replace(match[0], "").replace(' style=""', "").replace('style="" ', "") if match else attributes
    anchor = match[1] if match else "start"
    return rest if anchor == "middle" else f'class="{anchor[0]}" {rest}'


def _short_path(path: str) -> str:
    """A path of straight lines with H and V where one coordinate stays; others as they are.

    >>> _short_path("M 1 5 L 1 2 L 4 2 L 6 3"), _short_path("M 0 0 C 1 1 2 2 3 3")
    ('M1 5V2H4L6 3', 'M 0 0 C 1 1 2 2 3 3')
    """
    steps = re.findall(r"([ML]) (-?[\d.]+) (-?[\d.]+)|(z)", path)
    if "".join("".join(step) for step in steps) != path.replace(" ", ""):
        return path
    pieces, last = [], ("", "")
    for kind, x, y, close in steps:
        if close:
            pieces.append("z")
        elif kind == "L" and x == last[0]:
            pieces.append(f"V{y}")
        elif kind == "L" and y == last[1]:
            pieces.append(f"H{x}")
        else:
            pieces.append(f"{kind}{x} {y}")
        last = (x, y)
    return "".join(pieces)


def _shared_style(group: re.Match[str]) -> str:
    """A group of markers, whose style is said once where they share it."""
    attributes, uses = group[1], group[2]
    styles = set(re.findall(r' style="[^"]*"', uses))
    if len(styles) != 1 or uses.count("<use ") != uses.count(" style="):
        return group[0]
    style = styles.pop()
    return f"<g{attributes}{style}>{uses.replace(style, '')}</g>"


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


def _without_groups(svg: str) -> str:
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
