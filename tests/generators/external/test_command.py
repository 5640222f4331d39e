"""Tests programs as generators: arguments, environment, limits, and every way in which a program can fail."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from evalkit.errors import InputError, NotScorableError, SpecError, UsageError
from evalkit.evaluation.candidates import parse_candidates
from generators import create
from generators.base import Decoding
from generators.checks import check_generator
from generators.external.base import passage_seed, spread
from generators.external.command import Command
from generators.external.subprocesses import PASSED_ON

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs of these tests are written for POSIX")

PYTHON = f"{shlex.quote(sys.executable)} -I -S"
ECHO = "import json, sys; print(json.dumps(sys.argv[1:]))"
WRITER = """
import json, random, sys
seed, chars, n = map(int, sys.argv[1:4])
rng = random.Random(seed)
texts = ["".join(rng.choices("abcde ", k=chars)) for _ in range(n)]
print(texts[0] if n == 1 else "\\n".join(json.dumps({"text": text}) for text in texts))
"""


@pytest.fixture
def script(tmp_path):
    """A Python program as a command: script(source, arguments) -> the words that run it."""

    def script(source, *arguments):
        path = tmp_path / f"program{len(list(tmp_path.iterdir()))}.py"
        path.write_text(source)
        return " ".join([PYTHON, shlex.quote(str(path)), *arguments])

    return script


def run(argv, n=1, chars=100, seed=0, first=0, decoding=None, **options):
    command = Command(argv=argv, **{"seeded": False, **options}).fit([])
    return command.sample(n, chars, seed=seed, first=first, decoding=decoding or Decoding())


def test_arguments_are_filled_in_and_no_shell_reads_them(script):
    argv = script(
        ECHO,
        "{seed}",
        "{index}",
        "{n}",
        "--chars={chars}",
        "{prompt}",
        "{temperature}",
        "'two words'",
        "{{seed}}",
        "'{\"a\": {}}'",
        "$HOME",
        "'; ls *'",
    )
    decoding = Decoding(prompt='`id` $(id) "{seed}" \'x', temperature=0.7)
    told = [json.loads(text) for text in run(argv, n=2, chars=1000, seed=9, first=4, decoding=decoding)]
    for index, arguments in zip((4, 5), told, strict=True):
        expected = [str(passage_seed(9, index)), str(index), "1", "--chars=1000", decoding.prompt, "0.7", "two words", "{seed}"]
        assert arguments == [*expected, '{"a": {}}', "$HOME", "; ls *"]


def test_a_specification_may_hold_commas_quotes_and_equal_signs(script):
    argv = script(ECHO, "--a=b,c", "'d, e'", "{seed}").replace('"', '""')
    command = create(f'command:argv="{argv}",timeout=50')
    assert command.options()["timeout"] == 50.0
    assert json.loads(command.fit([]).sample(1, 100)[0])[:2] == ["--a=b,c", "d, e"]


def test_a_file_gives_arguments_as_they_are(tmp_path, script):
    program = script(ECHO).split()
    (tmp_path / "gen.toml").write_text(
        f"argv = {json.dumps([*program, 'two words', 'a,b', '{seed}'])}\nformat = 'text'\ntimeout = 3\njobs = 1\n"
    )
    command = create(f"command:file={tmp_path / 'gen.toml'},timeout=7")
    assert json.loads(command.fit([]).sample(1, 100)[0])[:2] == ["two words", "a,b"]
    assert command.settings().timeout == 7
    assert command.settings().jobs == 1
    assert command.describe()["argv"][-1] == "{seed}"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("argv = 'x", "not TOML"),
        ("argv = 3", "array of strings"),
        ("argv = 'python {seed}'", "array of strings"),
        ("argv = ['x', 3]", "array of strings"),
        ("argv = []", "names no program"),
        ("argv = ['x', '{seed}']\nagrv = 1", '"agrv"'),
        ("argv = ['x', '{seed}']\njobs = true", "jobs cannot be True"),
        ("argv = ['x', '{seed}']\njobs = 'many'", "jobs cannot be 'many'"),
        ("argv = ['x', '{seed}']\njobs = 0", "at least 1"),
        ("timeout = 1", "names no program"),
        ("# " + "x" * (1 << 20), "too large"),
    ],
)
def test_a_file_with_mistakes_is_refused(tmp_path, content, says):
    (tmp_path / "gen.toml").write_text(content)
    with pytest.raises(UsageError, match=says):
        create(f"command:file={tmp_path / 'gen.toml'}").check_available()


def test_a_file_that_is_not_there_is_refused_before_anything_is_fitted(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        parse_candidates(["lstm", f"command:file={tmp_path / 'gen.toml'}"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"argv": "x 'y"}, "split into words"),
        ({"argv": "x {sede}"}, '"seed"'),
        ({"argv": "x"}, r"no argument holds \{seed\}"),
        ({"argv": " "}, "names no program"),
        ({"argv": "x {seed}", "format": "csv"}, "format cannot be"),
        ({"argv": "x {seed}", "per_run": 3}, "needs format=jsonl"),
        ({"argv": "x {seed}", "timeout": 0.0}, "timeout must be above 0"),
        ({"argv": "x {seed}", "timeout": float("inf")}, "timeout must be above 0"),
        ({"argv": "x {seed}", "timeout": float("nan")}, "timeout must be above 0"),
        ({"argv": "x {seed}", "jobs": 0, "max_bytes": 0}, "jobs must be at least 1, not 0; max_bytes"),
    ],
)
def test_options_that_cannot_be_are_refused_when_the_specification_is_read(options, says):
    with pytest.raises(UsageError, match=says):
        Command(**options)


def test_a_command_that_says_nothing_is_refused():
    with pytest.raises(UsageError, match="argv or file"):
        parse_candidates(["command"])


def test_a_program_that_is_not_there_is_refused_before_anything_is_fitted():
    with pytest.raises(UsageError, match='no program "no-such-program"'):
        parse_candidates(["lstm", "command:argv=no-such-program {seed}"])


@pytest.mark.parametrize(
    ("decoding", "says"),
    [
        (Decoding(temperature=0.5), "temperature"),
        (Decoding(prompt="x"), "prompt"),
        (Decoding(top_k=3), "top-k"),
        (Decoding(top_p=0.5), "top-k"),
    ],
)
def test_what_the_program_would_not_hear_of_is_refused(script, decoding, says):
    with pytest.raises(UsageError, match=says):
        run(script(ECHO), decoding=decoding)


def test_the_environment_is_small_and_holds_no_keys(script, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("EVALKIT_API_KEY", "secret")
    monkeypatch.setenv("MODEL_DIR", "here")
    source = "import json, os; print(json.dumps(dict(os.environ)))"
    seen = json.loads(run(script(source), chars=100_000)[0])
    # Python may set a locale variable of its own.
    assert set(seen) <= {*PASSED_ON, "LC_CTYPE"}
    assert seen["PATH"] == os.environ["PATH"]
    named = json.loads(run(script(source), chars=100_000, env="MODEL_DIR NOT_SET")[0])
    assert set(named) - set(seen) == {"MODEL_DIR"}


def test_standard_input_is_empty(script):
    assert run(script("import sys; print(repr(sys.stdin.read()))")) == ["''"]


def test_text_is_cut_to_length_and_loses_one_line_end(script):
    assert run(script("print('a\\n\\n')"), chars=50) == ["a\n\n"]
    assert run(script("print('abcdef', end='')"), chars=4) == ["abcd"]


def test_json_lines_hold_many_passages(script):
    source = "import sys, json\nfor i in range(int(sys.argv[1])): print(json.dumps({'text': f'{i}\\n\\ud83d\\ude00', 'n': 1} if i % 2 else f'{i}\\ud800'))"
    assert run(script(source, "{n}"), n=4, format="jsonl", per_run=4) == ["0\ufffd", "1\n\U0001f600", "2\ufffd", "3\n\U0001f600"]


@pytest.mark.parametrize("options", [{}, {"format": "jsonl", "per_run": 3}])
def test_a_passage_does_not_depend_on_how_many_are_asked_for(script, options):
    argv = script(WRITER, "{seed}", "{chars}", "{n}")
    seven = run(argv, n=7, seeded=True, jobs=3, **options)
    assert len(set(seven)) == 7
    assert run(argv, n=2, first=4, seeded=True, jobs=1, **options) == seven[4:6]
    assert run(argv, n=1, first=6, seeded=True, **options) == seven[6:]
    assert run(argv, n=7, seed=1, seeded=True, **options)[0] not in seven
    assert run(argv, n=0, first=1, seeded=True, **options) == []


def test_a_command_passes_the_checks_of_all_generators(script):
    outcomes = {result.name: result.status for result in check_generator(Command(argv=script(WRITER, "{seed}", "{chars}", "{n}")))}
    passed = {name for name, status in outcomes.items() if status == "passed"}
    assert passed >= {
        "constructor_only_stores",
        "options_round_trip",
        "seeds",
        "passages_do_not_depend_on_the_request",
        "lengths",
        "scoring_is_declared",
    }
    assert outcomes["save_and_load"] == "skipped"


def test_it_gives_no_probabilities(script):
    with pytest.raises(NotScorableError):
        Command(argv=script(ECHO), seeded=False).fit([]).log2_prob("a")


FAILURES = {
    "exit code": (
        "import sys; sys.stderr.write('first\\n' * 50 + 'no \\x1b[31mmodel'); sys.exit(3)",
        {},
        ["exit code 3", "no ␛[31mmodel"],
    ),
    "signal": ("import os; os.kill(os.getpid(), 9)", {}, ["signal 9"]),
    "nothing": ("", {}, ["wrote nothing"]),
    "blank": ("print()", {}, ["wrote nothing"]),
    "not UTF-8": ("import sys; sys.stdout.buffer.write(b'caf\\xe9')", {}, ["not UTF-8", "byte 3"]),
    "too much": ("while True: print('x' * 10_000)", {"max_bytes": 100_000}, ["more than 100,000 bytes"]),
    "no JSON": ("print('{')", {"format": "jsonl"}, ["line 1", "no JSON string"]),
    "JSON without text": ("print('{\"txt\": 1}')", {"format": "jsonl"}, ["line 1"]),
    "JSON number": ("print('1')", {"format": "jsonl"}, ["line 1"]),
    "JSON too deep": ("print('[' * 100_000)", {"format": "jsonl"}, ["line 1"]),
    "JSON too long a number": ("print('1' * 10_000)", {"format": "jsonl"}, ["line 1"]),
    "too few lines": ("print('\"a\"')", {"format": "jsonl", "per_run": 2}, ["1 line where 2"]),
    "too many lines": ('print(\'"a"\\n"b"\')', {"format": "jsonl"}, ["2 lines where 1"]),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_program_that_fails_is_said_to_have(script, case):
    source, options, says = FAILURES[case]
    with pytest.raises(InputError) as caught:
        run(script(source), **options)
    assert all(part in caught.value.problem for part in says), caught.value.problem
    assert "\x1b" not in str(caught.value)
    assert len(caught.value.problem) < 1000
    assert "program" in caught.value.remedy


@pytest.mark.parametrize("argv", ["/", "/etc/passwd", "true \0"])
def test_what_cannot_be_started_is_said(argv):
    with pytest.raises(UsageError, match=r"no program|cannot be started"):
        run(argv)


def test_a_shell_finds_no_way_in_through_the_prompt(script, tmp_path):
    run(script(ECHO, "{prompt}"), decoding=Decoding(prompt=f"$(touch {tmp_path}/owned); touch {tmp_path}/owned"))
    assert not (tmp_path / "owned").exists()


def alive(pid):
    """Whether a process runs, and is not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
%s
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize(
    ("ending", "says"),
    [
        ("time.sleep(600)", "longer than"),
        ("", "longer than"),
        ("while True: print('x' * 9999)", "bytes"),
        ("sys.exit(1)", "exit code 1"),
    ],
    ids=["hangs", "leaves a child that holds its output", "writes without end", "fails and leaves a child"],
)
def test_nothing_that_a_program_started_outlives_it(script, tmp_path, ending, says):
    pids = []
    for timeout in (3.0, 20.0, 100.0):  # on a busy machine the program may need more than three seconds to start its child
        with pytest.raises(InputError, match=says):
            run(script(FAMILY % ending, str(tmp_path / "pids")), timeout=timeout, max_bytes=100_000)
        if (tmp_path / "pids").exists() and len(pids := (tmp_path / "pids").read_text().split()) == 2:
            break
    assert len(pids) == 2
    assert wait_for(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_the_first_failure_ends_the_other_programs(script, tmp_path):
    source = (
        "import os, pathlib, sys, time\nhere = pathlib.Path(sys.argv[2])\n"
        "if sys.argv[1] == '0':\n  while not (here / 'pid').exists(): time.sleep(0.01)\n  sys.exit(5)\n"
        "(here / 'new').write_text(str(os.getpid())); os.replace(here / 'new', here / 'pid'); time.sleep(600)"
    )
    started = time.monotonic()
    with pytest.raises(InputError, match="exit code 5"):
        run(script(source, "{index}", str(tmp_path)), n=2, jobs=2, timeout=100.0)
    assert time.monotonic() - started < 60
    assert wait_for(lambda: not alive((tmp_path / "pid").read_text()))


def test_an_interrupt_ends_the_programs(script):
    def interrupt(message, done, total):
        raise KeyboardInterrupt

    source = "import sys, time\nif sys.argv[1] != '0': time.sleep(600)\nprint('a')"
    command = Command(argv=script(source, "{index}"), jobs=2, timeout=100.0).fit([])
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        command.sample(4, 10, progress=interrupt)
    assert time.monotonic() - started < 60


def test_runs_go_side_by_side(script, tmp_path):
    """Each of the two waits until the other has begun."""
    source = (
        "import pathlib, sys, time\nhere = pathlib.Path(sys.argv[2])\n(here / sys.argv[1]).touch()\n"
        "while len(list(here.iterdir())) < 2: time.sleep(0.01)\nprint('met')"
    )
    (tmp_path / "meeting").mkdir()
    assert run(script(source, "{index}", str(tmp_path / "meeting")), n=2, jobs=2, timeout=60.0) == ["met", "met"]


def test_it_is_a_candidate_like_any_other(script, evalkit, tmp_path):
    argv = script(WRITER, "{seed}", "{chars}", "{n}")
    options = ["-m", "letters.jsd", "--passages", "5", "--chars", "100", "-o", "out.json"]
    code, _, err = evalkit("compare", "unigram", f"command:argv={argv}", f"mine=command:argv={argv}", *options)
    assert code == 0, err
    results = json.loads(Path("out.json").read_text())
    assert [candidate["name"] for candidate in results["candidates"]] == ["unigram", "command", "mine"]
    assert results["candidates"][1]["bits_per_char"] is None
    assert "cannot give the probability" in results["candidates"][1]["bits_reason"]


def test_a_program_that_fails_ends_in_exit_code_2(script, evalkit):
    code, out, err = evalkit(
        "compare", f"command:argv={script('import sys; sys.exit(1)', '{seed}')}", "--passages", "5", "--chars", "100"
    )
    assert (code, out) == (2, "")
    assert "exit code 1" in err


def test_passage_seeds_fit_31_bits_and_differ():
    seeds = [passage_seed(seed, index) for seed in (0, 1, 2**64 - 1) for index in range(100)]
    assert len(set(seeds)) == 300
    assert all(0 <= seed < 2**31 for seed in seeds)
    with pytest.raises(UsageError):
        passage_seed(-1, 0)


def test_spread_shares_tokens_out_over_their_characters():
    # "ab" -2 bits: -1 each; a token without characters counts on "c": -3 - 1; what is after the text is left out
    assert np.array_equal(spread(3, [2, 2, 3, 3], [-2.0, -3.0, -1.0, -7.0]), [-1.0, -1.0, -4.0])
    assert spread(0, [], []).shape == (0,)


def test_specerror_names_the_specification():
    with pytest.raises(SpecError, match="command:argv=x"):
        create("command:argv=x")
