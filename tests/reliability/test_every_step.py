"""Whole commands that are killed before or after any step on the file system, or in the middle of a write, damage nothing.

`tests.support.killing.steps` records what a kill at each moment would leave. Every one of these states is judged. The command runs again in each
state of the quick commands, and in a part of those of a gate and a comparison; `EVALKIT_KILLS=all` takes all of them.
"""

from __future__ import annotations

import os
from itertools import pairwise

import pytest

from evalkit.gating.baseline import Store
from evalkit.results import read
from generators.storage import load
from tests.support.killing.commands_killed import COMMANDS, Recorded, ran
from tests.support.killing.steps import restore

SLOW = {"save a baseline": 4, "replace a baseline": 4, "gate": 12, "gate again": 12, "compare": 12}
"""Of how many states one is continued from."""
FOLDERS = {"reports", "models", "cache"}
"""Whose folders appear whole or not at all."""


def is_draft(name):
    return any(part.startswith(".") and ".evalkit-" in part for part in name.split("/"))


def units(state):
    """What appears as a whole -> its files: the folders of runs and models, and every file elsewhere."""
    found = {}
    for name, content in state.items():
        parts = name.split("/")
        if is_draft(name) or (content is None and (len(parts) < 2 or parts[0] not in FOLDERS)):
            continue
        unit = "/".join(parts[:2]) if parts[0] in FOLDERS else name
        if content is not None or len(parts) > 1:
            found.setdefault(unit, {})[name] = content
    # An empty folder holds the place of a model while it is trained, and is none.
    return {unit: files for unit, files in found.items() if not unit.startswith((".evalkit", "models/")) or any(files.values())}


def requested(name):
    """The files that a command removes as it begins."""
    words = COMMANDS[name]
    return {word for option, word in pairwise(words) if option == "-o"}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_kill_leaves_is_old_or_new(recorded, name):
    one: Recorded = recorded[name]
    assert one.unwatched == []
    before, after = units(one.before), units(one.after)
    for state in one.states:
        now = units(state)
        for unit in before.keys() | after.keys() | now.keys():
            whole = [way[unit] for way in (before, after) if unit in way]
            gone = unit not in now and (unit not in before or unit not in after or unit in requested(name))
            assert gone or now.get(unit) in whole, (unit, sorted(now.get(unit, {})))


def test_every_kind_of_step_was_seen(recorded):
    calls = {call for one in recorded.values() for call in one.calls}
    assert calls >= {"open", "write", "fsync", "mkdir", "rmdir", "rename", "replace", "link", "unlink"}
    assert sum(one.n_points for one in recorded.values()) > 500


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_gets_its_name_before_its_content_is_on_the_disk(recorded, name):
    """Otherwise a power cut leaves the name on an empty file."""
    assert recorded[name].unsynced == []


def test_an_anchor_never_outlives_its_baseline(recorded):
    """It would be taken for that of the next baseline of the name."""
    store = ".evalkit/baselines/main"
    for state in recorded["remove"].states:
        assert f"{store}.anchor.json" not in state or f"{store}.json" in state


@pytest.mark.parametrize("name", COMMANDS)
def test_the_next_run_sweeps_and_works(recorded, name, tmp_path, monkeypatch, capsys):
    one: Recorded = recorded[name]
    root = tmp_path / "root"
    step = 1 if os.environ.get("EVALKIT_KILLS") == "all" else SLOW.get(name, 1)
    for state in one.states[::step]:
        monkeypatch.chdir(tmp_path)
        restore(state, root)
        monkeypatch.chdir(root)
        taken = ".evalkit/baselines/main.json" in state
        code = ran(COMMANDS[name])
        expected = {0, 1, 3} | ({2} if name == "save a baseline" and taken else set())
        assert code in expected, capsys.readouterr().err
        left = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        assert code == 2 or [path for path in left if is_draft(path)] == []  # who finds the name taken writes nothing there
        assert_whole(root)


def assert_whole(root):
    """Everything that is there can be read."""
    for run in (root / "reports").glob("*/"):
        assert read(run).candidates
    for kept in (root / "models").glob("*/"):
        assert load(kept).describe()
    store = Store(root / ".evalkit" / "baselines")
    for name in store.names():
        assert store.load(name)
