"""Reads a file from a web server front to end, `open_url`, with one GET: what other requests say of its size is not always true.

No piece of it is asked for again. What a server compresses all the same is decompressed, and a page in HTML is refused, since it
is a sign-in or error page more often than a text. Proxies are those of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from email.message import Message
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from evalkit._util.escape import visible
from evalkit._util.urls import without_keys
from evalkit.errors import InputError
from evalkit.text.io.packings import unpacked

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from requests import Response

CONNECT_SECONDS = 20.0
SILENT_SECONDS = 60.0
"""How long a web server may send nothing, in the middle of a file too."""

_CODINGS = {"gzip": "gz", "x-gzip": "gz", "deflate": "deflate", "zstd": "zst"}
_PAGES = ("text/html", "application/xhtml+xml")
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,300}?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_PEEK = 1 << 10


class TransferError(OSError):
    """A transfer that could not be begun or broke off; the message says how, without the address."""


class WebFile(io.BufferedReader):
    """The bytes of a file on a web server.

    Attributes:
        is_decoded: whether the server had compressed them on the way.
        charset: the encoding that the server names; "" where it names none.
    """

    def __init__(self, body: _Body, *, is_decoded: bool, charset: str) -> None:
        super().__init__(body)
        self._body, self.is_decoded, self.charset = body, is_decoded, charset

    @property
    def sha256(self) -> str:
        """Of all bytes that were read, in hexadecimal; of the file once it was read to its end."""
        return self._body.digest.hexdigest()


class _Body(io.RawIOBase):
    """The body of an answer, without the compression of the way, counted and hashed."""

    def __init__(self, answer: Response) -> None:
        self.digest = hashlib.sha256()
        self._answer = answer
        self._content: Any = _Wire(answer)
        for coding in reversed(_codings(answer)):
            self._content = unpacked(self._content, coding)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._content.read(len(view))
        view[: len(piece)] = piece
        self.digest.update(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._answer.close()
        super().close()


class _Wire:
    """The bytes as they come, with a check that all of them came."""

    def __init__(self, answer: Response) -> None:
        self._answer = answer
        length = answer.headers.get("Content-Length", "")
        # Where a body comes in chunks, the last of them says that it is whole, and a length beside them is no promise.
        self._promised = int(length) if length.isdigit() and "chunked" not in answer.headers.get("Transfer-Encoding", "") else None
        self._n_bytes = 0

    def read(self, size: int, /) -> bytes:
        from urllib3.exceptions import HTTPError, ReadTimeoutError

        try:
            piece: bytes = self._answer.raw.read(size, decode_content=False)
        except ReadTimeoutError as error:
            raise TransferError(f"the server sent nothing for {SILENT_SECONDS:g} seconds") from error
        except (HTTPError, OSError) as error:
            raise self._broken() from error
        self._n_bytes += len(piece)
        if not piece and self._promised is not None and self._n_bytes < self._promised:
            raise self._broken()
        return piece

    def _broken(self) -> TransferError:
        of = f" of {self._promised:,}" if self._promised is not None else ""
        return TransferError(f"the connection ended after {self._n_bytes:,}{of} bytes")


def open_url(url: str) -> BinaryIO:
    """Opens a file on a web server, a `WebFile`.

    Raises:
        InputError: the server refuses, or sends a page in HTML.
        TransferError: it cannot be reached.
    """
    answer = _get(url)
    label = visible(without_keys(url))
    try:
        _check_status(answer, label)
        kind = Message()
        kind["Content-Type"] = answer.headers.get("Content-Type", "")
        stream = WebFile(_Body(answer), is_decoded=bool(_codings(answer)), charset=str(kind.get_content_charset() or ""))
        if kind.get_content_type() in _PAGES or _PAGE.match(stream.peek(_PEEK)):
            raise InputError(
                f"{label}: the server sends a page in HTML.",
                remedy="It may be a page to sign in, or one about the file. Give the address of the file itself, or download it first.",
            )
    except BaseException:
        answer.close()
        raise
    return cast("BinaryIO", stream)


def _get(url: str) -> Response:
    import requests

    try:
        return requests.get(url, stream=True, headers={"Accept-Encoding": "identity"}, timeout=(CONNECT_SECONDS, SILENT_SECONDS))
    except requests.exceptions.TooManyRedirects as error:
        raise TransferError("it leads from one address to the next without end") from error
    except requests.exceptions.ProxyError as error:
        raise TransferError(f"the proxy that the environment names cannot be used: {_cause(error)}") from error
    except requests.exceptions.SSLError as error:
        raise TransferError(f"no secure connection: {_cause(error)}") from error
    except requests.exceptions.ConnectTimeout as error:
        raise TransferError(f"no connection within {CONNECT_SECONDS:g} seconds") from error
    except requests.exceptions.Timeout as error:
        raise TransferError(f"the server sent nothing for {SILENT_SECONDS:g} seconds") from error
    except requests.exceptions.ConnectionError as error:
        raise TransferError(f"the connection failed: {_cause(error)}") from error
    except (requests.RequestException, ValueError) as error:
        # Their own messages hold the address with its keys.
        raise TransferError(f"the address cannot be used ({type(error).__name__})") from error


def _cause(error: BaseException) -> str:
    """What the system said, at the bottom of the exceptions; they name the address with its keys."""
    causes = list(_causes(error))
    said = next((cause.strerror for cause in reversed(causes) if isinstance(cause, OSError) and cause.strerror), "")
    return visible(said) or type(causes[-1]).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        reason = getattr(error, "reason", None)
        inner = next((each for each in error.args if isinstance(each, BaseException)), None)
        error = reason if isinstance(reason, BaseException) else inner or error.__cause__ or error.__context__


def _check_status(answer: Response, label: str) -> None:
    status = answer.status_code
    if status == HTTPStatus.OK:
        return
    name = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}:
        remedy = "It wants rights that evalkit does not have: download the file yourself and give that."
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        remedy = "Try again later."
    else:
        remedy = "Check the URL."
    raise InputError(f"{label}: the server answered {status}{f' ({name})' if name else ''}.", remedy=remedy)


def _codings(answer: Response) -> list[str]:
    """How the body is compressed on the way, in the order in which it was done.

    Raises:
        InputError: in a way that cannot be undone.
    """
    names = [name.strip().lower() for name in answer.headers.get("Content-Encoding", "").split(",")]
    codings = [name for name in names if name not in {"", "identity"}]
    unknown = next((name for name in codings if name not in _CODINGS), None)
    if unknown is not None:
        raise InputError(
            f'{visible(without_keys(answer.url))}: the server compresses the file as "{visible(unknown[:40])}", though it was asked not to.',
            remedy="Download it with a browser and give the file.",
        )
    return [_CODINGS[name] for name in codings]
