"""Runs a program of the user's own as a generator, its arguments a template and its standard output the text: `Command`."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Self

from evalkit._util.escape import visible
from evalkit._util.foreign import UnreadableError, read_text
from evalkit._util.formatting import count
from evalkit.errors import InputError, UsageError, one_of
from generators.base import PLAIN, Decoding, Progress, check_amount, check_seed, silent
from generators.external.base import ExternalGenerator, passage_seed, without_lone_surrogates
from generators.external.subprocesses import FinishedProgram, Runner, environment

PLACEHOLDERS = ("seed", "index", "n", "chars", "prompt", "temperature")
_FORMATS = ("text", "jsonl")
_BRACES = re.compile(r"\{\{([a-z_]+)\}\}|\{([a-z_]+)\}")
_LONGEST_FILE = 1 << 20
_MOST_LINES_OF_STDERR = 8


@dataclass(frozen=True, kw_only=True)
class CommandSettings:
    """What a command runs and how, once the file is read and defaults are filled in; the options are those of `Command`."""

    argv: tuple[str, ...]
    format: str = "text"
    per_run: int = 1
    timeout: float = 120.0
    jobs: int = 2
    env: tuple[str, ...] = ()
    seeded: bool = True
    max_bytes: int = 64 << 20


class Command(ExternalGenerator):
    """Text that a program writes, run without a shell and with nothing on its standard input.

    The arguments may hold placeholders: `{seed}` (31 bits, made from the seed of all passages and the number of the run's first one),
    `{index}` (that number), `{n}` (how many passages to write), `{chars}` (how long), `{prompt}` and `{temperature}`. `{{seed}}` stands for
    `{seed}` itself.

    Args:
        argv: the program and its arguments, split into words as a shell would.
        file: a TOML file with `argv` as an array of strings (taken as they are), and any other option; options given beside it win.
        format: `text` (if not given): all of standard output is one passage, less one line end. `jsonl`: one JSON string, or object with
            `text`, a line.
        per_run: passages of one run, for `jsonl`; 1 if not given. Every run writes as many, so a passage does not depend on how many are
            asked for.
        timeout: seconds for one run; 120 if not given.
        jobs: runs at the same time; 2 if not given.
        env: names of further environment variables that the program sees, separated by spaces.
        seeded: `false` for a program that takes no seed and writes something else each time.
        max_bytes: largest output of one run; 67,108,864 if not given.

    """

    name = "command"
    summary = "a program of your own, run with a seed for each passage"
    can_score = False

    def __init__(
        self,
        *,
        argv: str | None = None,
        file: str | None = None,
        format: str | None = None,  # noqa: A002 - the option's name
        per_run: int | None = None,
        timeout: float | None = None,
        jobs: int | None = None,
        env: str | None = None,
        seeded: bool | None = None,
        max_bytes: int | None = None,
    ) -> None:
        self.argv = argv
        self.file = file
        self.format = format
        self.per_run = per_run
        self.timeout = timeout
        self.jobs = jobs
        self.env = env
        self.seeded = seeded
        self.max_bytes = max_bytes
        if argv is not None and file is None:  # a file is read when it is needed: constructors only store
            self.settings()

    def settings(self) -> CommandSettings:
        """The options, those of the file, and the defaults.

        Raises:
            UsageError: for whatever is wrong with them, and a file that cannot be read.
        """
        if self.argv is None and self.file is None:
            raise UsageError(
                "A command needs argv or file.", remedy="Write command:argv=PROGRAM ARGUMENTS or command:file=FILE.toml."
            )
        options = {key: value for key, value in self.options().items() if value is not None}
        table = _read_file(options.pop("file")) if "file" in options else {}
        return _checked(table | options)

    def check_available(self) -> None:
        settings = self.settings()
        if shutil.which(settings.argv[0], path=environment(settings.env)["PATH"]) is None:
            raise UsageError(
                f'There is no program "{visible(settings.argv[0])}" to run.',
                remedy="Write its path, or put its folder on the PATH.",
            )

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        self.check_available()
        return self

    def sample(
        self,
        n_passages: int,
        n_chars: int,
        *,
        seed: int = 0,
        first: int = 0,
        decoding: Decoding = PLAIN,
        progress: Progress = silent,
    ) -> list[str]:
        check_seed(seed)
        check_amount(n_passages, n_chars, first=first)
        if not n_passages:
            return []
        settings = self.settings()
        _check_decoding(settings, decoding)
        # Runs begin at multiples of per_run even where `first` lies between: passage i always comes from the same run with the same seed.
        starts = range(first - first % settings.per_run, first + n_passages, settings.per_run)
        commands = [_filled(settings, seed=seed, index=start, n_chars=n_chars, decoding=decoding) for start in starts]
        passages: dict[int, str] = {}
        runner = Runner(timeout=settings.timeout, max_bytes=settings.max_bytes, environment=environment(settings.env))
        with runner, ThreadPoolExecutor(settings.jobs) as pool:
            try:
                runs = {
                    pool.submit(_run, runner, command, settings): start for start, command in zip(starts, commands, strict=True)
                }
                for done, run in enumerate(as_completed(runs), start=1):
                    passages |= enumerate(run.result(), start=runs[run])
                    progress(f"running {settings.argv[0]}", done, len(runs))
            except BaseException:  # Ctrl-C too: no program may outlive this call
                # Without this, leaving the `with` would wait for all programs that are queued.
                pool.shutdown(wait=False, cancel_futures=True)
                runner.stop()
                raise
        return [passages[i][:n_chars] for i in range(first, first + n_passages)]

    def describe(self) -> dict[str, object]:
        settings = self.settings()
        return super().describe() | {"argv": list(settings.argv), "seeded": settings.seeded}


def _read_file(path: object) -> dict[str, Any]:
    """The options that a TOML file gives.

    Raises:
        UsageError: when it cannot be read, is too large, is not TOML, or has an argv that is not an array of strings.
    """
    remedy = 'Write a TOML file such as: argv = ["python", "sample.py", "--seed", "{seed}"]'
    try:
        table = tomllib.loads(read_text(str(path), most_bytes=_LONGEST_FILE))
    except OSError as error:
        raise UsageError(f'The file "{path}" cannot be read ({error.strerror}).', remedy=remedy) from error
    except UnreadableError as error:
        raise UsageError(f'The file "{path}" cannot be read ({error}).', remedy=remedy) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f'The file "{path}" is not TOML ({error}).', remedy=remedy) from error
    if "argv" in table and not (isinstance(table["argv"], list) and all(isinstance(word, str) for word in table["argv"])):
        raise UsageError(f'argv of "{path}" is not an array of strings.', remedy=remedy)
    return table


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "argv": (str, list), "format": str, "per_run": int, "timeout": (int, float), "jobs": int, "env": (str, list), "seeded": bool,
    "max_bytes": int,
}  # fmt: skip


def _checked(options: Mapping[str, Any]) -> CommandSettings:
    """The settings of checked options.

    Raises:
        UsageError: for all options that are unknown, of the wrong type or out of range.
    """
    problems = [f'there is no option "{key}" ({one_of(key, _KINDS)})' for key in options if key not in _KINDS]
    values = {key: value for key, value in options.items() if key in _KINDS}
    for key, value in values.items():
        # Python counts True as an int, but it is no number of jobs.
        if not isinstance(value, _KINDS[key]) or (isinstance(value, bool) and key != "seeded"):
            problems.append(f"{key} cannot be {value!r}")
    if problems:
        raise UsageError("command: " + "; ".join(problems) + ".")
    for key in ("argv", "env"):
        if key in values:
            values[key] = tuple(_words(values[key], key))
    settings = CommandSettings(**{"argv": (), **values})
    if problems := _out_of_range(settings):
        raise UsageError("command: " + "; ".join(problems) + ".")
    _check_template(settings)
    return settings


def _out_of_range(settings: CommandSettings) -> list[str]:
    """A sentence for each setting that is out of range."""
    problems = [] if settings.argv and settings.argv[0] else ["argv names no program"]
    if settings.format not in _FORMATS:
        problems.append(f'format cannot be "{settings.format}" ({one_of(settings.format, _FORMATS)})')
    elif settings.per_run > 1 and settings.format != "jsonl":
        problems.append("per_run above 1 needs format=jsonl, which says where a passage ends")
    if not 0 < settings.timeout < float("inf"):
        problems.append(f"timeout must be above 0 seconds, not {settings.timeout}")
    return problems + [
        f"{key} must be at least 1, not {getattr(settings, key)}"
        for key in ("per_run", "jobs", "max_bytes")
        if getattr(settings, key) < 1
    ]


def _words(value: str | Sequence[str], key: str) -> Sequence[str]:
    """A value that lists words, split as a shell would where it is one string."""
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError as error:
        raise UsageError(f"{key} cannot be split into words ({error}): {value}", remedy="Close every quotation mark.") from error


def _check_template(settings: CommandSettings) -> None:
    """Refuses placeholders that do not exist, and a command that would write the same text each time."""
    for word in settings.argv:
        for _, name in _BRACES.findall(word):
            if name and name not in PLACEHOLDERS:
                raise UsageError(
                    f'command: there is no placeholder "{{{name}}}".',
                    remedy=f"{one_of(name, PLACEHOLDERS)} Write {{{{{name}}}}} for the text itself.",
                )
    if settings.seeded and not {"seed", "index"} & _used(settings):
        raise UsageError(
            "command: no argument holds {seed}, so either all runs write the same text, or no run can be repeated.",
            remedy="Pass {seed} to the program, or write seeded=false if it takes none and its text differs from run to run.",
        )


def _used(settings: CommandSettings) -> set[str]:
    """The placeholders that the arguments hold."""
    return {name for word in settings.argv for _, name in _BRACES.findall(word) if name}


def _check_decoding(settings: CommandSettings, decoding: Decoding) -> None:
    """Refuses what could not be passed on to the program, rather than to ignore it in silence."""
    used = _used(settings)
    not_passed_on = [
        *(["a temperature"] if decoding.temperature != 1 and "temperature" not in used else []),
        *(["a prompt"] if decoding.prompt and "prompt" not in used else []),
        *(["top-k or top-p"] if decoding.top_k is not None or decoding.top_p is not None else []),
    ]
    if not_passed_on:
        raise UsageError(
            f"The command has no argument for {' and '.join(not_passed_on)}.",
            remedy="Put {temperature} or {prompt} among its arguments (there is none for top-k and top-p), or leave that option out.",
        )


def _filled(settings: CommandSettings, *, seed: int, index: int, n_chars: int, decoding: Decoding) -> list[str]:
    """The arguments of one run."""
    values = {
        "seed": str(passage_seed(seed, index)),
        "index": str(index),
        "n": str(settings.per_run),
        "chars": str(n_chars),
        "prompt": decoding.prompt,
        "temperature": f"{decoding.temperature:g}",
    }
    return [_BRACES.sub(lambda match: values[match[2]] if match[2] else f"{{{match[1]}}}", word) for word in settings.argv]


def _run(runner: Runner, argv: Sequence[str], settings: CommandSettings) -> list[str]:
    """The passages of one run.

    Raises:
        InputError: when the program fails, is stopped, or writes something else than was asked for.
    """
    try:
        finished = runner.run(argv)
    except (OSError, ValueError) as error:
        raise _failure(argv, f"cannot be started ({error})") from error
    if finished.trouble:
        raise _failure(argv, f"was stopped because {finished.trouble}", finished)
    if finished.exit_code:
        ended = f"exit code {finished.exit_code}" if finished.exit_code > 0 else f"signal {-finished.exit_code}"
        raise _failure(argv, f"ended with {ended}", finished)
    try:
        text = finished.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _failure(argv, f"wrote what is not UTF-8 (byte {error.start})", finished) from error
    if not text.strip():
        raise _failure(argv, "wrote nothing", finished)
    if settings.format == "text":
        return [text.removesuffix("\n").removesuffix("\r")]
    return _passages(text, argv, settings.per_run)


def _passages(text: str, argv: Sequence[str], per_run: int) -> list[str]:
    """The passages of JSON Lines."""
    passages = []
    lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
            passage = value["text"] if isinstance(value, dict) else value
        except (ValueError, KeyError, RecursionError):
            passage = None
        if not isinstance(passage, str):
            raise _failure(
                argv, f'wrote a line that is no JSON string and no object with "text" (line {number}: {visible(line[:60])})'
            )
        passages.append(without_lone_surrogates(passage))
    if len(passages) != per_run:
        raise _failure(
            argv,
            f"wrote {count(len(passages), 'line')} where {count(per_run, 'passage')} {'was' if per_run == 1 else 'were'} asked for",
        )
    return passages


def _failure(argv: Sequence[str], what: str, finished: FinishedProgram | None = None) -> InputError:
    """The error of a run, with the end of the program's own errors."""
    stderr = finished.stderr_end.decode("utf-8", "replace").strip().splitlines()[-_MOST_LINES_OF_STDERR:] if finished else []
    errors = f" It said: {visible(' | '.join(stderr))}" if stderr else ""
    return InputError(
        f'The program "{visible(argv[0])}" {what}.{errors}',
        remedy=f"Run it by hand to see what it does: {visible(shlex.join(argv))}",
    )
