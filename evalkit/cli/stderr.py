"""Writes what goes to stderr: the log (`configure`), as `key=value` or JSON lines, and the progress of a run (`shown`).

Progress is a bar in a terminal, a log line for each step under EVALKIT_LOG=info, and a line a minute elsewhere, as in CI.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evalkit._util.escape import json_text, visible
from evalkit._util.formatting import bare, duration
from evalkit.errors import ConfigError, one_of

if TYPE_CHECKING:  # numpy would slow down every --help
    from generators.base import Progress

log = logging.getLogger("evalkit")

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_MINUTE = 60.0
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
    """A progress that draws one line on stderr, logs its steps, or writes a line a minute where stderr is no terminal; `silent` when off."""
    if log.isEnabledFor(logging.INFO):  # EVALKIT_LOG=info; lines and a bar would overwrite each other
        yield _logged()
        return
    if not enabled or sys.stderr is None:
        from generators.base import silent

        yield silent
        return
    if not sys.stderr.isatty():
        yield EveryMinute()
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        left = TimeLeft()

        def update(message: str, done: float, total: float) -> None:
            text = visible(message + left.told(message, done, total))
            bar.update(task, description=escape(text), completed=done, total=total or None)

        yield update


class TimeLeft:
    """Estimates how long a step takes still, from how long its part that is done took.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step: tuple[float, float, float] | None = None
        """When the step began, with how much done, of how much."""
        self._done = 0.0

    def told(self, message: str, done: float, total: float) -> str:
        """The time left as the end of a line, such as ", about 5 min left"; empty where a step says it itself, or nothing is known yet."""
        now = self._clock()
        if self._step is None or self._step[2] != total or done < self._done:
            self._step = (now, done, total)
        self._done = done
        began, first, _ = self._step
        if done <= first or done >= total or " left" in message:
            return ""
        left = (now - began) * (total - done) / (done - first)
        return f", about {bare(duration(left))} left" if left >= 1 else ""


class EveryMinute:
    """A progress that writes what is being done to stderr, a line a minute, so that a log of CI shows that it goes on, and how long still.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._left = clock, TimeLeft(clock)
        self._start = self._last = clock()

    def __call__(self, message: str, done: float, total: float) -> None:
        """Writes a line if the last one is a minute old."""
        left, now = self._left.told(message, done, total), self._clock()
        if now - self._last < _MINUTE or sys.stderr is None or sys.stderr.closed:
            return
        self._last = now
        share = f" ({100 * done / total:.0f} %)" if 0 < done < total else ""
        with contextlib.suppress(OSError):  # the reader of stderr may have gone, which is no fault of the work
            print(visible(f"{bare(duration(now - self._start))}: {message}{share}{left}"), file=sys.stderr, flush=True)


def _logged() -> Progress:
    """A progress that logs every message once, with the seconds since the start."""
    start, last = time.monotonic(), ""

    def update(message: str, done: float, total: float) -> None:
        nonlocal last
        if message != last:
            last = message
            log.info("%s", message, extra={"seconds": round(time.monotonic() - start, 2)})

    return update
