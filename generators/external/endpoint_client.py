"""Sends questions to an OpenAI-compatible server: `Client`.

Several are sent at once and repeated when the server is in trouble; their number, time and size are bounded.
"""

from __future__ import annotations

import asyncio
import email.utils
import ipaddress
import json
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from evalkit._util.escape import visible
from evalkit._util.urls import without_keys
from evalkit.errors import InputError, UsageError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
Answer = dict[str, Any]
Ask = Callable[[str, Mapping[str, Any]], Awaitable[Answer]]

OWN_KEY, OPENAI_KEY = "EVALKIT_API_KEY", "OPENAI_API_KEY"
MOST_BYTES = 16 << 20
PAUSE_SECONDS = 1.0
"""Pause before the second try; it doubles before each further one."""
LONGEST_PAUSE_SECONDS = 60.0
_AGAIN = frozenset({408, 429})
_SERVER_ERROR = 500
_LONGEST_SAID = 300
_HIDDEN = "[key]"
"""Stands where a server echoed the key."""


class RefusedError(InputError):
    """An answer with an error status."""

    def __init__(self, problem: str, *, status: int, remedy: str) -> None:
        super().__init__(problem, remedy=remedy)
        self.status = status


class _TroubleError(Exception):
    """A problem that may be gone at the next try."""

    def __init__(self, what: str, *, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(what)
        self.status, self.wait = status, wait


@dataclass(frozen=True, kw_only=True)
class Client:
    """How to talk to one server.

    Args:
        url: the base, such as http://localhost:8000/v1.
        timeout: seconds for one question and its whole answer.
        tries: how often a question is asked at most.
        jobs: questions at the same time.
    """

    url: str
    timeout: float
    tries: int
    jobs: int

    def gather(self, tasks: Sequence[Callable[[Ask], Awaitable[T]]], *, done: Callable[[int], None] = lambda n: None) -> list[T]:
        """The results of tasks that may each ask several questions; the first failure ends all of them.

        Raises:
            InputError: when the server cannot be reached, refuses, or answers with nonsense.
        """
        return _finished(self._gather(tasks, done))

    async def _gather(self, tasks: Sequence[Callable[[Ask], Awaitable[T]]], done: Callable[[int], None]) -> list[T]:
        import httpx

        slots, n_done = asyncio.Semaphore(self.jobs), 0
        key = key_for(self.url)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # A proxy of the environment must not come between this machine and itself.
        async with httpx.AsyncClient(timeout=self.timeout, headers=headers, trust_env=not _is_local(self.url)) as client:

            async def run(task: Callable[[Ask], Awaitable[T]]) -> T:
                nonlocal n_done
                async with slots:
                    result = await task(partial(self._ask, client, key))
                n_done += 1
                done(n_done)
                return result

            running = [asyncio.ensure_future(run(task)) for task in tasks]
            try:
                return list(await asyncio.gather(*running))
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

    async def _ask(self, client: httpx.AsyncClient, key: str | None, path: str, question: Mapping[str, Any]) -> Answer:
        """The answer to one question, with as many tries as it needs and `tries` allows."""
        import httpx

        trouble = _TroubleError("it was not asked")
        for number in range(1, self.tries + 1):
            try:
                # httpx limits the time between two pieces of an answer; this limits the whole.
                async with asyncio.timeout(self.timeout):
                    return await self._ask_once(client, key, path, question)
            except _TroubleError as error:
                trouble = error
            except (TimeoutError, httpx.TimeoutException):
                trouble = _TroubleError(f"it did not answer within {self.timeout:g} seconds")
            except httpx.TransportError as error:
                trouble = _TroubleError(f"the connection failed ({type(error).__name__})")
            if number < self.tries:
                await asyncio.sleep(self._pause(number, trouble))
        problem = f"The endpoint {self.url} could not be used: {trouble}, {self.tries} times."
        remedy = "Check that the server is up and read its log; tries= and timeout= give it more time, jobs= less work at once."
        if trouble.status is not None:
            raise RefusedError(problem, status=trouble.status, remedy=remedy)
        raise InputError(problem, remedy=remedy)

    def _pause(self, number: int, trouble: _TroubleError) -> float:
        """Seconds before the next try: what the server asks for, or twice as long each time.

        A random part keeps requests that failed together from coming back together.
        """
        pause = min(PAUSE_SECONDS * 2.0 ** (number - 1), LONGEST_PAUSE_SECONDS)
        if trouble.wait is None:
            return pause * random.uniform(0.5, 1.0)
        if trouble.wait > LONGEST_PAUSE_SECONDS:
            raise RefusedError(
                f"The endpoint {self.url} could not be used: {trouble}, and it asks to wait for {trouble.wait:.0f} seconds.",
                status=trouble.status or 0,
                remedy="Try again later, or ask for less at once with jobs=1.",
            )
        return trouble.wait + pause * random.uniform(0, 0.25)

    async def _ask_once(self, client: httpx.AsyncClient, key: str | None, path: str, question: Mapping[str, Any]) -> Answer:
        # No compressed answers: a small one could unpack to one of any size.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        content = json.dumps(question).encode()
        async with client.stream("POST", f"{self.url.rstrip('/')}/{path}", content=content, headers=headers) as response:
            body = await self._body(response)
            if response.status_code in _AGAIN or response.status_code >= _SERVER_ERROR:
                what = f"it answered {response.status_code}{_said(body, key)}"
                raise _TroubleError(what, status=response.status_code, wait=_retry_after(response.headers.get("Retry-After")))
            if not response.is_success:
                raise self._refused(response.status_code, _said(body, key))
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise _TroubleError(f"its answer is not JSON ({type(error).__name__})") from error
        if not isinstance(answer, dict):
            raise self.nonsense("it is no object")
        return answer

    async def _body(self, response: httpx.Response) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > MOST_BYTES:
                raise self.nonsense(f"it is larger than {MOST_BYTES:,} bytes")
        return bytes(content)

    def _refused(self, status: int, said: str) -> RefusedError:
        remedies = {
            401: f"Put the right key into {OWN_KEY} (for OpenAI, {OPENAI_KEY} does too).",
            403: f"Put a key that may do this into {OWN_KEY} (for OpenAI, {OPENAI_KEY} does too).",
            404: "Look at url= (it usually ends in /v1) and model=; a chat model needs api=chat.",
        }
        if status < 400:
            said, remedies = " (a redirection, which is not followed, since a key would go with it)", {}
        problem = f"The endpoint {self.url} answered {status}{said}."
        return RefusedError(
            problem, status=status, remedy=remedies.get(status, "Correct url=, model= or the options it complains of.")
        )

    def without_key(self, text: str) -> str:
        """A text that the server gave, without the key that it was sent: a server may echo it, and passages go into reports."""
        key = key_for(self.url)
        return text.replace(key, _HIDDEN) if key else text

    def nonsense(self, what: str) -> InputError:
        """The error for an answer that breaks the interface."""
        return InputError(
            f"The answer of the endpoint {self.url} cannot be used: {what}.", remedy="Check that url= and api= fit the server."
        )


def check_url(url: str) -> None:
    """Refuses an address that is not one of a server, or that holds a key.

    Raises:
        UsageError: with what is wrong; the message shows no key.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(
            f'"{visible(without_keys(url))}" is no address of an endpoint.',
            remedy="Write url=https://HOST/v1 or url=http://localhost:PORT/v1.",
        )
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(
            f"The address of an endpoint ({visible(without_keys(url))}) must not hold a key.",
            remedy=f"Put the key into the environment as {OWN_KEY}, and leave out user, password and all from ? on.",
        )


def key_for(url: str) -> str | None:
    """The key that may be sent to a server, from the environment; None where there is none for it.

    Many machines have an OPENAI_API_KEY for other programs, so it goes only to OpenAI and to this machine; EVALKIT_API_KEY is meant for whatever
    server is named. Neither is sent unencrypted over the network.

    Raises:
        UsageError: for a key that no header could carry, or that would be sent unencrypted.
    """
    host = urlsplit(url).hostname or ""
    name = OWN_KEY
    if not os.environ.get(OWN_KEY) and (host == "openai.com" or host.endswith(".openai.com") or _is_local(url)):
        name = OPENAI_KEY
    key = os.environ.get(name, "").strip()
    if not key:
        return None
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise UsageError(f"{name} holds characters that no key has.", remedy="Copy the key again, without anything around it.")
    if not url.lower().startswith("https:") and not _is_local(url):
        raise UsageError(
            f"{name} would be sent to {host} unencrypted.",
            remedy="Use an https address, or remove the key from the environment if the server wants none.",
        )
    return key


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _said(body: bytes, key: str | None) -> str:
    """The message of an error's body, made safe to show: without control characters and keys, and short."""
    text = body[: 1 << 16].decode("utf-8", "replace")
    try:
        error = json.loads(text)["error"]
        text = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    shown = visible(" ".join(str(text).split()))
    if key:
        shown = shown.replace(key, _HIDDEN)
    return f": {without_keys(shown[:_LONGEST_SAID])}" if shown else ""


def _retry_after(header: str | None) -> float | None:
    """Seconds that a server asks to wait, from a header that gives seconds or a date; None where it gives neither."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _finished(work: Awaitable[T]) -> T:
    """Runs asynchronous work to its end; in another thread where a loop runs already, as in a notebook."""

    async def whole() -> T:
        return await work

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(whole())
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(whole())).result()
