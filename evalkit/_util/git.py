"""Names the commit that is checked out, `git_commit`, and the servers that a repository is pushed to, `git_remotes`."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git_commit(folder: Path | None = None) -> str | None:
    """The commit that is checked out, with "+changes" where tracked files differ from it; None outside of git."""
    try:
        head = _git("rev-parse", "HEAD", folder=folder)
        # Untracked files are left out: results are written into the working folder.
        changed = _git("status", "--porcelain", "--untracked-files=no", folder=folder)
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+changes" if changed else "")


def git_remotes(folder: Path | None = None) -> str:
    """The names and addresses of a repository's remotes, as git lists them; "" outside of git."""
    try:
        return _git("remote", "-v", folder=folder)
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""


def _git(*words: str, folder: Path | None) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=True, cwd=folder, timeout=10)  # noqa: S603, S607 - fixed words; git is found as the user finds it
    return done.stdout.strip()
