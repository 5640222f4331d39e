"""Declares the options that several commands share, once each: groups such as `CorpusOptions`, and single options such as `Seed`.

`evalkit.cli.groups.takes_groups` puts a group into a command. A subclass that declares a field of its base as an option offers one option more
in the same place: `ReadingOptions.passage_field` is no option, `SampleReadingOptions.passage_field` is one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from evalkit._util.escape import visible
from evalkit.errors import UsageError, one_of
from evalkit.language.profile import shipped
from evalkit.report import formats
from evalkit.text.split import HELD_OUT_SHARE

if TYPE_CHECKING:  # numpy and the readers would slow down every --help
    from evalkit.engines import Engine
    from evalkit.text.corpus import Corpus, Split
    from evalkit.text.io.options import ReadOptions
    from evalkit.trackers import Destination
    from generators.base import Decoding

DEFAULT_REFERENCE = "embedded"
"""`evalkit.text.corpus.EMBEDDED`; importing that module would slow down every --help."""
_LANGUAGES = f"{', '.join(shipped())},"
_TEXT, _SHAPE, _OUTPUT, _SAMPLING, _WHERE = "Reading text", "Shape", "Output", "Sampling", "Where it runs"
_ENGINES = ("local", "dask")


class Allowed:
    """Converts the value of an option that takes one of several things, and refuses any other.

    Args:
        allowed: the things.
    """

    # Typer names a converter in messages like a function.
    __name__ = "value"

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)

    def takes(self, value: object) -> bool:
        """Whether a value is one of them."""
        return value in self.allowed


class TrackerSpec:
    """Converts a tracker with its options into a `Destination`, and refuses what could not be logged to."""

    # Typer names a converter in messages like a function.
    __name__ = "value"

    def __call__(self, value: str | Destination) -> Destination:
        """The destination, if its tracker, options and package are there."""
        if not isinstance(value, str):  # a default that was converted already
            return value
        from evalkit.trackers import parse_destination

        try:
            return parse_destination(value)
        except UsageError as error:
            raise typer.BadParameter(f"{error.problem} {error.remedy}".strip()) from error


class FormatName(Allowed):
    """Converts the name of a format."""

    def __call__(self, value: str) -> str:
        """The name, if it is one of those that are allowed."""
        if not self.takes(value):
            raise typer.BadParameter(f'There is no format "{visible(value)}" here. {one_of(value, self.allowed)}')
        return value


class EngineName(Allowed):
    """Converts the name of an engine."""

    def __call__(self, value: str) -> str:
        """The name, if there is such an engine."""
        if not self.takes(value):
            raise typer.BadParameter(f'There is no engine "{visible(value)}". {one_of(value, self.allowed)}')
        return value


class OutputFile(Allowed):
    """Converts the name of an output file, whose extension is one of those that are allowed.

    Args:
        allowed: the extensions.
        kinds: of results that the command writes.
    """

    def __init__(self, allowed: Sequence[str], kinds: Iterable[str]) -> None:
        super().__init__(allowed)
        self.kinds = frozenset(kinds)

    def takes(self, value: object) -> bool:
        """Whether a path has one of the extensions."""
        return Path(str(value)).suffix in self.allowed

    def __call__(self, value: str | Path) -> Path:
        """The path, if its extension is one of them."""
        if not self.takes(value):
            suffix = Path(value).suffix
            raise typer.BadParameter(
                f'"{visible(str(value))}" has no extension that can be written. {one_of(suffix, self.allowed)}'
            )
        return Path(value)


def allowed_by(command: Callable[..., None], name: str) -> Allowed | None:
    """The values that an option of a command takes, if they are enumerated; None for any other option."""
    annotation = inspect.signature(command, eval_str=True).parameters[name].annotation
    parsers = (getattr(extra, "parser", None) for extra in get_args(annotation))
    return next((parser for parser in parsers if isinstance(parser, Allowed)), None)


def format_option(kinds: Iterable[str]) -> Any:
    """`--format` of a command that prints results of these kinds."""
    words = formats.names(kinds)
    return typer.Option(
        "-f",
        "--format",
        metavar=f"[{'|'.join(words)}]",
        parser=FormatName(words),
        help="Format of stdout.",
        rich_help_panel=_OUTPUT,
    )


def output_option(kinds: Iterable[str], *, help_: str = "Also write {}; repeatable.") -> Any:
    """`--output` of a command that writes results of these kinds.

    Args:
        kinds: of results, see `evalkit.report.formats`.
        help_: the help text; `{}` becomes the list of extensions.
    """
    allowed = formats.extensions(kinds)
    # The first extension of a format stands for the others.
    shown = list(dict.fromkeys(form.extensions[0] for form in formats.formats_of(kinds) if form.extensions))
    listed = " or ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
    return typer.Option(
        "-o", "--output", metavar="FILE", parser=OutputFile(allowed, kinds), help=help_.format(listed), rich_help_panel=_OUTPUT
    )


Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "-m",
        "--metrics",
        metavar="ID",
        help="Metric, family or pattern, such as letters.jsd, suffix or order.*; all selects every metric; repeatable.",
    ),
]
Language = Annotated[
    str,
    typer.Option(
        "--language", metavar="LANG", help=f"Language: {_LANGUAGES} or the .toml file of a profile.", rich_help_panel=_TEXT
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random but the split; 0 is a seed like any other.")]
TopK = Annotated[
    int | None, typer.Option("--top-k", help="Sample only from the k most probable symbols.", rich_help_panel=_SAMPLING)
]
TopP = Annotated[
    float | None,
    typer.Option("--top-p", help="Sample only from the most probable symbols, up to probability p.", rich_help_panel=_SAMPLING),
]
Temperature = Annotated[float, typer.Option("--temperature", help="Sampling temperature.", rich_help_panel=_SAMPLING)]
DRY_RUN = "--dry-run"
DryRun = Annotated[
    bool, typer.Option(DRY_RUN, help="Say what would be done, with time and memory, and do nothing.", rich_help_panel=_OUTPUT)
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Fit every generator and count the reference again, and keep nothing.")]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress on stderr.", rich_help_panel=_OUTPUT)]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but errors.", rich_help_panel=_OUTPUT)]
Reference = Annotated[
    str,
    typer.Option(
        "--reference", metavar="REF", help="Corpus: a file, folder, glob, URL or name (see corpus list).", rich_help_panel=_TEXT
    ),
]
HeldOut = Annotated[
    str | None,
    typer.Option(
        "--held-out", metavar="PATTERN", help="Documents to hold out: a glob over their ids, or every:10:4.", rich_help_panel=_TEXT
    ),
]
SPLIT_SEED_HELP = "Seed that chooses the documents to hold out; --seed does not change them."
Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="FIELD_OR_PATTERN",
        help="Documents that belong together, such as chapters: a field, a pattern over ids such as '(.+)-ch', auto or none.",
        rich_help_panel=_TEXT,
    ),
]
PassageField = Annotated[
    str | None, typer.Option("--passage-field", metavar="NAME", help="Field that names the passage.", rich_help_panel=_TEXT)
]
Jobs = Annotated[
    int,
    typer.Option(
        "-j", "--jobs", min=1, max=1024, help="Number of processes; the results do not depend on it.", rich_help_panel=_WHERE
    ),
]
ListingFormat = Annotated[str, format_option(formats.LISTING)]


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """How text is read."""

    text_field: Annotated[
        str | None,
        typer.Option(
            "--text-field",
            metavar="NAME",
            help="Field of records that holds the text, or a path such as messages.-1.content; found unless given.",
            rich_help_panel=_TEXT,
        ),
    ] = None
    document_field: Annotated[
        str | None, typer.Option("--document-field", metavar="NAME", help="Field that names the document.", rich_help_panel=_TEXT)
    ] = None
    passage_field: str | None = None
    encoding: Annotated[str, typer.Option("--encoding", help="Encoding of text files.", rich_help_panel=_TEXT)] = "utf-8"
    errors: Annotated[
        str, typer.Option("--errors", help="What to do with undecodable bytes: strict, replace or ignore.", rich_help_panel=_TEXT)
    ] = "strict"

    def for_readers(self, *, group: str | None = None) -> ReadOptions:
        """The options as the readers take them.

        Args:
            group: what groups documents, `--group`.
        """
        from evalkit.text.io.options import ReadOptions

        return ReadOptions(
            encoding=self.encoding,
            errors=self.errors,
            text_field=self.text_field,
            document_field=self.document_field,
            passage_field=self.passage_field,
            group=group,
        )


@dataclass(frozen=True, kw_only=True)
class SampleReadingOptions(ReadingOptions):
    """How text is read, where some of it may be samples."""

    passage_field: PassageField = None


@dataclass(frozen=True, kw_only=True)
class CorpusOptions:
    """The reference corpus, and which part of it is held out."""

    reference: Reference = DEFAULT_REFERENCE
    held_out: HeldOut = None
    held_out_share: Annotated[
        float, typer.Option("--held-out-share", min=0.0, max=1.0, help="Share of the corpus to hold out.", rich_help_panel=_TEXT)
    ] = HELD_OUT_SHARE
    split_seed: Annotated[int, typer.Option("--split-seed", min=0, help=SPLIT_SEED_HELP, rich_help_panel=_TEXT)] = 0
    group: Group = None

    def for_readers(self, reading: ReadingOptions) -> ReadOptions:
        """How the reference, and samples beside it, are read."""
        return reading.for_readers(group=self.group)

    def read(self, reading: ReadingOptions) -> tuple[Corpus, Split]:
        """The corpus, split.

        Raises:
            UsageError: for a share that leaves one side empty.
        """
        from evalkit.text.corpus import read_corpus, split_corpus

        if not 0 < self.held_out_share < 1:
            raise UsageError(f"--held-out-share must be above 0 and below 1, not {self.held_out_share}.")
        corpus = read_corpus(self.reference, options=self.for_readers(reading))
        return corpus, split_corpus(corpus, fraction=self.held_out_share, seed=self.split_seed, held_out=self.held_out)


@dataclass(frozen=True, kw_only=True)
class MeasureOptions:
    """The metrics to measure, and their language."""

    language: Language = "en"
    metrics: Metrics = None

    @property
    def patterns(self) -> list[str]:
        """The metrics that were asked for."""
        return as_list(self.metrics)


@dataclass(frozen=True, kw_only=True)
class ShapeOptions:
    """How many passages of which length."""

    passages: Annotated[
        int | None,
        typer.Option(
            "--passages",
            min=1,
            help="Number of passages of each candidate, or of samples where these are on disk.",
            rich_help_panel=_SHAPE,
        ),
    ] = None
    chars: Annotated[int | None, typer.Option("--chars", min=20, help="Characters per passage.", rich_help_panel=_SHAPE)] = None


@dataclass(frozen=True, kw_only=True)
class TruncationOptions:
    """Which symbols generators sample from."""

    temperature: float = 1.0
    top_k: TopK = None
    top_p: TopP = None

    def decoding(self) -> Decoding:
        """The options as generators take them."""
        from generators.base import Decoding

        return Decoding(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p)


@dataclass(frozen=True, kw_only=True)
class SamplingOptions(TruncationOptions):
    """How generators sample."""

    temperature: Temperature = 1.0


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """What draws and scores candidates."""

    jobs: Jobs = 1
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar=f"[{'|'.join(_ENGINES)}]",
            parser=EngineName(_ENGINES),
            help="Processes of this machine, or a cluster of dask; the results do not depend on it.",
            rich_help_panel=_WHERE,
        ),
    ] = "local"
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Scheduler of --engine dask, such as tcp://10.0.0.5:8786.",
            rich_help_panel=_WHERE,
        ),
    ] = None

    @contextmanager
    def started(self) -> Iterator[Engine | None]:
        """What runs units of work, until the context ends; None where this process does it alone.

        Raises:
            UsageError: when one of --engine dask and --scheduler was given without the other.
            WorkerError: when the scheduler does not answer.
        """
        if (self.engine == "dask") != (self.scheduler is not None):
            raise UsageError(
                "--engine dask and --scheduler go together.",
                remedy="Give both, such as --engine dask --scheduler tcp://10.0.0.5:8786, or neither.",
            )
        if self.scheduler is None and self.jobs == 1:
            yield None
            return
        from evalkit.engines import Local

        if self.scheduler is None:
            yield Local(self.jobs)
            return
        from evalkit.engines.cluster import connected

        with connected(self.scheduler, Local(self.jobs)) as cluster:
            yield cluster


@dataclass(frozen=True, kw_only=True)
class RunOutputOptions:
    """Where the results of a comparison go."""

    output: Annotated[list[Path] | None, output_option(formats.RUNS)] = None
    format_: Annotated[str, format_option(formats.RUNS)] = "text"
    track: Annotated[
        list[str] | None,
        typer.Option(
            "--track",
            metavar="TRACKER",
            parser=TrackerSpec(),
            help="Also log to mlflow, tensorboard or wandb; options follow, as in tensorboard:folder=runs,step=1200; repeatable.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None
    no_progress: NoProgress = False
    quiet: Quiet = False

    @property
    def destinations(self) -> list[Destination]:
        """The trackers that the results go to."""
        return cast("list[Destination]", self.track or [])

    @property
    def files(self) -> list[Path]:
        """The files that were asked for."""
        return self.output or []

    @property
    def written(self) -> list[str | Path]:
        """All that a run writes, for people."""
        return ["a folder under reports", *self.files]

    @property
    def progress(self) -> bool:
        """Whether progress is shown."""
        return not (self.no_progress or self.quiet)


# The options of the gate and of its calibration, whose defaults are those of the baseline.
BaselineName = Annotated[
    str, typer.Option("--baseline", metavar="NAME_OR_FILE", help="A saved baseline (see baseline list) or its file.")
]
MaxPassages = Annotated[
    int | None,
    typer.Option(
        "--max-passages",
        min=1,
        metavar="N",
        help="Passages of a generator that are drawn at most, in stages, while the gate is undecided; as many as the baseline keeps unless given.",
    ),
]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Policy: a TOML file with tiers and margins; see docs/ci.md.")
]
BaselineReference = Annotated[str | None, typer.Option("--reference", metavar="REF", help="Corpus; the baseline's unless given.")]
BaselineGroup = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="FIELD_OR_PATTERN",
        help="What groups the documents of the reference: a field, a pattern over ids, auto or none; as for the baseline unless given.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class BaselineMeasureOptions:
    """The metrics to measure; the language is the baseline's unless given."""

    language: Annotated[
        str | None,
        typer.Option("--language", metavar="LANG", help=f"Language: {_LANGUAGES} or a profile; the baseline's unless given."),
    ] = None
    metrics: Metrics = None

    @property
    def patterns(self) -> list[str]:
        """The metrics that were asked for."""
        return as_list(self.metrics)


@dataclass(frozen=True, kw_only=True)
class BaselineSamplingOptions:
    """How generators sample, as the baseline did unless given."""

    temperature: Annotated[
        float | None, typer.Option("--temperature", help="Sampling temperature; the baseline's unless given.")
    ] = None
    top_k: TopK = None
    top_p: TopP = None

    def given(self) -> dict[str, Any]:
        """The options by name; None for those of the baseline."""
        return {"temperature": self.temperature, "top_k": self.top_k, "top_p": self.top_p}


def as_list(values: Sequence[str] | None) -> list[str]:
    """A repeatable option's values; each may hold several, separated by commas."""
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]
