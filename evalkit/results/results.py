"""Holds the results of a run (`Results`): the content of results.json, from which every report is rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evalkit._util.escape import json_text
from evalkit.results.audit import Audit
from evalkit.results.parts import (
    Classification,
    Excerpt,
    Explanation,
    FamilyDistance,
    HumanTest,
    Overall,
    Pair,
    Profile,
    Rank,
    Row,
    TextCounts,
    Trace,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Results:
    """A run's results.

    Args:
        kind: the command that made them.
        signature: what must agree for two runs to be comparable.
        run: date, Python and commit; never compared.
        reference: the corpus and its split, for people.
        shape: passages and characters of each candidate.
        metrics: metric id -> its declaration: label, unit, direction, version and so on.
        candidates: name, specification, kind, the generator's description of itself, notes, and the file of its samples.
        audit: what is wrong with the passages of each candidate as they were given; None in results from before there was one.
        results: one flat row per candidate and metric.
        profiles: distribution metrics item by item.
        comparisons: one per pair of candidates and metric.
        ranking: one per metric, "overall" included, and candidate.
        overall: one per candidate.
        families: one per candidate and family that was measured.
        human_tests: one per candidate: whether it can be told from human text on any metric.
        learning: one per folder of checkpoints: its name, and per checkpoint updates, characters, seconds, bits per character and rows.
        previous: the run before this one of the same kind, corpus and candidates: its folder, date, signature and rows; None where there is none.
        excerpts: candidate -> passages to read; "" holds human text.
        explanations: candidate -> why it differs from the reference.
        texts: candidate -> what figures show of its text; "" holds held-out human text of this shape.
        traces: candidate -> where it follows documents of the corpus, the most agreeing characters first.
        classifications: how well a classifier tells each candidate from human text or, in a gate, from the baseline.
        warnings: limits of the run that a reader must know, as sentences.
        verdict, exit_code, gate: of a gate; None for every other kind.

    >>> import evalkit
    >>> results = evalkit.score([tale.text[:300] for tale in evalkit.read_corpus().documents[:6]], metrics="wordlen.mean")
    >>> row = results.row("texts", "wordlen.mean")
    >>> row.metric, row.status, row.n_units
    ('wordlen.mean', 'measured', 6)
    """

    kind: str
    signature: Mapping[str, Any]
    run: Mapping[str, Any]
    reference: Mapping[str, Any]
    shape: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, Any]]
    candidates: Sequence[Mapping[str, Any]]
    results: Sequence[Row]
    audit: Audit | None = None
    profiles: Sequence[Profile] = ()
    comparisons: Sequence[Pair] = ()
    ranking: Sequence[Rank] = ()
    overall: Sequence[Overall] = ()
    families: Sequence[FamilyDistance] = ()
    human_tests: Sequence[HumanTest] = ()
    learning: Sequence[Mapping[str, Any]] = ()
    previous: Mapping[str, Any] | None = None
    excerpts: Mapping[str, Sequence[Excerpt]] = field(default_factory=dict)
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    texts: Mapping[str, TextCounts] = field(default_factory=dict)
    traces: Mapping[str, Sequence[Trace]] = field(default_factory=dict)
    classifications: Sequence[Classification] = ()
    warnings: Sequence[str] = ()
    verdict: str | None = None
    exit_code: int | None = None
    gate: Mapping[str, Any] | None = None
    schema_version: int = field(default=SCHEMA_VERSION)

    def row(self, candidate: str, metric: str) -> Row | None:
        """The row of a candidate and metric, or None where there is none."""
        return next((row for row in self.results if row.candidate == candidate and row.metric == metric), None)

    def to_frame(self) -> pd.DataFrame:
        """The rows as a pandas table in tidy form: one line per candidate and metric, with the ends of intervals and floors as columns."""
        import pandas as pd

        from evalkit.report.export.tables import flat_rows

        return pd.DataFrame(flat_rows(self))

    def plot(self, name: str, *, width: float = 540.0, theme: Literal["light", "dark"] = "light", text: float = 11.0) -> Figure:
        """A figure of the report, such as "ranking", "heatmap" or "letters", which shows itself in a notebook and has `savefig`.

        Args:
            name: one of `evalkit.report.figures.FIGURES`.
            width: in points, 72 an inch.
            theme: "light" or "dark".
            text: size of its smallest text, in points; 8 suits a paper.

        Raises:
            UsageError: for a figure that there is not, or for which these results have nothing to draw.
        """
        from evalkit.report.figures.catalogue import figure_of

        return figure_of(self, name, width=width, theme=theme, text=text)

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

    def log(self, tracker: str, *, step: int | None = None, prefix: str = "evalkit", page: bool = True, **options: Any) -> str:
        """Gives the results to a tracker of experiments: numbers, how they were made, the verdict, the sentence and the HTML page.

        They go into the run that is active (`mlflow.active_run()`, `wandb.run`), or else into a run of their own.

        Args:
            tracker: "mlflow", "tensorboard", "wandb", or one that another package brings.
            step: of the training, at least 0, so that several results make curves.
            prefix: what every name begins with.
            page: whether the HTML page is logged too, which takes a second.
            options: of the tracker: `folder` of TensorBoard, `experiment` and `run_name` of MLflow, `project` and `run_name` of Weights & Biases.

        Returns:
            Where they are, for people.

        Raises:
            UsageError: for a tracker or an option that there is not.
            MissingExtraError: when the tracker's package is not installed; the message has the command that installs it.
            TrackerError: when the tracker does not take the results.

        >>> import evalkit, tempfile
        >>> results = evalkit.score(["The lamp was lit at dusk. " * 12] * 6, metrics="wordlen.mean")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     results.log("tensorboard", folder=folder, step=100, page=False) == folder
        True
        """
        from evalkit.trackers import log

        return log(self, tracker, step=step, prefix=prefix, page=page, **options)

    def _repr_html_(self) -> str:
        """How notebooks show results: the verdict and the headline metrics."""
        from evalkit.report.html.notebook import fragment

        return fragment(self)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; intervals as [low, high]; NaN and infinity are refused."""
        plain = asdict(self)
        plain["results"] = [_plain_row(row) for row in self.results]
        if self.audit is None:
            del plain["audit"]
        else:
            plain["audit"] = self.audit.to_dict()
        # Most spans have no source, and a key for each would make up a good part of the file.
        for span in (span for excerpts in plain["excerpts"].values() for excerpt in excerpts for span in excerpt["spans"]):
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
            ValueError: when a number is NaN or infinite; a value that was not measured must be None.
        """
        return json_text(self.to_dict(), indent=1) + "\n"


def _plain_row(row: Row | Pair | Overall) -> dict[str, Any]:
    plain = asdict(row)
    for key in ("ci", "delta_ci"):
        if plain.get(key) is not None:
            plain[key] = [plain[key]["low"], plain[key]["high"]]
    return plain
