"""Runs programs of Python in forks of a process that has loaded other people's libraries, `Programs`: each starts seconds sooner.

What a program loads of the project is its own, as in a fresh interpreter, since the first process loads nothing of it.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

LIBRARIES = ("jinja2", "jsonschema_rs", "nltk", "numba", "pandas", "rich.console", "scipy.stats", "seaborn", "typer")
"""What takes long to import; nothing that pytest would rewrite, and nothing with threads of its own."""


class Programs:
    """Runs programs one after the other; a context, which ends the process that they come from."""

    def __enter__(self) -> Programs:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [sys.executable, __file__]
        self._host = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        return self

    def __exit__(self, *_: object) -> None:
        self._host.communicate()  # which closes what it reads its orders from

    def run(self, *arguments: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """What `python ARGUMENTS` gives in a folder: `-m MODULE`, `-c CODE` or a file, and what follows."""
        with tempfile.TemporaryDirectory() as outputs:
            out, err = (Path(outputs) / name for name in ("out", "err"))
            order = {
                "arguments": arguments,
                "folder": str(folder),
                "environment": dict(environment),
                "out": str(out),
                "err": str(err),
            }
            print(json.dumps(order), file=self._host.stdin, flush=True)
            code = int(self._host.stdout.readline())
            return subprocess.CompletedProcess(arguments, code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def _next_program() -> list[str]:
    """In the fork of each order, what to run; it never returns in the process that forks."""
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _take_over(order)
            return order["arguments"]
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    os._exit(0)


def _take_over(order: dict) -> None:
    """Makes this process what the order describes: its folder, environment, path and streams."""
    for stream, target in enumerate((os.devnull, order["out"], order["err"])):
        os.dup2(os.open(target, os.O_RDWR | os.O_CREAT, 0o600), stream)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.path[1:1] = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]


def _run(first: str, *arguments: str) -> None:
    """As Python does with its own arguments."""
    if first == "-m":
        sys.path[0], sys.argv = str(Path.cwd()), list(arguments)
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.path[0], sys.argv = "", ["-c", *arguments[1:]]
        exec(compile(arguments[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.path[0], sys.argv = str(Path(first).resolve().parent), [first, *arguments]
        runpy.run_path(str(Path(first).absolute()), run_name="__main__")


if __name__ == "__main__":
    sys.path[0] = ""  # not this folder, whose modules have names that others have
    for library in LIBRARIES:
        with suppress(ImportError):
            import_module(library)
    gc.collect()
    gc.freeze()  # or every collection in a program looks at all that was loaded here, and copies its pages
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: no thread of Python runs here
        program = _next_program()
    _run(*program)
