"""Saved models: whole or absent, the same after loading, and refused with a reason where anything about them is wrong."""

from __future__ import annotations

import io
import json
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.errors import ModelError, UsageError
from generators import create
from generators.human import Human
from generators.ngram.model import NGram
from generators.storage.models import load, read_meta, save
from tests.support.processes.races import at_once

DOCUMENTS = ["the bell rang\nand rang again", "no bell rang"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(NGram(order=3).fit(DOCUMENTS), tmp_path / "model", extra={"seed": 0, "corpus": {"hash": "ab12"}})


def with_meta(folder: Path, **changes: Any) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | changes))


def with_arrays(folder: Path, **changes: Any) -> None:
    with np.load(folder / "arrays.npz") as arrays:
        changed = {name: changes.get(name, values) for name, values in arrays.items()} | changes
    np.savez(folder / "arrays.npz", **{name: values for name, values in changed.items() if values is not None})


def with_members(folder: Path, members: dict[str, bytes], *, compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(folder / "arrays.npz", "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def npy(header: dict[str, Any] | str, content: bytes = b"") -> bytes:
    text = (header if isinstance(header, str) else repr(header)) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + content


def test_meta_says_what_was_trained_on_what(folder: Path) -> None:
    meta = read_meta(folder)
    assert meta["generator"] == "ngram"
    assert meta["options"] == {"order": 3, "unit": "char"}
    assert meta["corpus"] == {"hash": "ab12"}
    assert meta["description"]["alphabet"] == "\n abdeghilnort"
    assert set(meta["packages"]) >= {"python", "numpy"}


@pytest.mark.parametrize("spec", ["uniform", "unigram", "ngram:order=1", "ngram:order=12", "ngram:unit=word,order=2"])
def test_loading_gives_the_same_generator(tmp_path: Path, spec: str) -> None:
    trained = create(spec).fit(["\ud800\U0001f514\0 a\u00e9 b", *DOCUMENTS])
    loaded = load(save(trained, tmp_path / "model"))
    assert loaded.sample(3, 40, seed=2) == trained.sample(3, 40, seed=2)
    np.testing.assert_array_equal(loaded.log2_prob("\ud800 the bells"), trained.log2_prob("\ud800 the bells"))


def test_programs_may_save_to_one_folder_and_load_from_it_at_once(folder: Path) -> None:
    """Whoever loads has one of the models, whole: never the description of one with the arrays of another."""
    models = {order: create(f"ngram:order={order}").fit(DOCUMENTS) for order in (1, 2, 4)}
    expected = {model.describe()["options"]["order"]: model.sample(2, 60, seed=1) for model in (*models.values(), load(folder))}
    saving = threading.Event()

    def save_often(order: int) -> None:
        for _ in range(12):
            save(models[order], folder)

    def load_often() -> int:
        n_loaded = 0
        while not saving.is_set():
            model = load(folder)
            assert model.sample(2, 60, seed=1) == expected[model.describe()["options"]["order"]]
            n_loaded += 1
        return n_loaded

    def save_all() -> None:
        try:
            at_once(*(lambda order=order: save_often(order) for order in models))
        finally:
            saving.set()

    assert at_once(save_all, load_often)[1] > 0
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_saving_again_replaces_a_model_only(folder: Path) -> None:
    save(create("unigram").fit(DOCUMENTS), folder)
    assert load(folder).name == "unigram"
    assert sorted(p.name for p in folder.parent.iterdir()) == ["model"]
    (folder.parent / "notes").mkdir()
    (folder.parent / "notes" / "meta.json").write_text("[]")
    with pytest.raises(UsageError, match="exists and is not a saved model"):
        save(create("unigram").fit(DOCUMENTS), folder.parent / "notes")
    assert (folder.parent / "notes" / "meta.json").read_text() == "[]"
    with pytest.raises(UsageError, match="is not a folder"):
        save(create("unigram").fit(DOCUMENTS), folder / "meta.json")


def test_a_save_that_fails_leaves_the_old_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    before = load(folder).sample(1, 50)
    monkeypatch.setattr("generators.storage.arrays.np.savez", full)
    with pytest.raises(UsageError, match="No space left on device"):
        save(create("unigram").fit(DOCUMENTS), folder)
    assert load(folder).sample(1, 50) == before
    assert [p.name for p in folder.parent.iterdir()] == ["model"]


def test_only_known_generators_are_saved(tmp_path: Path) -> None:
    class Mine(NGram):
        name = "mine"

    with pytest.raises(UsageError, match="mine is not one of the generators"):
        save(Mine(order=2).fit(DOCUMENTS), tmp_path / "model")
    with pytest.raises(UsageError, match="human cannot be saved"):
        save(Human().fit([], held_out=DOCUMENTS), tmp_path / "model")
    with pytest.raises(UsageError, match="options cannot be given as extra"):
        save(NGram(order=2).fit(DOCUMENTS), tmp_path / "model", extra={"options": {}})
    assert not list(tmp_path.iterdir())


META: dict[str, Callable[[Path], object]] = {
    "is missing": lambda f: (f / "meta.json").unlink(),
    "is not JSON": lambda f: (f / "meta.json").write_text("{"),
    "is deeply nested": lambda f: (f / "meta.json").write_text("[" * 200_000),
    "is a list": lambda f: (f / "meta.json").write_text("[]"),
    "is of another format": lambda f: with_meta(f, format="keras"),
    "is of a newer format": lambda f: with_meta(f, format_version=2),
    "names no generator": lambda f: with_meta(f, generator="os.system"),
    "names a list as generator": lambda f: with_meta(f, generator=["ngram"]),
    "names another generator": lambda f: with_meta(f, generator="unigram", options={}),
    "names human": lambda f: with_meta(f, generator="human", options={}),
    "lacks options": lambda f: with_meta(f, options=None),
    "has an unknown option": lambda f: with_meta(f, options={"path": "x"}),
    "has an option of a wrong type": lambda f: with_meta(f, options={"order": "many"}),
    "has a wrong option": lambda f: with_meta(f, options={"order": 4}),
    "has an option out of range": lambda f: with_meta(f, options={"order": 10**9}),
    "is of a newer version": lambda f: with_meta(f, description={"version": 99}),
    "lacks a version": lambda f: with_meta(f, description={}),
}


@pytest.mark.parametrize("damage", META.values(), ids=META)
def test_wrong_meta_is_refused(folder: Path, damage: Callable[[Path], object]) -> None:
    damage(folder)
    with pytest.raises(ModelError):
        load(folder)


def whole(folder: Path) -> bytes:
    return (folder / "arrays.npz").read_bytes()


OBJECTS = npy({"descr": "|O", "fortran_order": False, "shape": (1,)}, b"\x80\x04N.")
ARRAYS: dict[str, Callable[[Path], object]] = {
    "missing": lambda f: (f / "arrays.npz").unlink(),
    "empty": lambda f: (f / "arrays.npz").write_bytes(b""),
    "truncated": lambda f: (f / "arrays.npz").write_bytes(whole(f)[:-200]),
    "cut in the middle": lambda f: (f / "arrays.npz").write_bytes(whole(f)[:300]),
    "one byte changed": lambda f: (f / "arrays.npz").write_bytes(whole(f)[:200] + b"\xff" + whole(f)[201:]),
    "of objects": lambda f: with_members(f, {"counts.npy": OBJECTS}),
    "compressed": lambda f: with_members(f, {"counts.npy": npy("x") * 10_000}, compression=zipfile.ZIP_DEFLATED),
    "of a huge shape": lambda f: with_members(
        f, {"counts.npy": npy({"descr": "<i8", "fortran_order": False, "shape": (10**15,)}, bytes(80))}
    ),
    "of a negative shape": lambda f: with_members(
        f, {"counts.npy": npy({"descr": "<i8", "fortran_order": False, "shape": (-1, -10)}, bytes(80))}
    ),
    "of structures": lambda f: with_members(
        f, {"counts.npy": npy({"descr": [("a", "|O")], "fortran_order": False, "shape": (1,)}, bytes(8))}
    ),
    "of dates": lambda f: with_members(
        f, {"counts.npy": npy({"descr": "<M8[s]", "fortran_order": False, "shape": (1,)}, bytes(8))}
    ),
    "with code as header": lambda f: with_members(f, {"counts.npy": npy("__import__('os').abort()")}),
    "of an unknown npy version": lambda f: with_members(f, {"counts.npy": b"\x93NUMPY\x09\x00" + bytes(99)}),
    "above the folder": lambda f: with_members(f, {"../../counts.npy": npy({})}),
    "not arrays": lambda f: with_members(f, {"counts.txt": b"1"}),
    "without counts": lambda f: with_arrays(f, counts=None),
    "with counts too few": lambda f: with_arrays(f, counts=np.ones(3, np.int64)),
    "with counts in a table": lambda f: with_arrays(f, counts=np.ones((3, 3), np.int64)),
    "with counts of 0": lambda f: with_arrays(f, counts=np.zeros_like(load(f).arrays()["counts"])),
    "with counts below 0": lambda f: with_arrays(f, counts=-load(f).arrays()["counts"].astype(np.int64)),
    "with broken counts": lambda f: with_arrays(f, counts=load(f).arrays()["counts"] * 0.5),
    "with symbols out of range": lambda f: with_arrays(f, symbols=load(f).arrays()["symbols"] + 100),
    "with symbols in disorder": lambda f: with_arrays(f, symbols=load(f).arrays()["symbols"][::-1]),
    "with children too many": lambda f: with_arrays(f, children=load(f).arrays()["children"] + 1),
    "with children past all counting": lambda f: with_arrays(f, children=np.full(20, 2**62)),
    "without children": lambda f: with_arrays(f, children=np.zeros(0, np.int64)),
    "with an alphabet twice": lambda f: with_arrays(f, alphabet=np.array([97, 97], np.uint32)),
    "with no alphabet": lambda f: with_arrays(f, alphabet=np.array([], np.uint32)),
    "with an impossible alphabet": lambda f: with_arrays(f, alphabet=np.array([2**31], np.uint32)),
    "with another alphabet": lambda f: with_arrays(f, alphabet=np.arange(97, 100, dtype=np.uint32)),
}


@pytest.mark.parametrize("damage", ARRAYS.values(), ids=ARRAYS)
def test_wrong_arrays_are_refused(folder: Path, damage: Callable[[Path], object]) -> None:
    damage(folder)
    with pytest.raises(ModelError):
        load(folder)


WORDS: dict[str, dict[str, Any]] = {
    "lengths of 0": {"lengths": np.zeros(9, np.uint32)},
    "a word twice": {"vocabulary": np.array([97, 97], np.uint32), "lengths": np.array([1, 1], np.uint32)},
    "text missing": {"vocabulary": np.array([97], np.uint32)},
    "no words": {"vocabulary": np.array([], np.uint32), "lengths": np.array([], np.uint32)},
    "other words": {"vocabulary": np.array([97, 98], np.uint32), "lengths": np.array([1, 1], np.uint32)},
}


@pytest.mark.parametrize("changes", WORDS.values(), ids=WORDS)
def test_wrong_vocabularies_are_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    folder = save(NGram(order=2, unit="word").fit(DOCUMENTS), tmp_path / "model")
    with_arrays(folder, **changes)
    with pytest.raises(ModelError):
        load(folder)


def test_two_members_of_one_name_are_refused(folder: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("counts.npy", npy({}))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("counts.npy", npy({}))
    (folder / "arrays.npz").write_bytes(buffer.getvalue())
    with pytest.raises(ModelError, match="two arrays of one name"):
        load(folder)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
def test_links_and_pipes_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "arrays.npz").rename(tmp_path / "elsewhere")
    (folder / "arrays.npz").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="not a plain file"):
        load(folder)
    (folder / "arrays.npz").unlink()
    os.mkfifo(folder / "arrays.npz")
    with pytest.raises(ModelError, match="not a plain file"):
        load(folder)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no saved model"):
        load(tmp_path / "nowhere")
