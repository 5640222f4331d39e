"""Names drafts after the program that makes them, `draft_beside`, and clears away those of programs that were killed, `sweep`.

A draft is hidden and stands beside what it is to become. Its name says which process of which machine it belongs to and when that
process began, since numbers of processes are given again. A draft of another machine, or of a container, is abandoned after a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import socket
import time
from pathlib import Path

from evalkit._util.paths import is_folder, is_link, status_of

__all__ = ["aside_beside", "draft_beside", "prefix_of", "sweep"]

_MARK = ".evalkit-"
_NAME = re.compile(
    r"\.(?P<start>.*)\.evalkit-(?P<machine>[0-9a-f]{6})-(?P<pid>\d+)-(?P<began>\d+)-[0-9a-f]{8}(?P<aside>~[0-9a-f]{8})?", re.DOTALL
)
_LONGEST_START = 40
_ABANDONED_SECONDS = 86_400.0
_REPLACED_SECONDS = 60.0
"""Between moving the old aside and the new into place lies far less."""


def draft_beside(path: Path) -> Path:
    """A name for a draft of a path that nobody else has, on the same file system.

    The start of a long name suffices, since names have a limit of 255 bytes.
    """
    pid = os.getpid()
    return path.with_name(f"{prefix_of(path)}{_machine()}-{pid}-{_began(pid) or 0}-{secrets.token_hex(4)}")


def aside_beside(path: Path) -> Path:
    """A name for what is moved aside to make room, from which `sweep` can bring it back."""
    draft = draft_beside(path)
    return draft.with_name(f"{draft.name}~{_short_hash(path.name)}")


def prefix_of(path: Path) -> str:
    """How the names of all drafts of a path begin."""
    return f".{path.name[:_LONGEST_START]}{_MARK}"


def sweep(folder: Path, *, name: str | None = None) -> None:
    """Removes the drafts of dead programs from a folder, and brings back what they had moved aside and not replaced.

    Args:
        folder: that is written into; nothing happens where it is not there or cannot be read.
        name: of what is looked for there. What was moved aside under a long name is brought back only if it is this one, since a
            draft has only the start of it.
    """
    with contextlib.suppress(OSError, ValueError):
        for entry in os.listdir(folder):  # noqa: PTH208 - names suffice
            if entry.startswith(".") and _MARK in entry and (match := _NAME.fullmatch(entry)) is not None:
                with contextlib.suppress(OSError):  # another program sweeps too
                    _sweep(folder / entry, match, name)


def _sweep(draft: Path, match: re.Match[str], name: str | None) -> None:
    # On other systems a signal cannot be used to ask whether a process lives: it would end it. There, all drafts wait for a day.
    ours = os.name == "posix" and match["machine"] == _machine()
    if ours and _lives(int(match["pid"]), int(match["began"])):
        return
    # The time of the rename and not that of the content, which may be as old as it likes.
    age = time.time() - draft.lstat().st_ctime
    if match["aside"] is not None and (ours or age > _REPLACED_SECONDS):
        target = next((draft.with_name(n) for n in (match["start"], name) if n and match["aside"] == f"~{_short_hash(n)}"), None)
        if target is not None and status_of(target, follow=False) is None:
            draft.rename(target)
            return
        if target is None and not ours:
            return
    if ours or age > _ABANDONED_SECONDS:
        if is_folder(draft) and not is_link(draft):
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink()


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]


def _machine() -> str:
    """Tells machines, their restarts and containers apart, in each of which processes are numbered anew."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
    with contextlib.suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115 - the text of the link is no path
    return _short_hash("\0".join(parts))[:6]


def _began(pid: int) -> int | None:
    """When a process began, in the system's own unit; None where it has ended, or the system does not tell."""
    try:
        # The name of the program, in brackets, may hold anything.
        facts = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return None if facts[0] in {b"Z", b"X"} else int(facts[19])
    except (OSError, IndexError, ValueError):
        return None


def _lives(pid: int, began: int) -> bool:
    if _began(os.getpid()) is not None:  # the system tells
        return _began(pid) == began
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
