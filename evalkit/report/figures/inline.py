"""Writes a figure as small SVG for the page, `inline_svg`: no style, no script, colours that follow the page's theme, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from evalkit._util.escape import visible
from evalkit.report.figures.theme import PROPERTIES, SCREEN_TEXT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMESPACE, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_KEPT = ("fill", "fill-opacity", "opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-dashoffset")
_HALF = 0.5**0.5
_STEP = re.compile(r"[MLCQz]|-?[\d.]+(?:e-?\d+)?")


def raw_svg(figure: Figure) -> str:
    """The figure as matplotlib writes it."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "evalkit"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}, transparent=True)
    return out.getvalue()


def inline_svg(figure: Figure, *, id_: str, title: str, alt: str, links: bool = False) -> str:
    """The figure as an element of the page.

    Args:
        figure: drawn in the light palette.
        id_: begins its identifiers.
        title, alt: its name and its description for those who cannot see it; text from anywhere.
        links: whether links in it can be followed; a picture has none.
    """
    root = ET.fromstring(raw_svg(figure))  # noqa: S314 - matplotlib's own
    width, height = (_short(72 * inches) for inches in figure.get_size_inches())
    writer = _Writer(root, links=links)
    body = _joined(writer.pieces())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="{"group" if links else "img"}" aria-labelledby="{id_}-t" aria-describedby="{id_}-d" font-size="{_short(SCREEN_TEXT)}" '
        f'fill="{_colour(_MUTED)}"><title id="{id_}-t">{_escaped(title)}</title><desc id="{id_}-d">{_escaped(alt)}</desc>{body}</svg>'
    )


_MUTED = next(colour for colour, name in PROPERTIES.items() if name == "--muted")


class _Writer:
    """Writes the elements of matplotlib's SVG one after the other, without its groups, definitions and styles."""

    def __init__(self, root: ET.Element, *, links: bool) -> None:
        self._root, self._with_links = root, links
        self._markers = {path.get("id", ""): path.get("d", "") for path in root.iter(f"{_NAMESPACE}path") if path.get("id")}
        self._links: dict[str, list[str]] = {}

    def pieces(self) -> Iterator[str | _Text]:
        """The elements; what leads to one place is one link, at its first element."""
        if self._with_links:
            for link in self._root.iter(f"{_NAMESPACE}a"):
                self._links.setdefault(link.get(_XLINK, ""), []).append(_joined(self._inside(link)))
        yield from self._inside(self._root)

    def _inside(self, parent: ET.Element) -> Iterator[str | _Text]:
        children = list(parent)
        uses = [child for child in children if child.tag == f"{_NAMESPACE}use"]
        if uses:
            yield from self._marked(uses)
        yield from _paths([child for child in children if child.tag == f"{_NAMESPACE}path"])
        for child in children:
            kind = child.tag.removeprefix(_NAMESPACE)
            if kind == "g":
                yield from self._inside(child)
            elif kind == "a":
                yield from self._link(child)
            elif kind == "text":
                yield _text(child)

    def _link(self, link: ET.Element) -> Iterator[str | _Text]:
        target = link.get(_XLINK, "")
        if not self._with_links:
            yield from self._inside(link)
        elif target in self._links:
            yield f'<a href="{_escaped(target)}">{"".join(self._links.pop(target))}</a>'

    def _marked(self, uses: list[ET.Element]) -> Iterator[str]:
        """Markers of one shape and style as one path."""
        alike: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for use in uses:
            key = (use.get(_XLINK, "")[1:], use.get("style", ""))
            alike.setdefault(key, []).append((float(use.get("x", 0)), float(use.get("y", 0))))
        for (marker, style), places in alike.items():
            yield _markers(self._markers[marker], style, places)


def _paths(paths: list[ET.Element]) -> Iterator[str]:
    """The paths of one artist, those of one style as one."""
    alike: dict[str, list[str]] = {}
    for path in paths:
        alike.setdefault(path.get("style", ""), []).append(path.get("d", ""))
    for style, shapes in alike.items():
        yield _path("".join(shapes), style)


def _markers(shape: str, style: str, places: list[tuple[float, float]]) -> str:
    drawn = _style(style)
    if "C" not in shape and not _is_diamond(shape, drawn):
        return _path("".join(_moved(shape, x, y) for x, y in places), style)
    radius = abs(float(_STEP.findall(shape)[2]))
    if "stroke" in drawn:
        arcs = "".join(f"M{_short(x - radius)} {_short(y)}{_arc(radius, 1)}{_arc(radius, -1)}z" for x, y in places)
        return f'<path d="{arcs}"{_attributes(drawn)}/>'
    # A line without length and with round ends is a dot, and one with square ends, turned by an eighth, is a diamond; in a third of the bytes.
    shown = {key.replace("fill", "stroke"): value for key, value in drawn.items()}
    size, ends, turn = 2 * radius, "round", ""
    if "C" not in shape:
        places = [((x + y) * _HALF, (y - x) * _HALF) for x, y in places]
        size, ends, turn = 2 * radius * _HALF, "square", ' transform="rotate(45)"'
    dots = _written([step for x, y in places for step in (("M", [(x, y)]), ("L", [(x, y)]))])
    return f'<path d="{dots}"{turn}{_attributes(shown | {"stroke-width": _short(size)})} stroke-linecap="{ends}"/>'


def _is_diamond(shape: str, drawn: dict[str, str]) -> bool:
    """Whether a marker is a filled square that stands on its corner."""
    numbers = [abs(float(step)) for step in _STEP.findall(shape) if not step.isalpha()]
    return (
        len(numbers) == 8
        and "stroke" not in drawn
        and all((x < 1e-6) is not (y < 1e-6) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
    )


def _arc(radius: float, side: int) -> str:
    return f"a{_short(radius)} {_short(radius)} 0 0 1 {_short(side * 2 * radius)} 0"


def _moved(shape: str, x: float, y: float) -> str:
    """A path at another place."""
    out, offset = [], (x, y)
    place = 0
    for step in _STEP.findall(shape):
        if step.isalpha():
            out.append(step)
        else:
            out.append(f"{float(step) + offset[place % 2]:.2f}")
            place += 1
    return " ".join(out) + " "


def _path(path: str, style: str) -> str:
    drawn = _style(style)
    if drawn.get("fill") == "none" and "stroke" not in drawn:
        return ""
    return f'<path d="{_short_path(path)}"{_attributes(drawn)}/>'


def _style(style: str) -> dict[str, str]:
    """What a style says that differs from how SVG draws without it."""
    drawn = _parts(style)
    kept = {key: drawn[key] for key in _KEPT if key in drawn}
    if kept.get("stroke") == "none":
        del kept["stroke"]
    if "fill-opacity" in kept and float(kept["fill-opacity"]) == 0:
        del kept["fill-opacity"]
        kept["fill"] = "none"
    if "fill" not in kept:
        # Matplotlib leaves out the black that SVG fills with; the page's figures have another.
        kept["fill"] = "#000000"
    return kept


def _attributes(drawn: dict[str, str]) -> str:
    return "".join(f' {key}="{_colour(value) if key in ("fill", "stroke") else _shorter(value)}"' for key, value in drawn.items())


def _colour(value: str) -> str:
    return f"var({PROPERTIES[value]},{value})" if value in PROPERTIES else value


def _shorter(value: str) -> str:
    return re.sub(r"[\d.]+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)


@dataclass(frozen=True)
class _Text:
    """A text: the attributes that it may share with its neighbours, its own, and what it says."""

    shared: str
    own: str
    said: str


def _text(element: ET.Element) -> _Text:
    style = _parts(element.get("style", ""))
    own = {"x": _short(float(element.get("x", 0))), "y": _short(float(element.get("y", 0)))}
    turn = [_short(float(number)) for number in re.findall(r"-?[\d.]+", element.get("transform", ""))]
    if turn and turn[0] != "0":
        own["transform"] = f"rotate({' '.join(turn)})"
    shared = {}
    if style.get("text-anchor", "start") != "start":
        shared["text-anchor"] = style["text-anchor"]
    size = float(style.get("font-size", f"{SCREEN_TEXT}px").removesuffix("px"))
    if size != SCREEN_TEXT:
        shared["font-size"] = _short(size)
    if style.get("font-weight") == "700":
        shared["font-weight"] = "bold"
    fill = style.get("fill", "#000000")
    if fill != _MUTED:
        shared["fill"] = _colour(fill)
    return _Text(_plain(shared), _plain(own), _escaped(element.text or ""))


def _joined(pieces: Iterable[str | _Text]) -> str:
    """Elements one after the other; neighbouring texts of one look are a group that says it once."""
    out = []
    for shared, members in groupby(pieces, key=lambda piece: piece.shared if isinstance(piece, _Text) else None):
        if shared is None:
            out += [piece for piece in members if isinstance(piece, str)]
            continue
        texts = [(piece.own, piece.said) for piece in members if isinstance(piece, _Text)]
        if len(texts) == 1 or not shared:
            out += [f"<text{own}{shared}>{said}</text>" for own, said in texts]
        else:
            out.append(f"<g{shared}>{''.join(f'<text{own}>{said}</text>' for own, said in texts)}</g>")
    return "".join(out)


def _plain(attributes: dict[str, str]) -> str:
    return "".join(f' {key}="{value}"' for key, value in attributes.items())


def _parts(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";") if part.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


_LENGTHS = {"M": 1, "L": 1, "Q": 2, "C": 3, "z": 0}
"""Command of a path -> how many points it takes."""
Step = tuple[str, list[tuple[float, float]]]


def _short_path(path: str) -> str:
    """A path to tenths of a pixel, each point from the one before it.

    >>> _short_path("M 1.04 5 L 1.01 2 L 4 2 L 6 0.3 z M 9 5 L 9 6"), _short_path("M 0 0 C 1 1 2 2 3 3")
    ('M1 5v-3h3l2-1.7zm8 0v1', 'M0 0c1 1 2 2 3 3')
    """
    tokens, steps, place = _STEP.findall(path), [], 0
    while place < len(tokens):
        n = _LENGTHS[tokens[place]]
        numbers = [float(token) for token in tokens[place + 1 : place + 1 + 2 * n]]
        steps.append((tokens[place], list(zip(numbers[::2], numbers[1::2], strict=True))))
        place += 1 + 2 * n
    return _written(steps)


def _written(steps: list[Step]) -> str:
    """Steps of a path in whole tenths, so that rounding does not add up; a line without length is written, since it may be a dot."""
    pieces: list[str] = []
    x, y, start = 0, 0, (0, 0)
    for kind, points in steps:
        tenths = [(round(10 * across), round(10 * down)) for across, down in points]
        moves = [number for across, down in tenths for number in (across - x, down - y)]
        if kind == "z":
            pieces.append("z")
            x, y = start
            continue
        if kind == "L" and moves == [0, 0] and not pieces[-1].startswith(("m", "M")):
            continue
        if kind == "L" and moves[1] == 0:
            pieces.append(f"h{_tenth(moves[0])}")
        elif kind == "L" and moves[0] == 0:
            pieces.append(f"v{_tenth(moves[1])}")
        else:
            letter = kind if not pieces else kind.lower()
            said = " ".join(map(_tenth, moves)).replace(" -", "-")
            # The letter of a line may be left out after another.
            again = letter == "l" and pieces[-1].startswith(("l", " ", "-"))
            pieces.append((said if said.startswith("-") else f" {said}") if again else letter + said)
        x, y = tenths[-1]
        start = (x, y) if kind == "M" else start
    return "".join(pieces)


def _tenth(tenths: int) -> str:
    """A whole number of tenths.

    >>> [_tenth(n) for n in (0, 5, -5, 30, -123)]
    ['0', '.5', '-.5', '3', '-12.3']
    """
    whole, part = divmod(abs(tenths), 10)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{whole or ''}.{part}" if part else f"{sign}{whole}"


def _short(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text in ("-0", "0") else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _escaped(text: str) -> str:
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
