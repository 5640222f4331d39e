"""A configuration is read by the command line and the pytest plugin, and by nothing that a program calls."""

from __future__ import annotations

import ast

from evalkit.config import NO_CONFIG, find_config, languages_of
from evalkit.gating.request import effective_policy
from tests.support.paths import ROOT


def test_no_function_of_the_library_reads_the_working_folder():
    callers = set()
    for package in ("evalkit", "generators"):
        for path in (ROOT / package).rglob("*.py"):
            names = {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
            if names & {"find_config", "load_config"}:
                callers.add(path.relative_to(ROOT).as_posix())
    assert {caller for caller in callers if not caller.startswith("evalkit/cli/")} <= {
        "evalkit/config.py",
        "evalkit/pytest_plugin.py",
    }


def test_what_a_library_function_gives_does_not_depend_on_where_it_is_called(workspace, monkeypatch):
    before = effective_policy()
    (workspace / "evalkit.toml").write_text('[policy.metrics."letters.jsd"]\nmargin = 77\n')
    monkeypatch.setenv("EVALKIT_LANGUAGE", "mine.toml")
    assert effective_policy() == before
    assert "mine.toml" not in languages_of(NO_CONFIG)
    assert "mine.toml" in languages_of(find_config())
