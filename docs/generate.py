"""Writes the generated pages and the generated parts of others: `python docs/generate.py`.

`--check` writes nothing and fails when a page is not up to date. Each page derives from what it describes: docs/commands.md from the command
line, docs/reference/metrics.md from the declarations of the metrics, and parts of docs/architecture.md from the docstrings of the tree, of
docs/reference/generators.md from the registry of generators, of docs/languages.md from the profiles, of docs/reference/report.md from the list of plots, of
docs/ci.md from the list of planted defects, of docs/reference/results.md from the schema, and of docs/benchmarks.md, README.md and
docs/reference/measured from the data in docs/data.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "pages"), str(HERE.parent)]

from architecture_page import architecture_page  # noqa: E402 - the project is found beside this folder, installed or not
from commands_page import commands_page, help_of, subcommands  # noqa: E402 - likewise
from generators_page import filled, generators_page  # noqa: E402 - likewise
from metrics_page import metrics_page  # noqa: E402 - likewise
from results_page import results_page  # noqa: E402 - likewise
from tables import MEASURED, measured_page  # noqa: E402 - likewise

from evalkit._util.atomic import write_atomically  # noqa: E402 - likewise

__all__ = ["PAGES", "commands_page", "help_of", "languages_page", "subcommands"]


def report_page() -> str:
    """docs/reference/report.md with its table of figures renewed."""
    from evalkit.report.figures import FIGURES

    rows = "\n".join(f"| `{figure.name}` | {figure.title} |" for figure in FIGURES.values())
    text = (HERE / "reference" / "report.md").read_text(encoding="utf-8")
    return filled(text, "figures", f"| figure | shows |\n|---|---|\n{rows}")


def ci_page() -> str:
    """docs/ci.md with its table of planted defects renewed."""
    from evalkit.calibration import DEFECTS

    rows = "\n".join(
        f"| `{defect.name}` | {defect.plain.format(defect.shown)} | {', '.join(f'{dose:g}' for dose in defect.doses)} |"
        for defect in DEFECTS
    )
    text = (HERE / "ci.md").read_text(encoding="utf-8")
    return filled(text, "defects", f"| defect | dose on the card | doses tried |\n|---|---|---|\n{rows}")


def languages_page() -> str:
    """docs/languages.md with its table of profiles renewed."""
    from evalkit.language.profile import load_language, shipped

    languages = {code: load_language(code) for code in shipped()}
    rows = "\n".join(
        f"| {language.name} | `{code}` | {', '.join(f'-{ending}' for ending in language.endings)} | {', '.join(language.words)} | "
        f"{len(language.function_words)} | {'yes' if language.dictionary else 'no'} |"
        for code, language in languages.items()
    )
    text = (HERE / "languages.md").read_text(encoding="utf-8")
    head = "| language | `--language` | endings | words | function words | dictionary |\n|---|---|---|---|---|---|\n"
    return filled(text, "profiles", head + rows)


PAGES = {
    "architecture.md": architecture_page,
    "benchmarks.md": partial(measured_page, HERE / "benchmarks.md"),
    "ci.md": ci_page,
    "commands.md": commands_page,
    "reference/generators.md": generators_page,
    "languages.md": languages_page,
    "reference/metrics.md": metrics_page,
    "reference/report.md": report_page,
    "reference/results.md": results_page,
    "../README.md": partial(measured_page, HERE.parent / "README.md"),
    **{page.relative_to(HERE).as_posix(): partial(measured_page, page) for page in sorted(MEASURED.glob("*.md"))},
}


def main() -> int:
    """Writes the pages, or says which are out of date."""
    stale = []
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if "--check" in sys.argv:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            write_atomically(path, text)
    if stale:
        print(f"out of date: {', '.join(stale)}; run: python docs/generate.py", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
