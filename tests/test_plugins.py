"""Other packages bring generators and metrics; none of them can break anything."""

from __future__ import annotations

import logging

import pytest

import generators
from evalkit import metrics, plugins
from evalkit.errors import SpecError, UsageError
from evalkit.evaluation.candidates import parse_candidate
from evalkit.metrics import registry
from evalkit.trackers import parse_destination
from generators.checks import check_generator
from generators.cli.tasks import described_generators
from generators.storage.models import load, save
from tests.support.results import results

GOOD = """
from generators.noise.independent import Unigram

class Mine(Unigram):
    name = "mine"
    summary = "a unigram of somebody else's"

    def __init__(self, *, loud: bool = False) -> None:
        self.loud = loud
"""
METRIC = """
from evalkit.metrics.base import Direction, Family, Metric, Minimum, ratio
from evalkit.metrics.base import CHARS, WORDS

def metric(id_):
    return Metric(
        id=id_, family=Family.WORDS, label="words per character", unit="share", direction=Direction.TARGET,
        bounds=(0.0, 1.0), version=1,
        summary="How many words there are per character of text.", formula="words / characters", source="an example",
        features=(WORDS, CHARS), score=lambda totals, reference: ratio(totals["n_words"][:, 0], totals["n_chars"][:, 0]),
        minimum=Minimum(500, "characters", lambda totals: totals["n_chars"][:, 0]),
    )
"""
CLASH = """
from dataclasses import replace
WORDS = replace(WORDS)
METRICS = (metric("density.words"),)
"""


@pytest.fixture
def install(tmp_path, monkeypatch, caplog):
    """Puts a package on the path that declares entry points, as an installer would."""
    monkeypatch.syspath_prepend(str(tmp_path))
    # The commands' own configuration keeps these records from the root, where pytest listens.
    monkeypatch.setattr(logging.getLogger("evalkit"), "propagate", True)
    caplog.set_level(logging.WARNING)

    def forget():
        plugins.declared.cache_clear()
        plugins.warn.cache_clear()
        registry.forget()

    def install(package, entry_points, **modules):
        folder = tmp_path / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(entry_points)
        for module, source in modules.items():
            (tmp_path / f"{module}.py").write_text(source)
        forget()

    yield install
    forget()


def warnings_of(caplog):
    return [record.getMessage() for record in caplog.records]


def test_a_generator_of_another_package_is_a_generator_like_any_other(install, tmp_path):
    install("good", "[evalkit.generators]\nmine = good_one:Mine\n", good_one=GOOD)
    assert "mine" in generators.NAMES
    assert list(generators.NAMES)[-1] == "mine"
    assert len(generators.NAMES) == len(generators.NAMES.ours) + 1
    assert generators.create("mine:loud=yes").options() == {"loud": True}
    assert parse_candidate("mine").kind == "generator"
    # Its module does not postpone annotations, as ours do.
    assert described_generators()[-1]["options"] == {"loud": {"type": "bool", "default": False}}
    assert {outcome.status for outcome in check_generator("mine")} == {"passed"}
    loaded = load(save(generators.create("mine").fit(["abc"]), tmp_path / "model"))
    assert loaded.name == "mine"


def test_nothing_is_imported_until_it_is_asked_for(install, tmp_path):
    install(
        "noisy",
        "[evalkit.generators]\nnoisy = noisy_one:Noisy\n",
        noisy_one=f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()\n",
    )
    assert "noisy" in generators.NAMES
    assert generators.find("unigram").name == "unigram"
    assert not (tmp_path / "ran").exists()
    with pytest.raises(SpecError):
        generators.find("noisy")
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("taken", ["ngram", "model"])
def test_a_name_that_is_taken_is_refused_with_a_warning(install, caplog, taken):
    install("clash", f"[evalkit.generators]\n{taken} = good_two:Mine\n", good_two=GOOD)
    assert list(generators.NAMES) == list(generators.NAMES.ours)
    assert list(generators.NAMES) == list(generators.NAMES.ours)
    assert generators.find("ngram").__module__ == "generators.ngram.model"
    assert warnings_of(caplog) == [f'The package clash 1.0 is left out: the name of its generator "{taken}" is taken.']


def test_of_two_packages_with_one_name_the_first_keeps_it(install, caplog):
    install("b_late", "[evalkit.generators]\nmine = nowhere:Mine\n")
    install("a_early", "[evalkit.generators]\nmine = good_three:Mine\n", good_three=GOOD)
    assert generators.find("mine").__module__ == "good_three"
    assert [message for message in warnings_of(caplog) if "b_late" in message]


@pytest.mark.parametrize(
    ("entry", "source", "says"),
    [
        ("sick = sick_one:Sick", "import there_is_no_such_module\n", "ModuleNotFoundError"),
        ("sick = sick_two:Sick", "raise SystemError('boom \\x1b[31m')\n", "SystemError: boom"),
        ("sick = sick_three:Sick", "Sick = 3\n", "no subclass of generators.Generator"),
        ("sick = sick_four:Sick", GOOD + "\nSick = Mine\n", 'calls itself "mine"'),
        ("sick = sick_five:Absent", GOOD, "AttributeError"),
        ("sick = not a reference", "", "cannot be loaded"),
    ],
)
def test_a_broken_generator_costs_one_warning_and_breaks_no_other(install, caplog, entry, source, says):
    install("broken", f"[evalkit.generators]\n{entry}\n", **({entry.split()[2].split(":")[0]: source} if ":" in entry else {}))
    install("good", "[evalkit.generators]\nmine = good_four:Mine\n", good_four=GOOD)
    names = [cls.name for cls in generators.available()]
    assert names == [*generators.NAMES.ours, "mine"]
    generators.available()
    (message,) = warnings_of(caplog)
    assert message.startswith("The package broken 1.0 is left out")
    assert says in message
    assert "\x1b" not in message
    with pytest.raises(SpecError, match=r"package broken 1\.0 cannot be loaded"):
        generators.create("sick")


def test_metadata_that_cannot_be_read_breaks_nothing(install, caplog):
    install("torn", "[evalkit.generators]\nthis line has no equals sign\n")
    install("good", "[evalkit.generators]\nmine = good_five:Mine\n", good_five=GOOD)
    assert "mine" in generators.NAMES
    (message,) = warnings_of(caplog)
    assert "torn 1.0" in message
    assert "entry_points.txt" in message


@pytest.mark.parametrize("name", ["a:b", "two words", "1st"])
def test_a_name_that_no_specification_could_hold_is_refused(install, caplog, name):
    install("odd", f"[evalkit.generators]\n{name} = good_six:Mine\n", good_six=GOOD)
    assert list(generators.NAMES) == list(generators.NAMES.ours)
    assert "cannot name a generator" in warnings_of(caplog)[0]


def test_metrics_of_another_package_are_found_after_ours(install):
    ours = list(metrics.catalogue(metrics.Metric))
    install(
        "metrical", "[evalkit.metrics]\ndensity = metrical_one\n", metrical_one=METRIC + "METRICS = (metric('density.words'),)\n"
    )
    assert list(metrics.catalogue(metrics.Metric)) == [*ours, "density.words"]
    assert [metric.id for metric in metrics.select(["density"])] == ["density.words"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("1/0\n", "ZeroDivisionError"),
        ("", "METRICS"),
        ("METRICS = (1,)\n", "holds 1, which is no"),
        ("METRICS = 1\n", "TypeError"),
        (METRIC + "METRICS = (metric('letters.jsd'),)\n", '"letters.jsd" already'),
        (METRIC + "METRICS = (metric(None),)\n", "with an id"),
        (METRIC + CLASH, 'calls "n_words"'),
    ],
)
def test_broken_metrics_cost_one_warning_and_break_no_other(install, caplog, request, source, says):
    module = f"sick_{abs(hash(request.node.name))}"
    ours = list(metrics.catalogue(metrics.Metric))
    install("sick", f"[evalkit.metrics]\nsick = {module}\n", **{module: source})
    install("well", "[evalkit.metrics]\nwell = well_one\n", well_one=METRIC + "METRICS = (metric('density.words'),)\n")
    found = metrics.catalogue(metrics.Metric)
    assert list(found) == [*ours, "density.words"]
    assert found["letters.jsd"].label != "words per character"
    (message,) = warnings_of(caplog)
    assert message.startswith("The package sick 1.0 is left out")
    assert says in message


def test_a_tracker_of_another_package_is_given_results_like_ours(install):
    source = """
def log_mine(record, *, step=None, board: str = "main"):
    return f"{board}: {record.numbers['evalkit/vocab.hit']} at {step}"
"""
    broken = "raise SystemExit(1)"
    install(
        "boards",
        "[evalkit.trackers]\nboards = boards_one:log_mine\nbroken = boards_two:log\n",
        boards_one=source,
        boards_two=broken,
    )
    run = results({"new": {"vocab.hit": 0.7}})
    assert run.log("boards", step=2, board="side", page=False) == "side: 0.7 at 2"
    assert parse_destination("boards:board=x,step=3").options == {"board": "x", "step": 3}
    with pytest.raises(UsageError, match="boards, broken, mlflow"):
        run.log("bords")
    with pytest.raises(UsageError, match="cannot be loaded"):
        run.log("broken", page=False)
