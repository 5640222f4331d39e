"""Progress on stderr: a rich bar in a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evalkit.text.visible import visible

if TYPE_CHECKING:  # numpy would slow down every --help
    from generators.base import Progress


@contextmanager
def shown(*, enabled: bool = True) -> Iterator[Progress]:
    """A progress that draws one line on stderr while work goes on; `silent` when stderr is no terminal or it is not wanted."""
    if not enabled or not sys.stderr.isatty():
        from generators.base import silent

        yield silent
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def update(message: str, done: float, total: float) -> None:
            bar.update(task, description=escape(visible(message)), completed=done, total=total or None)

        yield update
