"""Renders templates (`render_page`, `render_template`), with everything from outside escaped and made visible, and the page's style admitted by its hash."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from evalkit._util.escape import visible

if TYPE_CHECKING:
    from jinja2 import Environment

_STYLES = ("page", "scores", "samples", "print")
"""The style sheets of a page, in order."""
_NARROW = 900
"""Pixels of a screen below which tables of scores are read as lists."""
_LONGEST_LABEL = 40
"""Characters of a label in such a list."""


@cache  # of templates of the package; nothing changes the environment once it is made
def environment() -> Environment:
    """The templates, with everything undefined an error and everything from outside escaped and made visible."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("evalkit.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.finalize = _visible
    env.filters |= {"passage": _passage, "code": _code, "sentence": _sentence, "name": _name}
    return env


def _visible(value: object) -> object:
    """What an expression in a template puts on the page: control and bidirectional characters as symbols."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _passage(text: str) -> Markup:
    """Text of a passage: line breaks stay."""
    return Markup(escape(visible(text, keep="\n")))  # noqa: S704 - escaped


def _code(sentence: str) -> Markup:
    """A sentence with the names between backticks as code; a name may hold anything but is escaped."""
    pieces = visible(sentence).split("`")
    return Markup("").join(Markup("<code>{}</code>").format(piece) if i % 2 else escape(piece) for i, piece in enumerate(pieces))


def _name(name: str) -> Markup:
    """A name that may be broken after its punctuation, so that a narrow column does not break it within a word."""
    pieces = re.split(r"(?<=[:=,_/])", visible(name))
    return Markup("<wbr>").join(escape(piece) for piece in pieces if piece)


def _sentence(text: str) -> str:
    """A clause as a sentence."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def render_page(
    template: str, context: Mapping[str, object], *, labels: Mapping[str, Sequence[str]] | None = None, n_tabs: int = 0
) -> str:
    """A page with its style, and with the hash by which the page's content-security policy admits that style.

    Args:
        template: its name.
        context: what the template shows.
        labels: class of a table -> the heads of its columns, for narrow screens.
        n_tabs: tabs of samples.
    """
    style = Markup(_style() + column_labels(labels or {}) + tab_rules(n_tabs))  # noqa: S704 - ours, and escaped
    return render_template(template, {**context, "style": style, "style_hash": _hash(style)})


def render_template(template: str, context: Mapping[str, object]) -> str:
    """The text of a template of this package."""
    return environment().get_template(template).render(context)


def tab_rules(n_tabs: int) -> str:
    """The style that shows the panel of the tab that is chosen, without a script; a single panel is always shown."""
    if n_tabs == 1:
        return ".p1{display:grid;grid-column:1;grid-row:1/span 5}"
    chosen = ",".join(f"#samples:has(#tab-{i}:checked) .p{i}" for i in range(1, n_tabs + 1))
    return f"@media screen{{{chosen}{{display:grid;grid-column:1;grid-row:1/span 5}}}}" if chosen else ""


def column_labels(labels: Mapping[str, Sequence[str]]) -> str:
    """The style that gives each cell of a table its head on a narrow screen, said once a column and not in each cell.

    Args:
        labels: class of a table -> the heads of its columns.

    >>> column_labels({"t": ["human text"], "u": ["human text"]})
    '@media screen and (max-width:900px){:is(.t,.u) td:nth-of-type(1)::before{content:"human text"}}'
    """
    tables: dict[tuple[str, ...], list[str]] = {}
    for table, heads in labels.items():
        tables.setdefault(tuple(heads), []).append(f".{table}")
    rules = "".join(
        f':is({",".join(classes)}) td:nth-of-type({place})::before{{content:"{_in_style(head)}"}}'
        for heads, classes in tables.items()
        for place, head in enumerate(heads, start=1)
    )
    return f"@media screen and (max-width:{_NARROW}px){{{rules}}}" if rules else ""


def _in_style(text: str) -> str:
    """Text between quotation marks of a style sheet; whatever it holds, it ends nothing."""
    short = visible(text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}\u2026")
    return "".join(char if (char.isascii() and char.isalnum()) or char in " -" else f"\\{ord(char):x} " for char in short)


def _style() -> str:
    """The style sheets without what only their authors need."""
    loader = environment().loader
    assert loader is not None
    text = "\n".join(loader.get_source(environment(), f"css/{name}.css")[0] for name in _STYLES)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "", re.sub(r"\s*([{};])\s*", r"\1", text)).replace(";}", "}").strip()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
