"""gate, baseline and validate as people run them: exit codes, files, messages."""

from __future__ import annotations

import json
import random
import re
import shutil
import tomllib
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from evalkit.results import from_dict, validate
from generators import create
from tests.support.runs import gated

ONE_LOOK = "--fixed"
"""Where the verdict does not matter or cannot change: further looks would draw and judge many times as many passages."""
SHAPE = ("--passages", 24, "--chars", 1000)
METRICS = ("-m", "letters.jsd,vocab.hit,wordlen.w1,function.share,order.bigrams")


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """The folder of a project with a baseline: a 5-gram on the embedded corpus."""
    folder = tmp_path_factory.mktemp("project")
    # The embedded corpus is small and of one voice, so that its floor units are: at this shape they would leave much undecided.
    rules = [f'[metrics."{id_}"]\nmargin = "6 floor"\n' for id_ in METRICS[1].split(",")]
    (folder / "lenient.toml").write_text("".join(rules))
    succeed(folder, "baseline", "save", "main", "ngram:order=5", *SHAPE, *METRICS, "-q")
    return folder


@pytest.fixture(scope="session")
def decided(saved, tmp_path_factory):
    """The same with a gate that passed."""
    folder = tmp_path_factory.mktemp("decided")
    shutil.copytree(saved, folder, dirs_exist_ok=True)
    succeed(folder, "gate", "ngram:order=5", "--baseline", "main", "--policy", "lenient.toml", "-q")
    return folder


def succeed(folder, *words):
    """Runs a command in a folder, which ends in 0."""
    from evalkit.cli import app
    from evalkit.cli.run import exit_code

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert exit_code(lambda: app(args=[str(word) for word in words], prog_name="evalkit", standalone_mode=False)) == 0


@pytest.fixture
def project(saved, workspace):
    """A copy of the project to work in."""
    return shutil.copytree(saved, workspace, dirs_exist_ok=True)


@pytest.fixture
def passed(decided, workspace):
    """A copy of the project, in which a gate has passed."""
    return shutil.copytree(decided, workspace, dirs_exist_ok=True)


def load(path):
    data = json.loads(path.read_text(encoding="utf-8"))
    validate(data)
    return from_dict(data)


def test_the_same_passes_and_writes_everything(project, evalkit):
    outputs = ("--policy", "lenient.toml", "-o", "a.json", "-o", "a.junit.xml", "-o", "a.md", "-o", "a.html", "-o", "a.csv")
    code, out, err = evalkit("gate", "ngram:order=5", "--baseline", "main", *outputs)
    assert (code, err) == (0, "")
    assert "PASS" in out
    results = load(project / "a.json")
    assert (results.kind, results.verdict, results.exit_code) == ("gate", "PASS", 0)
    assert results.signature["seed"] == 1  # another than the baseline's, so that the samples are independent
    assert results.gate["command"] == "python -m evalkit gate ngram:order=5 --baseline main --policy lenient.toml --seed 1"
    assert {d["measure"] for d in results.gate["decisions"]} >= {"letters.jsd", "vocab.hit", "vocab.hit:over"}
    suite = ET.parse(project / "a.junit.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert "✓ PASS" in (project / "a.md").read_text(encoding="utf-8")
    assert "<html" in (project / "a.html").read_text(encoding="utf-8")


def test_a_worse_one_fails_with_everything_written(project, evalkit, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    words = ("gate", "ngram:order=2", "--baseline", "main", "-o", "a.junit.xml", "-o", "a.json", "--github-summary", "-f", "github")
    code, out, _ = evalkit(*words)
    assert code == 1
    assert out.startswith("::error title=evalkit%3A REGRESSION::ngram:order=2 has become worse")
    results = load(project / "a.json")
    worst = results.gate["worst"]
    assert worst["decision"] == "regression"
    assert worst["family_low"] > worst["margin"]
    suite = ET.parse(project / "a.junit.xml").getroot()[0]
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    regressed = {d["measure"] for d in results.gate["decisions"] if d["decision"] == "regression" and d["tier"] != "advisory"}
    assert failed == regressed | {"verdict"}
    assert "✗ REGRESSION" in (project / "summary.md").read_text(encoding="utf-8")


def test_rows_say_what_changed_against_the_baseline(project, evalkit):
    evalkit("gate", "ngram:order=2", "--baseline", "main", "-o", "a.json", "-q")
    row = load(project / "a.json").row("ngram:order=2", "vocab.hit")
    assert row.delta > 0
    assert row.delta_ci.low > 0
    assert row.p_raw <= row.p_adjusted <= 0.01
    assert row.position > 0


def test_distributions_hold_the_baseline_beside_the_candidate(project, evalkit):
    """What a baseline file keeps are counts, so its letters and lengths are drawn like the candidate's."""
    _, out, _ = evalkit("gate", "ngram:order=2", "--baseline", "main", "-o", "a.json", "-o", "a.html")
    letters = next(profile for profile in load(project / "a.json").profiles if profile.metric == "letters.jsd")
    assert set(letters.series) == {"ngram:order=2", "baseline main"}
    assert all(sum(series.value) == pytest.approx(1) for series in letters.series.values())
    assert re.search(r"<desc[^>]*>[^<]*baseline main: [a-z] [+\u2212-]", (project / "a.html").read_text(encoding="utf-8"))
    assert "index.html" in out


def test_seed_0_reproduces_to_the_byte(project, evalkit):
    for name in ("a.json", "b.json"):
        code, _, _ = evalkit("gate", "ngram:order=4", "--baseline", "main", "--seed", 0, "-o", name, "-q")
    a, b = (json.loads((project / name).read_text()) for name in ("a.json", "b.json"))
    assert code in {0, 1, 3}
    a.pop("run"), b.pop("run")
    assert a == b
    assert any("baseline's own seed" in warning for warning in a["warnings"])


def test_a_memoriser_looks_better_and_is_a_regression(workspace, evalkit):
    """Quoted training text has every word right; that more is not better is what novelty and the upper side of shares are for."""
    from evalkit.text.corpus import read_corpus, split_corpus
    from evalkit.text.passages import slices

    metrics = ("-m", "vocab.hit,novelty.words_3,order.unseen_6")
    assert evalkit("baseline", "save", "main", "ngram:order=6", *SHAPE, *metrics, "--max-passages", 24, "-q")[0] == 0
    train = [document.text for document in split_corpus(read_corpus(), seed=0).train]
    quoted = [piece for text in train for piece in slices(text, 1000)][:24]
    (workspace / "s.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in quoted))
    code, _, _ = evalkit("gate", "s.jsonl", "--baseline", "main", "-o", "a.json", "-q")
    results = load(workspace / "a.json")
    found = {one["measure"]: one for one in results.gate["decisions"]}
    assert (code, results.row("s", "vocab.hit").value) == (1, 1.0)
    assert {name for name, one in found.items() if one["decision"] == "regression" and one["tier"] != "advisory"} >= {
        "novelty.words_3"
    }


def test_another_corpus_is_not_comparable(project, evalkit):
    (project / "other").mkdir()
    for i in range(6):
        text = create("uniform").fit(["abc def " * 50]).sample(1, 5000, seed=i)[0]
        (project / "other" / f"{i}.txt").write_text(text)
    code, out, _ = evalkit(
        "gate", "ngram:order=5", "--baseline", "main", "--reference", "other", "-o", "a.json", "-o", "a.junit.xml"
    )
    assert code == 3
    assert "NOT COMPARABLE" in out
    assert "the baseline's own reference" in out
    results = load(project / "a.json")
    assert {entry["field"] for entry in results.gate["not_comparable"]} == {"reference.hash", "reference.held_out"}
    suite = ET.parse(project / "a.junit.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("tokenizer",), "word-v0", "tokenizer"),
        (("metrics", "vocab.hit"), 99, "metrics.vocab.hit"),
        (("word_lists", "fw-v1"), "0" * 12, "word_lists.fw-v1"),
        (("reference", "hash"), "0" * 64, "reference.hash"),
        (("reference", "held_out"), ["another"], "reference.held_out"),
    ],
)
def test_every_field_that_differs_is_named(project, evalkit, path, value, field):
    file = project / ".evalkit/baselines/main.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    *groups, last = path
    table = data["signature"]
    for group in groups:
        table = table[group]
    assert last in table
    table[last] = value
    file.write_text(json.dumps(data), encoding="utf-8")
    code, out, _ = evalkit("gate", "ngram:order=5", "--baseline", "main", "-o", "a.json", "-o", "a.md")
    assert (code, "NOT COMPARABLE" in out) == (3, True)
    assert [entry["field"] for entry in load(project / "a.json").gate["not_comparable"]] == [field]
    assert field in (project / "a.md").read_text(encoding="utf-8").replace("\\_", "_")


def test_documents_are_not_exchanged_for_passages(project, evalkit):
    texts = create("unigram").fit(["it was the time of the year when nobody spoke of it " * 99]).sample(24, 1000, seed=0)
    lines = [json.dumps({"text": text, "document": f"d{i // 3}"}) + "\n" for i, text in enumerate(texts)]
    (project / "s.jsonl").write_text("".join(lines))
    words = ("gate", "s.jsonl", "--baseline", "main", "--document-field", "document", "-o", "a.json", "-q")
    assert evalkit(*words)[0] in {1, 3}
    row = load(project / "a.json").row("s", "vocab.hit")
    assert row.n_units == 8
    assert row.reason.startswith("p from Welch's t")


@pytest.mark.parametrize(
    ("n", "n_chars", "field"),
    [(5, 1200, "shape.n_passages"), (24, 300, "mean length of a passage"), (1, 50_000, "shape.n_passages")],
)
def test_samples_of_another_shape_are_not_comparable(project, evalkit, n, n_chars, field):
    """Too little text, texts that are too short, and one long sample."""
    texts = create("unigram").fit(["it was the time of the year when " * 99]).sample(n, n_chars, seed=0)
    (project / "s.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    code, out, _ = evalkit("gate", "s.jsonl", "--baseline", "main", "-o", "a.json")
    assert code == 3
    assert field in out
    assert "24 passages of about 1,000 characters, each generated on its own" in out
    assert field in [entry["field"] for entry in load(project / "a.json").gate["not_comparable"]]


def test_all_samples_are_compared_and_with_fixed_as_many_as_the_baseline_has(project, evalkit):
    from evalkit.text.corpus import read_corpus, split_corpus

    split = split_corpus(read_corpus(), seed=0)
    texts = create("ngram:order=5").fit([document.text for document in split.train]).sample(60, 1040, seed=9)
    (project / "s.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    code, _, _ = evalkit("gate", "s.jsonl", "--baseline", "main", "-o", "a.json")
    assert code in {0, 3}
    results = load(project / "a.json")
    assert results.gate["looks"] == [{"n_passages": 60, "verdict": results.verdict}]
    evalkit("gate", "s.jsonl", "--baseline", "main", "--fixed", "-o", "a.json")
    assert "24 of its 60 samples were drawn" in load(project / "a.json").warnings[0]


class TestNoVerdict:
    def test_a_missing_baseline(self, project, evalkit):
        (project / "a.json").write_text("{}")
        (project / "a.md").write_text("PASS")
        code, _, err = evalkit("gate", "unigram", "--baseline", "mian", "-o", "a.junit.xml", "-o", "a.json", "-o", "a.md")
        assert code == 3
        assert 'Did you mean "main"?' in err
        suite = ET.parse(project / "a.junit.xml").getroot()[0]
        assert (suite.get("failures"), suite.get("errors")) == ("0", "1")
        # A file of an earlier run must not be taken for this one's.
        assert not (project / "a.json").exists()
        assert "no verdict" in (project / "a.md").read_text()

    def test_a_metric_that_the_baseline_lacks(self, project, evalkit):
        code, _, err = evalkit("gate", "unigram", "--baseline", "main", "-m", "suffix.ing")
        assert (code, "suffix.ing" in err) == (3, True)

    def test_a_policy_that_gates_what_the_baseline_lacks(self, project, evalkit):
        (project / "p.toml").write_text('[metrics."suffix.ing"]\ntier = "critical"\n')
        code, _, err = evalkit("gate", "unigram", "--baseline", "main", "--policy", "p.toml")
        assert (code, "suffix.ing" in err) == (3, True)

    def test_too_little_text_is_said_in_its_unit(self, project, evalkit):
        # Different numbers: copies of one text would be a regression by themselves.
        rng = random.Random(0)
        texts = [" ".join(str(rng.randrange(100)) for _ in range(340)) for _ in range(24)]
        (project / "s.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        code, out, _ = evalkit("gate", "s.jsonl", "--baseline", "main", "-o", "a.json")
        assert (code, "INCONCLUSIVE" in out) == (3, True)
        assert load(project / "a.json").row("s", "vocab.hit").reason.startswith("0 of the ")

    def test_nothing_critical_is_no_pass(self, project, evalkit):
        (project / "p.toml").write_text(
            '[metrics."*"]\ntier = "advisory"\n' + "".join(f'[metrics."{m}"]\ntier = "advisory"\n' for m in METRICS[1].split(","))
        )
        (project / "p.toml").write_text((project / "p.toml").read_text() + '[metrics."vocab.hit:over"]\ntier = "advisory"\n')
        code, out, _ = evalkit("gate", "ngram:order=5", "--baseline", "main", "--policy", "p.toml", ONE_LOOK)
        assert (code, "INCONCLUSIVE" in out) == (3, True)

    @pytest.mark.parametrize("shape", [("--passages", 4, "--chars", 1000), ("--passages", 9, "--chars", 500)])
    def test_a_tiny_run_is_no_baseline(self, workspace, evalkit, shape):
        code, _, err = evalkit("baseline", "save", "tiny", "unigram", *shape, "-m", "letters.jsd")
        assert (code, "cannot be a baseline" in err) == (3, True)
        assert not (workspace / ".evalkit").exists()

    def test_human_text_that_runs_out_is_no_baseline(self, workspace, evalkit):
        code, _, err = evalkit("baseline", "save", "h", "human", "--passages", 200, "--chars", 2000, "-m", "letters.jsd")
        assert (code, "incomplete" in err) == (3, True)


class TestUsage:
    @pytest.mark.parametrize(
        "words",
        [
            ("gate", "ngrm", "--baseline", "main"),
            ("gate", "unigram", "--baseline", "main", "-f", "yaml"),
            ("gate", "unigram", "--baseline", "main", "-o", "a.pdf"),
            ("gate", "unigram", "--baseline", "main", "--policy", "none.toml"),
            ("gate", "unigram", "--baseline", "main", "-m", "nothing.at.all"),
            ("gate", "unigram", "--baseline", "main", "--github-summary"),
            ("gate", "unigram", "--baseline", "../main"),
            ("gate", "none.jsonl", "--baseline", "main"),
            ("gate", "unigram"),
            ("baseline", "save", "main", "unigram"),
            ("baseline", "save", "a/b", "unigram"),
        ],
    )
    def test_trouble_is_2_and_never_1(self, project, evalkit, monkeypatch, words):
        monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        assert evalkit(*words)[0] in ({2, 3} if "../main" in words else {2})

    def test_a_damaged_baseline_is_2(self, project, evalkit):
        (project / ".evalkit/baselines/main.json").write_text("{}")
        code, _, err = evalkit("gate", "unigram", "--baseline", "main")
        assert (code, "is not a baseline" in err) == (2, True)

    def test_an_output_that_cannot_be_written_is_not_1(self, project, evalkit):
        (project / "file").write_text("")
        assert evalkit("gate", "ngram:order=2", "--baseline", "main", "-o", "file/a.json")[0] == 2

    def test_a_summary_that_cannot_be_written_is_not_1(self, project, evalkit, monkeypatch):
        (project / "file").write_text("")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "file" / "summary.md"))
        code, _, error = evalkit("gate", "ngram:order=2", "--baseline", "main", "--github-summary", "-q")
        assert (code, "is not a folder" in error) == (2, True)


class TestAccept:
    def test_a_pass_becomes_the_baseline_and_the_anchor_stays(self, passed, evalkit):
        first = json.loads((passed / ".evalkit/baselines/main.json").read_text())
        code, out, _ = evalkit("baseline", "accept", "main")
        assert (code, "Accepted ngram:order=5" in out) == (0, True)
        now = json.loads((passed / ".evalkit/baselines/main.json").read_text())
        anchor = json.loads((passed / ".evalkit/baselines/main.anchor.json").read_text())
        assert now["signature"]["seed"] == 1
        assert now["floors"] == first["floors"]
        assert anchor == first
        assert [look["n_passages"] for look in now["further"]["looks"]] == [
            look["n_passages"] for look in first["further"]["looks"]
        ]
        code, _, _ = evalkit("gate", "ngram:order=5", "--baseline", "main", "-o", "a.json", "-q")
        results = load(passed / "a.json")
        assert {d["against"] for d in results.gate["decisions"]} == {"baseline", "anchor"}
        assert results.signature["seed"] == 2

    def test_a_regression_takes_a_word_more(self, project, evalkit):
        assert evalkit("gate", "ngram:order=2", "--baseline", "main", "-q")[0] == 1
        code, _, err = evalkit("baseline", "accept", "main")
        assert (code, "--any-verdict" in err) == (2, True)
        assert evalkit("baseline", "accept", "main", "--any-verdict")[0] == 0
        # Against the new baseline all is well; the anchor still knows what was lost.
        code, out, _ = evalkit("gate", "ngram:order=2", "--baseline", "main")
        assert (code, "(anchor)" in out) == (1, True)

    def test_a_model_that_changed_since_is_accepted_as_it_was_drawn(self, passed, evalkit, monkeypatch):
        """Nothing that was decided is lost because more cannot be drawn."""
        drawn = json.loads(next(passed.glob("reports/gate-*/candidate.baseline.json")).read_text())
        monkeypatch.setattr("generators.create", lambda spec: create("ngram:order=2"))
        code, _, err = evalkit("baseline", "accept", "main")
        now = json.loads((passed / ".evalkit/baselines/main.json").read_text())
        assert (code, now, "does not write the passages of its gate again" in " ".join(err.split())) == (0, drawn, True)

    @pytest.mark.parametrize(
        "spec",
        ["command:run='touch owned'", "endpoint:url=http://127.0.0.1:9/v1,model=x", "huggingface:model=x", "somebody-elses:x=1"],
    )
    def test_what_the_folder_of_a_gate_calls_its_candidate_starts_nothing(self, passed, evalkit, spec):
        """A gate's folder may come from another machine: an artifact of CI, from anybody's change."""
        path = next(passed.glob("reports/gate-*/candidate.baseline.json"))
        forged = json.loads(path.read_text())
        forged["candidate"] |= {"spec": spec, "kind": "generator"}
        path.write_text(json.dumps(forged))
        code, _, err = evalkit("baseline", "accept", "main")
        assert (code, "is not asked again" in " ".join(err.split())) == (0, True)
        assert json.loads((passed / ".evalkit/baselines/main.json").read_text()) == forged
        assert not (passed / "owned").exists()

    def test_nothing_to_accept(self, project, evalkit):
        assert evalkit("baseline", "accept", "main")[0] == 3

    def test_a_verdict_about_a_baseline_that_is_gone_is_none_about_this_one(self, passed, evalkit, monkeypatch):
        monkeypatch.setattr(
            "evalkit.evaluation.provenance.datetime", SimpleNamespace(now=lambda zone: datetime(2030, 1, 1, tzinfo=zone))
        )
        assert evalkit("baseline", "save", "main", "unigram", *SHAPE, "-m", "letters.jsd", "--replace", "-q")[0] == 0
        code, _, err = evalkit("baseline", "accept", "main")
        assert (code, 'an older baseline "main"' in err) == (2, True)
        assert evalkit("baseline", "accept", "main", "--any-verdict")[0] == 0

    @pytest.mark.parametrize(
        ("gate", "says"),
        [
            ({"not_comparable": [{"field": "reference.hash"}]}, "it was not comparable"),
            ({"not_comparable": []}, "was removed"),
        ],
    )
    def test_a_gate_without_a_successor_says_why(self, workspace, gate, says):
        from evalkit.cli.baseline import _why_no_successor

        run = gated("PASS")
        assert says in _why_no_successor(replace(run, gate={**run.gate, **gate}))

    def test_what_was_not_comparable_cannot_be_accepted(self, project, evalkit):
        (project / "one.txt").write_text("it was the time of the year when nobody spoke " * 600)
        assert evalkit("gate", "one.txt", "--baseline", "main", "-q")[0] == 3
        code, _, err = evalkit("baseline", "accept", "main", "--any-verdict")
        assert (code, "cannot be a baseline" in err) == (3, True)

    def test_list_show_remove(self, project, evalkit):
        rows = json.loads(evalkit("baseline", "list", "-f", "json")[1])
        assert [(row["name"], row["candidate"], row["passages"]) for row in rows] == [("main", "ngram:order=5", 24)]
        shown = json.loads(evalkit("baseline", "show", "main", "-f", "json")[1])
        assert shown["metrics"]["letters.jsd"]["standard_error"] > 0
        assert "noise" in evalkit("baseline", "show", "main")[1]
        listed = evalkit("baseline", "list")[1]
        assert all(part in listed for part in ("ngram:order=5", rows[0]["date"][:10]))
        assert rows[0]["date"] not in listed
        assert evalkit("baseline", "remove", "main")[0] == 0
        assert evalkit("baseline", "show", "main")[0] == 3


class TestConfiguration:
    def test_file_then_environment_then_command_line(self, project, evalkit, monkeypatch):
        (project / "evalkit.toml").write_text('[gate]\nbaseline = "main"\nseed = 7\n')

        def seed(*words):
            assert evalkit("gate", "ngram:order=5", ONE_LOOK, "-q", "-o", "a.json", *words)[0] in {0, 3}
            return load(project / "a.json").signature["seed"]

        assert seed() == 7
        monkeypatch.setenv("EVALKIT_SEED", "8")
        assert seed() == 8
        assert seed("--seed", 9) == 9

    def test_pyproject(self, project, evalkit):
        (project / "pyproject.toml").write_text('[tool.evalkit.policy.metrics."vocab.hit"]\nmargin = 0.5\n')
        facts = json.loads(evalkit("validate", "-f", "json")[1])
        assert facts["thresholds"]["vocab.hit"]["margin"] == "0.5"
        assert (
            facts["thresholds"]["vocab.hit"]["margin_source"]
            == 'pyproject.toml [tool.evalkit] [policy]: metrics."vocab.hit".margin'
        )
        assert facts["thresholds"]["vocab.hit"]["tier_source"] == "default"

    def test_the_policy_of_the_file_is_used_and_named(self, project, evalkit):
        (project / "evalkit.toml").write_text(
            '[policy.metrics."*.*"]\ntier = "advisory"\n[policy.metrics."vocab.hit"]\nmargin = 0.9\ntier = "critical"\n'
        )
        evalkit("gate", "ngram:order=2", "--baseline", "main", "-o", "a.json", "-q")
        decisions = {d["measure"]: d for d in load(project / "a.json").gate["decisions"]}
        assert decisions["vocab.hit"]["margin"] == 0.9
        assert decisions["vocab.hit"]["margin_source"].startswith("evalkit.toml")
        assert decisions["vocab.hit"]["decision"] == "pass"

    def test_all_problems_at_once(self, workspace, evalkit, monkeypatch):
        monkeypatch.setenv("EVALKIT_SED", "1")
        (workspace / "evalkit.toml").write_text(
            'sed = 3\ntemperature = "hot"\nno-progress = 1\nreference = ["a"]\n[gate]\nbaselin = "x"\n[polcy]\na = 1\n'
            '[policy.metrics."vocab.hti"]\ntier = "critcal"\n'
        )
        code, _, err = evalkit("validate")
        assert code == 2
        for part in (
            '"seed"?',
            "temperature",
            "no-progress",
            "reference takes one value",
            '"baseline"?',
            '"policy"?',
            '"vocab.hit"?',
            '"critical"?',
            "EVALKIT_SEED",
        ):
            assert part in err, part
        assert evalkit("compare", "unigram")[0] == 2

    def test_no_configuration_is_sound(self, workspace, evalkit):
        code, out, _ = evalkit("validate")
        assert (code, "the defaults apply" in out) == (0, True)

    def test_a_policy_file_can_be_checked_on_its_own(self, workspace, evalkit):
        (workspace / "p.toml").write_text('level = 0.9\n[metrics."vocab.hit"]\nmargin = "2 floor"\n')
        facts = json.loads(evalkit("validate", "p.toml", "-f", "json")[1])
        assert facts["level"]["value"] == 0.9
        (workspace / "p.toml").write_text("lvel = 0.9\n")
        assert evalkit("validate", "p.toml")[0] == 2

    def test_a_file_that_is_no_toml(self, workspace, evalkit):
        (workspace / "evalkit.toml").write_text("a = ")
        assert evalkit("metrics")[0] == 2
        with pytest.raises(tomllib.TOMLDecodeError):
            tomllib.loads("a = ")
