"""Fits Markdown into the room that a comment has, `fitted`: each `Section` has shorter forms, and what is left out is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FORGE_LIMIT = 65_536
"""Characters of a comment on GitHub; GitLab and others take more."""
_LAST = 60_000
"""Characters after which a text is cut whatever it holds, so that the forge does not refuse it."""


@dataclass(frozen=True)
class Section:
    """A part of a text.

    Args:
        forms: its lines in full, and then ever shorter; the last form is used where nothing else has room.
        name: what is said to be missing where it is not there in full; "" says nothing.
        priority: sections of a low number are given room first.
    """

    forms: Sequence[Sequence[str]]
    name: str = ""
    priority: int = 0


def whole(*lines: str, priority: int = 0) -> Section:
    """A section that is never shortened."""
    return Section([lines], priority=priority)


def fitted(sections: Sequence[Section], *, most_bytes: int, rest: str = "The page and results.json have all of it.") -> str:
    """The sections in their order, each in the longest form that there is room for.

    Args:
        sections: top to bottom.
        most_bytes: of the text in UTF-8; only where the shortest forms take more, it is longer.
        rest: where the reader finds what is missing.
    """
    chosen = [len(section.forms) - 1 for section in sections]
    # The note is counted as if everything was missing.
    spare = most_bytes - sum(_size(section.forms[-1]) for section in sections) - _size([_note(sections, rest)])
    for place in sorted(range(len(sections)), key=lambda i: sections[i].priority):
        forms = sections[place].forms
        for form, lines in enumerate(forms):
            more = _size(lines) - _size(forms[-1])
            if more <= spare:
                chosen[place], spare = form, spare - more
                break
    missing = [section for section, form in zip(sections, chosen, strict=True) if form]
    lines = [line for section, form in zip(sections, chosen, strict=True) for line in section.forms[form]]
    note = _note(missing, rest)
    return cut("\n".join([*lines, *(["", note] if note else [])]) + "\n", rest=rest)


def cut(text: str, *, rest: str) -> str:
    """A text that a forge accepts: cut between two lines, and that it was cut is said."""
    if len(text) <= _LAST:
        return text
    kept = text[:_LAST].rpartition("\n")[0]
    opened = kept.count("<details>") - kept.count("</details>")
    return "\n".join(
        [kept, *(["", "</details>"] * opened), "", f"Cut here, since a comment has room for {FORGE_LIMIT:,} characters. {rest}", ""]
    )


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode("utf-8", "surrogatepass")) + 1 for line in lines)


def _note(sections: Sequence[Section], rest: str) -> str:
    """What is missing, and where it is."""
    names = [section.name for section in sections if section.name]
    return f"Shortened for a comment: {'; '.join(dict.fromkeys(names))}. {rest}" if names else ""
