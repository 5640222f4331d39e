"""Every hint about installing names our distribution: `evalkit` on the package index is another project."""

from __future__ import annotations

import re
import subprocess
import tomllib

import pytest

from evalkit.errors import DISTRIBUTION, MissingExtraError, install_command, reinstall_remedy
from evalkit.trackers import TRACKERS
from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = "|".join(PROJECT["optional-dependencies"])
# Put together, so that this file is no finding of its own.
OTHER = "evalkit"
FOREIGN = re.compile(rf"pip install (?:-\S+ +)*['\"]?{OTHER}(?!-text\b)|\b{OTHER}\[(?:{EXTRAS})\b")


def test_the_hint_names_the_distribution_and_its_extras():
    assert PROJECT["name"] == DISTRIBUTION
    for extra in PROJECT["optional-dependencies"]:
        assert MissingExtraError("This", extra=extra).remedy == f"Install them with: pip install '{PROJECT['name']}[{extra}]'"
    assert install_command() in reinstall_remedy()


def test_every_extra_that_code_asks_for_is_there():
    used = {
        extra
        for package in ("evalkit", "generators")
        for path in (ROOT / package).rglob("*.py")
        for extra in re.findall(r'MissingExtraError\(.*?extra="(\w+)"', path.read_text(encoding="utf-8"))
    }
    of_trackers = {tracker.needs for tracker in TRACKERS.values() if tracker.needs}
    assert used | of_trackers == set(PROJECT["optional-dependencies"])


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_hint_names_the_other_project():
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", errors="replace") for name in tracked()}
    assert {name: match[0] for name, text in texts.items() if (match := FOREIGN.search(text))} == {}


@pytest.mark.parametrize(
    ("hint", "foreign"),
    [
        (f"pip install '{OTHER}[lstm]'", True),
        (f"pip install -q {OTHER}", True),
        (f"{OTHER}[parquet]", True),
        ("pip install 'evalkit-text[lstm]'", False),
        ("pip install --quiet git+https://github.com/OWNER/evalkit@v0.1.0", False),
        ("pip install -e '.[lstm]'", False),
    ],
)
def test_what_is_looked_for(hint, foreign):
    assert bool(FOREIGN.search(hint)) == foreign
