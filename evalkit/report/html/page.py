"""Renders the HTML page of a run, `render_html`: one file, complete without scripts, the same bytes for the same results."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from evalkit._util.escape import visible
from evalkit.report.export.tables import SHORT, csv_text
from evalkit.report.figures.plots import families
from evalkit.report.formats import Samples
from evalkit.report.view import decisions, score_table
from evalkit.report.view.alignments import alignment_rows
from evalkit.report.view.audit import audit_blocks
from evalkit.report.view.certainty import certainty, detectable
from evalkit.report.view.conclusion import Conclusion, conclude
from evalkit.report.view.excerpts import FLAWS, MarkedPassage, flaw_kinds, marked_passages
from evalkit.report.view.explanations import reasons
from evalkit.report.view.family_table import LEGEND, family_table
from evalkit.report.view.provenance import provenance
from evalkit.report.view.ranking import Ranking
from evalkit.report.view.run_diff import since
from evalkit.results import Results

if TYPE_CHECKING:
    from jinja2 import Environment

    from evalkit.report.figures.checkpoints import Learning
    from evalkit.report.figures.sweep import Frontier

_DIGITS = 5
"""Significant digits of the numbers embedded in the page."""
STATES = {
    "clear": "\u25cf",
    "tie": "\u25d1",
    "noise": "\u25cb",
    "copy": "\u25a3",
    "none": "\u2013",
    "single": "\u25cf",
    "human": "\u25cf",
    "audit": "\u25c6",
    **decisions.SYMBOLS,
}
"""State of a verdict -> its shape, so that colour is never alone."""


@cache  # of templates of the package; nothing changes the environment once it is made
def environment() -> Environment:
    """The templates, with everything undefined an error and everything from outside escaped and made visible."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    env = Environment(
        loader=PackageLoader("evalkit.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.finalize = _visible
    env.filters |= {"passage": _passage, "code": _code}
    return env


def _visible(value: object) -> object:
    """What an expression in a template puts on the page: control and bidirectional characters as symbols."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)


def _passage(text: str) -> Markup:
    """Text of a passage: line breaks stay."""
    return Markup(escape(visible(text, keep="\n")))  # noqa: S704 - escaped


def _code(sentence: str) -> Markup:
    """A sentence with the names between backticks as code; a name may hold anything but is escaped."""
    pieces = visible(sentence).split("`")
    return Markup("").join(Markup("<code>{}</code>").format(piece) if i % 2 else escape(piece) for i, piece in enumerate(pieces))


def render_html(results: Results, samples: Samples) -> str:
    """The page of a run."""
    ranking = Ranking(results)
    conclusion = conclude(results, ranking)
    names = ranking.names
    passages = _shown_passages(ranking, marked_passages(results, samples))
    context: dict[str, Any] = {
        "results": results,
        "conclusion": conclusion,
        "symbol": STATES[conclusion.state],
        "ranking": ranking,
        "names": names,
        "heads": {name: ranking.head(name) for name in names},
        "heading": _heading(ranking, names),
        "candidates": {row["name"]: row for row in score_table.candidate_rows(results)},
        "audit": audit_blocks(results),
        **_scores(ranking, names, conclusion),
        "family_rows": [] if results.verdict == "NOT COMPARABLE" else family_table(ranking, names),
        "family_legend": LEGEND,
        **_gate(results),
        "frontier": _frontier(ranking),
        "families": [] if ranking.temperatures else families(ranking, names),
        "reasons": reasons(results, names, passages),
        "alignments": alignment_rows(results, names, passages),
        "reading": passages,
        "words": FLAWS,
        "flaw_kinds": flaw_kinds(passages),
        "learning": _learning(ranking),
        "since": since(results),
        "certainty": certainty(ranking),
        "provenance": provenance(results),
        # Downloads are data addresses: the page stays one file, and its policy forbids requests.
        "csv": _download("text/csv", csv_text(results, digits=_DIGITS, columns=SHORT)),
        "data": Markup(_script_json(results)),  # noqa: S704 - made safe there
    }
    return render_page("report.html.j2", context)


# What only gates, sweeps or trainings show is imported for them alone: most pages are of a comparison or a score.


def _gate(results: Results) -> dict[str, Any]:
    """The decisions of a gate; empty for every other run."""
    if results.gate is None:
        return {"gate_rows": [], "advisory_rows": [], "differing": []}
    from evalkit.report.view.gate_rows import differing, gate_rows

    return {
        "gate_rows": gate_rows(results, advisory=False),
        "advisory_rows": gate_rows(results, advisory=True),
        "differing": differing(results),
    }


def _frontier(ranking: Ranking) -> Frontier | None:
    if not ranking.temperatures:
        return None
    from evalkit.report.figures.sweep import frontier

    return frontier(ranking)


def _learning(ranking: Ranking) -> Learning | None:
    if not ranking.results.learning:
        return None
    from evalkit.report.figures.checkpoints import learning

    return learning(ranking)


def _thinned(models: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Trained models with as many checkpoints as their tables show."""
    if not models:
        return []
    from evalkit.report.figures.checkpoints import thinned

    return [{**model, "checkpoints": thinned(model["checkpoints"])} for model in models]


def _heading(ranking: Ranking, names: Sequence[str]) -> str:
    if not ranking.temperatures:
        return ", ".join(names)
    low, high = (ranking.temperatures[name] for name in (names[0], names[-1]))
    return f"{ranking.candidates[0]['spec']} at {len(names)} temperatures, {low:g} to {high:g}"


def _shown_passages(ranking: Ranking, passages: Mapping[str, list[MarkedPassage]]) -> dict[str, list[MarkedPassage]]:
    """Human text is shown once, beside all candidates, and not again as the control among them."""
    controls = {summary.name for summary in ranking.summaries if summary.human} if passages.get("") else set()
    return {name: marked for name, marked in passages.items() if marked and name not in controls}


def _scores(ranking: Ranking, names: Sequence[str], conclusion: Conclusion) -> dict[str, Any]:
    """The tables of scores; empty where nothing could be measured of anything."""
    subject, named = conclusion.subject, conclusion.metric
    order, headline = ranking.by_distance(subject, named), ranking.headline_by_distance(subject, named)
    copying = [id_ for id_ in ranking.metrics if ranking.is_copying(id_)]
    if ranking.results.verdict == "NOT COMPARABLE":
        order, headline, copying = [], [], []
    return {
        "rows": score_table.score_rows(ranking, headline, names),
        "more_rows": score_table.score_rows(ranking, [id_ for id_ in order if id_ not in headline], names),
        "copying": score_table.score_rows(ranking, copying, names),
        "longest": score_table.longest_copies(ranking, names),
        "overall": score_table.overall_row(ranking, names),
        "detectable": detectable(ranking, headline, names),
    }


def render_page(template: str, context: Mapping[str, Any]) -> str:
    """A page with its style, and with the hash by which the page's content-security policy admits that style."""
    style = Markup(_style())  # noqa: S704 - ours
    return render_template(template, {**context, "style": style, "style_hash": _hash(style)})


def render_template(template: str, context: Mapping[str, Any]) -> str:
    """The text of a template of this package."""
    return environment().get_template(template).render(context)


def _style() -> str:
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), "report.css")[0].strip()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _download(media: str, text: str) -> str:
    return f"data:{media};charset=utf-8,{quote(text, safe=' ,:;()/.-_')}"


def _script_json(results: Results) -> str:
    """The results for a data block of the page: still a results file by the schema, small, and without a character of markup."""
    # Left out: checks of the audit that found nothing, what the page shows in words (excerpts, explanations, alignments, the run before, what gave
    # candidates away), distributions, measures that are not in the short table (the CSV has them), comparisons and ranks of single measures, and most of
    # very many checkpoints. Numbers have five significant digits.
    data = _rounded(
        results.to_dict()
        | {"excerpts": {}, "explanations": {}, "traces": {}, "previous": None, "profiles": [], "classifications": []}
    )
    if data.get("audit"):
        data["audit"] = _found(data["audit"])
    if data["families"]:
        data["results"] = [row for row in data["results"] if data["metrics"][row["metric"]]["headline"]]
        named = (entry["metric"] for part in ("results", "families", "human_tests") for entry in data[part])
        data["metrics"] = {id_: data["metrics"][id_] for id_ in dict.fromkeys(named)}
        for key in ("comparisons", "ranking"):
            data[key] = [entry for entry in data[key] if entry["metric"] == "overall"]
    data["learning"] = _thinned(data["learning"])
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("'", "\\u0027")


def _found(audit: dict[str, Any]) -> dict[str, Any]:
    """An audit without the checks that found nothing."""
    candidates = [
        audited | {"findings": [finding for finding in audited["findings"] if finding["n"]]} for audited in audit["candidates"]
    ]
    found = {finding["metric"] for audited in candidates for finding in audited["findings"]}
    return audit | {"candidates": candidates, "checks": {id_: check for id_, check in audit["checks"].items() if id_ in found}}


def _rounded(value: Any) -> Any:
    """JSON values with numbers to five significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, (list, tuple)) else value
