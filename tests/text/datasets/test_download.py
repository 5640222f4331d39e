"""Fetching from a real server on this machine, which misbehaves in every way a server can."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evalkit.errors import FetchError, InputError, SpecError
from evalkit.text.corpus import read_corpus
from evalkit.text.datasets import manifest
from evalkit.text.datasets.download import Patience, fetch
from evalkit.text.io.readers import read_documents
from tests.support.processes.races import at_once

FILES = {f"{name}.txt": f"{name} " * 2000 for name in ("one", "two", "three")}
QUICK = Patience(connect_seconds=30, file_seconds=60, tries=3, pause_seconds=0.01)
"""Hardly pauses between tries; waits long enough for a server beside other work."""
IMPATIENT = Patience(connect_seconds=0.3, file_seconds=1.0, tries=3, pause_seconds=0.01)


@dataclass
class Site:
    """What the server answers: (status, body, promised length), by path; the last answer repeats."""

    url: str = ""
    answers: dict[str, list[tuple[int, bytes, int]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    pause_seconds: float = 0.0

    def put(self, name: str, *answers: tuple[int, bytes] | tuple[int, bytes, int]) -> None:
        self.answers[f"/{name}"] = [(*answer, len(answer[1]))[:3] for answer in answers]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path.lstrip("/"))
            answers = site.answers.get(self.path) or [(404, b"", 0)]
            status, body, length = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            for start in range(0, len(body), 4096):
                self.wfile.write(body[start : start + 4096])
                self.wfile.flush()
                time.sleep(site.pause_seconds)

        def do_HEAD(self) -> None:
            self.send_error(405)

        def log_message(self, *_: object) -> None:
            """Silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what some tests do."""

    with Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        for name, text in FILES.items():
            site.put(name, (200, text.encode()))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site) -> Path:
    """A manifest of one corpus on the site, and an empty cache; gives the folder that the corpus will have."""
    files = {name: {"sha256": hashlib.sha256(text.encode()).hexdigest(), "bytes": len(text)} for name, text in FILES.items()}
    entry = {"title": "t", "description": "d", "source": "s", "licence": "l", "base_url": f"{site.url}/", "files": files}
    path = tmp_path / "corpora.json"
    path.write_text(json.dumps({"schema_version": 1, "corpora": {"tales": entry}}))
    monkeypatch.setattr(manifest, "data_path", lambda _: path)
    monkeypatch.setenv("EVALKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "corpora" / "tales"


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*"))


def refused(*, patience: Patience = QUICK, **options: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch("tales", patience=patience, **options)
    assert caught.value.remedy
    return caught.value


def test_all_is_well(cache: Path, site: Site, capfd: pytest.CaptureFixture[str]):
    seen: list[tuple[str, float, float]] = []
    assert fetch("tales", progress=lambda *state: seen.append(state)) == cache
    assert kept(cache) == sorted(FILES)
    assert seen == [("tales/one.txt", 1, 3), ("tales/two.txt", 2, 3), ("tales/three.txt", 3, 3)]
    assert {document.id: document.text for document in read_corpus("tales").documents} == {
        name.removesuffix(".txt"): text for name, text in FILES.items()
    }
    assert capfd.readouterr() == ("", "")


def test_several_may_fetch_one_corpus_at_once(cache: Path, site: Site):
    assert at_once(*[lambda: fetch("tales", patience=QUICK)] * 6) == [cache] * 6
    assert kept(cache) == sorted(FILES)
    assert len(read_corpus("tales").documents) == 3


def test_what_is_there_is_not_asked_for_again(cache: Path, site: Site):
    fetch("tales")
    fetch("tales")
    assert site.asked == list(FILES)


def test_a_fetch_goes_on_where_it_stopped(cache: Path, site: Site):
    site.put("two.txt", (404, b""))
    refused()
    assert kept(cache) == ["one.txt"]
    with pytest.raises(InputError, match=r"incomplete \(2 of 3 files are missing or damaged\)"):
        read_corpus("tales")
    site.put("two.txt", (200, FILES["two.txt"].encode()))
    fetch("tales")
    assert site.asked == ["one.txt", "two.txt", "two.txt", "three.txt"]


@pytest.mark.parametrize("change", [lambda text: text.replace("o", "0", 1), lambda text: "X" + text[1:]])
def test_another_text_of_the_same_length_is_refused(cache: Path, site: Site, change):
    tampered = change(FILES["one.txt"]).encode()
    site.put("one.txt", (200, tampered))
    error = refused()
    assert "one.txt" in error.problem
    assert f"sha256 is {hashlib.sha256(tampered).hexdigest()}" in error.problem
    assert f"expected {hashlib.sha256(FILES['one.txt'].encode()).hexdigest()}" in error.problem
    assert kept(cache) == []
    assert site.asked == ["one.txt"]


def test_a_copy_that_was_changed_later_is_not_read_and_is_fetched_again(cache: Path, site: Site):
    fetch("tales")
    (cache / "two.txt").write_text("X" + FILES["two.txt"][1:])
    with pytest.raises(InputError, match=r"incomplete \(1 of 3 files are missing or damaged\)"):
        read_corpus("tales")
    fetch("tales")
    assert (cache / "two.txt").read_text() == FILES["two.txt"]
    assert kept(cache) == sorted(FILES)


def test_a_changed_copy_stays_as_it_is_when_fetching_again_fails(cache: Path, site: Site):
    fetch("tales")
    (cache / "two.txt").write_text("mine")
    site.put("two.txt", (404, b""))
    refused()
    assert (cache / "two.txt").read_text() == "mine"
    assert kept(cache) == sorted(FILES)


def test_a_body_shorter_than_promised(cache: Path, site: Site):
    whole = FILES["one.txt"].encode()
    site.put("one.txt", (200, whole[:5000], len(whole)))
    error = refused()
    assert "3 times" in error.problem
    assert kept(cache) == []
    assert site.asked == ["one.txt"] * 3


def test_a_body_shorter_than_the_manifest_says(cache: Path, site: Site):
    site.put("one.txt", (200, b"short"))
    assert "only 5 of 8,000 bytes came, 3 times" in refused().problem
    assert kept(cache) == []


def test_a_body_that_was_cut_once_is_asked_for_again(cache: Path, site: Site):
    whole = FILES["one.txt"].encode()
    site.put("one.txt", (200, whole[:100], len(whole)), (200, whole))
    fetch("tales", patience=QUICK)
    assert kept(cache) == sorted(FILES)


def test_a_body_longer_than_the_manifest_says_is_not_read_to_its_end(cache: Path, site: Site):
    site.put("one.txt", (200, b"x" * 50_000_000))
    assert "longer than the 8,000 bytes expected" in refused().problem
    assert kept(cache) == []


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_refusal_is_not_repeated(cache: Path, site: Site, status: int):
    site.put("one.txt", (status, b"no"))
    error = refused()
    assert f"one.txt could not be fetched: the server answered {status}." in error.problem
    assert "--mirror" in error.remedy
    assert (site.asked, kept(cache)) == (["one.txt"], [])


@pytest.mark.parametrize("status", [500, 503, 429])
def test_trouble_that_passes(cache: Path, site: Site, status: int):
    site.put("one.txt", (status, b"wait"), (status, b"wait"), (200, FILES["one.txt"].encode()))
    fetch("tales", patience=QUICK)
    assert site.asked[:3] == ["one.txt"] * 3
    assert kept(cache) == sorted(FILES)


def test_trouble_that_stays(cache: Path, site: Site):
    site.put("one.txt", (500, b"wait"))
    assert "the server answered 500, 3 times" in refused().problem
    assert (site.asked, kept(cache)) == (["one.txt"] * 3, [])


def test_a_server_that_falls_silent(cache: Path, site: Site):
    site.pause_seconds = 20.0
    start = time.monotonic()
    assert "3 times" in refused(patience=IMPATIENT).problem
    assert time.monotonic() - start < 15
    assert kept(cache) == []


def test_a_server_that_drips(cache: Path, site: Site):
    site.pause_seconds = 0.2
    patience = Patience(connect_seconds=5, file_seconds=0.1, tries=1)
    with pytest.raises(FetchError, match=r"longer than 0\.1 seconds"):
        fetch("tales", patience=patience)
    assert kept(cache) == []


def test_no_server(cache: Path):
    assert "the connection failed (ConnectionError), 3 times" in refused(mirror="http://127.0.0.1:9/").problem


def test_an_address_that_cannot_be(cache: Path):
    assert "could not be fetched" in refused(mirror="http://[::1/").problem


def test_an_unknown_corpus(cache: Path):
    with pytest.raises(SpecError, match='no corpus "tails"') as caught:
        fetch("tails")
    assert 'Did you mean "tales"?' in caught.value.remedy


class TestMirrors:
    def test_a_folder(self, cache: Path, site: Site, tmp_path: Path):
        folder = tmp_path / "mirror"
        folder.mkdir()
        for name, text in FILES.items():
            (folder / name).write_text(text)
        fetch("tales", mirror=str(folder))
        assert (kept(cache), site.asked) == (sorted(FILES), [])
        assert kept(folder) == sorted(FILES)

    def test_a_folder_without_the_files(self, cache: Path, tmp_path: Path):
        (tmp_path / "mirror").mkdir()
        assert "No such file" in refused(mirror=str(tmp_path / "mirror")).problem
        assert kept(cache) == []

    @pytest.mark.parametrize("text", ["short", "X" + FILES["one.txt"][1:], "x" * 100_000])
    def test_a_folder_with_other_files(self, cache: Path, tmp_path: Path, text: str):
        (tmp_path / "one.txt").write_text(text)
        assert "one.txt" in refused(mirror=str(tmp_path)).problem
        assert kept(cache) == []

    def test_no_folder(self, cache: Path, tmp_path: Path):
        assert "is no folder and no web address" in refused(mirror=str(tmp_path / "none")).problem

    def test_an_address(self, cache: Path, site: Site):
        for name, text in FILES.items():
            site.put(f"mirror/{name}", (200, text.encode()))
        fetch("tales", mirror=f"{site.url}/mirror")
        assert site.asked == [f"mirror/{name}" for name in FILES]

    def test_a_password_is_never_shown(self, cache: Path, site: Site):
        assert "secret" not in refused(mirror=site.url.replace("//", "//me:secret@") + "/none").problem


class TestReadingByUrl:
    def test_a_text(self, site: Site):
        (document,) = read_documents(f"{site.url}/one.txt")
        assert (document.id, document.text) == ("one", FILES["one.txt"])

    def test_one_that_is_not_there(self, site: Site):
        with pytest.raises(InputError, match=r"the server answered 404 \(Not Found\)"):
            list(read_documents(f"{site.url}/none.txt"))

    def test_one_that_is_cut_off(self, site: Site):
        site.put("cut.txt", (200, b"x" * 100, 5000))
        with pytest.raises(InputError, match=r"cannot be read \(the connection ended after 100 of 5,000 bytes\)"):
            list(read_documents(f"{site.url}/cut.txt"))
