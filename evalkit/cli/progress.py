"""Shows progress on stderr: a bar in a terminal, a log line for each step under EVALKIT_LOG=info, nothing elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evalkit._util.escape import visible

if TYPE_CHECKING:  # numpy would slow down every --help
    from generators.base import Progress

log = logging.getLogger("evalkit")


@contextmanager
def shown(*, enabled: bool = True) -> Iterator[Progress]:
    """A progress that draws one line on stderr or logs its steps; `silent` when stderr is no terminal or progress is off."""
    if log.isEnabledFor(logging.INFO):  # EVALKIT_LOG=info; lines and a bar would overwrite each other
        yield _logged()
        return
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


def _logged() -> Progress:
    """A progress that logs every message once, with the seconds since the start."""
    start, last = time.monotonic(), ""

    def update(message: str, done: float, total: float) -> None:
        nonlocal last
        if message != last:
            last = message
            log.info("%s", message, extra={"seconds": round(time.monotonic() - start, 2)})

    return update
