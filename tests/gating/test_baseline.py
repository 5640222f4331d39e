"""Baselines: kept whole, read back whole, refused when they are not what they should be."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evalkit._util.git import git_commit
from evalkit.counts.feature import Totals
from evalkit.errors import ModelError, NoVerdict, UsageError
from evalkit.gating.baseline import Store, check_complete, read_baseline
from evalkit.gating.further import Further, LookSize
from evalkit.inference import Sample
from evalkit.results import FloorSummary
from tests.support.baselines import LAYOUT, made, older
from tests.support.killing.kills import every_kill
from tests.support.processes.races import at_once


def assert_same(one, other):
    assert np.array_equal(one.tally, other.tally)
    assert np.array_equal(one.clusters, other.clusters)
    empty = {"tally": np.zeros((1, 1)), "clusters": np.zeros(1)}
    for key, value in vars(replace(one, **empty)).items():
        if key not in empty:
            assert value == getattr(other, key), key


@given(hnp.arrays(np.int64, st.tuples(st.integers(12, 20), st.just(26)), elements=st.integers(0, 1 << 52)))
def test_round_trip(tmp_path_factory, tally):
    baseline = made(tally)
    path = tmp_path_factory.mktemp("baseline") / "a.json"
    path.write_text(baseline.to_json(), encoding="utf-8")
    assert_same(baseline, read_baseline(path))


def test_columns_are_found_by_name():
    order = np.random.default_rng(0).permutation(26)
    baseline = made()
    shuffled = made(baseline.tally[:, order], columns=tuple(np.array(LAYOUT.columns)[order]))
    reference = Totals(np.ones((1, 26)), LAYOUT)
    assert np.array_equal(shuffled.sample(LAYOUT, reference).tally, baseline.tally)
    with pytest.raises(ModelError, match="lacks the counts letters:z"):
        made(baseline.tally[:, :25], columns=LAYOUT.columns[:25]).sample(LAYOUT, reference)


def test_of_two_who_save_one_name_at_once_one_is_told_that_it_is_taken(tmp_path):
    for i in range(12):
        store = Store(tmp_path / str(i))
        dates = [f"2026-01-0{day}T00:00:00+00:00" for day in range(1, 7)]

        def save(date, store=store):
            try:
                return store.save("main", made(date=date)) is not None
            except UsageError:
                return False

        saved = at_once(*(lambda date=date, save=save: save(date) for date in dates))
        assert sum(saved) == 1
        kept, anchor = store.load("main")
        assert (kept.date, anchor) == (dates[saved.index(True)], None)


def test_baselines_are_read_while_others_save_and_remove_them(tmp_path):
    """Whoever reads finds one of the name whole, or hears that there is none."""
    store = Store(tmp_path)

    def change():
        for _ in range(40):
            store.save("main", made(), replace_old=True)
            store.remove("main")

    def read():
        for _ in range(80):
            try:
                assert store.load("main")[1] is None
            except NoVerdict:
                continue

    at_once(change, read, read)


HOSTILE = {
    "nothing": lambda text: "",
    "not JSON": lambda text: text[:-20],
    "another object": lambda text: '{"a": 1}',
    "a list": lambda text: "[1]",
    "deep": lambda text: "[" * 200_000,
    "NaN": lambda text: text.replace("987.5", "NaN"),
    "infinite": lambda text: text.replace("987.5", "1e999"),
    "newer": lambda text: text.replace('"evalkit_baseline": 1', '"evalkit_baseline": 3'),
    "boolean version": lambda text: text.replace('"evalkit_baseline": 1', '"evalkit_baseline": "1"'),
    "no tally": lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "tally"}),
    "negative count": lambda text: text.replace("[1,1,", "[1,-1,", 1),
    "float count": lambda text: text.replace("[1,1,", "[1,1.5,", 1),
    "huge count": lambda text: text.replace("[1,1,", f"[1,{1 << 60},", 1),
    "boolean count": lambda text: text.replace("[1,1,", "[1,true,", 1),
    "column out of range": lambda text: text.replace("[1,1,", "[99,1,", 1),
    "column twice": lambda text: text.replace("[1,1,2,", "[1,1,1,", 1),
    "odd row": lambda text: text.replace("[1,1,", "[1,", 1),
    "clusters": lambda text: json.dumps({**json.loads(text), "clusters": [5] * 12}),
    "too few clusters": lambda text: json.dumps({**json.loads(text), "clusters": [0]}),
    "source is text": lambda text: json.dumps({**json.loads(text), "source": "embedded"}),
    "no spec": lambda text: json.dumps({**json.loads(text), "candidate": {"name": "x"}}),
    "floor of text": lambda text: text.replace('"damage_p95": 0.2', '"damage_p95": "0.2"'),
    "sampled in words": lambda text: json.dumps(
        {**json.loads(text), "signature": {**json.loads(text)["signature"], "temperature": "warm"}}
    ),
    "a candidate sampled in words": lambda text: json.dumps(
        {**json.loads(text), "candidate": {**json.loads(text)["candidate"], "decoding": {"top_k": "few"}}}
    ),
    "a way of sampling that is none": lambda text: json.dumps(
        {**json.loads(text), "candidate": {**json.loads(text)["candidate"], "decoding": [1]}}
    ),
    "columns twice": lambda text: text.replace("letters:b", "letters:a"),
    "seed": lambda text: text.replace('"seed": 0', '"seed": -1'),
    "more asked for than there is": lambda text: text.replace('"n_passages": 12', '"n_passages": 13'),
    "rows that are no lists": lambda text: json.dumps({**json.loads(text), "tally": ["x"] * 12}),
    "signature without a reference": lambda text: text.replace('"reference": {', '"referenc": {'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(tmp_path, name):
    text = older(made())
    spoilt = HOSTILE[name](text)
    assert spoilt != text
    path = tmp_path / "bad.json"
    path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(ModelError, match=r"bad\.json is not a baseline"):
        read_baseline(path)


def packed_with(text, **changes):
    plain = json.loads(text)
    return json.dumps({**plain, "tally": {**plain["tally"], **changes}})


PACKED = {
    "no rows": lambda text: packed_with(text, rows=0),
    "rows of text": lambda text: packed_with(text, rows="12"),
    "more rows than counts": lambda text: packed_with(text, rows=13),
    "rows that no memory holds": lambda text: packed_with(text, rows=1 << 40),
    "an odd width": lambda text: packed_with(text, width=3),
    "another width": lambda text: packed_with(text, width=2),
    "no base64": lambda text: packed_with(text, data="?"),
    "not compressed": lambda text: packed_with(text, data="AAAA"),
    "unpacks to far more": lambda text: packed_with(text, data=base64.b64encode(zlib.compress(bytes(1 << 24))).decode()),
    "counts beyond what floats hold": lambda text: packed_with(
        text, width=8, data=base64.b64encode(zlib.compress(b"\xff" * 12 * 26 * 8)).decode()
    ),
}


@pytest.mark.parametrize("name", PACKED)
def test_hostile_counts_are_refused(tmp_path, name):
    path = tmp_path / "bad.json"
    path.write_text(PACKED[name](made().to_json()), encoding="utf-8")
    with pytest.raises(ModelError, match=r"bad\.json is not a baseline"):
        read_baseline(path)


def test_files_of_the_first_format_are_read(tmp_path):
    path = tmp_path / "old.json"
    path.write_text(older(made()), encoding="utf-8")
    assert_same(made(), read_baseline(path))


class TestFurtherPassages:
    @pytest.fixture
    def baseline(self):
        floors = {"letters.jsd": FloorSummary(0.05, 0.1, 0.05, 0.1, None)}
        sizes = {24: LookSize(floors=floors, audit=None), 30: LookSize(floors=floors, audit={})}
        tally = np.arange(18 * 26).reshape(18, 26) % 301
        return made(further=Further(tally=tally, clusters=np.array([*range(12), 2, *range(12, 29)]), sizes=sizes))

    def test_round_trip(self, baseline, tmp_path):
        path = tmp_path / "a.json"
        path.write_text(baseline.to_json(), encoding="utf-8")
        read = read_baseline(path)
        assert np.array_equal(read.further.tally, baseline.further.tally)
        assert read.further.sizes == baseline.further.sizes
        assert read.sizes == (12, 24, 30)

    def test_a_look_has_the_first_passages_and_human_text_of_as_many(self, baseline):
        assert baseline.at(12) is baseline
        look = baseline.at(26)
        assert (len(look.tally), look.shape["n_passages"], look.further) == (26, 26, None)
        assert np.array_equal(look.tally[:12], baseline.tally)
        assert np.array_equal(look.tally[12:], baseline.further.tally[:14])
        assert look.clusters[12] == look.clusters[2]  # a copy of an earlier passage is no unit of its own
        assert sorted(set(look.clusters)) == list(range(25))
        assert look.floors == baseline.further.sizes[24].floors

    @pytest.mark.parametrize(
        "change",
        [
            {"looks": []},
            {"looks": "x"},
            {"clusters": [0]},
            {"looks": [{"n_passages": 12, "floors": {}, "audit": None}]},
            {"looks": [{"n_passages": 31, "floors": {}, "audit": None}]},
            {"looks": [{"n_passages": 24, "floors": {}, "audit": None}] * 2},
            {"looks": [{"n_passages": 24.5, "floors": {}, "audit": None}]},
        ],
    )
    def test_looks_that_fit_no_passages_are_refused(self, baseline, tmp_path, change):
        plain = json.loads(baseline.to_json())
        path = tmp_path / "bad.json"
        path.write_text(json.dumps({**plain, "further": {**plain["further"], **change}}), encoding="utf-8")
        with pytest.raises(ModelError):
            read_baseline(path)


def test_undecodable_and_missing_files(tmp_path):
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError):
        read_baseline(tmp_path / "bad.json")
    with pytest.raises(NoVerdict):
        read_baseline(tmp_path / "none.json")


class TestStore:
    def test_the_first_becomes_the_anchor_and_stays(self, tmp_path):
        store, first, second = Store(tmp_path), made(), made(date="2026-02-01T00:00:00+00:00")
        store.save("main", first)
        assert store.load("main")[1] is None  # an anchor that is the baseline itself would be judged twice
        store.save("main", second, replace_old=True)
        baseline, anchor = store.load("main")
        assert (baseline.date, anchor.date) == (second.date, first.date)
        store.save("main", second, replace_old=True, anchor=True)
        assert store.load("main")[1] is None

    def test_a_kill_at_any_step_of_the_first_save_leaves_its_anchor_to_the_first(self, tmp_path):
        """The next accepted baseline would be the anchor otherwise, and drift since the first would never be seen."""
        store, first, second = Store(tmp_path / "store"), made(), made(date="2026-02-01T00:00:00+00:00")
        states = set()
        for _ in every_kill(lambda: store.save("main", first), prepare=lambda: shutil.rmtree(store.folder, ignore_errors=True)):
            saved = store.names() == ["main"]
            states.add((saved, store.path("main", anchor=True).exists()))
            store.save("main", second, replace_old=saved)
            baseline, anchor = store.load("main")
            assert (baseline.date, anchor and anchor.date) == (second.date, first.date if saved else None)
            assert sorted(path.name for path in store.folder.iterdir()) == ["main.anchor.json", "main.json"]
        assert states == {(False, False), (True, False), (True, True)}

    def test_a_kill_at_any_step_of_a_removal_leaves_no_anchor_to_the_next(self, tmp_path):
        store, first, second = Store(tmp_path / "store"), made(), made(date="2026-02-01T00:00:00+00:00")

        def prepare():
            shutil.rmtree(store.folder, ignore_errors=True)
            store.save("main", first)

        for _ in every_kill(lambda: store.remove("main"), prepare=prepare):
            if store.names():
                store.remove("main")
            store.save("main", second)
            assert store.load("main")[1] is None
            assert store.load("main")[0].date == second.date

    def test_a_name_that_is_taken(self, tmp_path):
        Store(tmp_path).save("main", made())
        with pytest.raises(UsageError, match="already"):
            Store(tmp_path).save("main", made())

    @pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a b", "x.anchor", "a\0", "-x"])
    def test_names_that_are_no_names(self, tmp_path, name):
        with pytest.raises(UsageError, match="cannot name"):
            Store(tmp_path).path(name)

    def test_list_and_remove(self, tmp_path):
        store = Store(tmp_path)
        store.save("b", made())
        store.save("a", made())
        assert store.names() == ["a", "b"]
        store.remove("a")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["b.anchor.json", "b.json"]
        with pytest.raises(NoVerdict):
            store.remove("a")

    def test_a_missing_one_names_the_near_match(self, tmp_path):
        Store(tmp_path).save("main", made())
        with pytest.raises(NoVerdict, match='"mian"') as error:
            Store(tmp_path).load("mian")
        assert 'Did you mean "main"?' in error.value.remedy

    def test_an_interrupted_write_leaves_the_old_one(self, tmp_path, monkeypatch):
        store = Store(tmp_path)
        path = store.save("main", made())
        before = path.read_bytes()
        monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.save("main", made(date="later"), replace_old=True)
        assert path.read_bytes() == before
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["main.anchor.json", "main.json"]


@pytest.mark.parametrize(
    ("n", "clusters", "asked", "message"),
    [(12, 12, 40, "12 of 40"), (4, 4, 4, "4 passages"), (12, 3, 12, "3 independent documents"), (1, 1, 1, "1 passage from")],
)
def test_incomplete_and_tiny_runs_are_no_baselines(n, clusters, asked, message):
    sample = Sample(np.ones((n, 26), np.int64), np.arange(n) % clusters, Totals(np.ones((1, 26)), LAYOUT))
    with pytest.raises(NoVerdict, match=message):
        check_complete(sample, {"n_passages": asked, "n_chars": 1000})


def test_the_commit_outside_of_git_and_in_it(tmp_path):
    assert git_commit(tmp_path) is None
    for words in (["init", "-q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    assert len(git_commit(tmp_path)) == 40
    (tmp_path / "file").write_text("a")
    subprocess.run(["git", "add", "file"], cwd=tmp_path, check=True)
    assert git_commit(tmp_path).endswith("+changes")
