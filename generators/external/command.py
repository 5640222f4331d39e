"""A program of the user's own as a generator: its arguments are a template, its standard output the text."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Self

from evalkit._util.escape import visible
from evalkit.errors import InputError, UsageError
from generators.base import PLAIN, Decoding, Progress, check_seed, silent
from generators.external.base import Outside
from generators.external.command_template import Settings, check_decoding, checked, environment, filled, read_file
from generators.external.subprocesses import Finished, Runner

_MOST_LINES_OF_STDERR = 8


class Command(Outside):
    """Text that a program writes, run without a shell and with nothing on its standard input.

    In the arguments `{seed}`, `{index}`, `{n}`, `{chars}`, `{prompt}` and `{temperature}` stand for the seed of the passage (31 bits, from
    the seed of all and the passage's number), its number, how many to write, how long, and how; `{{seed}}` stands for `{seed}` itself.

    Args:
        argv: the program and its arguments, separated as a shell would.
        file: a TOML file with `argv` as an array of strings, and any other option; options given beside it win.
        format: "text" takes all standard output as one passage; "jsonl" one JSON string, or object with `text`, a line.
        per_run: passages of one run, for jsonl. Runs always write as many, so that a passage does not depend on how many are asked for.
        timeout: seconds for one run.
        jobs: runs at the same time.
        env: names of environment variables that it sees besides `PASSED_ON`, separated by spaces.
        seeded: false for a program that takes no seed and writes something else each time.
        max_bytes: of the output of one run.
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

    def settings(self) -> Settings:
        """The options, those of the file, and the defaults.

        Raises:
            UsageError: for whatever is wrong with them, and a file that cannot be read.
        """
        if self.argv is None and self.file is None:
            raise UsageError(
                "A command needs argv or file.", remedy="Write command:argv=PROGRAM ARGUMENTS or command:file=FILE.toml."
            )
        options = {key: value for key, value in self.options().items() if value is not None}
        table = read_file(options.pop("file")) if "file" in options else {}
        return checked(table | options)

    def check_available(self) -> None:
        settings = self.settings()
        if shutil.which(settings.argv[0], path=environment(settings)["PATH"]) is None:
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
        if not n_passages:
            return []
        settings = self.settings()
        check_decoding(settings, decoding)
        starts = range(first - first % settings.per_run, first + n_passages, settings.per_run)
        commands = [filled(settings, seed=seed, index=start, n_chars=n_chars, decoding=decoding) for start in starts]
        passages: dict[int, str] = {}
        runner = Runner(timeout=settings.timeout, max_bytes=settings.max_bytes, environment=environment(settings))
        with ThreadPoolExecutor(settings.jobs) as pool:
            try:
                runs = {
                    pool.submit(_run, runner, command, settings): start for start, command in zip(starts, commands, strict=True)
                }
                for done, run in enumerate(as_completed(runs), start=1):
                    passages |= enumerate(run.result(), start=runs[run])
                    progress(f"running {settings.argv[0]}", done, len(runs))
            except BaseException:  # Ctrl-C too: no program may outlive this call
                pool.shutdown(wait=False, cancel_futures=True)
                runner.stop()
                raise
        return [passages[i][:n_chars] for i in range(first, first + n_passages)]

    def describe(self) -> dict[str, object]:
        settings = self.settings()
        return super().describe() | {"argv": list(settings.argv), "seeded": settings.seeded}


def _run(runner: Runner, argv: Sequence[str], settings: Settings) -> list[str]:
    """One run's passages."""
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
    found = []
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
        # Half a surrogate pair is no text that could be written anywhere.
        found.append(passage.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    if len(found) != per_run:
        raise _failure(argv, f"wrote {len(found)} lines where {per_run} passages were asked for")
    return found


def _failure(argv: Sequence[str], what: str, finished: Finished | None = None) -> InputError:
    said = finished.stderr_end.decode("utf-8", "replace").strip().splitlines()[-_MOST_LINES_OF_STDERR:] if finished else []
    errors = f" It said: {visible(' | '.join(said))}" if said else ""
    return InputError(
        f'The program "{visible(argv[0])}" {what}.{errors}', remedy=f"See what it does by hand: {visible(shlex.join(argv))}"
    )
