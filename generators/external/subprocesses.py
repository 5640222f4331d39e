"""Runs programs without a shell, several at once, bounded in time and output, and leaves none behind: `Runner`.

Not even after a SIGKILL, which nobody can catch: a watchdog of its own process reads a pipe, and ends them when the pipe closes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Self

PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV",
    "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE",
    "APPDATA", "LOCALAPPDATA",
)  # fmt: skip
"""Environment variables that every program sees. Keys and tokens are not among them, so that no program gets them unasked."""

_CHUNK = 1 << 16
_KEPT_OF_STDERR = 1 << 14
_DRAIN_SECONDS = 2.0
"""How long the output of a killed program may take to arrive; a process that left the group could hold the pipe open for ever."""


@dataclass(frozen=True)
class FinishedProgram:
    """How a program ended.

    Args:
        exit_code: its own; negative for a signal.
        stdout: its standard output, whole unless `trouble` says otherwise.
        stderr_end: the end of its standard error.
        trouble: why it was stopped; "" where it ended by itself.
    """

    exit_code: int
    stdout: bytes
    stderr_end: bytes
    trouble: str


def environment(names: Sequence[str] = ()) -> dict[str, str]:
    """The environment variables that a program sees: those of `PASSED_ON`, and further ones by name."""
    passed_on = {name: os.environ[name] for name in (*PASSED_ON, *names) if name in os.environ}
    return {"PATH": os.defpath, **passed_on}


_WATCHDOG = r"""
trap '' HUP INT TERM
groups=
while read -r sign group; do
  kept=
  for other in $groups; do [ "$other" = "$group" ] || kept="$kept $other"; done
  groups=$kept
  [ "$sign" = - ] || groups="$groups $group"
done
for group in $groups; do kill -s KILL -- "-$group"; done
"""
"""Reads which process groups begin (`+ 123`) and end (`- 123`); where the pipe closes, it ends those that are left. It is written for any
POSIX shell, since the kernel's own signal at a parent's death reaches no grandchildren and exists on Linux alone."""


class Runner:
    """Starts programs, each as the leader of a new process group, so that whatever it starts ends with it, or with us.

    It is a context manager; no program outlives its block.

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
        self._watchdog: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._watchdog is not None:
            assert self._watchdog.stdin is not None
            with contextlib.suppress(OSError):
                self._watchdog.stdin.close()
            self._watchdog.wait()

    def run(self, argv: Sequence[str]) -> FinishedProgram:
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
                # A background process that it started may still write and hold the pipe open.
                in_time = out.ends_by(deadline) and err.ends_by(deadline)
        finally:
            _kill(process)
            exit_code = process.wait()
            with self._lock:
                self._running.discard(process)
                self._tell_watchdog("-", process)
        drained_by = time.monotonic() + _DRAIN_SECONDS
        out.ends_by(drained_by)
        err.ends_by(drained_by)
        trouble = "" if in_time else f"it took longer than {self._timeout:g} seconds"
        if out.too_much:
            trouble = f"it wrote more than {self._max_bytes:,} bytes"
        return FinishedProgram(exit_code, out.content(), err.content(), trouble)

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
            if self._watchdog is None:
                self._watchdog = _watchdog()
            # Started under the lock, so that `stop` never misses a program that is just being started.
            process = subprocess.Popen(  # noqa: S603 - running what the user names is the purpose, and no shell reads it
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
            self._running.add(process)
            self._tell_watchdog("+", process)
            return process

    def _tell_watchdog(self, sign: str, process: subprocess.Popen[bytes]) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            with contextlib.suppress(OSError, ValueError):  # it was killed, or its pipe is closed
                self._watchdog.stdin.write(f"{sign} {process.pid}\n".encode())
                self._watchdog.stdin.flush()


def _watchdog() -> subprocess.Popen[bytes] | None:
    """Starts a watchdog; None where the system has no shell for it, and programs end with us unless we are killed."""
    with contextlib.suppress(OSError):
        return subprocess.Popen(  # noqa: S603 - our own words
            ["/bin/sh", "-c", _WATCHDOG],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return None


class _Reader:
    """Reads a pipe to its end in a thread, and keeps its first bytes or its last.

    Both pipes of a program are read at once: one that nobody reads fills up and stops the program.
    """

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
