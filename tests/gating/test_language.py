"""The gate in other languages: the baseline remembers its profile, and runs of different profiles are not comparable."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evalkit._util.resources import data_path

WORDS = [
    "la",
    "noche",
    "del",
    "puerto",
    "era",
    "fría",
    "y",
    "nadie",
    "sabía",
    "quién",
    "había",
    "subido",
    "caminando",
    "a",
    "la",
    "torre",
    "con",
    "la",
    "canción",
    "lentamente",
]
SHAPE = ("--passages", 12, "--chars", 600)
METRICS = ("-m", "letters.jsd,suffix.ando,vocab.hit")


def texts(n, n_words, seed):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, n_words)) for _ in range(n)]


@pytest.fixture(scope="module")
def kept():
    """The file of the baseline of all projects."""
    return {}


@pytest.fixture
def project(workspace, evalkit, kept):
    """Eight short documents in Spanish, and a baseline of samples like them."""
    (workspace / "cuentos").mkdir()
    for i, text in enumerate(texts(8, 1500, 0)):
        (workspace / "cuentos" / f"{i}.txt").write_text(text, encoding="utf-8")
    for name, seed in (("old.jsonl", 1), ("new.jsonl", 2)):
        (workspace / name).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts(12, 140, seed)))
    file = workspace / ".evalkit/baselines/main.json"
    if "main" not in kept:
        words = ("--reference", "cuentos", "--language", "es", *SHAPE, *METRICS, "-q")
        assert evalkit("baseline", "save", "main", "old.jsonl", *words)[0] == 0
        kept["main"] = file.read_bytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(kept["main"])
    return workspace


def gated(evalkit, *words):
    code, _, err = evalkit("gate", "new.jsonl", "--baseline", "main", "-o", "a.json", "-q", *words)
    return code, err or json.loads(Path("a.json").read_text(encoding="utf-8"))


def test_the_baseline_remembers_its_language(project, evalkit):
    code, results = gated(evalkit)
    assert code in {0, 3}
    tiers = {one["measure"]: one["tier"] for one in results["gate"]["decisions"]}
    assert tiers["suffix.ando"] == "supporting"
    assert "es-v2" in results["signature"]["word_lists"]
    assert "suffix.ando" in json.loads(evalkit("baseline", "show", "main", "-f", "json")[1])["metrics"]
    assert "suffix.ando" in {row["measure"] for row in json.loads(evalkit("plan", "--baseline", "main", "-f", "json")[1])}


def test_another_language_is_not_comparable(project, evalkit):
    code, results = gated(evalkit, "--language", "en", "-m", "letters.jsd")
    fields = {entry["field"] for entry in results["gate"]["not_comparable"]}
    assert (code, results["verdict"]) == (3, "NOT COMPARABLE")
    assert {"word_lists.es-v2", "word_lists.en-v1", "word_lists.dictionary"} <= fields
    assert not any("reference" in field for field in fields)


def test_a_changed_profile_of_ones_own_is_not_comparable(project, evalkit):
    profile = project / "mine.toml"
    profile.write_text(data_path("words", "es.toml").read_text(encoding="utf-8"), encoding="utf-8")
    save = ("baseline", "save", "own", "old.jsonl", "--reference", "cuentos", "--language", "mine.toml", *SHAPE, *METRICS, "-q")
    assert evalkit(*save)[0] == 0
    assert gated(evalkit, "--baseline", "own")[0] in {0, 3}
    profile.write_text(profile.read_text(encoding="utf-8").replace("demente clemente", "clemente"), encoding="utf-8")
    code, results = gated(evalkit, "--baseline", "own")
    assert (code, [entry["field"] for entry in results["gate"]["not_comparable"]]) == (3, ["word_lists.es-v2"])


def test_a_language_that_is_not_there(project, evalkit):
    code, err = gated(evalkit, "--language", "ess")
    assert (code, 'Did you mean "es"?' in err) == (2, True)


class TestPolicy:
    def test_one_policy_may_name_measures_of_several_languages(self, project, evalkit):
        (project / "evalkit.toml").write_text(
            '[policy.metrics."suffix.ando"]\nmargin = 77\n[policy.metrics."suffix.*_strict"]\nmargin = 3\n'
        )
        margins = {one["measure"]: one["margin"] for one in gated(evalkit)[1]["gate"]["decisions"]}
        assert margins["suffix.ando"] == 77

    def test_validate_shows_the_configured_language(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text('language = "de"\n[policy.metrics."suffix.ung"]\nmargin = 5\n')
        thresholds = json.loads(evalkit("validate", "-f", "json")[1])["thresholds"]
        assert thresholds["suffix.ung"]["margin"] == "5"
        assert thresholds["suffix.heit"]["tier"] == "advisory"
        assert "suffix.ing" not in thresholds

    def test_a_configured_language_that_is_not_there(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text('language = "xx"\n[policy]\nlevel = 0.9\n')
        code, _, err = evalkit("validate")
        assert (code, '"xx"' in err) == (2, True)


def test_calibrate_and_sweep_speak_it_too(project, evalkit):
    common = ("--reference", "cuentos", "--language", "es", "-m", "suffix.ando", *SHAPE)
    code, out, err = evalkit("calibrate", "unigram", *common, "--runs", 10, "--defect-runs", 0, "--jobs", 2, "-f", "json")
    assert (code, set(json.loads(out or "{}").get("measures", ()))) == (0, {"suffix.ando"}), err
    code, out, err = evalkit("sweep", "unigram", *common, "--temperature", "1", "-f", "json")
    assert (code, set(json.loads(out or "{}").get("metrics", ()))) == (0, {"suffix.ando"}), err


def test_an_ending_that_the_corpus_never_has(project, evalkit):
    """Nothing can be said of its difference, and the gate says so."""
    rng = np.random.default_rng(3)
    for name in ("old.jsonl", "new.jsonl"):
        lines = [" ".join(rng.choice([*WORDS, "humanidad", "humanidades"], 140)) for _ in range(12)]
        (project / name).write_text("".join(json.dumps({"text": line}) + "\n" for line in lines), encoding="utf-8")
    metrics = ("-m", "letters.jsd,suffix.idad_interior")
    saved = evalkit(
        "baseline", "save", "main", "old.jsonl", "--reference", "cuentos", "--language", "es", *SHAPE, *metrics, "-q", "--replace"
    )
    assert saved[0] == 0, saved[2]
    code, _, err = evalkit("gate", "new.jsonl", "--baseline", "main", "-o", "a.json", "-q")
    assert code in {0, 3}, err
    (row,) = [row for row in json.loads(Path("a.json").read_text())["results"] if row["metric"] == "suffix.idad_interior"]
    assert row["value"] is not None
    assert (row["delta"], row["delta_ci"]) == (None, None)
    assert row["reason"]
