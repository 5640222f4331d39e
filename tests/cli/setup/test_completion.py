"""`--install-completion` writes what a shell needs into the user's home, and the shell's question is answered."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.support.paths import ROOT

PLACES = {"bash": ".bash_completions/evalkit.sh", "zsh": ".zfunc/_evalkit", "fish": ".config/fish/completions/evalkit.fish"}


def environment(home):
    return {
        **os.environ,
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home in which the completion of every shell is installed, with the command on its path."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "bin").mkdir()
    (folder / "bin" / "evalkit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evalkit "$@"\n')
    (folder / "bin" / "evalkit").chmod(0o755)
    for shell in PLACES:
        done = run(folder, "evalkit", "--install-completion", shell)
        assert done.returncode == 0, done.stderr
    return folder


def run(home, *words):
    return subprocess.run(words, env=environment(home), cwd=home, capture_output=True, text=True)


def needs(shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")


@pytest.mark.parametrize("shell", PLACES)
def test_it_is_installed_as_it_is_shown(home, shell):
    installed = (home / PLACES[shell]).read_text()
    assert run(home, "evalkit", "--show-completion", shell).stdout.strip() == installed.strip()


@pytest.mark.parametrize("shell", PLACES)
def test_the_shell_reads_the_script(home, shell):
    needs(shell)
    assert run(home, shell, "-n", home / PLACES[shell]).returncode == 0


WORDS = [("evalkit ba", "baseline"), ("evalkit gate --bas", "--baseline")]


@pytest.mark.parametrize(("typed", "wanted"), WORDS)
def test_bash_completes(home, typed, wanted):
    """The installed script, sourced in bash, asks the program and gives the words that may follow."""
    ask = (
        f". ~/.bash_completions/evalkit.sh; COMP_WORDS=({typed}); COMP_CWORD={len(typed.split()) - 1}; _evalkit_completion evalkit"
    )
    done = run(home, "bash", "-c", f'{ask}; echo "$? ${{COMPREPLY[*]}}"')
    assert done.stdout.split() == ["0", wanted], done.stderr


@pytest.mark.parametrize(("typed", "wanted"), WORDS)
def test_fish_completes(home, typed, wanted):
    needs("fish")
    done = run(home, "fish", "-c", f'complete -C "{typed}"')
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [wanted], done.stderr


def test_zsh_completes_at_the_first_tab(home):
    """In a terminal, since zsh completes nowhere else."""
    needs("zsh")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("zsh", ["zsh", "-i"], {**environment(home), "TERM": "dumb", "ZDOTDIR": str(home), "skip_global_compinit": "1"})
    try:
        os.write(terminal, b"echo be''gun\n")  # so that the echo of what is typed is not taken for the answer
        assert b"begun" in seen(terminal, b"begun")
        for typed, wanted in WORDS:
            os.write(terminal, f"\x15{typed}\t".encode())
            answer = seen(terminal, f"{wanted} ".encode())
            assert f"{wanted} ".encode() in answer, answer
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def seen(terminal, awaited, *, seconds=120):
    """What a terminal shows, until something is there."""
    shown, end = b"", time.monotonic() + seconds
    with contextlib.suppress(OSError):  # the shell has ended
        while awaited not in shown and time.monotonic() < end:
            if select.select([terminal], [], [], 1)[0]:
                shown += os.read(terminal, 4096)
    return shown
