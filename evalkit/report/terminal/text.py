"""Prepares text for a terminal: what a function prints as text, `captured`, and sentences with bold names, `with_bold`."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from evalkit._util.escape import visible
from evalkit.results import Results


def captured(print_: Callable[..., None], results: Results, console: Console) -> str:
    """What a function prints to a console, as text."""
    with console.capture() as capture:
        print_(results, console=console)
    return capture.get()


def with_bold(sentence: str) -> Text:
    """A sentence with the names between backticks bold."""
    text = Text()
    for i, piece in enumerate(re.split("`", visible(sentence.replace("\u00a0", " ")))):
        text.append(piece, style="bold" if i % 2 else "")
    return text
