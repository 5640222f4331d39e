"""Samples and scores a language model behind an OpenAI-compatible server: `Endpoint`.

Completions may give log-probabilities of a text; chat completions never do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any, Self

import numpy as np

from evalkit.errors import MissingExtraError, NotScorableError, UsageError, one_of
from generators.base import PLAIN, Decoding, Floats, Progress, check_amount, check_seed, silent
from generators.external.base import ExternalGenerator, passage_seed, without_lone_surrogates
from generators.external.endpoint_client import Answer, Ask, Client, RefusedError, check_url, key_for
from generators.external.endpoint_scoring import per_character, windows

APIS = {"completions": "completions", "chat": "chat/completions"}
_MOST_PARTS = 8
"""Requests for one passage; each continues the one before."""
_SPARE_TOKENS = 8
"""Asked for beyond the estimate, so that a passage a little longer than expected needs no second request."""
_PROBE = "The end of it."
_NEEDED_STATUS = (401, 403, 404)
"""Statuses (no right, or no such address) that would stop sampling as well as scoring, and so are errors at once."""


class Endpoint(ExternalGenerator):
    """A model that a server runs (OpenAI, vLLM, llama.cpp, Ollama and others), asked over HTTP.

    The key is read from EVALKIT_API_KEY, or from OPENAI_API_KEY for OpenAI and servers on this machine. It depends on the server whether the same
    seed gives the same text. Log-probabilities come from completions with `echo` and `logprobs`, where the server supports them.

    Args:
        url: base address, up to and with `/v1`.
        model: the server's name of the model.
        api: `completions` or `chat`.
        prompt: what passages continue, or what a chat model is asked, where `--prompt` gives nothing else.
        timeout: seconds for one request and its whole answer.
        tries: how often a request is made when the server is in trouble.
        jobs: requests at the same time.
        chars_per_token: characters that a token is expected to have; decides `max_tokens`.
        score: `false` leaves the likelihood out, which costs about twice the tokens of the held-out text.
        context: characters of one scoring request; every character is predicted from at least half as many.
    """

    name = "endpoint"
    summary = "a model behind an OpenAI-compatible server (needs httpx)"

    def __init__(
        self,
        *,
        url: str | None = None,
        model: str | None = None,
        api: str = "completions",
        prompt: str = "",
        timeout: float = 60.0,
        tries: int = 5,
        jobs: int = 4,
        chars_per_token: float = 3.0,
        score: bool = True,
        context: int = 4000,
    ) -> None:
        self.url = url
        self.model = model
        self.api = api
        self.prompt = prompt
        self.timeout = timeout
        self.tries = tries
        self.jobs = jobs
        self.chars_per_token = chars_per_token
        self.score = score
        self.context = context
        # Why there are no probabilities; only fitting asks the server.
        self.unscored = "the endpoint was not asked for probabilities"
        self._check()

    def check_available(self) -> None:
        missing = [f"{key}=" for key in ("url", "model") if getattr(self, key) is None]
        if missing:
            raise UsageError(
                f"An endpoint needs {' and '.join(missing)}.", remedy="Write endpoint:url=http://localhost:8000/v1,model=NAME."
            )
        if not find_spec("httpx"):
            raise MissingExtraError("The generator endpoint", extra="endpoint")
        key_for(self._client.url)

    def fit(self, documents: Sequence[str], *, held_out: Sequence[str] = (), seed: int = 0, progress: Progress = silent) -> Self:
        """Asks the server whether it gives log-probabilities; nothing is learned."""
        self.check_available()
        self.unscored = self._why_unscored()
        self.can_score = not self.unscored
        return self

    def sample(
        self,
        n_passages: int,
        n_chars: int,
        *,
        seed: int = 0,
        first: int = 0,
        decoding: Decoding = PLAIN,
        progress: Progress = silent,
    ) -> list[str]:
        check_seed(seed)
        check_amount(n_passages, n_chars, first=first)
        if decoding.top_k is not None:
            raise UsageError("Endpoints of this kind have no top-k.", remedy="Leave --top-k out; --top-p and --temperature work.")
        if self.api == "chat" and not (decoding.prompt or self.prompt):
            raise UsageError("A chat model must be asked something.", remedy='Write prompt="Write a passage in the style of ...".')
        tasks = [partial(self._passage, n_chars, passage_seed(seed, index), decoding) for index in range(first, first + n_passages)]
        return self._client.gather(tasks, done=lambda n: progress(f"asking {self.model}", n, n_passages))

    @property
    def scored_given(self) -> str:
        return f"the {self.context} characters before it, half of them at least"

    def log2_prob(self, text: str) -> Floats:
        """Log2 probability of each character after `prompt`.

        Servers do not give the probability of the end; it counts as much as the mean character, and so changes no mean.
        """
        if self.unscored:
            raise NotScorableError(f"{self.unscored[0].upper()}{self.unscored[1:]}.", remedy="Its likelihood is not measured.")
        try:
            parts = self._client.gather([partial(self._score, text, *window) for window in windows(text, self.context)])
        except RefusedError as error:
            raise NotScorableError(
                error.problem, remedy="Try a smaller context=, or leave scoring out with score=false."
            ) from error
        scores = np.concatenate([*parts, []])
        return np.append(scores, scores.mean() if len(scores) else 0.0)

    def describe(self) -> dict[str, object]:
        return super().describe() | {"gives_probabilities": not self.unscored}

    def _check(self) -> None:
        """Refuses options that are out of range.

        Raises:
            UsageError: for all of them at once.
        """
        if self.url is not None:
            check_url(self.url)
        problems = [f"{key} must be at least 1, not {getattr(self, key)}" for key in ("tries", "jobs") if getattr(self, key) < 1]
        problems += [
            f"{key} must be above 0, not {getattr(self, key)}"
            for key in ("timeout", "chars_per_token")
            if not 0 < getattr(self, key) < math.inf
        ]
        if self.context < 100:
            problems.append(f"context must be at least 100 characters, not {self.context}")
        if self.api not in APIS:
            problems.append(f'api cannot be "{self.api}" ({one_of(self.api, APIS)})')
        if problems:
            raise UsageError("; ".join(problems) + ".")

    @property
    def _client(self) -> Client:
        return Client(url=self.url or "", timeout=self.timeout, tries=self.tries, jobs=self.jobs)

    async def _passage(self, n_chars: int, seed: int, decoding: Decoding, ask: Ask) -> str:
        """One passage, in several requests where an answer is too short although the model had not ended."""
        start, text = decoding.prompt or self.prompt, ""
        for part in range(_MOST_PARTS):
            question: dict[str, Any] = {
                "model": self.model,
                "max_tokens": math.ceil((n_chars - len(text)) / self.chars_per_token) + _SPARE_TOKENS,
                "temperature": decoding.temperature,
                "top_p": 1.0 if decoding.top_p is None else decoding.top_p,
                "seed": passage_seed(seed, part) if part else seed,
            }
            if self.api == "chat":
                question["messages"] = [{"role": "user", "content": start}]
            else:
                question["prompt"] = start + text
            piece, was_cut = self._piece(await ask(APIS[self.api], question))
            text += piece
            # A chat model answers a message; a further request would begin another answer.
            if self.api == "chat" or not was_cut or not piece or len(text) >= n_chars:
                break
        return self._client.without_key(text)[:n_chars]  # before it is cut, which could leave half of a key

    def _piece(self, answer: Answer) -> tuple[str, bool]:
        """The text of an answer, and whether it was cut at `max_tokens`."""
        try:
            choice = answer["choices"][0]
            text = choice["message"]["content"] if self.api == "chat" else choice["text"]
            ended = choice.get("finish_reason")
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise self._client.nonsense(f"it has no text ({type(error).__name__})") from error
        if not isinstance(text, str):
            raise self._client.nonsense("its text is no string")
        return without_lone_surrogates(text), ended == "length"

    def _why_unscored(self) -> str:
        """Why the server gives no log-probabilities, or "" where it does; a short text is scored to find out."""
        if self.api == "chat":
            return "chat endpoints give no probability of a given text"
        if not self.score:
            return "score=false leaves probabilities out"
        try:
            self._client.gather([partial(self._score, _PROBE, 0, 0, len(_PROBE))])
        except NotScorableError as error:
            return error.problem.removesuffix(".")
        except RefusedError as error:
            if error.status in _NEEDED_STATUS:
                raise
            return f"the server does not give the probability of a text ({error.problem.removesuffix('.')})"
        return ""

    async def _score(self, text: str, begin: int, first: int, end: int, ask: Ask) -> Floats:
        """Log2 probabilities of the characters `first` to `end`, given the text from `begin` on."""
        prompt = "" if begin else self.prompt
        sent = prompt + text[begin:end]
        question = {"model": self.model, "prompt": sent, "max_tokens": 1, "temperature": 0, "echo": True, "logprobs": 1}
        answer = await ask(APIS["completions"], question)
        skip = len(prompt) + first - begin
        return per_character(answer, sent, skip)
