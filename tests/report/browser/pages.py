"""Every kind of page by its name, `PAGES`, each rendered once a session, when a test first opens it: `Pages`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from evalkit._util.atomic import write_atomically
from evalkit.report.export.samples import stored_samples
from evalkit.report.html.calibration import render_calibration
from evalkit.report.html.notebook import fragment
from evalkit.report.html.page import render_html
from evalkit.report.html.runs import render_comparison, render_history, runs_in, write_index
from evalkit.results import Results, Span, read
from tests.support.many import EXAMPLE, of_many
from tests.support.page import HOSTILE
from tests.support.results import FAIR, FIVE, GOOD, NOISE, TEXTS, excerpt, results
from tests.support.runs import AGAIN, CALIBRATED, TOT, audited, checkpoints_of, decision, explained, gated, remembering, swept

_ONE = results({"lstm": FAIR, "noise": NOISE})
_FLAW = Span(start=0, end=2, kind="nonword")
_DIFFERENT = [{"field": "reference.hash", "baseline": "a" * 64, "candidate": "b" * 64}]
# As JupyterLab and VS Code show what an object says of itself: inside a page of their own.
_NOTEBOOK = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A notebook</title></head><body><main><h1>Out</h1>{}</main></body></html>'


def five() -> Results:
    """Five candidates with a sample each."""
    return results(FIVE, specs={"human": "human"}, texts=TEXTS)


def hostile() -> Results:
    """Texts and names that try to leave their place."""
    names, texts = list(HOSTILE.values())[:4], list(HOSTILE.values())[4:8]
    return results(
        dict.fromkeys(names, FAIR) | {"x" * 300: NOISE},
        texts=dict(zip(names, texts, strict=True)) | {"": HOSTILE["a long word"]},
        corpus=HOSTILE["closes a script"],
        warnings=list(HOSTILE.values())[:12],
    )


def learned() -> Results:
    """Two trained models, their words and parts, and what changed since the last run."""
    return remembering(replace(explained(TOT, AGAIN, _FLAW), learning=[checkpoints_of("lstm"), checkpoints_of("small")]), _ONE)


def quoting() -> Results:
    """A sample with copied text."""
    run = results({"lstm": FAIR}, texts={"lstm": "x"})
    run.excerpts["lstm"].append(excerpt("copied text", Span(start=0, end=6, kind="copied", source="dagon")))
    return run


def _changed() -> Results:
    return results(dict.fromkeys(FIVE, FAIR), specs={"human": "human"})


def _page(run: Callable[[], Results], folder: Path) -> str:
    return render_html(run(), {})


def _runs(folder: Path) -> Path:
    """Two runs in a folder."""
    for name, run in (("a", five()), ("b", _changed())):
        write_atomically(folder / "runs" / name / "results.json", run.to_json())
    return folder / "runs"


def _example(folder: Path) -> str:
    run = read(EXAMPLE.parent)
    return render_html(run, stored_samples(run, EXAMPLE.parent))


_RUNS: dict[str, Callable[[], Results]] = {
    "five": five,
    "one": lambda: results({"lstm": FAIR}),
    "hostile": hostile,
    "gate": gated,
    "not comparable": lambda: gated("NOT COMPARABLE", decisions=(), different=_DIFFERENT),
    "sweep": swept,
    "audit": lambda: audited({"lstm": {"audit.empty": 18, "audit.cut_off": 9}}, kind="audit", text=HOSTILE["closes a script"]),
    "audited": lambda: audited(
        {"lstm": {"audit.loops": 4}, "ngram": {}}, run=results({"lstm": FAIR, "ngram": GOOD}), kind="compare"
    ),
    "two": partial(of_many, 2),
    "seven": partial(of_many, 7),
    "twelve": partial(of_many, 12),
    "explained": learned,
    "copies": lambda: results(
        {"ngram": GOOD | {"novelty.chars_20": 0.4}, "lstm": FAIR | {"vocab.hit": None}}, texts={"ngram": "a b"}
    ),
    "quoting": quoting,
}
_OTHERS: dict[str, Callable[[Path], str]] = {
    "calibration": lambda folder: render_calibration(CALIBRATED),
    "index": lambda folder: write_index(_runs(folder)).read_text(encoding="utf-8"),
    "comparison": lambda folder: render_comparison(five(), _changed()),
    "gates": lambda folder: render_comparison(
        gated("PASS", decisions=[decision("vocab.hit", 0.0, -0.02, 0.02, verdict="pass")], worst=0), gated()
    ),
    "history": lambda folder: render_history(runs_in([_runs(folder)])),
    "notebook": lambda folder: _NOTEBOOK.format(fragment(of_many(7))),
    "example": _example,
}
PAGES: dict[str, Callable[[Path], str]] = {name: partial(_page, run) for name, run in _RUNS.items()} | _OTHERS


class Pages:
    """Files of pages by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> Path:
        path = self.folder / f"{name}.html"
        if not path.exists():
            path.write_text(PAGES[name](self.folder / name), encoding="utf-8")
        return path
