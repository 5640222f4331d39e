"""The GitHub Action's own scripts, run as GitHub would run them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}


def program(folder, name, script, *, where="bin"):
    """A program of that name on the step's PATH, or in its virtual environment."""
    path = folder / where / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{script}\n")
    path.chmod(0o755)


def run(step, folder, **environment):
    environ = folder / "venv" / "bin"
    if not (environ / "python").exists():
        call = shlex.quote("import sys; from evalkit.__main__ import main; main()")
        program(folder, "python", f'exec {shlex.quote(sys.executable)} "$@"', where="venv/bin")
        program(folder, "evalkit", f'exec {shlex.quote(sys.executable)} -P -c {call} "$@"', where="venv/bin")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("EVALKIT_", "GITHUB_"))}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]],
        cwd=folder,
        env={
            **inherited,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(ROOT), *[p for p in sys.path if p.endswith("site-packages")]]),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "VENV": str(folder / "venv"),
            **environment,
        },
        capture_output=True,
        text=True,
    )


def gate(folder, candidate="unigram", baseline="main", *, name="", arguments="", policy=""):
    """Runs the step of the gate, and gives what it did and its outputs."""
    (folder / "output").unlink(missing_ok=True)
    done = run("Gate", folder, CANDIDATE=candidate, BASELINE=baseline, POLICY=policy, NAME=name, ARGUMENTS=arguments)
    return done, dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())


def logged(folder):
    """Replaces the program by one that writes down its words, and gives them."""
    program(folder, "python", f'exec {shlex.quote(sys.executable)} "$@"', where="venv/bin")
    program(folder, "evalkit", 'printf "%s\\0" "$@" > words; exit 3', where="venv/bin")
    return lambda: (folder / "words").read_bytes().decode().split("\0")[:-1]


@pytest.mark.parametrize("step", ACTION["runs"]["steps"], ids=lambda step: step.get("name", step.get("uses")))
def test_no_input_becomes_part_of_a_script(step):
    assert "${{" not in step.get("run", "")


def test_every_input_is_used_and_described():
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, entry in ACTION["inputs"].items():
        assert entry["description"]
        assert f"inputs.{name}" in text


def test_it_posts_and_fails(workspace, evalkit):
    assert evalkit("baseline", "save", "main", "ngram:order=6", "--passages", 12, "--chars", 800, "-m", "vocab.hit", "-q")[0] == 0
    done, output = gate(workspace, "ngram:order=2", arguments="-m vocab.hit")
    assert (done.returncode, done.stdout.startswith("::error")) == (0, True), done.stderr
    assert output == {"folder": "evalkit-gate/main", "slug": "main", "exit-code": "1", "verdict": "REGRESSION"}
    assert "REGRESSION" in (workspace / "summary.md").read_text(encoding="utf-8")
    names = sorted(path.name for path in (workspace / "evalkit-gate" / "main").iterdir())
    assert names == ["gate.json", "gate.junit.xml", "gate.md", "report.html"]
    assert run("Verdict", workspace, CODE="1", NO_VERDICT="fail").returncode == 1


def test_a_hostile_candidate_is_only_text(workspace):
    _, output = gate(workspace, 'x"; touch pwned; $(touch pwned) `touch pwned`')
    assert not (workspace / "pwned").exists()
    assert output["exit-code"] == "2"


def test_modules_of_the_checkout_are_not_run(workspace):
    for name in ("generators", "json", "random", "evalkit", "shlex"):
        (workspace / f"{name}.py").write_text("open('it-was-run', 'w').close()\n")
    assert gate(workspace)[1]["exit-code"] == "3"  # there is no baseline
    assert not (workspace / "it-was-run").exists()


@pytest.mark.parametrize("trouble", ["exit 1", "echo Traceback >&2; exit 1", "kill -9 $$"])
def test_trouble_of_the_machine_is_no_regression(workspace, trouble):
    """Python without evalkit ends in 1, and so does one whose packages are broken; a verdict of an earlier run does not count."""
    (workspace / "evalkit-gate" / "main").mkdir(parents=True)
    (workspace / "evalkit-gate" / "main" / "gate.json").write_text('{"verdict": "REGRESSION"}')
    logged(workspace)
    program(workspace, "evalkit", trouble, where="venv/bin")
    done, output = gate(workspace)
    assert done.returncode == 0
    assert output["exit-code"] in {"4", "137"}
    assert run("Verdict", workspace, CODE=output["exit-code"], NO_VERDICT="warn").returncode > 3


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            ("", []),
            ("-m letters.jsd  --seed 3", ["-m", "letters.jsd", "--seed", "3"]),
            ("--seed 3\n-m letters.jsd\n\n  -m 'order.*'\n", ["--seed", "3", "-m", "letters.jsd", "-m", "order.*"]),
            ("--reference \"my corpus/*.txt\" --group '(.+) - ch'", ["--reference", "my corpus/*.txt", "--group", "(.+) - ch"]),
            ("--reference my\\ corpus", ["--reference", "my corpus"]),
            ("--group '$(touch pwned)' `touch pwned` *", ["--group", "$(touch pwned)", "`touch", "pwned`", "*"]),
            ("--group ''", ["--group", ""]),
            ("--reference café", ["--reference", "café"]),
        ],
    )
    def test_words_are_those_of_a_shell_that_expands_nothing(self, workspace, arguments, expected):
        words = logged(workspace)
        (workspace / "a file").touch()
        gate(workspace, arguments=arguments)
        assert words()[: 4 + len(expected)] == ["gate", "unigram", "--baseline", "main", *expected]
        assert words()[4 + len(expected)] == "--format"
        assert not (workspace / "pwned").exists()

    def test_the_policy_follows(self, workspace):
        words = logged(workspace)
        gate(workspace, arguments="--seed 3", policy="my policy.toml")
        assert words()[4:8] == ["--seed", "3", "--policy", "my policy.toml"]

    @pytest.mark.parametrize("arguments", ["--group 'open", '--group "open', "--group open\\"])
    def test_a_missing_quote_is_said(self, workspace, arguments):
        logged(workspace)
        done, output = gate(workspace, arguments=arguments)
        assert (output["exit-code"], output["verdict"]) == ("2", "")
        assert "::error::evalkit: the input arguments cannot be split into words" in done.stdout
        assert not (workspace / "words").exists()


class TestNames:
    def test_each_gate_has_its_folder(self, workspace):
        logged(workspace)
        folders = [
            gate(workspace, baseline=baseline, name=name)[1]["folder"]
            for baseline, name in (("main", ""), ("main", "fast"), ("b.json", ""))
        ]
        assert folders == ["evalkit-gate/main", "evalkit-gate/fast", "evalkit-gate/b.json"]

    @pytest.mark.parametrize(
        "name", ["../../etc", "..", ".", "-rf", "a/b", "a b", "$(touch pwned)", "x --> <img>", "né", "a\nb", "long " * 80, "_"]
    )
    def test_no_name_leads_elsewhere(self, workspace, name):
        logged(workspace)
        (workspace / "kept").touch()
        _, output = gate(workspace, name=name)
        slug = output["slug"]
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", slug)
        assert output["folder"] == f"evalkit-gate/{slug}"
        assert [path.name for path in (workspace / "evalkit-gate").iterdir()] == [slug]
        assert (workspace / "kept").exists() and not (workspace / "pwned").exists()

    def test_names_that_look_alike_without_their_signs_stay_apart(self, workspace):
        logged(workspace)
        names = ["a b", "a/b", "a-b", "x" * 70, "x" * 71]
        assert len({gate(workspace, name=name)[1]["folder"] for name in names}) == 5

    def test_the_report_of_each_is_an_artifact(self):
        step = STEPS["Report"]
        assert step["uses"].startswith("actions/upload-artifact@")
        assert step["with"]["name"] == "evalkit-gate-${{ steps.gate.outputs.slug }}"
        assert step["with"]["path"] == "${{ steps.gate.outputs.folder }}"
        assert step["continue-on-error"] is True
        order = [each.get("name") for each in ACTION["runs"]["steps"]]
        assert order.index("Gate") < order.index("Report") < order.index("Comment") < order.index("Verdict")


class TestInstall:
    def installed(self, folder, **inputs):
        """Runs the step with a Python that makes an environment whose Python writes down its words."""
        made = f'mkdir -p "$4/bin"; printf \'#!/bin/sh\\nprintf "%%s\\\\n" "$@" > {folder}/pip\\n\' > "$4/bin/python"; chmod +x "$4/bin/python"'
        program(folder, "python", f'printf "%s\\n" "$@" > {folder}/venv-words; {made}')
        environment = {
            "PACKAGE": "",
            "EXTRAS": "",
            "ACTION": "/the/action",
            "PYTHON": str(folder / "bin" / "python"),
            "VENV": str(folder / "own"),
        }
        done = run("Install evalkit", folder, **{**environment, **inputs})
        pip = (folder / "pip").read_text().splitlines() if (folder / "pip").exists() else None
        return done, pip

    def test_the_actions_code_comes_with_its_pins_into_an_environment_of_its_own(self, workspace):
        done, pip = self.installed(workspace)
        assert done.returncode == 0, done.stderr
        assert (workspace / "venv-words").read_text().split() == ["-I", "-m", "venv", str(workspace / "own")]
        assert pip == ["-I", "-m", "pip", "install", "--quiet", "-c", "/the/action/requirements.lock", "/the/action"]

    @pytest.mark.parametrize(
        ("package", "extras", "expected"),
        [
            ("", "lstm, parquet", "/the/action[lstm,parquet]"),
            ("", "lstm\nparquet\n", "/the/action[lstm,parquet]"),
            ("evalkit-text==0.2", "lstm", "evalkit-text[lstm]==0.2"),
            ("evalkit-text", "lstm", "evalkit-text[lstm]"),
            ("evalkit-text @ git+https://example.org/x@v1", "lstm", "evalkit-text[lstm] @ git+https://example.org/x@v1"),
            ("./my tree", "lstm", "./my tree[lstm]"),
            ("evalkit-text==0.2", "", "evalkit-text==0.2"),
        ],
    )
    def test_extras(self, workspace, package, extras, expected):
        done, pip = self.installed(workspace, PACKAGE=package, EXTRAS=extras)
        assert (done.returncode, pip[-1]) == (0, expected), done.stderr
        # A package of the user's comes with versions of the user's.
        assert ("-c" in pip) == (package == "")

    @pytest.mark.parametrize("extras", ["lstm]; touch pwned; [", "$(touch pwned)", "../x"])
    def test_extras_that_are_none(self, workspace, extras):
        done, pip = self.installed(workspace, EXTRAS=extras)
        assert (done.returncode, pip) == (2, None)
        assert "::error::" in done.stdout
        assert not (workspace / "pwned").exists()

    def test_the_pins_are_constraints_that_pip_reads(self):
        lines = (ROOT / "requirements.lock").read_text().splitlines()
        assert lines and all(re.match(r"[A-Za-z0-9._-]+==[^ ]+( ; .+)?$", line) for line in lines)


FORGE = """\
printf '%s\\n' "$*" >> calls
case "$*" in
  *--paginate*)
    jq=$(printf '%s\\n' "$@" | tail -n 1)
    printf '%s\\n' "$jq" > query
    cat existing 2>/dev/null || true ;;
  *body=@*) cp "${!#//body=@/}" posted ;;
esac
"""
"""A forge that writes down what it is asked, says which comments there are, and keeps the last one written."""


class TestComment:
    def posted(self, folder, *, existing="", slug="main", artifact=""):
        report = folder / "evalkit-gate" / slug
        report.mkdir(parents=True, exist_ok=True)
        (report / "gate.md").write_text("### PASS: text\n")
        (folder / "existing").write_text(existing)
        (folder / "calls").unlink(missing_ok=True)
        program(folder, "gh", FORGE)
        done = run(
            "Comment", folder, GH_TOKEN="x", REPOSITORY="owner/name", NUMBER="7", FOLDER=f"evalkit-gate/{slug}", SLUG=slug,
            RUN="https://forge/owner/name/actions/runs/9", ARTIFACT=artifact,
        )  # fmt: skip
        return done, (folder / "calls").read_text().splitlines()[1:]

    def test_the_first_is_new(self, workspace):
        done, calls = self.posted(workspace)
        assert done.returncode == 0, done.stderr
        assert calls == ["api --silent repos/owner/name/issues/7/comments -F body=@evalkit-gate/main/comment.md"]

    @pytest.mark.parametrize("existing", ["4242\n", "4242\n4243\n"])
    def test_later_ones_replace_the_first(self, workspace, existing):
        _, calls = self.posted(workspace, existing=existing)
        assert calls == ["api --silent --method PATCH repos/owner/name/issues/comments/4242 -F body=@evalkit-gate/main/comment.md"]

    def test_each_gate_looks_for_its_own(self, workspace):
        queries = []
        for slug in ("main", "fast"):
            self.posted(workspace, slug=slug)
            queries.append((workspace / "query").read_text())
            body = (workspace / "posted").read_text()
            assert body.startswith("### PASS: text\n")
            assert body.rstrip().endswith(f"<!-- evalkit gate: {slug} -->")
            assert f"<!-- evalkit gate: {slug} -->" in queries[-1] and '.user.type == "Bot"' in queries[-1]
        assert queries[0] != queries[1]

    @pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
    def test_a_marker_in_someone_elses_comment_is_not_its_own(self, workspace):
        self.posted(workspace)
        marker = "text <!-- evalkit gate: main -->"
        comments = [
            {"id": 1, "body": marker, "user": {"type": "User"}},
            {"id": 2, "body": "<!-- evalkit gate: main-2 -->", "user": {"type": "Bot"}},
            {"id": 3, "body": marker, "user": {"type": "Bot"}},
        ]
        query = (workspace / "query").read_text()
        found = subprocess.run(["jq", query], input=json.dumps(comments), capture_output=True, text=True, check=True)
        assert found.stdout.split() == ["3"]

    def test_it_names_where_the_rest_is(self, workspace):
        self.posted(workspace)
        assert "[the run](https://forge/owner/name/actions/runs/9)" in (workspace / "posted").read_text()
        self.posted(workspace, artifact="https://forge/a/1")
        assert "[the whole report](https://forge/a/1), [the run](https://forge/owner" in (workspace / "posted").read_text()

    @pytest.mark.parametrize("gh", ['case "$*" in *--paginate*) ;; *) exit 1;; esac', "exit 1", "kill -9 $$"])
    def test_without_permission_the_job_goes_on_to_its_verdict(self, workspace, gh):
        """Whether writing is refused, or reading too."""
        (workspace / "evalkit-gate").mkdir()
        (workspace / "evalkit-gate" / "gate.md").write_text("text")
        program(workspace, "gh", gh)
        inputs = {"FOLDER": "evalkit-gate", "SLUG": "main", "RUN": "https://forge/r", "ARTIFACT": ""}
        done = run("Comment", workspace, GH_TOKEN="x", REPOSITORY="owner/name", NUMBER="7", **inputs)
        assert (done.returncode, done.stdout.startswith("::warning::")) == (0, True), done.stderr

    def test_a_gate_that_wrote_nothing_posts_nothing(self, workspace):
        program(workspace, "gh", FORGE)
        done = run(
            "Comment", workspace, GH_TOKEN="x", REPOSITORY="o/n", NUMBER="7", FOLDER="none", SLUG="main", RUN="r", ARTIFACT=""
        )
        assert (done.returncode, (workspace / "calls").exists()) == (0, False)


@pytest.mark.parametrize(
    ("code", "choice", "expected"),
    [("0", "fail", 0), ("3", "fail", 3), ("3", "warn", 0), ("1", "warn", 1), ("", "warn", 4), ("4", "warn", 4)],
)
def test_the_last_step_ends_with_the_gates_code(tmp_path, code, choice, expected):
    assert run("Verdict", tmp_path, CODE=code, NO_VERDICT=choice).returncode == expected


def test_the_gitlab_example_is_yaml():
    job = yaml.safe_load((Path(ROOT) / "docs/examples/gitlab-ci.yml").read_text())["text-quality"]
    assert job["artifacts"]["reports"]["junit"] in " ".join(job["script"])
