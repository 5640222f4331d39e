"""Follows pages as a reader does, `follow`, and gives tests the scripts behind them: docs/generate.py as `generate`, docs/pages/tables.py as `tables`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.paths import ROOT

sys.path.insert(0, str(ROOT / "docs"))  # a script beside the pages, not part of a package

import generate
import tables  # `generate` puts its folder on the path

__all__ = ["follow", "generate", "tables"]


BLOCK = re.compile(r"^ *```(\w+)([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"# exit code (\d)$")


def follow(page, evalkit):
    """Runs a page's blocks in turn; gives its Python namespace. What stands in a block of text must be in what came before."""
    namespace, printed = {}, ""
    for language, info, body in BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8")):
        if title := re.search(r'title="([^"]+)"', info):
            Path(title[1]).write_text(body, encoding="utf-8")
        elif language == "python":
            exec(compile(body, page, "exec"), namespace)
        elif language == "sh":
            printed = "\n".join(ran(line.strip(), evalkit) for line in body.strip().splitlines())
        elif language == "text":
            assert [line for line in body.splitlines() if flat(line) not in flat(printed)] == [], printed
    return namespace


def flat(text):
    return " ".join(text.split())


def ran(line, evalkit):
    wanted = int(match[1]) if (match := CODE.search(line)) else 0
    program, *arguments = shlex.split(line, comments=True)
    if program == "evalkit":
        code, out, err = evalkit(*arguments)
    else:
        # Named, so that it is the same whether or not the package with its entry point is installed.
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", program, "-p", "evalkit.pytest_plugin", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        code, out, err = done.returncode, done.stdout, done.stderr
    assert code == wanted, f"{line}\n{out}{err}"
    return out + err
