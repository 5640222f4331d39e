"""results.json: the product. Everything shown anywhere is a function of it and of the samples stored beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evalkit.errors import ModelError

if TYPE_CHECKING:
    import pandas as pd
    from jsonschema_rs import Draft202012Validator
    from matplotlib.axes import Axes

SCHEMA_VERSION = 1
ONE_VALUE = "one value for all passages together, which has no interval"
"""How the reason of a measure of all passages together ends."""
_SCHEMA_FILE = Path(__file__).with_name("results.schema.json")


@dataclass(frozen=True)
class Interval:
    """A confidence interval by its ends."""

    low: float
    high: float


@dataclass(frozen=True)
class FloorSummary:
    """The human floor: the value's median over human replicates, and the value that 5 % of them exceed.

    Args:
        median, p95: of the value, in the metric's unit.
        damage_median, damage_p95: the same of the distance from good; a row whose damage is at most damage_p95 is within the human range.
        noise: the distance from good of unigram noise, which is position 1.
    """

    median: float
    p95: float
    damage_median: float | None = None
    damage_p95: float | None = None
    noise: float | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One candidate on one metric.

    Args:
        value: as the metric defines it, in its unit; None where `status` is "not measured".
        ci: 95 % interval of the value that another sample of the same shape is expected to have.
        floor: of human text of the same shape.
        target: the reference's own value, for two-sided metrics.
        position: 0 at the human floor, 1 at unigram noise, on the scale of damage; None where those two do not differ.
        delta: value - target for two-sided metrics, value - floor median for the others; for a gate, damage beyond the baseline's.
        delta_ci: 95 % interval of delta.
        p_raw: probability of a delta at least as large if there were no difference.
        p_adjusted: the same with the number of simultaneous tests taken into account.
        mde: smallest effect that this run would have seen with 80 % power.
        n_units: passages.
        reason: why it was not measured, or what to keep in mind.
    """

    candidate: str
    metric: str
    value: float | None
    ci: Interval | None = None
    floor: FloorSummary | None = None
    target: float | None = None
    position: float | None = None
    delta: float | None = None
    delta_ci: Interval | None = None
    p_raw: float | None = None
    p_adjusted: float | None = None
    mde: float | None = None
    n_units: int = 0
    status: Literal["measured", "not measured"] = "measured"
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Series:
    """A distribution's parts for one candidate: shares, their intervals, and what each adds to the divergence."""

    value: Sequence[float | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    contribution: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A distribution metric taken apart: the reference's shares and each candidate's."""

    metric: str
    items: Sequence[str]
    reference: Sequence[float | None]
    series: Mapping[str, Series]


@dataclass(frozen=True, kw_only=True)
class Span:
    """A marked stretch of an excerpt: text[start:end].

    Args:
        start, end: in code points of the excerpt's text as it stands.
        kind: "nonword" is in neither the corpus nor the dictionary, "copied" stands in the training text, "shadow" runs along it at a constant
            offset without quoting it, "loop" repeats itself, "overused" is a word that the explanation finds used too often.
        source: for copied spans and shadows, the document that has it.
    """

    start: int
    end: int
    kind: Literal["nonword", "copied", "shadow", "loop", "overused"]
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """A passage chosen to be read.

    Args:
        role: "best" and "worst" by `distance`, "random" by the seed, "example" because it shows a finding, "human" from the held-out documents.
        id: of the passage.
        text: the passage, or its beginning.
        n_chars: of the whole passage.
        document: that it was cut from.
        distance: mean damage over the headline metrics, each at most 1, that of unigram noise; None where nothing could be measured.
        spans: what is marked, by position.
    """

    role: Literal["best", "worst", "random", "example", "human"]
    id: str
    text: str
    n_chars: int
    document: str | None = None
    distance: float | None = None
    spans: Sequence[Span] = ()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two candidates on one metric.

    Args:
        a: a candidate.
        b: the other.
        metric: the metric's id.
        delta: damage of a less that of b; above 0, a is worse.
        ci: 95 % interval of delta, on its own.
        p_raw: of a permutation test of the difference of values; None where `reason` says why.
        p_adjusted: corrected for all metrics and all pairs of candidates.
        reason: why something is missing.
    """

    a: str
    b: str
    metric: str
    delta: float | None
    ci: Interval | None = None
    p_raw: float | None = None
    p_adjusted: float | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rank:
    """A candidate's place on one metric, or on "overall".

    Args:
        metric: the metric's id, or "overall" for the headline metrics together.
        candidate: its name.
        rank: 1 + the number of candidates that are better beyond doubt; equal ranks are ties.
        letters: of two candidates that share a letter, neither is better beyond doubt.
    """

    metric: str
    candidate: str
    rank: int
    letters: str


@dataclass(frozen=True, kw_only=True)
class Overall:
    """A candidate's position over the headline metrics together.

    Args:
        candidate: its name.
        value: the mean of the positions, each from 0 (the human floor, or nearer) to 1 (unigram noise, or farther).
        ci: 95 % interval of the value that another sample of the same shape is expected to have.
        floor: median and 95th percentile of the same mean over human texts of this shape.
    """

    candidate: str
    value: float | None
    ci: Interval | None = None
    floor: FloorSummary | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a finding shows: a few words of a passage.

    Args:
        passage: its id.
        text: the words, as they stand.
    """

    passage: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What one item (a letter, a length, a word class, a word) adds to a divergence, or to the difference of a share of words.

    Args:
        value, reference: its share in the candidate and in the reference.
        contribution: positive where there is too much of it. Of a divergence the absolute values of all items sum to the value; of a share or
            rate of words the contributions of all words sum to the value less the reference's own, and of a share of known words, whose items
            are the unknown ones, to the reference's less the value.
        low, high: ends of its 95 % interval over resampled passages; None where there are too few.
        places: passages that have the most of it; none where there is too little of it.
    """

    metric: str
    item: str
    value: float
    reference: float
    contribution: float
    low: float | None
    high: float | None
    places: Sequence[Place] = ()


@dataclass(frozen=True, kw_only=True)
class WordUse:
    """A word that is used more or less than in the reference.

    Args:
        per_10k, reference_per_10k: occurrences per 10,000 words.
        log_odds: logarithm of the ratio of the odds, shrunk by the prior; positive where it is used too much.
        z: log_odds in standard errors, clustering of the word in passages and documents included.
        p_adjusted: by Benjamini and Hochberg over all words tested; exploratory.
    """

    word: str
    count: int
    per_10k: float
    reference_per_10k: float
    log_odds: float
    z: float
    p_adjusted: float
    places: Sequence[Place] = ()


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why one candidate differs from the reference.

    Args:
        contributions: of each distribution metric, and of each share or rate of words, the ten largest, largest first.
        words: over- and underused words at a false discovery rate of 5 %, the surest first.
        n_words_tested: how many words were tested.
    """

    contributions: Sequence[Contribution] = ()
    words: Sequence[WordUse] = ()
    n_words_tested: int = 0


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A stretch of a passage that runs along a document of the corpus, quoting it or guessing it letter by letter.

    Args:
        passage: its id.
        start, n_chars: the stretch, in characters of the passage as it stands.
        document: its id.
        held_out: whether it is held out: a generator that follows it was fed it.
        place: where the stretch begins to follow it, in characters of the document as it stands.
        agreement: share of characters that agree at a constant offset, the mean over windows of 150 characters.
        text, source_text: how the stretch begins, and how the document goes there.
    """

    passage: str
    start: int
    n_chars: int
    document: str
    held_out: bool
    place: int
    agreement: float
    text: str
    source_text: str


@dataclass(frozen=True, kw_only=True)
class Results:
    """A run's results.

    Args:
        kind: the command that made them.
        signature: what must agree for two runs to be comparable.
        run: when and how they were made; never compared.
        reference: the corpus and its split, for people.
        shape: passages and characters of each candidate.
        metrics: metric id -> label, unit, direction, version and so on, as declared.
        candidates: name, specification, kind, what the generator says of itself, notes, and the file of its samples.
        results: one flat row per candidate and metric.
        profiles: distribution metrics taken apart.
        comparisons: one per pair of candidates and metric.
        ranking: one per metric, "overall" included, and candidate.
        overall: one per candidate.
        learning: one per trained model whose checkpoints were scored: its name, and per checkpoint updates, characters, seconds, bits per character and rows.
        previous: the run before this one of the same kind, corpus and candidates: its folder, date, signature and rows; None where there is none.
        excerpts: candidate -> passages to read; "" holds human text.
        explanations: candidate -> why it differs, where that was asked for.
        traces: candidate -> where it runs along documents of the corpus, the most agreeing characters first.
        warnings: what a reader must know before trusting the numbers.
    """

    kind: str
    signature: Mapping[str, Any]
    run: Mapping[str, Any]
    reference: Mapping[str, Any]
    shape: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, Any]]
    candidates: Sequence[Mapping[str, Any]]
    results: Sequence[Row]
    profiles: Sequence[Profile] = ()
    comparisons: Sequence[Pair] = ()
    ranking: Sequence[Rank] = ()
    overall: Sequence[Overall] = ()
    learning: Sequence[Mapping[str, Any]] = ()
    previous: Mapping[str, Any] | None = None
    excerpts: Mapping[str, Sequence[Excerpt]] = field(default_factory=dict)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    traces: Mapping[str, Sequence[Trace]] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    verdict: str | None = None
    exit_code: int | None = None
    gate: Mapping[str, Any] | None = None
    schema_version: int = field(default=SCHEMA_VERSION)

    def row(self, candidate: str, metric: str) -> Row | None:
        """The row of a candidate and metric, or None where there is none."""
        return next((row for row in self.results if row.candidate == candidate and row.metric == metric), None)

    def to_frame(self) -> pd.DataFrame:
        """The rows as a tidy pandas table, one a candidate and metric, intervals and floors as columns of their own."""
        import pandas as pd

        from evalkit.report.export.tables import flat_rows

        return pd.DataFrame(flat_rows(self))

    def plot(self, what: str, name: str | None = None, *, metric: str | None = None, axes: Axes | None = None) -> Axes:
        """One of the report's panels on matplotlib axes, for papers; see `evalkit.report.figures.plots.plot`."""
        from evalkit.report.figures.plots import plot

        return plot(self, what, name, metric=metric, axes=axes)

    def save(self, path: str | Path) -> None:
        """Writes the results to a file, whole or not at all: .json, .html, .csv, .md and, of a gate, .junit.xml.

        Raises:
            UsageError: for another extension.
            OutputError: when the file cannot be written.
        """
        from evalkit._util.atomic import write_atomically
        from evalkit.report.formats import format_of

        file = Path(path)
        write_atomically(file, format_of(file, self.kind).render(self, {}))

    def _repr_html_(self) -> str:
        """How notebooks show results: the verdict and the headline metrics."""
        from evalkit.report.html.notebook import fragment

        return fragment(self)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; intervals as [low, high]; NaN and infinity are refused."""
        plain = asdict(self)
        plain["results"] = [_plain_row(row) for row in self.results]
        for span in (span for chosen in plain["excerpts"].values() for excerpt in chosen for span in excerpt["spans"]):
            if span["source"] is None:
                del span["source"]
        plain["comparisons"] = [_plain_row(pair) for pair in self.comparisons]
        plain["overall"] = [_plain_row(overall) for overall in self.overall]
        if self.kind != "gate":
            del plain["verdict"], plain["exit_code"], plain["gate"]
        return dict(plain)

    def to_json(self) -> str:
        """The text of results.json, keys in a fixed order.

        Raises:
            ValueError: when a number is NaN or infinite; what was not measured must be None.
        """
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain_row(row: Row | Pair | Overall) -> dict[str, Any]:
    plain = asdict(row)
    for key in ("ci", "delta_ci"):
        if plain.get(key) is not None:
            plain[key] = [plain[key]["low"], plain[key]["high"]]
    return plain


def number(value: float | None) -> float | None:
    """A float that may stand in results: None for NaN and infinity."""
    return None if value is None or not math.isfinite(value) else float(value)


def numbers(values: Iterable[float]) -> list[float | None]:
    """`number` of each, to six significant digits: these are the many shares of a profile, and nothing is computed from them."""
    return [number(float(f"{value:.6g}")) for value in values]


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of results.json; the caller's own copy."""
    loaded: dict[str, Any] = json.loads(_SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


@cache  # of a file of the package, which does not change while a process runs
def _validator() -> Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema())


def validate(data: object, *, origin: str = "results") -> None:
    """Checks JSON values against the schema.

    Raises:
        ModelError: naming the first places that do not conform.
    """
    errors = sorted(("/".join(map(str, error.instance_path)), error.message) for error in _validator().iter_errors(data))
    if errors:
        places = "; ".join(f"{path or 'top level'}: {message[:120]}" for path, message in errors[:3])
        raise ModelError(f"{origin} is not a results file: {places}", remedy="Give a results.json that evalkit wrote.")


def from_dict(data: Mapping[str, Any], *, origin: str = "results") -> Results:
    """Results from JSON values of this or an older schema version.

    Raises:
        ModelError: when they do not conform, or come from a newer version.
    """
    version = data.get("schema_version") if isinstance(data, Mapping) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ModelError(
            f"{origin} has schema version {version}; this evalkit reads up to {SCHEMA_VERSION}.", remedy="Upgrade evalkit."
        )
    validate(data, origin=origin)
    fields = dict(data)
    fields["results"] = [_row(row) for row in data["results"]]
    fields["profiles"] = [
        Profile(**{**profile, "series": {name: Series(**series) for name, series in profile["series"].items()}})
        for profile in data["profiles"]
    ]
    fields["comparisons"] = [Pair(**{**pair, "ci": _interval(pair["ci"])}) for pair in data.get("comparisons", [])]
    fields["overall"] = [
        Overall(**{**overall, "ci": _interval(overall["ci"]), "floor": _floor(overall["floor"])})
        for overall in data.get("overall", [])
    ]
    fields["ranking"] = [Rank(**rank) for rank in data.get("ranking", [])]
    fields["explanations"] = {name: _explanation(plain) for name, plain in data.get("explanations", {}).items()}
    fields["traces"] = {name: [Trace(**trace) for trace in found] for name, found in data.get("traces", {}).items()}
    fields["excerpts"] = {
        name: [Excerpt(**{**excerpt, "spans": [Span(**span) for span in excerpt["spans"]]}) for excerpt in excerpts]
        for name, excerpts in data.get("excerpts", {}).items()
    }
    return Results(**fields)


def _explanation(plain: Mapping[str, Any]) -> Explanation:
    def placed(part: Mapping[str, Any]) -> dict[str, Any]:
        return {**part, "places": [Place(**place) for place in part["places"]]}

    return Explanation(
        contributions=[Contribution(**placed(part)) for part in plain["contributions"]],
        words=[WordUse(**placed(part)) for part in plain["words"]],
        n_words_tested=plain["n_words_tested"],
    )


def _row(plain: Mapping[str, Any]) -> Row:
    row = dict(plain)
    for key in ("ci", "delta_ci"):
        row[key] = _interval(row.get(key))
    row["floor"] = _floor(row.get("floor"))
    return Row(**row)


def _interval(plain: Sequence[float] | None) -> Interval | None:
    return Interval(*plain) if plain else None


def _floor(plain: Mapping[str, Any] | None) -> FloorSummary | None:
    return FloorSummary(**plain) if plain else None


def read(path: Path) -> Results:
    """Results from a file, or from the results.json of a run's folder.

    Raises:
        ModelError: when it cannot be read or is not a results file.
    """
    file = path / "results.json" if path.is_dir() else path
    try:
        data = json.loads(file.read_text(encoding="utf-8"), parse_constant=_refuse)
    except (OSError, ValueError) as error:
        raise ModelError(f"{file} cannot be read: {error}", remedy="Give a results.json or the folder of a run.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{file} is not a results file.", remedy="Give a results.json or the folder of a run.")
    return from_dict(data, origin=str(file))


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
