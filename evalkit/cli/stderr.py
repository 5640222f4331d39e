"""Writes what goes to stderr: the log (`configure`), as `key=value` or JSON lines, and the progress of a run (`shown`).

Progress is a bar in a terminal, a log line for each step under EVALKIT_LOG=info, and nothing elsewhere.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evalkit._util.escape import json_text, visible
from evalkit.errors import ConfigError, one_of

if TYPE_CHECKING:  # numpy would slow down every --help
    from generators.base import Progress

log = logging.getLogger("evalkit")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_FORMATS = ("text", "json")
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class _Formatter(logging.Formatter):
    """One line a record; what was passed as `extra` follows the message."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        fields = {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        line: dict[str, object] = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **fields,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        if self.as_json:
            return json_text(line, default=str)
        text = f"{line.pop('level')}: {line.pop('message')}"
        traceback = line.pop("traceback", None)
        line.pop("logger")
        pairs = "".join(f" {key}={value}" for key, value in line.items())
        return visible(text + pairs) + (f"\n{traceback}" if traceback else "")


class _Stderr(logging.Handler):
    """Writes to the stderr of the moment, which may have been replaced and closed since; a thread may outlive it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record in one piece, so that lines of several threads do not mix; nothing where stderr is closed."""
        if sys.stderr is None or sys.stderr.closed:
            return
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - as in every handler of logging, a line that cannot be written stops no work
            self.handleError(record)


def configure() -> None:
    """Sends the project's log to stderr at the level of EVALKIT_LOG (warning unless told).

    Raises:
        ConfigError: when EVALKIT_LOG or EVALKIT_LOG_FORMAT holds something unknown.
    """
    level = os.environ.get("EVALKIT_LOG", "warning").lower()
    style = os.environ.get("EVALKIT_LOG_FORMAT", "text").lower()
    if level not in _LEVELS:
        raise ConfigError(f'EVALKIT_LOG is "{level}".', remedy=one_of(level, _LEVELS))
    if style not in _FORMATS:
        raise ConfigError(f'EVALKIT_LOG_FORMAT is "{style}".', remedy=one_of(style, _FORMATS))
    # Matplotlib warns where its cache cannot be written, which is of no use to the reader of a run.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    handler = _Stderr()
    handler.setFormatter(_Formatter(as_json=style == "json"))
    for name in ("evalkit", "generators"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(_LEVELS[level])
        logger.propagate = False


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
