from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InputError
from evalkit.text.io.locate import locate
from evalkit.text.io.options import DEFAULTS


def ids(found) -> list[str]:
    return [document.id for document in found]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    for name in ("b.txt", "a.md", "sub/c.txt", "sub/deep/d.TXT", ".hidden.txt", ".git/x.txt", "image.png", "notes"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"text of {name}")
    return folder


def test_a_folder_is_read_through_in_name_order(tree: Path, documents):
    assert ids(documents(tree)) == ["a", "b", "sub/c", "sub/deep/d"]


def test_a_file_without_extension_is_text_when_asked_for(tree: Path, documents):
    assert documents(tree / "notes")[0].text == "text of notes"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*.txt", ["b"]), ("**/*.txt", ["b", "sub/c"]), ("s*/c.txt", ["sub/c"]), ("sub/*", ["c"]), ("sub/**/*", ["c", "deep/d"])],
)
def test_globs_are_named_below_their_fixed_part(tree: Path, documents, pattern: str, expected: list[str]):
    assert ids(documents(f"{tree}/{pattern}")) == expected


def test_ids_do_not_depend_on_where_the_folder_lies(tree: Path, documents, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tree)
    here = ids(documents("."))
    monkeypatch.chdir(tree / "sub")
    assert ids(documents("..")) == here == ids(documents(tree)) == ids(documents(f"{tree}/../tree"))


def test_several_specifications_are_read_in_their_order_and_no_file_twice(tree: Path, documents):
    assert ids(documents([tree / "sub", tree / "b.txt", f"{tree}/*.txt"])) == ["c", "deep/d", "b"]


def test_names_that_meet_are_told_apart(tmp_path: Path, documents):
    for name in ("one/out.txt", "two/out.txt", "two/same.md", "two/same.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert ids(documents([tmp_path / "one", tmp_path / "two"])) == ["one/out.txt", "two/out.txt", "same.md", "same.txt"]


def test_a_name_with_magic_characters_is_a_name_first(tmp_path: Path, documents):
    (tmp_path / "draft[1].txt").write_text("one")
    (tmp_path / "draft1.txt").write_text("not this one")
    assert documents(f"{tmp_path}/draft[1].txt")[0].text == "one"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows any bytes in file names")
def test_a_file_name_that_is_no_utf8_gives_a_printable_id(tmp_path: Path, documents):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.txt")).write_text("text")
    assert ids(documents(tmp_path)) == ["bad\\xff"]


def test_dots_in_names_are_not_all_extensions(tmp_path: Path, documents):
    for name in ("mr. smith", "a.v2.txt", "b.txt.gz.txt"):
        (tmp_path / name).write_text("text")
    assert ids(documents(tmp_path / "mr. smith")) == ["mr. smith"]
    assert ids(documents(tmp_path)) == ["a.v2", "b.txt.gz"]


def test_a_missing_file_suggests_its_neighbour(tree: Path, refused):
    error = refused(tree / "sub/c.text")
    assert "does not exist" in error.problem
    assert error.remedy == 'Did you mean "c.txt"?'


def test_a_missing_folder_is_said_to_be_missing(tree: Path, refused):
    assert "nor does the folder it is in" in refused(tree / "no/such.txt").problem


def test_no_match_is_not_no_text(tree: Path, refused):
    assert "No file matches" in refused(f"{tree}/*.tex").problem


@pytest.mark.parametrize(
    ("names", "there"), [([], "nothing"), (["a.png"], "only a.png"), (list("abcd"), "only a, b, c and others")]
)
def test_a_folder_without_texts_says_what_it_holds(tmp_path: Path, refused, names: list[str], there: str):
    for name in names:
        (tmp_path / name).write_text("x")
    error = refused(tmp_path)
    assert there in error.problem
    assert ".jsonl" in error.remedy


def test_an_unsupported_kind_is_refused_by_name(tmp_path: Path, refused):
    (tmp_path / "a.docx").write_text("{}")
    assert "Supported: .txt" in refused(tmp_path / "a.docx").remedy


def test_json_beside_others_describes_them(tmp_path: Path, documents):
    """Such as the results of an evaluation beside its samples; what is named is read, and so is a folder of nothing else."""
    (tmp_path / "data.json").write_text('["one"]')
    assert ids(documents(tmp_path)) == ["data:1"]
    (tmp_path / "samples.jsonl").write_text('{"text": "two"}\n')
    assert ids(documents(tmp_path)) == ["samples:1"]
    assert ids(documents(f"{tmp_path}/*")) == ids(documents([tmp_path / "data.json", tmp_path])) == ["data:1", "samples:1"]


def test_a_stated_format_wins_over_the_name(tmp_path: Path, documents):
    (tmp_path / "runs.log").write_text('{"text": "one"}\n')
    assert documents(tmp_path / "runs.log", format="jsonl")[0].text == "one"
    assert documents(tmp_path, format="text")[0].text == '{"text": "one"}\n'


def test_no_specification_at_all(refused):
    assert "No file was named" in refused([]).problem


def test_an_unreadable_file_names_the_reason(tmp_path: Path, refused):
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "ok.txt").write_text("text")
    assert "loop.txt: cannot be opened (" in refused(tmp_path).problem


def test_hostile_names_cannot_reach_the_terminal(tmp_path: Path, refused):
    (tmp_path / "a\x1b[2J\u202e.txt").write_bytes(b"")
    assert "a␛[2J<U+202E>.txt: is empty." in refused(tmp_path).problem


class TestRemote:
    @pytest.fixture
    def memory(self):
        system = fsspec.filesystem("memory")
        system.store.clear()
        for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden.txt", "x.bin"):
            system.pipe(f"/corpus/{name}", f"text of {name}".encode())
        yield system
        system.store.clear()

    def test_a_folder(self, memory, documents):
        assert ids(documents("memory://corpus")) == ["a", "b", "sub/c"]

    def test_a_file(self, memory, documents):
        assert documents("memory://corpus/b.txt")[0].text == "text of b.txt"

    def test_a_glob(self, memory, documents):
        assert ids(documents("memory://corpus/*.txt")) == ["a", "b"]

    def test_a_glob_of_hidden_files(self, memory, documents):
        assert ids(documents("memory://corpus/.*.txt")) == [".hidden"]

    def test_a_file_that_is_not_there(self, memory, refused):
        assert refused("memory://corpus/no.txt").problem == "memory://corpus/no.txt: cannot be opened (there is no such file)."

    def test_a_server_that_refuses_says_why(self, refused):
        problem = refused("http://127.0.0.1:9/a.txt").problem
        assert "the connection failed: Connection refused" in problem

    def test_an_unknown_protocol(self, refused):
        assert "cannot be reached" in refused("nonesuch://corpus/a.txt").problem

    def test_a_protocol_whose_package_is_missing(self, refused, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "s3fs", None)
        assert "Install" in refused("s3://bucket/a.txt").remedy

    def test_keys_in_a_url_are_never_shown(self, refused):
        error = refused("http://user:secret@127.0.0.1:9/a.txt?token=secret")
        assert "http://127.0.0.1:9/a.txt" in error.problem
        assert "secret" not in error.problem


class TestLinksAndPipes:
    def test_links_to_folders_are_followed_once_and_never_in_circles(self, tree: Path, tmp_path: Path, documents):
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "linked.txt").write_text("linked")
        plain = ids(documents(tree))
        (tree / "more").symlink_to(tmp_path / "elsewhere")
        (tree / "again").symlink_to(tmp_path / "elsewhere")
        (tree / "up").symlink_to(tree)
        assert sorted(ids(documents(tree))) == sorted([*plain, "again/linked"])

    def test_a_link_to_nothing_is_an_error_in_a_folder_too(self, tmp_path: Path, refused):
        (tmp_path / "a.txt").symlink_to("gone.txt")
        (tmp_path / "round.txt").symlink_to("round.txt")
        assert "a.txt: cannot be opened" in refused(tmp_path).problem
        for name in ("a.txt", "round.txt"):
            assert refused(tmp_path / name).problem.endswith('.txt" is a link that leads nowhere.')

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_pipes_in_folders_and_globs_are_passed_over(self, tmp_path: Path, documents):
        (tmp_path / "a.txt").write_text("text")
        os.mkfifo(tmp_path / "pipe.txt")
        assert ids(documents(tmp_path)) == ids(documents(f"{tmp_path}/*.txt")) == ["a"]

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is unreadable for this user")
    def test_a_file_in_an_unreadable_folder(self, tmp_path: Path, refused):
        (tmp_path / "locked").mkdir(mode=0)
        assert "cannot be found (Permission denied)" in refused(tmp_path / "locked" / "a.txt").problem

    def test_a_missing_file_whose_folder_cannot_be_listed(self, tmp_path: Path, refused, monkeypatch: pytest.MonkeyPatch):
        def refuse(self):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "iterdir", refuse)
        assert "cannot be found (Permission denied)" in refused(tmp_path / "a.txt").problem


def test_a_server_that_falls_silent(refused, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("evalkit.text.io.web.SILENT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and never answers
        assert (
            "cannot be opened (the server sent nothing for 0.2 seconds)"
            in refused(f"http://127.0.0.1:{server.getsockname()[1]}/a.txt").problem
        )


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from([".txt", ".md", ".txt.gz", ".jsonl"])), min_size=1
    )
)
def test_names_are_unique_whatever_the_files(tmp_path_factory: pytest.TempPathFactory, files):
    root = tmp_path_factory.mktemp("names")
    paths = [root / folder / (stem + extension) for folder, stem, extension in files]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    sources = locate([*paths, root], DEFAULTS)
    assert len({source.name for source in sources}) == len(sources) == len(set(paths))
    assert all(str(root) not in source.name for source in sources)


def test_a_missing_path_without_neighbours(tmp_path: Path):
    with pytest.raises(InputError, match="does not exist"):
        locate(tmp_path / "a.txt", DEFAULTS)


@pytest.mark.parametrize("spec", ["a\0b.txt", "x" * 5000, "~nobody-of-that-name/a.txt", ""])
def test_impossible_names_are_missing_files(refused, spec: str):
    refused(spec)
