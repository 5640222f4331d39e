"""Makes text from elsewhere safe for Markdown: `plain` as text, `code` as inline code."""

from __future__ import annotations

import re

from evalkit._util.escape import visible
from evalkit._util.formatting import NBSP

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$@&])")


def plain(text: object) -> str:
    r"""Text from elsewhere with nothing left that Markdown, HTML or a mention could act on.

    >>> print(plain("a|b @team <img>"))
    a\|b &#64;team &lt;img&gt;
    """
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;"}
    return _SPECIAL.sub(lambda match: entities.get(match[1], f"\\{match[1]}"), visible(str(text)))


def code(text: object) -> str:
    """Text as inline code, in a fence that its own backticks cannot close; bars are escaped for tables.

    >>> print(code("ngram:order=8"), code("a`b"))
    `ngram:order=8` `` a`b ``
    """
    shown = visible(str(text)).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"`{shown}`"


def with_code(sentence: str) -> str:
    r"""A sentence with the names between backticks as code, and everything else as plain text.

    >>> print(with_code("`a|b` reads like <i>"))
    `a\|b` reads like &lt;i&gt;
    """
    return "".join(code(piece) if i % 2 else plain(piece) for i, piece in enumerate(sentence.replace(NBSP, " ").split("`")))
