"""The HTML report: one file, complete without scripts, a pure function of the results."""

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
from evalkit.report.export.tables import csv_text
from evalkit.report.figures.checkpoints import learning, thinned
from evalkit.report.figures.plots import families
from evalkit.report.figures.sweep import frontier
from evalkit.report.formats import Samples
from evalkit.report.view import decisions
from evalkit.report.view import gate_rows as gating
from evalkit.report.view import score_table as view
from evalkit.report.view.alignments import following
from evalkit.report.view.certainty import certainty, detectable
from evalkit.report.view.excerpts import FLAWS, Marked, kinds_found, reading
from evalkit.report.view.explanations import reasons
from evalkit.report.view.provenance import origins
from evalkit.report.view.run_diff import since
from evalkit.report.view.standings import Board
from evalkit.report.view.verdict import verdict
from evalkit.results import Results

if TYPE_CHECKING:
    from jinja2 import Environment

_MOST_ITEMS = 100
_DIGITS = 5
STATES = {
    "clear": "\u25cf",
    "tie": "\u25d1",
    "noise": "\u25cb",
    "copy": "\u25a3",
    "none": "\u2013",
    "single": "\u25cf",
    "human": "\u25cf",
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
    env.finalize = _shown
    env.filters |= {"passage": _passage, "code": _code}
    return env


def _shown(value: object) -> object:
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
    """The report's page."""
    board = Board(results)
    said = verdict(results, board)
    names = board.names
    passages = _shown_passages(board, reading(results, samples))
    context: dict[str, Any] = {
        "results": results,
        "verdict": said,
        "symbol": STATES[said.state],
        "board": board,
        "names": names,
        "heads": {name: board.head(name) for name in names},
        "heading": _heading(board, names),
        "candidates": {row["name"]: row for row in view.candidate_rows(results)},
        **_scores(board, names, said.subject),
        "gate_lines": gating.gate_lines(results, advisory=False),
        "advisory_lines": gating.gate_lines(results, advisory=True),
        "differing": gating.differing(results),
        "frontier": frontier(board),
        "families": [] if board.temperatures else families(board, names),
        "reasons": reasons(results, names, passages),
        "following": following(results, names, passages),
        "reading": passages,
        "words": FLAWS,
        "kinds_found": kinds_found(passages),
        "learning": learning(board),
        "since": since(results),
        "sure": certainty(board),
        **page_context(),
        "origins": origins(results),
        "csv": _download("text/csv", csv_text(results, digits=_DIGITS)),
        "data": Markup(_script_json(results)),  # noqa: S704 - made safe there
    }
    return render_template("report.html.j2", context)


def _heading(board: Board, names: Sequence[str]) -> str:
    if not board.temperatures:
        return ", ".join(names)
    low, high = (board.temperatures[name] for name in (names[0], names[-1]))
    return f"{board.candidates[0]['spec']} at {len(names)} temperatures, {low:g} to {high:g}"


def _shown_passages(board: Board, passages: Mapping[str, list[Marked]]) -> dict[str, list[Marked]]:
    """Human text is shown once, beside all candidates, and not again as the control among them."""
    controls = {standing.name for standing in board.standings if standing.human} if passages.get("") else set()
    return {name: chosen for name, chosen in passages.items() if chosen and name not in controls}


def _scores(board: Board, names: Sequence[str], subject: str | None) -> dict[str, Any]:
    """The tables of scores; empty where nothing could be measured of anything."""
    order = board.by_distance(subject) if subject is not None else list(board.metrics)
    headline = [id_ for id_ in order if board.metrics[id_]["headline"]]
    copying = [id_ for id_ in board.metrics if board.is_copying(id_)]
    if board.results.verdict == "NOT COMPARABLE":
        order, headline, copying = [], [], []
    return {
        "rows": view.score_rows(board, headline, names),
        "more_rows": view.score_rows(board, [id_ for id_ in order if id_ not in headline], names),
        "copying": view.score_rows(board, copying, names),
        "longest": view.longest_copies(board, names),
        "overall": view.overall(board, names),
        "detectable": detectable(board, headline, names),
    }


def page_context() -> dict[str, Any]:
    """What every page needs: its style and the hash by which the page's policy lets it in."""
    return {"style": Markup(_style()), "style_hash": _hash(_style())}  # noqa: S704 - ours


def render_template(name: str, context: Mapping[str, Any]) -> str:
    """A page from a template of this package."""
    return environment().get_template(name).render(context)


def _style() -> str:
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), "report.css")[0].strip()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _download(media: str, text: str) -> str:
    return f"data:{media};charset=utf-8,{quote(text, safe=' ,:;()/.-_')}"


def _script_json(results: Results) -> str:
    """The results for a data block: no character that HTML could take for markup.

    Less what the page shows in words (excerpts, explanations, traces, the run before), less the profiles of very many items, the comparisons
    on measures that are not ranked and most of very many checkpoints, with numbers to five significant digits, so that the page stays small; it
    is still a results file by the schema.
    """
    plain = _rounded(results.to_dict() | {"excerpts": {}, "explanations": {}, "traces": {}, "previous": None})
    plain["profiles"] = [profile for profile in plain["profiles"] if len(profile["items"]) <= _MOST_ITEMS]
    ranked = {rank["metric"] for rank in plain["ranking"]}
    plain["comparisons"] = [pair for pair in plain["comparisons"] if pair["metric"] in ranked]
    plain["learning"] = [{**model, "checkpoints": thinned(model["checkpoints"])} for model in plain["learning"]]
    text = json.dumps(plain, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("'", "\\u0027")


def _rounded(value: Any) -> Any:
    """JSON values with numbers to five significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, (list, tuple)) else value
