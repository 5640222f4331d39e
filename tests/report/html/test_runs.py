"""Several runs: what changed, what forbids a comparison, the index of a folder, a history."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from evalkit._util.atomic import write_atomically
from evalkit.cli import output
from evalkit.cli.output import renew_index, write_run
from evalkit.errors import InputError
from evalkit.evaluation.compare import Outcome
from evalkit.report.figures.history import histories
from evalkit.report.html.page import render_html
from evalkit.report.html.runs import entry, last_run, render_comparison, render_history, runs_in, write_index
from evalkit.report.view.decisions import field_name
from evalkit.report.view.run_diff import Run, changes, changes_sentence, differences, since
from evalkit.results import from_dict, read
from tests.support.page import HOSTILE, Page
from tests.support.processes.races import at_once
from tests.support.results import FAIR, GOOD, NOISE, results
from tests.support.runs import gated, remembering

RUN = results({"lstm": FAIR, "noise": NOISE})


def signed(run, **settings):
    return replace(run, signature={**run.signature, **settings})


def dated(run, date):
    return replace(run, run={"date": date})


def saved(folder, run):
    write_atomically(folder / "results.json", run.to_json())
    return folder


def loaded(*runs):
    """Runs as `runs_in` reads them, oldest first."""
    breaks = [[], *(differences(before, after)[0] for before, after in pairwise(runs))]
    return [Run(str(n), run, broken, []) for n, (run, broken) in enumerate(zip(runs, breaks, strict=True), start=1)]


def test_same_run_has_no_change():
    assert differences(RUN, RUN) == ([], [])
    assert {change.state for change in changes(RUN, RUN)} == {"unchanged"}
    assert changes_sentence(RUN, RUN) == "Nothing changed beyond its interval, of 12 values."


def test_change_beyond_its_interval_comes_first():
    after = results({"lstm": FAIR | {"vocab.hit": 0.5, "wordlen.w1": 0.06}, "noise": NOISE})
    found = changes(RUN, after)
    assert [(change.candidate, change.metric, change.state) for change in found[:3]] == [
        ("lstm", "vocab.hit", "worse"),
        ("lstm", "wordlen.w1", "better"),
        ("lstm", "letters.jsd", "unchanged"),
    ]
    # 0.7 +- 5 % and 0.5 +- 5 %: the interval of the difference is -0.2 +- hypot(0.035, 0.025) = 0.043.
    assert found[0].difference == "\u221220.0\xa0points (\u221224.3 to \u221215.7)"
    said = changes_sentence(RUN, after).replace("\u00a0", " ")
    assert said == (
        "Of 12 values, 1 became worse: `lstm` on words the corpus knows (70.0 to 50.0 %); 1 became better: `lstm` on word-length distance "
        "(0.0800 to 0.0600 characters). At 95 % each, about 1 would move by chance."
    )


def test_the_surest_change_is_named_first():
    after = results({"lstm": FAIR | {"vocab.hit": 0.6, "wordlen.w1": 0.4}, "noise": NOISE})
    assert [change.metric for change in changes(RUN, after)[:2]] == ["wordlen.w1", "vocab.hit"]
    assert "2 became worse, most of all `lstm` on word-length distance" in changes_sentence(RUN, after)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"tokenizer": "word-v2"}, "tokenizer"),
        ({"reference": {"corpus": "Lovecraft", "hash": "b" * 64}}, "reference.hash"),
        ({"metrics": dict.fromkeys(FAIR, 1) | {"vocab.hit": 2}}, "metrics.vocab.hit"),
        ({"word_lists": {"fw-v1": "1"}}, "word_lists.fw-v1"),
        ({"shape": {"n_passages": 50, "n_chars": 1000}}, "shape.n_passages"),
    ],
)
def test_what_forbids_a_comparison_is_named(changed, field):
    other = signed(RUN, **changed)
    assert [one.field for one in differences(RUN, other)[0]] == [field]
    assert changes_sentence(RUN, other) == f"NOT COMPARABLE: the runs differ in {field_name(field)}."
    page = render_comparison(RUN, other)
    assert field in page
    assert "Measures</h2>" not in page


def test_settings_are_shown_and_forbid_nothing():
    other = signed(RUN, seed=7, temperature=0.8)
    forbidding, settings = differences(RUN, other)
    assert forbidding == []
    assert {one.field for one in settings} == {"seed", "temperature"}
    assert "2 settings changed: seed and temperature." in changes_sentence(RUN, other)


def test_a_metric_that_one_run_left_out_forbids_nothing():
    fewer = results({"lstm": {"vocab.hit": 0.7}})
    assert differences(RUN, fewer) == ([], [])
    assert [change.metric for change in changes(RUN, fewer)] == ["vocab.hit"]


def test_index_lists_runs_newest_first_and_reads_only_what_changed(tmp_path, monkeypatch):
    saved(tmp_path / "b", dated(RUN, "2026-01-01T00:00:00+00:00"))
    saved(tmp_path / "a", dated(results({"ngram": GOOD}), "2026-02-01T00:00:00+00:00"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "results.json").write_text("{", encoding="utf-8")
    text = write_index(tmp_path).read_text(encoding="utf-8")
    assert text.index('href="a/index.html"') < text.index('href="b/index.html"')
    assert "broken" not in text
    assert not Page(text).stack

    read = []
    monkeypatch.setattr("evalkit.report.html.runs.entry", lambda folder: read.append(folder.name) or entry(folder))
    assert write_index(tmp_path).read_text(encoding="utf-8") == text
    assert read == []
    saved(tmp_path / "c", dated(RUN, "2026-03-01T00:00:00+00:00"))
    os.utime(tmp_path / "a" / "results.json", ns=(1, 1))
    write_index(tmp_path)
    assert sorted(read) == ["a", "c"]


def test_index_survives_a_damaged_cache(tmp_path):
    saved(tmp_path / "a", RUN)
    (tmp_path / ".index.json").write_text("[", encoding="utf-8")
    assert 'href="a/index.html"' in write_index(tmp_path).read_text(encoding="utf-8")
    (tmp_path / ".index.json").write_text(json.dumps({"version": 0, "runs": {"a": 1}}), encoding="utf-8")
    assert 'href="a/index.html"' in write_index(tmp_path).read_text(encoding="utf-8")


def test_history_breaks_where_runs_are_not_comparable(tmp_path):
    few = results({name: {"vocab.hit": 0.7, "wordlen.w1": 0.08} for name in ("lstm", "noise")})  # since drawing takes long
    saved(tmp_path / "one", dated(few, "2026-01-01"))
    saved(tmp_path / "two", dated(signed(few, seed=1), "2026-01-02"))
    saved(tmp_path / "three", dated(signed(few, tokenizer="word-v2"), "2026-01-03"))
    runs = runs_in([tmp_path])
    assert [run.name for run in runs] == ["one", "two", "three"]
    assert [bool(run.breaks) for run in runs] == [False, False, True]
    text = render_history(runs)
    assert not Page(text).stack
    drawn = [line.svg for line in histories(runs)[0]]
    assert [svg.count(">first<") + svg.count(" at first, ") for svg in drawn] == [2 * 2] * 2
    assert render_history(runs) == text


def test_history_of_a_candidate_joins_its_comparable_runs_over_unlike_ones_between():
    """Runs 1 and 3 are alike; run 2, on another tokenizer, does not have the candidate, and is neither drawn nor a break."""
    runs = loaded(
        dated(RUN, "2026-01-01"),
        dated(signed(results({"other": FAIR}), tokenizer="word-v2"), "2026-01-02"),
        dated(RUN, "2026-01-03"),
    )
    assert [bool(run.breaks) for run in runs] == [False, True, True]
    found = next(line for line in histories(runs)[0] if line.candidate == "lstm")
    assert (found.n_runs, [row[0] for row in found.body]) == (2, ["1", "3"])
    ticks = re.findall(r">(\d)</text>", found.svg)
    assert ticks[:2] == ["1", "3"]
    assert "stroke-dasharray" not in found.svg


def test_history_of_a_candidate_breaks_between_its_unlike_runs():
    runs = loaded(
        dated(RUN, "2026-01-01"),
        dated(results({"other": FAIR}), "2026-01-02"),
        dated(signed(RUN, tokenizer="word-v2"), "2026-01-03"),
    )
    found = next(line for line in histories(runs)[0] if line.candidate == "lstm")
    assert "stroke-dasharray" in found.svg


def test_history_of_a_thousand_runs_is_quick(tmp_path, monkeypatch):
    """Opening one of 1,000 runs stays quick: an index that reads only what is new, and figures that gather neighbours.

    Time is the processor's, since others may use the machine.
    """
    text = dated(RUN, "the date").to_json()
    for n in range(1000):
        (tmp_path / f"{n:04d}").mkdir()
        content = text.replace("the date", f"2026-01-01T{n // 60:02d}:{n % 60:02d}")
        (tmp_path / f"{n:04d}" / "results.json").write_text(content, encoding="utf-8")
    write_index(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("evalkit.report.html.runs.entry", lambda folder: pytest.fail(f"{folder} is read again"))
        start = time.process_time()
        write_index(tmp_path)
        assert time.process_time() - start < 2
    start = time.process_time()
    assert len(render_history(runs_in([tmp_path]))) < 500_000
    assert time.process_time() - start < 30


def test_two_runs_that_cannot_be_compared_say_so_in_word_and_shape():
    text = render_comparison(RUN, signed(RUN, tokenizer="word-v2"))
    assert re.search(r'<p class="state"><span aria-hidden="true">.</span> NOT COMPARABLE</p>', text)
    assert '<h1 class="verdict">The runs differ in the tokenizer.</h1>' in text
    assert "NOT COMPARABLE" not in render_comparison(RUN, RUN)


def test_the_same_run_made_twice_within_a_second_has_two_folders(tmp_path):
    folders = {write_run(Outcome(gated(), {"ngram": ()}), tmp_path)[0].name for _ in range(3)}
    assert len(folders) == 3


def test_the_same_run_made_by_several_programs_at_once_is_kept_by_each(tmp_path, monkeypatch):
    """In most rounds a word stands in place of the page, which takes most of the time: so the programs meet where they look for a name."""
    run = results({"ngram": GOOD})
    for i in range(8):
        root = tmp_path / str(i)
        if i == 1:
            monkeypatch.setattr(output, "write_files", lambda paths, *_: [path.write_text("page", "utf-8") for path in paths])

        def write(root=root):
            folder, _ = write_run(Outcome(run, {"ngram": ()}), root)
            renew_index(root)
            return folder

        folders = at_once(*[write] * 4)
        assert len(set(folders)) == 4
        assert sorted(path.name for path in root.glob("[!.]*/")) == sorted(folder.name for folder in folders)
        for folder in folders:
            assert read(folder).candidates[0]["name"] == "ngram"
            assert f'href="{folder.name}/index.html"' in (root / "index.html").read_text(encoding="utf-8")
        assert [path.name for path in root.iterdir() if path.name.startswith(".")] == [".index.json"]


def test_history_of_nothing_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no results\.json"):
        runs_in([tmp_path])


@pytest.mark.parametrize("name", ["closes a script", "attributes", "bidirectional", "template"])
def test_hostile_names_are_inert_on_every_page(tmp_path, name):
    text = HOSTILE[name]
    run = results({text: FAIR, "other": NOISE}, corpus=text)
    saved(tmp_path / "a", run)
    saved(tmp_path / "b", run)
    for rendered in (
        write_index(tmp_path).read_text(encoding="utf-8"),
        render_comparison(run, run),
        render_history(runs_in([tmp_path])),
    ):
        page = Page(rendered)
        assert not page.stack
        assert page.all("script") == []
        assert not [attrs for _, attrs in page.tags if any(key.startswith("on") for key in attrs)]


def test_a_run_says_what_changed_since_the_last_one():
    after = results({"lstm": FAIR | {"vocab.hit": 0.5}, "noise": NOISE})
    found = since(from_dict(json.loads(remembering(signed(after, seed=3), RUN).to_json())))
    assert [(change.candidate, change.metric, change.state) for change in found.moved] == [("lstm", "vocab.hit", "worse")]
    assert [setting.field for setting in found.settings] == ["seed"]
    assert found.n_still == 11
    page = render_html(remembering(after, RUN), {})
    assert 'id="since"' in page
    assert "20.0\xa0points (\u221224.3 to \u221215.7)" in page.replace("&nbsp;", "\xa0")


def test_unlike_runs_are_said_to_be_so_instead_of_compared():
    found = since(remembering(signed(RUN, tokenizer="word-v2"), RUN))
    assert found.sentence == "NOT COMPARABLE: the runs differ in the tokenizer."
    assert found.moved == []
    assert "These fields differ, so that the values of the two runs cannot be compared." in render_html(
        remembering(signed(RUN, tokenizer="word-v2"), RUN), {}
    )


def test_a_first_run_has_nothing_to_say():
    assert since(RUN) is None
    assert 'id="since"' not in render_html(RUN, {})


def test_last_run_is_the_newest_of_its_kind_corpus_and_candidates(tmp_path):
    saved(tmp_path / "old", dated(RUN, "2026-01-01"))
    saved(tmp_path / "new", dated(RUN, "2026-01-02"))
    saved(tmp_path / "other corpus", dated(results({"lstm": FAIR}, corpus="Shakespeare"), "2026-01-03"))
    saved(tmp_path / "other candidates", dated(results({"ngram": FAIR}), "2026-01-04"))
    saved(tmp_path / "other command", dated(results({"lstm": FAIR}, kind="score"), "2026-01-05"))
    assert last_run(tmp_path, RUN) is None  # nothing is known before the index has seen the folders
    write_index(tmp_path)
    folder, found = last_run(tmp_path, RUN)
    assert folder == "new"
    assert found.to_json() == dated(RUN, "2026-01-02").to_json()
    (tmp_path / "new" / "results.json").unlink()
    assert last_run(tmp_path, RUN)[0] == "old"


def test_history_of_many_runs_is_small_and_says_what_it_leaves_out(tmp_path):
    many = [Run(f"{i}", dated(RUN, f"2026-{i:05d}"), [], []) for i in range(600)]
    text = render_history(many)
    assert len(text) < 500_000
    assert "the last 200" in text
    assert "medians of neighbours" in text
    assert "medians of neighbours" not in render_history(many[:40])


def test_history_draws_the_candidates_with_most_runs_and_names_the_others():
    measured = {"vocab.hit": 0.7}  # one measure, since drawing takes long
    runs = [Run(f"{i}", dated(results({f"c{n}": measured for n in range(14)}), f"2026-01-0{i}"), [], []) for i in (1, 2)]
    found, left_out = histories(runs)
    assert len(found) == 12
    assert left_out == ["c12", "c13"]
    assert "Left out, because there are too many candidates: c12, c13." in render_history(runs)


def test_each_run_remembers_the_one_before(tmp_path):
    outcome = Outcome(RUN, {"lstm": (), "noise": ()})
    first, results_of_first = write_run(outcome, tmp_path)
    assert results_of_first.previous is None
    renew_index(tmp_path)
    changed = results({"lstm": FAIR | {"vocab.hit": 0.5}, "noise": NOISE})
    _, second = write_run(Outcome(changed, {"lstm": (), "noise": ()}), tmp_path)
    assert second.previous["folder"] == first.name
    assert [change.metric for change in since(second).moved] == ["vocab.hit"]
    assert read(tmp_path / first.name).previous is None


def test_a_gate_is_held_against_its_baseline_and_not_the_last_run(tmp_path):
    for _ in range(2):
        _, written = write_run(Outcome(gated(), {"ngram": ()}), tmp_path)
        renew_index(tmp_path)
    assert written.previous is None
