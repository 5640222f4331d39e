"""Fills in the generated parts of docs/reference/generators.md: the list of generators, and the table of options of each.

A part lies between `<!-- generated: KEY -->` and `<!-- end -->`; all other text is written by hand and kept. A generator without a section gets
one, which a writer may then add to.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import generators
from generators.base import Generator, option_defaults

PAGE = Path(__file__).parents[1] / "reference" / "generators.md"
_FIRST_SECTION_BELOW = "## Fitted models are kept"


def generators_page() -> str:
    """docs/reference/generators.md with its generated parts renewed.

    Raises:
        LookupError: when the page has a section of a generator that does not exist, or lacks a part.
    """
    text = PAGE.read_text(encoding="utf-8")
    if gone := set(re.findall(r"<!-- generated: options of (\S+) -->", text)) - set(generators.NAMES.ours):
        raise LookupError(
            f"docs/reference/generators.md has a section of {', '.join(sorted(gone))}, which is no generator; remove it."
        )
    for name in generators.NAMES.ours:
        if not re.search(rf"^## {name}$", text, re.MULTILINE):
            text = text.replace(_FIRST_SECTION_BELOW, f"{_new_section(name)}\n{_FIRST_SECTION_BELOW}")
        text = filled(text, f"options of {name}", options_table(generators.find(name)))
    return filled(text, "list", generators_list())


def generators_list() -> str:
    """One row a generator."""
    classes = [generators.find(name) for name in generators.NAMES.ours]
    rows = [
        f"| [{cls.name}](#{cls.name}) | {cls.summary} | {_fits_in(cls)} | {'yes' if cls.can_score else 'no'} |" for cls in classes
    ]
    return "\n".join(["| name | what | fits in | likelihood |\n|---|---|---|---|", *rows])


def options_table(cls: type[Generator]) -> str:
    """One row an option: its name, default and description, from the constructor and the docstring of the class.

    Raises:
        LookupError: when the docstring does not describe an option.
    """
    options = option_defaults(cls)
    if not options:
        return "No options."
    descriptions = described_arguments(cls)
    if missing := [name for name in options if name not in descriptions]:
        raise LookupError(f"The docstring of {cls.__name__} does not describe {', '.join(missing)}; add a line below its Args.")
    rows = [f"| `{name}` | {_default(option)} | {descriptions[name]} |" for name, option in options.items()]
    return "\n".join(["| option | default | |\n|---|---|---|", *rows])


def described_arguments(cls: type) -> Mapping[str, str]:
    """The arguments that the docstring of a class describes below `Args:`, by name."""
    _, _, listed = (inspect.getdoc(cls) or "").partition("Args:\n")
    entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", listed, re.MULTILINE)
    return {name: " ".join(description.split()).removesuffix(".") for name, description in entries}


def _fits_in(cls: type[Generator]) -> str:
    return "nothing to fit" if not cls.learns else "minutes" if cls.slow_to_fit else "seconds"


def _default(option: inspect.Parameter) -> str:
    value = option.default
    return (
        ""
        if value is None or value == ""
        else str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _new_section(name: str) -> str:
    cls = generators.find(name)
    paragraph = " ".join((inspect.getdoc(cls) or "").partition("\n\n")[0].split())
    return f"## {name}\n\n{paragraph}\n\n<!-- generated: options of {name} -->\n<!-- end -->\n"


def filled(text: str, key: str, content: str) -> str:
    """The text with the content of one generated part replaced.

    Raises:
        LookupError: when the page has no such part.
    """
    begin, end = f"<!-- generated: {key} -->\n", "<!-- end -->"
    before, found, rest = text.partition(begin)
    if not found or end not in rest:
        raise LookupError(f'The page has no part "{begin.strip()}" that ends with "{end}".')
    return f"{before}{begin}{content}\n{rest[rest.index(end) :]}"
