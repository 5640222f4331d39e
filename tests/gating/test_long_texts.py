"""The gate and one long text: as candidate, as baseline, and samples that are longer than a baseline's passages."""

from __future__ import annotations

import json

import pytest

import evalkit as package
from evalkit.gating.baseline import read_baseline
from generators import create

METRICS = "letters.jsd,vocab.hit,wordlen.w1,order.bigrams"


@pytest.fixture(scope="module")
def streams():
    """Streams of a good and of a bad model, 45,000 characters each."""
    train = [document.text for document in package.read_corpus("embedded").documents]
    return {order: create(f"ngram:order={order}").fit(train).sample(3, 45_000, seed=12) for order in (2, 5)}


@pytest.fixture
def lenient(workspace):
    rules = [f'[metrics."{id_}"]\nmargin = "15 floor"\n' for id_ in METRICS.split(",")]
    (workspace / "lenient.toml").write_text("".join(rules))
    return ("--policy", "lenient.toml", "-f", "json")


def save(evalkit, spec, *more):
    return evalkit("baseline", "save", "main", spec, "-m", METRICS, "-q", *more)


@pytest.fixture(scope="module")
def kept():
    """The file of a baseline that several tests gate against."""
    return {}


class TestOneTextAsCandidate:
    @pytest.fixture(autouse=True)
    def baseline(self, evalkit, workspace, kept):
        file = workspace / ".evalkit/baselines/main.json"
        if "main" not in kept:
            # One text is compared once, so that the baseline need not keep passages for further looks.
            assert save(evalkit, "ngram:order=5", "--passages", 40, "--chars", 1000, "--max-passages", 40)[0] == 0
            kept["main"] = file.read_bytes()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(kept["main"])

    def test_is_decided_by_blocks_and_what_is_left_out_is_said_first(self, evalkit, workspace, streams, lenient):
        (workspace / "new.txt").write_text(streams[5][1])
        code, out, _ = evalkit("gate", "new.txt", "--baseline", "main", *lenient)
        data = json.loads(out)
        assert (code, data["verdict"]) == (0, "PASS"), data["gate"]["decisions"]
        assert data["warnings"][0].startswith("11 % of the characters of new were not judged: 40 of the 45 pieces were drawn")
        assert "since the baseline has 40" in data["warnings"][0]
        assert any("from blocks of consecutive pieces (one text; 40 consecutive pieces" in w for w in data["warnings"])
        assert all(row["n_units"] == 1 for row in data["results"])
        assert any(row["ci"] for row in data["results"])

    def test_that_is_worse_is_a_regression(self, evalkit, workspace, streams, lenient):
        (workspace / "new.txt").write_text(streams[2][0])
        assert evalkit("gate", "new.txt", "--baseline", "main", *lenient)[0] == 1

    def test_that_is_too_short_is_not_comparable_and_says_what_would_be(self, evalkit, workspace, streams, lenient):
        (workspace / "new.txt").write_text(streams[5][0][:20_000])
        code, out, _ = evalkit("gate", "new.txt", "--baseline", "main", *lenient)
        data = json.loads(out)
        assert (code, data["verdict"]) == (3, "NOT COMPARABLE")
        assert "or one text that holds as much" in data["warnings"][0]


class TestOneTextAsBaseline:
    def test_keeps_its_blocks_and_is_refused_where_they_were_damaged(self, evalkit, workspace, streams, lenient):
        (workspace / "old.txt").write_text(streams[5][1])
        assert save(evalkit, "old.txt")[0] == 0
        baseline = read_baseline(workspace / ".evalkit/baselines/main.json")
        assert baseline.blocks.n_blocks == 22
        assert str(baseline.blocks) == "one text; 45 consecutive pieces, 22 blocks of 2"
        (workspace / "new.txt").write_text(streams[5][2])
        code, out, _ = evalkit("gate", "new.txt", "--baseline", "main", *lenient)
        assert code == 0, json.loads(out)["gate"]["decisions"]
        file, whole = workspace / ".evalkit/baselines/main.json", baseline.to_json()
        damaged = [[], {"of": [0]}, {"of": [0, 2], "n_texts": 1, "n_pieces": 2, "reason": None}, {"of": None, "reason": 3}, "x"]
        for blocks in damaged:
            file.write_text(json.dumps({**json.loads(whole), "blocks": blocks}))
            code, _, err = evalkit("gate", "old.txt", "--baseline", "main")
            assert code == 2, blocks
            assert "is not a baseline" in err

    def test_of_too_few_pieces_is_refused_with_the_reason(self, evalkit, workspace, streams):
        (workspace / "old.txt").write_text(streams[5][1][:15_000])
        code, _, err = save(evalkit, "old.txt")
        assert code == 3
        assert "blocks of one text's pieces take at least 40" in " ".join(err.split())


class TestSamplesOfAnotherLength:
    def test_are_cut_to_the_baselines_and_say_how_much_is_lost(self, evalkit, workspace, streams, lenient):
        assert save(evalkit, "ngram:order=5", "--passages", 30, "--chars", 1000, "--max-passages", 30)[0] == 0
        texts = [streams[5][i // 15][i % 15 * 1400 :][:1400] for i in range(30)]
        (workspace / "new.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        code, out, _ = evalkit("gate", "new.jsonl", "--baseline", "main", *lenient)
        data = json.loads(out)
        assert (code, data["verdict"]) == (0, "PASS"), data["gate"]["not_comparable"]
        assert data["warnings"][0].startswith("28 % of the characters of new were not judged: they were cut to 1,000 characters")

    def test_in_pieces_are_as_many_units_as_samples(self, evalkit, workspace, streams):
        texts = [streams[5][i // 8][i % 8 * 5000 :][:5000] for i in range(16)]
        (workspace / "old.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        assert save(evalkit, "old.jsonl", "--chars", 1000)[0] == 0
        baseline = read_baseline(workspace / ".evalkit/baselines/main.json")
        assert baseline.shape == {"n_passages": 80, "n_chars": 1000}
        assert all(len(set(baseline.clusters[i : i + 5])) == 1 for i in range(0, 80, 5))
        assert len(set(baseline.clusters)) == 16
        assert baseline.blocks is None
