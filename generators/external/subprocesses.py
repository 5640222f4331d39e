"""Running programs without a shell: bounded in time and output, several at once, and none left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

_CHUNK = 1 << 16
_KEPT_OF_STDERR = 1 << 14
_LAST_WORDS_SECONDS = 2.0
"""How long output of a program that was killed may take to arrive."""


@dataclass(frozen=True)
class Finished:
    """How a program ended.

    Args:
        exit_code: its own; negative for a signal.
        stdout: what it wrote, whole unless `trouble` says otherwise.
        stderr_end: the end of what it wrote there.
        trouble: "" or why it was stopped.
    """

    exit_code: int
    stdout: bytes
    stderr_end: bytes
    trouble: str


class Runner:
    """Starts programs, each at the head of a process group of its own, so that whatever it starts ends with it.

    Args:
        timeout: seconds for one program.
        max_bytes: of its output.
        environment: all that it sees of the environment.
    """

    def __init__(self, *, timeout: float, max_bytes: int, environment: Mapping[str, str]) -> None:
        self._timeout, self._max_bytes, self._environment = timeout, max_bytes, dict(environment)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, argv: Sequence[str]) -> Finished:
        """Runs a program to its end, or until it takes too long or writes too much.

        Raises:
            OSError, ValueError: when it cannot be started.
        """
        deadline = time.monotonic() + self._timeout
        process = self._start(argv)
        assert process.stdout is not None
        assert process.stderr is not None
        out = _Reader(process.stdout, most=self._max_bytes, on_too_much=lambda: _kill(process))
        err = _Reader(process.stderr, last=_KEPT_OF_STDERR)
        try:
            in_time = _ends_by(process, deadline)
            if in_time and process.returncode == 0:
                # A process that it left behind may still write, and holds the pipe open.
                in_time = out.ends_by(deadline) and err.ends_by(deadline)
        finally:
            _kill(process)
            exit_code = process.wait()
            with self._lock:
                self._running.discard(process)
        last_words = time.monotonic() + _LAST_WORDS_SECONDS
        out.ends_by(last_words)
        err.ends_by(last_words)
        trouble = "" if in_time else f"it took longer than {self._timeout:g} seconds"
        if out.too_much:
            trouble = f"it wrote more than {self._max_bytes:,} bytes"
        return Finished(exit_code, out.content(), err.content(), trouble)

    def stop(self) -> None:
        """Ends every program that runs; none can be started after this."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _kill(process)

    def _start(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise OSError("no more programs are started after the first that failed")
            process = subprocess.Popen(  # noqa: S603 - running what the user names is the purpose, and no shell reads it
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
            self._running.add(process)
            return process


class _Reader:
    """Reads a pipe to its end in a thread; keeps the first bytes of it, or the last."""

    def __init__(
        self, stream: IO[bytes], *, most: int | None = None, last: int | None = None, on_too_much: Callable[[], None] | None = None
    ) -> None:
        self._stream, self._most, self._last, self._on_too_much = stream, most, last, on_too_much
        self._chunks: list[bytes] = []
        self.too_much = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        size = 0
        with self._stream:
            while chunk := os.read(self._stream.fileno(), _CHUNK):
                self._chunks.append(chunk)
                size += len(chunk)
                if self._last is not None:
                    while size - len(self._chunks[0]) >= self._last:
                        size -= len(self._chunks.pop(0))
                if self._most is not None and size > self._most:
                    self.too_much = True
                    if self._on_too_much:
                        self._on_too_much()
                    return

    def ends_by(self, deadline: float) -> bool:
        """Waits for the end of the stream, and says whether it came in time."""
        self._thread.join(max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive()

    def content(self) -> bytes:
        """What was kept."""
        content = b"".join(list(self._chunks))
        return content if self._last is None else content[-self._last :]


def _ends_by(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Waits for a program's end, and says whether it came in time."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, deadline - time.monotonic()))
        return True
    return False


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a program and everything that it started, as far as that stayed in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
