"""Reads each kind of document, and makes of it all that evalkit makes: `Fuzz`, `SUBJECTS`."""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit._util.escape import encodable, json_text
from evalkit.cli import app
from evalkit.cli.run import exit_code
from evalkit.errors import EvalkitError
from evalkit.gating.baseline import Store, read_baseline
from evalkit.gating.measures import known_measures
from evalkit.gating.policy import Policy, read_policy
from evalkit.results import Results, read
from generators import create
from generators.base import Generator
from generators.storage import load, save
from tests.support.fuzz.files import baseline_document, configuration_document, policy_document, toml_text
from tests.support.fuzz.results import results_document
from tests.support.fuzz.shown import Form, beside, rendered
from tests.support.mutations import mutated
from tests.support.runs import gated
from tests.support.whole import whole

_TIMES = 8
"""Documents that are made of one sound one, which takes as long to make as they take to read."""
_MODELS = ("uniform", "unigram", "ngram:order=3", "ngram:order=2,unit=word")


@dataclass(frozen=True)
class Subject:
    """A kind of document.

    Args:
        file: its name, which may lie in folders.
        make: a document that is sound, from random numbers; it may write other files beside it.
        text: of the document.
        read: the file; raises an `EvalkitError` where it refuses it.
        show: all that is made of what was read.
    """

    file: str
    make: Callable[[random.Random, Path], Any]
    text: Callable[[Any], str]
    read: Callable[[Path], Any]
    show: Callable[[Any, Path], list[Form]]


class Fuzz:
    """Tries documents of one kind, each named by its number.

    Args:
        name: of the kind, a key of `SUBJECTS`.
        folder: to work in.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.subject, self.folder = name, SUBJECTS[name], folder
        self._made: tuple[int, Any] = -1, None
        (folder / self.subject.file).parent.mkdir(parents=True, exist_ok=True)

    def tried(self, number: int, *, every_form: bool = False) -> bool:
        """Makes a document, damages most of them, reads it, and shows what was read.

        Args:
            number: of the document.
            every_form: whether all that can be made of it is made, or one form by chance.

        Returns:
            Whether it was read.

        Raises:
            AssertionError: when anything but one of our errors came of it; it names the document.
        """
        rng, path = random.Random(f"{self.name} {number}"), self.folder / self.subject.file
        path.write_bytes(self._text(number, rng).encode("utf-8", "surrogatepass"))
        try:
            value = self.subject.read(path)
        except EvalkitError as error:
            encodable(str(error)).encode()
            return False
        except BaseException as error:
            raise AssertionError(f"{self.name} {number} is read with {error!r}") from error
        forms = self.subject.show(value, self.folder)
        for name, make in forms if every_form else [rng.choice(forms)]:
            try:
                encodable(make()).encode()
            except BaseException as error:
                raise AssertionError(f"{self.name} {number} is shown as {name} with {error!r}") from error
        return True

    def _text(self, number: int, rng: random.Random) -> str:
        group = number // _TIMES
        if self._made[0] != group:
            self._made = group, self.subject.make(random.Random(f"{self.name}, group {group}"), self.folder)
        document = self._made[1]
        if rng.random() < 0.9:
            document = mutated(document, f"{self.name} {number}", most=rng.choice((1, 2, 6)))
        text = self.subject.text(document)
        return _cut(text, rng) if rng.random() < 0.03 else text


def _cut(text: str, rng: random.Random) -> str:
    """A text of which a part is gone, or stands twice."""
    first, last = sorted(rng.choices(range(len(text) + 1), k=2))
    return text[:first] + text[last:] if rng.random() < 0.5 else text[:last] + text[first:]


def commanded(*words: str, folder: Path) -> str:
    """What a command prints, run in a folder.

    Raises:
        AssertionError: when it ends in an internal error.
    """
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = exit_code(lambda: app(args=list(words), prog_name="evalkit", standalone_mode=False))
    assert code in {0, 2, 3}, (code, err.getvalue())
    return out.getvalue() + err.getvalue()


def _results_shown(run: Results, _: Path) -> list[Form]:
    return [*rendered(run), *beside(run, gated() if run.kind == "gate" else whole())]


def _baseline_shown(_: Any, folder: Path) -> list[Form]:
    def again() -> str:
        path = folder / "again.json"
        text: str = Store(folder / ".evalkit" / "baselines").load("main")[0].to_json()
        path.write_text(text, encoding="utf-8")
        assert read_baseline(path).to_json() == text
        return text

    commands = (
        "baseline show main",
        "baseline show main -f json",
        "baseline list",
        "plan --baseline main",
        "plan --baseline main -f json",
    )
    return [
        ("again", again),
        *((command, lambda command=command: commanded(*command.split(), folder=folder)) for command in commands),
    ]


def _model_document(rng: random.Random, folder: Path) -> Any:
    spec = rng.choice(_MODELS)
    kept = folder / f"kept-{_MODELS.index(spec)}"
    if not kept.is_dir():
        save(create(spec).fit(["The lamp and the boat. ", "A sea of the lamp."]), kept)
    arrays = bytearray((kept / "arrays.npz").read_bytes())
    if rng.random() < 0.2:
        for _ in range(rng.choice((1, 8))):
            arrays[rng.randrange(len(arrays))] = rng.randrange(256)
    (folder / "model" / "arrays.npz").write_bytes(arrays)
    return json.loads((kept / "meta.json").read_text(encoding="utf-8"))


def _model_shown(model: Generator, _: Path) -> list[Form]:
    def scored() -> str:
        return str(sum(model.log2_prob("The lamp \ud800")))

    return [
        ("description", lambda: json_text(model.describe())),
        ("samples", lambda: "\n".join(model.sample(2, 30, seed=1))),
        ("a score", scored),
    ]


def _policy_shown(policy: Policy, _: Path) -> list[Form]:
    return [
        ("plain", lambda: json_text(policy.plain())),
        ("thresholds", lambda: " ".join(str(policy.threshold(id_)) for id_ in known_measures())),
    ]


def _configuration_shown(_: Any, folder: Path) -> list[Form]:
    return [(form, lambda form=form: commanded("validate", "evalkit.toml", "-f", form, folder=folder)) for form in ("text", "json")]


SUBJECTS: Mapping[str, Subject] = {
    "results": Subject("results.json", lambda rng, _: results_document(rng), json.dumps, read, _results_shown),
    "baseline": Subject(
        ".evalkit/baselines/main.json", lambda rng, _: baseline_document(rng), json.dumps, read_baseline, _baseline_shown
    ),
    "model": Subject("model/meta.json", _model_document, json.dumps, lambda path: load(path.parent), _model_shown),
    "policy": Subject(
        "policy.toml",
        lambda rng, _: policy_document(rng),
        toml_text,
        lambda path: read_policy(path, known=known_measures()),
        _policy_shown,
    ),
    "configuration": Subject(
        "evalkit.toml", lambda rng, _: configuration_document(rng), toml_text, lambda path: path, _configuration_shown
    ),
}
