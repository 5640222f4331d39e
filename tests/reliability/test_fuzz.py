"""Whatever a document holds, it is refused with one clear error, or everything that evalkit makes of it can be made.

Documents are made from the schema of results.json and from the forms of the other files, and most of them are damaged. Far more of them:

    python -m benchmarks fuzz --documents 1000000
"""

from __future__ import annotations

import json
import random

import pytest

from benchmarks.reliability import guided
from evalkit.results import from_dict
from tests.support.fuzz.guided import TARGETS
from tests.support.fuzz.results import results_document
from tests.support.fuzz.subjects import SUBJECTS, Fuzz

DOCUMENTS = {"results": 400, "baseline": 800, "model": 1200, "policy": 2000, "configuration": 60}


@pytest.mark.parametrize("name", SUBJECTS)
def test_documents_are_refused_or_shown(name, tmp_path):
    fuzz = Fuzz(name, tmp_path)
    n_read = sum(fuzz.tried(number) for number in range(DOCUMENTS[name]))
    # A configuration is read by the command that shows it. Others would show nothing if all or none of them were refused.
    assert name == "configuration" or DOCUMENTS[name] / 10 < n_read < 0.9 * DOCUMENTS[name]


def test_sound_results_conform():
    for number in range(200):
        from_dict(json.loads(json.dumps(results_document(random.Random(number)))))


@pytest.mark.parametrize("name", TARGETS)
def test_what_a_guided_fuzzer_begins_with(name, tmp_path):
    """Sound bytes pass, and so does what comes of changing one."""
    target, rng = TARGETS[name], random.Random(name)
    for seed in list(target.seeds(tmp_path))[:6]:
        target.one(seed, tmp_path)
        changed = bytearray(seed)
        changed[rng.randrange(len(changed))] = rng.randrange(256)
        target.one(bytes(changed), tmp_path)


def test_the_fuzzer_takes_all_targets():
    assert set(guided.TARGETS) == set(TARGETS)
