"""docs/reference/generators.md tells of every generator and every option, and what it gives as examples works."""

from __future__ import annotations

import re

import pytest

import generators
from generators.base import option_defaults
from generators.external.command import PLACEHOLDERS
from generators.external.subprocesses import PASSED_ON
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "reference" / "generators.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
OURS = list(generators.NAMES.ours)


@pytest.mark.parametrize("name", OURS)
def test_every_option_is_told_and_no_other(name):
    told = re.findall(r"^\| `(\w+)` \|", SECTIONS[name], re.MULTILINE)
    assert sorted(told) == sorted(option_defaults(generators.find(name)))
    assert f"[{name}](#{name})" in PAGE


@pytest.mark.parametrize("name", OURS)
def test_examples_of_specifications_are_valid(name):
    for spec in re.findall(rf"`({name}:[^`]+)`", PAGE):
        assert generators.create(spec).name == name


def test_the_command_section_names_every_placeholder_and_variable():
    section = SECTIONS["command"]
    assert re.findall(r"^\| `\{(\w+)\}` \|", section, re.MULTILINE) == list(PLACEHOLDERS)
    assert not [name for name in PASSED_ON if not re.search(rf"\b{name}\b", section)]
