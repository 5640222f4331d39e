"""`compare MODEL/checkpoints`: the last checkpoint is the candidate, and all of them are scored at its shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.errors import ModelError
from evalkit.evaluation.candidates import parse_candidate
from evalkit.results import read
from generators import create
from generators.base import Decoding
from generators.training.checkpoints import SampledCheckpoint, file_of, passage_lines, write_checkpoint


@pytest.fixture
def checkpoints(workspace: Path) -> Path:
    """A "training" from hot to cool: noise first, then the n-gram itself."""
    from evalkit.text.corpus import read_corpus

    model = create("ngram:order=5").fit([document.text for document in read_corpus().documents[:6]])
    folder = workspace / "model" / "checkpoints"
    for step, temperature in enumerate((8.0, 2.0, 1.0), start=1):
        texts = model.sample(6, 700, decoding=Decoding(temperature=temperature))
        one = SampledCheckpoint(
            updates=100 * step, characters=5000 * step, seconds=1.5 * step, held_out_bits=4.0 / step, file=file_of(100 * step)
        )
        write_checkpoint(folder, one, list(passage_lines(texts, spec="lstm", seed=0, first=0)), spec="lstm", seed=0)
    return folder


def test_the_last_checkpoint_is_the_candidate_and_all_are_scored(checkpoints: Path, evalkit) -> None:
    code, out, _ = evalkit(
        "compare", checkpoints, "unigram", "-m", "vocab.hit,suffix.ing,letters.jsd", "-o", "r.json", "-o", "r.html"
    )
    assert code == 0, out
    results = read(Path("r.json"))
    assert [candidate["name"] for candidate in results.candidates] == ["model", "unigram"]
    (trained,) = results.learning
    assert trained["name"] == "model"
    assert [(one["updates"], one["characters"], one["bits_per_char"]) for one in trained["checkpoints"]] == [
        (100, 5000, 4.0),
        (200, 10000, 2.0),
        (300, 15000, pytest.approx(4 / 3)),
    ]
    known = [row["value"] for one in trained["checkpoints"] for row in one["rows"] if row["metric"] == "vocab.hit"]
    assert known[0] < known[1] < known[2]
    last = results.row("model", "vocab.hit")
    assert last is not None
    assert last.value == known[2]
    assert 'id="learning"' in Path("r.html").read_text(encoding="utf-8")


def test_its_name_is_that_of_the_model(checkpoints: Path) -> None:
    assert parse_candidate(str(checkpoints)).name == "model"
    assert parse_candidate(f"mine={checkpoints}").name == "mine"


def test_a_damaged_index_is_refused(checkpoints: Path, evalkit) -> None:
    index = checkpoints / "checkpoints.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "format_version": 9}), encoding="utf-8")
    code, _, err = evalkit("compare", checkpoints)
    assert code == 2
    assert "is not an index of checkpoints" in err


def test_without_checkpoints_nothing_was_learned(evalkit, workspace: Path) -> None:
    (workspace / "empty").mkdir()
    (workspace / "empty" / "checkpoints.json").write_text(
        '{"format": "evalkit-checkpoints", "format_version": 1, "checkpoints": []}'
    )
    with pytest.raises(ModelError, match="it lists none"):
        parse_and_read(workspace / "empty")


def parse_and_read(folder: Path) -> object:
    from evalkit.evaluation.candidates import read_samples
    from evalkit.text.io.options import DEFAULTS

    return read_samples(parse_candidate(str(folder)), DEFAULTS)
