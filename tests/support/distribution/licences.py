"""Finds the licences of all packages that evalkit needs, direct and indirect, and writes DEPENDENCIES.md: `python -m tests.support.distribution.licences`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from tests.support.paths import ROOT

PAGE = ROOT / "DEPENDENCIES.md"
EXTRAS = ("", "cluster", "endpoint", "lstm", "mlflow", "parquet", "wandb")
"""Those that requirements.lock pins; `huggingface` is the user's own choice of PyTorch."""
_HEAD = """# Dependencies and their licences

What an installation brings along, direct and indirect, as each package declares it. evalkit itself is MIT, its data
CC0. Versions are ranged in `pyproject.toml` and pinned in `requirements.lock`; `tox -e audit` looks for known
vulnerabilities of the pinned ones. `python -m tests.support.distribution.licences` writes this page, and a test
compares it with what is installed.

Dictionaries are those of simplemma. Its code is MIT; its word lists come from the Lemmatization lists of M. Měchura
(Open Database License), Wiktionary by way of Kaikki (CC BY-SA and GFDL), FreeLing, spaCy's lookups, UniMorph and the
Wikinflection Corpus (CC BY 4.0), as its credits say. evalkit asks whether they have a word and copies none of them.
The profiles in `data/words` were written for evalkit, CC0, and so was the prose in `tests/language/data`.

| package | licence | needed by |
|---|---|---|
"""
_SHORT = (
    (r"apache", "Apache-2.0"),
    (r"mpl|mozilla", "MPL-2.0"),
    (r"psf|python software foundation", "PSF-2.0"),
    (r"bsd.{0,4}2|2.clause", "BSD-2-Clause"),
    (r"bsd", "BSD-3-Clause"),
    (r"mit\b|mit license|expat", "MIT"),
    (r"isc", "ISC"),
    (r"unlicense", "Unlicense"),
    (r"zlib", "Zlib"),
)


def canonical(name: str) -> str:
    """The name of a package as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed() -> dict[str, str]:
    """Package -> what asks for it: "evalkit" or one of its extras. Those that are not installed are left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, str] = {}
    for extra in EXTRAS:
        asked = project["optional-dependencies"][extra] if extra else project["dependencies"]
        waiting = [requirement for text in asked for requirement in _names(text, ())]
        while waiting:
            name, extras = waiting.pop()
            if name in found or (installed := _installed(name)) is None:
                continue
            found[name] = extra or "evalkit"
            waiting += [wanted for text in installed.requires or () for wanted in _names(text, extras)]
    return dict(sorted(found.items()))


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _names(requirement: str, extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The package that a requirement names, with its extras; nothing where its marker does not hold here."""
    from packaging.requirements import Requirement

    parsed = Requirement(requirement)
    if parsed.marker is None or any(parsed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
        yield canonical(parsed.name), tuple(parsed.extras)


def licence(name: str) -> str:
    """The licence that an installed package declares: an SPDX expression where it has one."""
    declared = distribution(name).metadata
    if expression := declared.get("License-Expression"):
        return str(expression)
    classifiers = [text.rpartition(" :: ")[2] for text in declared.get_all("Classifier") or () if text.startswith("License ::")]
    texts = [*classifiers, (declared.get("License") or "").strip().partition("\n")[0]]
    for text in texts:
        for pattern, short in _SHORT:
            if re.search(pattern, text, re.IGNORECASE):
                return short
    return "not declared"


def page() -> str:
    """The page, of what is installed here."""
    return _HEAD + "".join(f"| {name} | {licence(name)} | {asker} |\n" for name, asker in needed().items())


def listed() -> dict[str, str]:
    """Package -> licence, as the page says."""
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (.+?) \| [a-z]+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: text for name, text in rows if name != "package"}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
