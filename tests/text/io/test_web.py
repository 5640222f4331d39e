"""Reading from a server on this machine that does what servers do: compresses unasked, tells wrong sizes, breaks off, asks to sign in."""

from __future__ import annotations

import gzip
import hashlib
import io
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import zstandard

from evalkit.text.io.readers import Reader, ReadOptions

TEXT = "The lamp was lit before dusk and the keeper went down to the water. " * 200
DATA = TEXT.encode()
PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>"


@dataclass
class Answer:
    """What the server answers to GET.

    Args:
        body: the bytes that are sent.
        headers: with a length, unless they say how long it is.
        chunked: whether it is sent in chunks, without a length.
        breaks_off: whether the connection ends before the body does.
    """

    body: bytes = DATA
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    chunked: bool = False
    breaks_off: bool = False


@dataclass
class Site:
    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)

    def put(self, name: str, body: bytes = DATA, **more: object) -> str:
        self.answers[f"/{name}"] = Answer(body, **more)
        return f"{self.url}/{name}"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.command, self.path, self.headers.get("Range"), self.headers.get("Accept-Encoding")))
            answer = site.answers.get(self.path.partition("?")[0], Answer(b"no", status=404))
            self.send_response(answer.status)
            headers = {"Content-Length": str(len(answer.body))} if not answer.chunked else {"Transfer-Encoding": "chunked"}
            for name, value in (headers | answer.headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.send_body(answer)

        def send_body(self, answer: Answer) -> None:
            body = answer.body[: len(answer.body) // 2] if answer.breaks_off else answer.body
            for piece in [body[i : i + 1000] for i in range(0, len(body), 1000)] if answer.chunked else [body]:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if answer.chunked else piece)
            if answer.breaks_off:
                self.close_connection = True
            elif answer.chunked:
                self.wfile.write(b"0\r\n\r\n")

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Silent."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is what some tests do."""

    with Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def read(url: str, **options: object) -> Reader:
    reader = Reader(url, options=ReadOptions(**options))
    reader.texts = [document.text for document in reader.documents()]
    return reader


def deflated(data: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(data) + packer.flush()


class TestWhole:
    def test_one_request_and_nothing_else(self, site: Site):
        """No HEAD, no range, and no wish for compression."""
        reader = read(site.put("a.txt"))
        assert reader.texts == [TEXT]
        assert site.asked == [("GET", "/a.txt", None, "identity")]

    @pytest.mark.parametrize(
        ("coding", "body"),
        [
            ("gzip", gzip.compress(DATA)),
            ("x-gzip", gzip.compress(DATA)),
            ("deflate", deflated(DATA, 15)),
            ("deflate", deflated(DATA, -15)),
            ("zstd", zstandard.compress(DATA)),
            ("identity", DATA),
            ("deflate, gzip", gzip.compress(deflated(DATA, 15))),
        ],
    )
    def test_a_server_that_compresses_all_the_same(self, site: Site, coding: str, body: bytes):
        reader = read(site.put("a.txt", body, headers={"Content-Encoding": coding}))
        assert reader.texts == [TEXT]
        assert reader.reports[0].sha256 == hashlib.sha256(DATA).hexdigest()

    @pytest.mark.parametrize("name", ["a.txt.gz", "a.txt.zst"])
    @pytest.mark.parametrize("announced", [False, True])
    @pytest.mark.parametrize("again", [False, True])
    def test_a_compressed_file(self, site: Site, name: str, announced: bool, again: bool):
        """Some servers say of a .gz file that it is compressed on the way, and some compress it once more."""
        body = gzip.compress(DATA) if name.endswith("gz") else zstandard.compress(DATA)
        headers = {"Content-Encoding": "gzip" if name.endswith("gz") else "zstd"} if announced else {}
        if again:
            body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
        assert read(site.put(name, body, headers=headers)).texts == [TEXT]

    def test_without_a_length(self, site: Site):
        assert read(site.put("a.txt", chunked=True)).texts == [TEXT]

    def test_a_redirect(self, site: Site):
        site.put("new.txt")
        assert read(site.put("old.txt", b"", status=302, headers={"Location": "/new.txt"})).texts == [TEXT]

    def test_tables_and_lines(self, site: Site):
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        sink = io.BytesIO()
        pq.write_table(pa.table({"text": ["one", "two"]}), sink)
        assert read(site.put("a.parquet", sink.getvalue())).texts == ["one", "two"]
        assert read(site.put("a.jsonl", b'{"text": "one"}\n{"text": "two"}\n') + "?key=secret").texts == ["one", "two"]
        assert read(site.put("my%20file.csv", b"text\none\n")).texts == ["one"]

    def test_the_report_has_the_hash_and_no_key(self, site: Site):
        (report,) = read(site.put("a.txt") + "?key=secret").reports
        assert report.sha256 == hashlib.sha256(DATA).hexdigest()
        assert report.file == f"{site.url}/a.txt"


class TestRefused:
    @pytest.fixture
    def refused(self, refused):
        def check(url: str, **options: object):
            error = refused(url + "?key=secret", **options)
            assert "secret" not in str(error)
            return error

        return check

    @pytest.mark.parametrize("coding", [None, "gzip"])
    def test_a_connection_that_breaks(self, site: Site, refused, coding: str | None):
        body = gzip.compress(DATA) if coding else DATA
        headers = {"Content-Encoding": coding} if coding else {}
        error = refused(site.put("a.txt", body, headers=headers, breaks_off=True))
        assert f"the connection ended after {len(body) // 2:,} of {len(body):,} bytes" in error.problem
        assert "the connection ended" in refused(site.put("b.txt", body, headers=headers, chunked=True, breaks_off=True)).problem

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
    def test_damaged_compression(self, site: Site, refused, coding: str):
        whole = {"gzip": gzip.compress(DATA), "deflate": deflated(DATA, 15), "zstd": zstandard.compress(DATA)}[coding]
        for body in (whole[:-9], b"\x00" * 50):
            problem = refused(site.put("a.txt", body, headers={"Content-Encoding": coding})).problem
            assert "damaged" in problem or "truncated" in problem

    def test_compression_that_is_not_known(self, site: Site, refused):
        assert 'the server compresses the file as "br"' in refused(site.put("a.txt", headers={"Content-Encoding": "br"})).problem

    def test_compression_that_is_a_bomb(self, site: Site, refused):
        url = site.put("a.txt", gzip.compress(b" " * 20_000_000), headers={"Content-Encoding": "gzip"})
        assert "unpacks to more than 1,000,000 bytes" in refused(url, max_unpacked_bytes=1_000_000).problem

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (PAGE, "text/html; charset=utf-8"),
            (DATA, "text/html"),
            (DATA, "application/xhtml+xml"),
            (PAGE, "text/plain"),
            (b"\xef\xbb\xbf\n <HTML lang=en>" + PAGE, "application/octet-stream"),
            (b"<!-- made by x -->\n" + PAGE, ""),
        ],
    )
    @pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.txt.gz"])
    def test_a_page_in_html(self, site: Site, refused, body: bytes, kind: str, name: str):
        error = refused(site.put(name, body, headers={"Content-Type": kind}))
        assert "the server sends a page in HTML" in error.problem
        assert "sign in" in error.remedy

    @pytest.mark.parametrize(
        ("status", "problem", "remedy"),
        [
            (401, "401 (Unauthorized)", "rights"),
            (403, "403 (Forbidden)", "rights"),
            (404, "404 (Not Found)", "Check the URL"),
            (429, "429 (Too Many Requests)", "Try again later"),
            (503, "503 (Service Unavailable)", "Try again later"),
            (599, "599.", "Try again later"),
            (206, "206 (Partial Content)", "Check the URL"),
        ],
    )
    def test_a_status(self, site: Site, refused, status: int, problem: str, remedy: str):
        error = refused(site.put("a.txt", status=status))
        assert f"the server answered {problem}" in error.problem
        assert remedy in error.remedy

    def test_addresses_in_a_circle(self, site: Site, refused):
        assert "without end" in refused(site.put("a.txt", b"", status=302, headers={"Location": "/a.txt"})).problem

    def test_another_encoding_is_named_where_the_server_names_it(self, site: Site, refused):
        body = "Le gardien était là.".encode("latin-1")
        url = site.put("a.txt", body, headers={"Content-Type": "text/plain; charset=ISO-8859-1"})
        assert "the server names iso-8859-1: --encoding iso-8859-1" in refused(url).remedy
        assert read(url, encoding="iso-8859-1").texts == [body.decode("latin-1")]
        assert "cp1252, say" in refused(site.put("b.txt", body, headers={"Content-Type": "text/plain; charset=no-such"})).remedy

    @pytest.mark.parametrize("url", ["http://", "http://[::1/a.txt", "http://127.0.0.1:99999/a.txt", "https://127.0.0.1:9/a.txt"])
    def test_addresses_that_cannot_be(self, refused, url: str):
        refused(url)

    def test_a_server_that_does_not_speak_tls(self, site: Site, refused):
        assert "no secure connection" in refused(site.put("a.txt").replace("http://", "https://")).problem


class TestProxies:
    def test_the_one_of_the_environment_is_asked(self, site: Site, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("http_proxy", site.url)
        site.answers["http://example.invalid/a.txt"] = Answer()
        assert read("http://example.invalid/a.txt").texts == [TEXT]
        assert site.asked[0][1] == "http://example.invalid/a.txt"

    def test_exceptions_are_kept(self, site: Site, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert read(site.put("a.txt")).texts == [TEXT]

    def test_one_that_is_not_there(self, refused, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:9")
        error = refused("http://example.invalid/a.txt?key=secret")
        assert "the proxy that the environment names cannot be used: Connection refused" in error.problem
        assert "secret" not in str(error)
