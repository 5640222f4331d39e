"""Tests endpoints against a server on this machine that fails in every way it can."""

from __future__ import annotations

import asyncio
import email.utils
import json
import logging
import math
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import EvalkitError, InputError, MissingExtraError, NotScorableError, UsageError
from evalkit.evaluation.candidates import parse_candidates
from generators import create
from generators.base import Decoding
from generators.checks import check_generator
from generators.external import endpoint_client
from generators.external.base import passage_seed
from generators.external.endpoint import Endpoint
from generators.external.endpoint_client import key_for
from generators.external.endpoint_scoring import per_character, token_starts, windows

pytestmark = pytest.mark.skipif(not find_spec("httpx"), reason="httpx is not installed (the extra endpoint)")

KEY = "sk-very-secret"
NATS_A_CHARACTER = 1.5


def tokens_of(text):
    return [text[i : i + 3] for i in range(0, len(text), 3)]


def completion(question):
    """What the model of this server says: text by the seed, and log-probabilities where they are asked for."""
    prompt = question.get("prompt", "")
    text = "".join(random.Random(f"{question.get('seed')}{prompt}").choices("abcde ", k=question["max_tokens"]))
    choice = {"text": text, "finish_reason": "length"}
    if question.get("echo"):
        tokens = ["<s>", *tokens_of(prompt), text]
        choice |= {
            "text": prompt + text,
            "logprobs": {
                "tokens": tokens,
                "token_logprobs": [None, *(-NATS_A_CHARACTER * len(t) for t in tokens[1:])],
                "text_offset": [0] * len(tokens),
            },
        }
    return {"choices": [choice]}


def chat(question):
    assert question["messages"][0]["role"] == "user"
    text = "".join(random.Random(f"{question.get('seed')}").choices("abcde ", k=50))
    return {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            server.questions.append(question)
            server.headers.append(dict(self.headers))
            server.times.append(time.monotonic())
            server.now += 1
            server.most_at_once = max(server.most_at_once, server.now)
            act = server.acts.pop(0) if server.acts else server.always
        try:
            (act or answer)(self, question)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with server.lock:
                server.now -= 1

    def reply(self, body, status=200, headers=(), length=None):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """Counts connections too: of a question that is given up early on a busy machine nothing else may arrive."""

    daemon_threads = True

    def process_request(self, *args):
        self.connections += 1
        super().process_request(*args)


def answer(handler, question):
    handler.reply({"/v1/completions": completion, "/v1/chat/completions": chat}[handler.path](question))


def status(code, body=b"", **headers):
    return lambda handler, question: handler.reply(body, code, [(k.replace("_", "-"), v) for k, v in headers.items()])


def body(content):
    return lambda handler, question: handler.reply(content)


def truncated(handler, question):
    handler.reply(json.dumps(completion(question)).encode(), length=10**6)
    handler.close_connection = True


def dropped(handler, question):
    handler.connection.close()
    handler.close_connection = True


def hanging(handler, question):
    handler.server.over.wait(30)


def hanging_in_the_body(handler, question):
    handler.reply(b'{"choices"', length=1000)
    handler.server.over.wait(30)


def dripping(handler, question):
    """Never silent for long, and never done."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def dripping_headers(handler, question):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def slow(handler, question):
    time.sleep(0.3)
    answer(handler, question)


def endless(handler, question):
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.is_set():
        handler.wfile.write(b" " * 65536)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(endpoint_client, "PAUSE_SECONDS", 0.01)
    for name in ("EVALKIT_API_KEY", "OPENAI_API_KEY", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = Server(("127.0.0.1", 0), Handler)
    server.lock, server.over = threading.Lock(), threading.Event()
    server.acts, server.always, server.questions, server.headers, server.times = [], None, [], [], []
    server.now = server.most_at_once = server.connections = 0
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def endpoint(server, **options):
    return Endpoint(**{"url": server.url, "model": "m", "timeout": 20.0, "tries": 3, "score": False, **options}).fit([])


def test_what_is_asked(server):
    passages = endpoint(server, prompt="Once").sample(2, 90, seed=5, first=3, decoding=Decoding(temperature=0.7, top_p=0.9))
    assert [len(p) for p in passages] == [38 + 26 + 17 + 9, 90]
    first = next(q for q in server.questions if q["seed"] == passage_seed(5, 3))
    # 90 characters at 3 a token, and 8 more; the model says that it stopped for the length only, so it is asked for the rest
    assert first == {"model": "m", "max_tokens": 38, "temperature": 0.7, "top_p": 0.9, "seed": passage_seed(5, 3), "prompt": "Once"}
    then = [q for q in server.questions if q["prompt"] == "Once" + passages[0][:38]]
    assert [q["max_tokens"] for q in then] == [math.ceil(52 / 3) + 8]
    assert then[0]["seed"] == passage_seed(passage_seed(5, 3), 1)


def test_the_given_prompt_wins(server):
    endpoint(server, prompt="Once").sample(1, 20, decoding=Decoding(prompt="Twice"))
    assert server.questions[0]["prompt"] == "Twice"


def test_a_model_that_ended_is_not_asked_for_more(server):
    server.always = body({"choices": [{"text": "The end.", "finish_reason": "stop"}]})
    assert endpoint(server).sample(1, 100) == ["The end."]
    assert len(server.questions) == 1


@pytest.mark.parametrize("text", ["", "ab"])
def test_a_model_that_goes_on_with_nothing_is_asked_a_few_times_only(server, text):
    server.always = body({"choices": [{"text": text, "finish_reason": "length"}]})
    assert endpoint(server).sample(1, 1000) == [text * 8]
    assert len(server.questions) <= 8


@pytest.mark.parametrize("api", ["completions", "chat"])
@pytest.mark.parametrize("n_chars", [10, 25, 200])
def test_a_key_that_the_server_echoes_is_in_no_passage(server, monkeypatch, api, n_chars):
    """As an escape too, and in two halves that the end of an answer parts."""
    monkeypatch.setenv("EVALKIT_API_KEY", KEY)
    escaped = KEY.replace("s", "\\u0073")
    half = len(KEY) // 2

    def echo(*texts):
        choices = [{"text": text, "message": {"content": text}, "finish_reason": "length"} for text in texts]
        return [body(json.dumps({"choices": [choice]}).replace("\\\\", "\\").encode()) for choice in choices]

    server.acts = echo(f"Bearer {escaped} {KEY} and {KEY[:half]}", f"{KEY[half:]} end", *["."] * 8)
    (passage,) = endpoint(server, api=api, prompt="Write.").sample(1, n_chars)
    assert KEY not in passage
    assert KEY[:half] not in passage or (api, n_chars) == ("chat", 200)  # a chat ends with its first answer, and holds half of it
    if n_chars == 200:
        assert passage.startswith("Bearer [key] [key] and ")


def test_half_a_surrogate_pair_is_replaced(server):
    server.always = body(b'{"choices": [{"text": "a\\ud800b\\ud83d\\ude00", "finish_reason": "stop"}]}')
    assert endpoint(server).sample(1, 100, decoding=Decoding(prompt="\udfff")) == ["a\ufffdb\U0001f600"]


def test_chat(server):
    chatty = endpoint(server, api="chat", prompt="Write.", score=True)
    passages = chatty.sample(2, 40)
    assert len(set(passages)) == 2
    assert all(len(p) == 40 for p in passages)
    assert len(server.questions) == 2
    assert server.questions[0]["messages"] == [{"role": "user", "content": "Write."}]
    assert not chatty.can_score
    with pytest.raises(NotScorableError, match="Chat endpoints give no probability"):
        chatty.log2_prob("text")
    with pytest.raises(UsageError, match="must be asked something"):
        endpoint(server, api="chat").sample(1, 40)


def test_top_k_is_refused(server):
    with pytest.raises(UsageError, match="top-k"):
        endpoint(server).sample(1, 40, decoding=Decoding(top_k=3))


# Trouble ----------------------------------------------------------------------------------------------------------------------

PASSING = {
    "500": status(500, b"oops"),
    "503": status(503),
    "429": status(429),
    "408": status(408),
    "429 with seconds": status(429, Retry_After="0"),
    "429 with nonsense": status(429, Retry_After="soon"),
    "truncated": truncated,
    "dropped": dropped,
    "not JSON": body(b"<html>"),
    "half of JSON": body(b'{"choices": [{"te'),
    "not UTF-8": body(b'{"choices": "\xff"}'),
    "too deep": body(b"[" * 100_000),
    "slow": slow,
}


@pytest.mark.parametrize("case", PASSING)
def test_trouble_that_passes_is_waited_for(server, case):
    expected = endpoint(server).sample(1, 50, seed=1)
    server.questions.clear()
    server.acts = [PASSING[case]] * (1 if case == "slow" else 2)
    assert endpoint(server).sample(1, 50, seed=1) == expected
    assert len([q for q in server.questions if q == server.questions[0]]) == (1 if case == "slow" else 3)


LASTING = {
    **{case: act for case, act in PASSING.items() if case != "slow"},
    "hanging": hanging,
    "hanging in the body": hanging_in_the_body,
    "dripping": dripping,
    "dripping headers": dripping_headers,
}


@pytest.mark.parametrize("case", LASTING)
def test_trouble_that_lasts_ends_in_an_error_bounded_in_number_and_time(server, case):
    server.always = LASTING[case]
    started = time.monotonic()
    with pytest.raises(InputError, match=r"could not be used: .*, 3 times") as caught:
        endpoint(server, timeout=0.4 if "ing" in case else 20.0).sample(1, 50)
    # The client counts three tries; the server has seen as many, each on a connection of its own where the last one was given up.
    assert (server.connections if "ing" in case else len(server.questions)) == 3
    assert time.monotonic() - started < 15
    assert server.url in caught.value.problem


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (body([]), "no object"),
        (body({}), "no text"),
        (body({"choices": []}), "no text"),
        (body({"choices": [None]}), "no text"),
        (body({"choices": [{"text": None}]}), "no string"),
        (body({"choices": {"text": 1}}), "no text"),
        (status(400, b'{"error": {"message": "bad \\u001b[31m model"}}'), "answered 400: bad ␛"),
        (status(400, b'{"error": "flat"}'), "400: flat"),
        (status(404, b"x" * 5000), "answered 404: xxx"),
        (status(401), "answered 401"),
        (status(307, Location="http://127.0.0.1:9/steal"), "redirection"),
        (endless, "larger than"),
    ],
)
def test_what_another_try_would_not_mend_is_said_at_once(server, act, says):
    server.always = act
    with pytest.raises(InputError) as caught:
        endpoint(server).sample(1, 50)
    assert says in caught.value.problem
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 800
    assert len(server.questions) == 1


def test_retry_after_is_heeded(server):
    server.acts = [status(429, Retry_After="1")]
    endpoint(server).sample(1, 10)
    assert server.times[1] - server.times[0] >= 1


def test_retry_after_may_be_a_date(server):
    at = time.time() + 2
    server.acts = [status(503, Retry_After=email.utils.formatdate(at, usegmt=True))]
    endpoint(server).sample(1, 10)
    assert time.time() >= math.floor(at)


def test_a_server_that_asks_for_an_hour_is_not_waited_for(server):
    server.always = status(429, Retry_After="3600")
    with pytest.raises(InputError, match="wait for 3600 seconds"):
        endpoint(server).sample(1, 10)
    assert len(server.questions) == 1


def test_pauses_grow(server, monkeypatch):
    monkeypatch.setattr(endpoint_client, "PAUSE_SECONDS", 0.2)
    server.acts = [status(500)] * 3
    endpoint(server, tries=4).sample(1, 10)
    pauses = np.diff(server.times[:4])
    # 0.2, 0.4 and 0.8 s, each by a factor from 1/2 to 1
    assert (pauses >= [0.1, 0.2, 0.4]).all()


def test_nobody_there(server):
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match=r"connection failed \(ConnectError\), 3 times"):
        endpoint(server).sample(1, 10)


def test_questions_go_side_by_side_but_not_all_at_once(server):
    meeting = threading.Barrier(2)

    def meet(handler, question):
        meeting.wait(60)
        answer(handler, question)

    server.acts, server.always = [meet, meet], slow
    said = []
    passages = endpoint(server, jobs=3).sample(7, 10, progress=lambda message, done, total: said.append((done, total)))
    assert len(set(passages)) == 7
    assert 2 <= server.most_at_once <= 3
    assert said == [(n, 7) for n in range(1, 8)]


def test_the_first_failure_ends_the_other_questions(server):
    server.acts = [status(400)]
    server.always = hanging
    started = time.monotonic()
    with pytest.raises(InputError, match="400"):
        endpoint(server, jobs=2).sample(20, 10)
    assert time.monotonic() - started < 15
    assert len(server.questions) <= 3


def test_it_works_where_a_loop_runs_already(server):
    async def notebook():
        return endpoint(server).sample(2, 30)

    assert asyncio.run(notebook()) == endpoint(server).sample(2, 30)


# Keys -------------------------------------------------------------------------------------------------------------------------


def test_the_key_is_sent_and_shown_nowhere(server, monkeypatch, caplog, evalkit):
    monkeypatch.setenv("EVALKIT_API_KEY", f" {KEY}\n")
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "generators", "evalkit"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    code, out, err = evalkit(
        "compare", f"endpoint:url={server.url},model=m", "--passages", "5", "--chars", "60", "-m", "letters.jsd", "-o", "out.json"
    )
    assert code == 0, err
    assert {headers["Authorization"] for headers in server.headers} == {f"Bearer {KEY}"}
    assert all("secret" not in text for text in (out, err, caplog.text, Path("out.json").read_text()))
    server.always = status(401, json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode())
    code, out, err = evalkit("compare", f"endpoint:url={server.url},model=m", "--passages", "5", "--chars", "60")
    assert (code, out) == (2, "")
    assert "[key]" in err
    assert "secret" not in err + caplog.text


def test_the_key_of_openai_goes_to_openai_and_this_machine_only(monkeypatch):
    monkeypatch.delenv("EVALKIT_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for url in (
        "https://api.openai.com/v1",
        "https://eu.api.openai.com/v1",
        "http://localhost:1/v1",
        "http://[::1]:1/v1",
        "http://127.0.0.1/v1",
    ):
        assert key_for(url) == KEY
    for url in (
        "https://openai.com.evil.example/v1",
        "https://evilopenai.com/v1",
        "https://example.org/openai.com",
        "http://192.168.0.2/v1",
    ):
        assert key_for(url) is None
    monkeypatch.setenv("EVALKIT_API_KEY", "other")
    assert key_for("https://example.org/v1") == key_for("https://api.openai.com/v1") == "other"


def test_a_key_does_not_travel_in_the_clear(monkeypatch):
    monkeypatch.setenv("EVALKIT_API_KEY", KEY)
    with pytest.raises(UsageError, match="unencrypted") as caught:
        parse_candidates(["endpoint:url=http://example.org/v1,model=m"])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-secret\nX-Evil: 1", "sk-secr\u00e9t", "sk secret", "sk-secret\x7f"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(monkeypatch, key):
    monkeypatch.setenv("EVALKIT_API_KEY", key)
    with pytest.raises(UsageError, match="characters that no key has") as caught:
        key_for("https://example.org/v1")
    assert "sk" not in caught.value.problem.replace("asks", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@example.org/v1",
        "https://hunter2@example.org/v1",
        "https://example.org/v1?key=hunter2",
        "https://example.org/v1#hunter2",
    ],
)
def test_a_key_in_the_address_is_refused_without_being_shown(url):
    with pytest.raises(UsageError, match="must not hold a key") as caught:
        create(f"endpoint:url={url},model=m")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["example.org/v1", "ftp://example.org", "http://", "http://[::1", "file:///etc/passwd", "http://x:99999/v1"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(UsageError, match="no address of an endpoint"):
        create(f"endpoint:url={url},model=m")


@pytest.mark.parametrize(
    ("options", "says"),
    [({"tries": 0, "jobs": 0}, "tries must be at least 1, not 0; jobs"), ({"timeout": 0.0}, "timeout"), ({"chars_per_token": -1.0}, "chars_per_token"),
     ({"api": "chta"}, '"chat"'), ({"context": 3}, "at least 100")],
)  # fmt: skip
def test_options_out_of_range_are_refused(options, says):
    with pytest.raises(UsageError, match=says):
        Endpoint(**options)


def test_what_is_missing_is_said_before_anything_is_fitted(monkeypatch):
    with pytest.raises(UsageError, match="needs url= and model="):
        parse_candidates(["lstm", "endpoint"])
    monkeypatch.setattr("generators.external.endpoint.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"evalkit-text\[endpoint\]"):
        parse_candidates(["endpoint:url=http://localhost:1/v1,model=m"])


# Probabilities ----------------------------------------------------------------------------------------------------------------


def test_probabilities_of_a_text(server):
    model = endpoint(server, score=True, context=100)
    assert model.can_score
    text = "The lamp was lit, and the boat came in. " * 20
    server.questions.clear()
    scores = model.log2_prob(text)
    # every token has -1.5 nats a character, so every character has -1.5 / ln 2 bits, whatever part it was scored in
    assert scores == pytest.approx(np.full(len(text) + 1, -NATS_A_CHARACTER / math.log(2)))
    assert model.bits_per_char([text, "Short."]) == pytest.approx(NATS_A_CHARACTER / math.log(2))
    assert all(len(q["prompt"]) <= 100 and q["echo"] and q["max_tokens"] == 1 for q in server.questions)
    assert model.log2_prob("").tolist() == [0.0]


def test_the_prompt_is_context_and_not_scored(server):
    model = endpoint(server, score=True, prompt="ab")
    server.questions.clear()
    assert len(model.log2_prob("cdefg")) == 6
    assert server.questions[0]["prompt"] == "abcdefg"


def logprobs(tokens, values):
    return {"choices": [{"text": "", "logprobs": {"tokens": tokens, "token_logprobs": values}}]}


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (body({"choices": [{"text": "x", "logprobs": None}]}), "gives no log-probabilities"),
        (body({"choices": []}), "gives no log-probabilities"),
        (body(logprobs(["The"], [])), "not in the form"),
        (body(logprobs([1], [1])), "not in the form"),
        (body(logprobs("ab", [1, 2])), "not in the form"),
        (body(logprobs(["The end", " of it."], [None, -1.0])), "of the first token"),
        (body(logprobs(["The end", " of", " it."], [-1.0, "x", -1.0])), "of some tokens"),
        (body(logprobs(["The end", " of it."], [-1.0, math.nan])), "of some tokens"),
        (body(logprobs(["Another text"], [-1.0])), "do not spell"),
        (body(logprobs([], [])), "do not spell"),
        (status(400, b'{"error": {"message": "echo is not supported"}}'), "echo is not supported"),
        (status(500), "answered 500"),
    ],
)
def test_a_server_without_probabilities_still_gives_text_and_the_reason_is_kept(server, act, says):
    server.acts = [act] * (3 if "500" in says else 1)
    model = endpoint(server, score=True)
    assert not model.can_score
    assert model.describe()["gives_probabilities"] is False
    with pytest.raises(NotScorableError, match=says):
        model.log2_prob("text")
    assert len(model.sample(1, 30)[0]) == 30


@pytest.mark.parametrize("code", [401, 403, 404])
def test_what_would_stop_sampling_too_is_an_error_at_once(server, code):
    server.always = status(code)
    with pytest.raises(InputError, match=str(code)):
        endpoint(server, score=True)


def test_a_server_that_refuses_a_long_text_later_on(server):
    model = endpoint(server, score=True)
    server.always = status(400, b"too long for the context")
    with pytest.raises(NotScorableError, match="too long for the context") as caught:
        model.log2_prob("text")
    assert "context=" in caught.value.remedy


def test_results_say_what_was_not_measured_and_why(server, evalkit):
    server.acts = [body({"choices": [{"text": "x", "logprobs": None}]})]
    options = ["--passages", "5", "--chars", "60", "-m", "letters.jsd", "-o", "out.json"]
    assert evalkit("compare", f"a=endpoint:url={server.url},model=m", f"b=endpoint:url={server.url},model=m", *options)[0] == 0
    first, second = json.loads(Path("out.json").read_text())["candidates"]
    assert first["bits_per_char"] is None
    assert "log-probabilities" in first["bits_reason"]
    assert second["bits_per_char"] == pytest.approx(NATS_A_CHARACTER / math.log(2))


def test_it_passes_the_checks_of_all_generators(server):
    outcomes = {result.name: result.status for result in check_generator(Endpoint(url=server.url, model="m", tries=1))}
    passed = {name for name, status in outcomes.items() if status == "passed"}
    assert passed >= {
        "constructor_only_stores",
        "options_round_trip",
        "seeds",
        "passages_do_not_depend_on_the_request",
        "scoring_is_declared",
        "bits_per_char",
    }


def test_nothing_the_server_does_is_an_internal_error(server):
    """Whatever comes, it is an error for the user or an answer."""
    rng = random.Random(0)
    shapes = [None, 1, "x", [], {}, [{}], {"choices": 1}, {"choices": [{"text": 1}]}, {"choices": [{"logprobs": {"tokens": [], "token_logprobs": {}}}]},
              {"choices": [{"logprobs": {"tokens": ["a", None], "token_logprobs": [1, 2]}}]}, {"choices": [{"logprobs": [1]}]}]  # fmt: skip
    for _ in range(40):
        server.acts = [
            rng.choice([body(rng.choice(shapes)), status(rng.choice([200, 204, 301, 400, 418, 500, 599]))]) for _ in range(4)
        ]
        try:
            model = endpoint(server, score=True, tries=1)
            model.sample(1, 20)
            model.log2_prob("text")
        except EvalkitError:
            continue


@given(st.text(alphabet="ab c\n", max_size=600), st.integers(100, 200))
def test_windows_score_every_character_once_with_context_before_it(text, context):
    parts = windows(text, context)
    assert [c for _, first, end in parts for c in range(first, end)] == list(range(len(text)))
    assert all(end - begin <= context for begin, _, end in parts)
    assert all(first - begin >= context // 2 for begin, first, _ in parts[1:])


@given(st.lists(st.text(alphabet="abc d", min_size=1, max_size=5), min_size=1, max_size=20), st.booleans(), st.booleans())
def test_tokens_that_spell_a_text_are_found_in_it(tokens, marked, generated):
    sent = "".join(tokens)
    starts = [int(n) for n in np.cumsum([0, *map(len, tokens)])]
    given_ = [*(["<s>"] if marked else []), *tokens, *([" xyz"] if generated else [])]
    expected = [*([0] if marked else []), *starts[:-1], *([len(sent)] if generated else [])]
    assert token_starts(sent, given_) == expected


@pytest.mark.parametrize(
    ("sent", "tokens", "starts"),
    [
        ("Hi you", ["\u2581Hi", "\u2581you"], [0, 2]),
        ("a\U0001f600 b", ["a", "bytes:\\xf0\\x9f", "bytes:\\x98\\x80", " b"], [0, 1, 1, 2]),
        ("a\U0001f600", ["a", "\ufffd", "\ufffd"], [0, 1, 1]),
        ("a\U0001f600", ["", "a", "\ufffd"], [0, 0, 1]),
        ("", ["x"], [0]),
    ],
)
def test_tokens_of_parts_of_characters(sent, tokens, starts):
    assert token_starts(sent, tokens) == starts


def test_bits_are_shared_out_over_characters():
    found = per_character(logprobs(["<s>", "ab", "c", "more"], [None, -2 * math.log(2), -3 * math.log(2), -9.0]), "abc", 1)
    assert found == pytest.approx([-1.0, -3.0])
