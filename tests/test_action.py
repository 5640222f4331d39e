"""The GitHub Action's own scripts, run as GitHub would run them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}


def program(folder, name, script):
    """A program of that name on the step's PATH."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{script}\n")
    path.chmod(0o755)


def run(step, folder, **environment):
    if not (folder / "bin" / "python").exists():
        program(folder, "python", f'exec {shlex.quote(sys.executable)} "$@"')
        call = shlex.quote("import sys; from evalkit.__main__ import main; main()")
        program(folder, "evalkit", f'exec {shlex.quote(sys.executable)} -P -c {call} "$@"')
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
            **environment,
        },
        capture_output=True,
        text=True,
    )


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
    inputs = {"CANDIDATE": "ngram:order=2", "BASELINE": "main", "POLICY": "", "ARGUMENTS": "-m vocab.hit"}
    done = run("Gate", workspace, **inputs)
    assert (done.returncode, done.stdout.startswith("::error")) == (0, True), done.stderr
    output = dict(line.split("=") for line in (workspace / "output").read_text().splitlines())
    assert output == {"exit-code": "1", "verdict": "REGRESSION"}
    assert "REGRESSION" in (workspace / "summary.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in (workspace / "evalkit-gate").iterdir()) == ["gate.json", "gate.junit.xml", "gate.md"]
    assert run("Verdict", workspace, CODE="1", NO_VERDICT="fail").returncode == 1


def test_a_hostile_candidate_is_only_text(workspace):
    run("Gate", workspace, CANDIDATE='x"; touch pwned; $(touch pwned) `touch pwned`', BASELINE="main", POLICY="", ARGUMENTS="")
    assert not (workspace / "pwned").exists()
    assert "exit-code=2" in (workspace / "output").read_text()


def test_modules_of_the_checkout_are_not_run(workspace):
    for name in ("generators", "json", "random", "evalkit"):
        (workspace / f"{name}.py").write_text("open('it-was-run', 'w').close()\n")
    (workspace / "evalkit-gate").mkdir()
    run("Gate", workspace, CANDIDATE="unigram", BASELINE="main", POLICY="", ARGUMENTS="")
    assert "exit-code=3" in (workspace / "output").read_text()  # there is no baseline
    assert not (workspace / "it-was-run").exists()


@pytest.mark.parametrize("trouble", ["exit 1", "echo Traceback >&2; exit 1", "kill -9 $$"])
def test_trouble_of_the_machine_is_no_regression(workspace, trouble):
    """Python without evalkit ends in 1, and so does one whose packages are broken; a verdict of an earlier run does not count."""
    (workspace / "evalkit-gate").mkdir()
    (workspace / "evalkit-gate" / "gate.json").write_text('{"verdict": "REGRESSION"}')
    program(workspace, "python", trouble)
    program(workspace, "evalkit", trouble)
    assert run("Gate", workspace, CANDIDATE="unigram", BASELINE="main", POLICY="", ARGUMENTS="").returncode == 0
    code = (workspace / "output").read_text().splitlines()[0]
    assert code in {"exit-code=4", "exit-code=137"}
    assert run("Verdict", workspace, CODE=code.partition("=")[2], NO_VERDICT="warn").returncode > 3


class TestComment:
    def posted(self, folder, existing=""):
        (folder / "evalkit-gate").mkdir()
        (folder / "evalkit-gate" / "gate.md").write_text("text")
        program(folder, "gh", f'echo "$*" >> calls; case "$*" in *--paginate*) echo {existing};; esac')
        done = run("Comment", folder, GH_TOKEN="x", REPOSITORY="owner/name", NUMBER="7")
        return done, (folder / "calls").read_text().splitlines()[1:]

    def test_the_first_is_new(self, workspace):
        done, calls = self.posted(workspace)
        assert done.returncode == 0
        assert calls == ["api --silent repos/owner/name/issues/7/comments -F body=@evalkit-gate/gate.md"]

    def test_later_ones_replace_it(self, workspace):
        _, calls = self.posted(workspace, existing="4242")
        assert calls == ["api --silent --method PATCH repos/owner/name/issues/comments/4242 -F body=@evalkit-gate/gate.md"]

    def test_the_first_of_several_is_replaced(self, workspace):
        _, calls = self.posted(workspace, existing="$'41\\n42'")
        assert calls == ["api --silent --method PATCH repos/owner/name/issues/comments/41 -F body=@evalkit-gate/gate.md"]

    @pytest.mark.parametrize("gh", ['case "$*" in *--paginate*) ;; *) exit 1;; esac', "exit 1", "kill -9 $$"])
    def test_without_permission_the_job_goes_on_to_its_verdict(self, workspace, gh):
        """Whether writing is refused, or reading too."""
        (workspace / "evalkit-gate").mkdir()
        (workspace / "evalkit-gate" / "gate.md").write_text("text")
        program(workspace, "gh", gh)
        done = run("Comment", workspace, GH_TOKEN="x", REPOSITORY="owner/name", NUMBER="7")
        assert (done.returncode, done.stdout.startswith("::warning::")) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("code", "choice", "expected"),
    [("0", "fail", 0), ("3", "fail", 3), ("3", "warn", 0), ("1", "warn", 1), ("", "warn", 4), ("4", "warn", 4)],
)
def test_the_last_step_ends_with_the_gates_code(tmp_path, code, choice, expected):
    assert run("Verdict", tmp_path, CODE=code, NO_VERDICT=choice).returncode == expected


def test_the_marker_of_comments_is_the_reports():
    from evalkit.report.markdown.github import MARKER

    assert MARKER in STEPS["Comment"]["run"]


def test_the_gitlab_example_is_yaml():
    job = yaml.safe_load((Path(ROOT) / "docs/examples/gitlab-ci.yml").read_text())["text-quality"]
    assert job["artifacts"]["reports"]["junit"] in " ".join(job["script"])
