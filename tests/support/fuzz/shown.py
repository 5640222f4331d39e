"""Shows results in every form: `rendered` alone, `beside` another run."""

from __future__ import annotations

import json
from collections.abc import Callable

from evalkit.report import formats
from evalkit.report.html.runs import render_comparison, render_history
from evalkit.report.view.run_diff import Run, differences, remembered
from evalkit.results import Results

Form = tuple[str, Callable[[], str]]
"""What it is called, and how it is made."""


def rendered(run: Results) -> list[Form]:
    """The run in every form."""
    forms = [form for form in formats.FORMATS if run.kind in form.kinds and form.renderer is not None]
    return [
        ("to_json", run.to_json),
        ("notebook", run._repr_html_),
        *((form.name, lambda form=form: form.render(run, {})) for form in forms),
    ]


def beside(run: Results, base: Results) -> list[Form]:
    """The run beside another one: two runs, a history, and what a later run stores of it."""

    def history(render: Callable[[list[Run]], str]) -> str:
        broken, settings = differences(base, run)
        return render([Run("1", base, [], []), Run("2", run, broken, settings)])

    forms = [form for form in formats.FORMATS if "changes" in form.kinds and form.stdout]
    return [
        ("after", lambda: render_comparison(base, run)),
        ("before", lambda: render_comparison(run, base)),
        *((f"changes as {form.name}", lambda form=form: form.render(base, run)) for form in forms),
        ("history", lambda: history(render_history)),
        ("history as text", lambda: history(formats.format_named("text", "history").render)),
        ("remembered", lambda: json.dumps(remembered(run))),
    ]
