"""The model's text is found in every form that programs are known to write, and what is not the model's text is never taken for it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InputError
from evalkit.text.io.fields import choose
from evalkit.text.io.readers import Reader, ReadOptions
from evalkit.text.io.record_values import AbsentFieldError, resolve

LAMP, BELL = "The lamp was lit.", "The bell rang."


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: object) -> dict[str, object]:
    return {"role": "assistant", "content": text}


# Each as its documentation has it: the form of a record, and the path that the report names.
FORMS = {
    "a plain field": (lambda text: {"id": "a b c", "prompt": "Go on.", "completion": text}, "completion"),
    "a name in capitals": (lambda text: {"ID": 1, "Generated Text": text}, "Generated Text"),
    "the only other field": (lambda text: {"requestId": "q", "gold_answer": "42", "model": "m", "story": text}, "story"),
    "a chat": (lambda text: {"messages": [user("Go on."), assistant("So?"), user("On."), assistant(text)]}, "messages"),
    "a chat that a tool or the user ends": (lambda text: {"messages": [user("Go."), assistant(text), user("Thanks.")]}, "messages"),
    "a chat in parts": (
        lambda text: {
            "messages": [user("Go."), assistant([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": text}])]
        },
        "messages",
    ),
    "ShareGPT": (
        lambda text: {"id": "x", "conversations": [{"from": "human", "value": "Go."}, {"from": "gpt", "value": text}]},
        "conversations",
    ),
    "a prompt and a completion, both as turns": (
        lambda text: {"prompt": [user("Go.")], "completion": [assistant(text)]},
        "completion",
    ),
    "OpenAI batch, chat": (
        lambda text: {
            "id": "batch_req_1",
            "custom_id": "request-1",
            "response": {
                "status_code": 200,
                "request_id": "r",
                "body": {
                    "id": "chatcmpl-1",
                    "object": "chat.completion",
                    "model": "m",
                    "choices": [{"index": 0, "message": {**assistant(text), "refusal": None}, "finish_reason": "stop"}],
                    "usage": {"total_tokens": 9},
                },
            },
            "error": None,
        },
        "response.body.choices.0.message.content",
    ),
    "OpenAI batch, completions": (
        lambda text: {"custom_id": "r", "response": {"body": {"choices": [{"text": text}]}}},
        "response.body.choices.0.text",
    ),
    "OpenAI responses": (
        lambda text: {
            "object": "response",
            "text": {"format": {"type": "text"}},
            "output": [
                {"type": "reasoning", "summary": []},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": []}]},
            ],
        },
        "output",
    ),
    "choices alone": (lambda text: {"id": "cmpl-1", "object": "text_completion", "choices": [{"text": text}]}, "choices.0.text"),
    "vLLM": (
        lambda text: {
            "request_id": "0",
            "prompt": "Go.",
            "prompt_token_ids": [1],
            "outputs": [{"index": 0, "text": text, "token_ids": [2]}],
        },
        "outputs.0.text",
    ),
    "vLLM's simple server": (lambda text: {"text": [text]}, "text"),
    "lm-evaluation-harness": (
        lambda text: {
            "doc_id": 0,
            "doc": {"question": "Go on."},
            "target": "gold answer",
            "arguments": {"gen_args_0": {"arg_0": "Go on."}},
            "resps": [[text]],
            "filtered_resps": [text],
            "doc_hash": "ab",
        },
        "resps.0.0",
    ),
    "lm-evaluation-harness, filtered alone": (lambda text: {"target": "gold", "filtered_resps": [text]}, "filtered_resps.0"),
    "a pipeline of transformers": (lambda text: {"generated_text": text}, "generated_text"),
    "a chat pipeline of transformers": (lambda text: {"generated_text": [user("Go."), assistant(text)]}, "generated_text"),
    "Anthropic": (
        lambda text: {
            "custom_id": "a",
            "result": {"type": "succeeded", "message": {"type": "message", **assistant([{"type": "text", "text": text}])}},
        },
        "result.message.content",
    ),
    "Gemini": (
        lambda text: {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP"}]},
        "candidates.0.content.parts",
    ),
    "Ollama": (lambda text: {"model": "m", "created_at": "2026", "message": assistant(text), "done": True}, "message.content"),
    "a text": (lambda text: text, None),
}


def as_jsonl(records: list[object]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


@pytest.fixture
def read(tmp_path: Path):
    def read(name: str, content: bytes | str, **options: str) -> Reader:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        reader = Reader(file, options=ReadOptions(**options))
        reader.found = [(passage.text, passage.missing) for passage in reader.passages()]
        return reader

    return read


@pytest.fixture
def refusal(read):
    def refusal(name: str, content: bytes | str, **options: str) -> InputError:
        with pytest.raises(InputError) as caught:
            read(name, content, **options)
        assert caught.value.problem.endswith(".")
        assert "\n" not in caught.value.problem
        assert caught.value.remedy
        return caught.value

    return refusal


@pytest.mark.parametrize("form", FORMS)
class TestForms:
    @pytest.mark.parametrize("extension", ["jsonl", "ndjson", "json"])
    def test_as_lines(self, read, form: str, extension: str):
        """A JSON file may hold a record a line as well, as the JSON of `datasets` does."""
        make, path = FORMS[form]
        reader = read(f"a.{extension}", as_jsonl([make(LAMP), make(BELL)]))
        assert reader.found == [(LAMP, None), (BELL, None)]
        (report,) = reader.reports
        assert (report.field, report.n_records, report.n_chars, report.beginning) == (path, 2, len(LAMP + BELL), LAMP)

    @pytest.mark.parametrize("around", [lambda records: records, lambda records: {"version": 1, "data": records, "info": {}}])
    @pytest.mark.parametrize("indent", [None, 2])
    def test_as_an_array(self, read, form: str, around, indent: int | None):
        make, path = FORMS[form]
        reader = read("a.json", json.dumps(around([make(LAMP), make(BELL)]), indent=indent))
        assert reader.found == [(LAMP, None), (BELL, None)]
        assert reader.reports[0].field == path

    def test_the_path_that_is_named_may_be_given(self, read, form: str):
        make, path = FORMS[form]
        if path is not None:
            assert read("a.jsonl", as_jsonl([make(LAMP), make(BELL)]), text_field=path).found == [(LAMP, None), (BELL, None)]

    def test_as_parquet(self, read, tmp_path: Path, form: str):
        pq = pytest.importorskip("pyarrow.parquet", reason="the optional package for Parquet is not installed")
        pa = pytest.importorskip("pyarrow")
        make, path = FORMS[form]
        if path is None or form in {"a chat in parts", "OpenAI responses"}:
            return  # a table has columns, and a list in one is of one type
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_pylist([make(LAMP), make(BELL)]), sink)
        reader = read("a.parquet", sink.getvalue())
        assert reader.found == [(LAMP, None), (BELL, None)]
        assert reader.reports[0].field == path


class TestWhatPandasWrites:
    FRAME = pd.DataFrame({"id": [1, 2], "prompt": ["Go.", "On."], "completion": [LAMP, 'He said "no",\nand left.']})

    @pytest.mark.parametrize(
        ("name", "options", "delimiter"),
        [
            ("a.csv", {}, "comma"),
            ("a.csv", {"index": False}, "comma"),
            ("a.csv", {"sep": ";"}, "semicolon"),
            ("a.csv", {"sep": "\t", "index": False}, "tab"),
            ("a.csv", {"sep": "|", "lineterminator": "\r\n"}, "pipe"),
            ("a.csv.gz", {}, "comma"),
            ("a.csv", {"encoding": "utf-8-sig"}, "comma"),
        ],
    )
    def test_csv(self, read, tmp_path: Path, name: str, options: dict[str, object], delimiter: str):
        self.FRAME.to_csv(tmp_path / name, **options)
        reader = read(name, (tmp_path / name).read_bytes())
        assert [text for text, _ in reader.found] == list(self.FRAME["completion"])
        assert (reader.reports[0].delimiter, reader.reports[0].field) == (delimiter, "completion")

    @pytest.mark.parametrize("options", [{"orient": "records"}, {"orient": "records", "lines": True}, {"orient": "table"}])
    def test_json(self, read, tmp_path: Path, options: dict[str, object]):
        self.FRAME.to_json(tmp_path / "a.json", **options)
        assert [text for text, _ in read("a.json", (tmp_path / "a.json").read_bytes()).found] == list(self.FRAME["completion"])

    @pytest.mark.parametrize("orient", ["columns", "index", "split", "values"])
    def test_json_without_records_has_a_remedy(self, refusal, tmp_path: Path, orient: str):
        self.FRAME.to_json(tmp_path / "a.json", orient=orient)
        assert refusal("a.json", (tmp_path / "a.json").read_bytes())

    def test_parquet(self, read, tmp_path: Path):
        pytest.importorskip("pyarrow", reason="the optional package for Parquet is not installed")
        self.FRAME.to_parquet(tmp_path / "a.parquet")
        assert [text for text, _ in read("a.parquet", (tmp_path / "a.parquet").read_bytes()).found] == list(
            self.FRAME["completion"]
        )


class TestSeveralAnswers:
    """The first is read, and the report says that there are others."""

    @pytest.mark.parametrize(
        ("record", "path", "shape"),
        [
            ({"choices": [{"text": LAMP}, {"text": BELL}]}, "choices.0.text", "the first of 2 choices"),
            ({"outputs": [LAMP, BELL, LAMP]}, "outputs", "the first of 3 texts"),
            ({"resps": [[LAMP, BELL]], "target": "t"}, "resps.0.0", "the first of 2 answers"),
        ],
    )
    def test_it_is_said(self, read, record: dict[str, object], path: str, shape: str):
        reader = read("a.jsonl", as_jsonl([record]))
        assert reader.found == [(LAMP, None)]
        assert (reader.reports[0].field, reader.reports[0].shape) == (path, shape)

    def test_a_pipeline_with_several_texts_a_prompt(self, read):
        """It gives a list of objects for each prompt, and each is an answer of its own."""
        content = json.dumps([[{"generated_text": LAMP}, {"generated_text": BELL}], [{"generated_text": LAMP}]])
        assert [text for text, _ in read("a.json", content).found] == [LAMP, BELL, LAMP]
        assert [text for text, _ in read("a.jsonl", content.replace("], [", "]\n[")[1:-1]).found] == [LAMP, BELL, LAMP]


class TestUnclear:
    @pytest.mark.parametrize(
        ("record", "problem", "remedy"),
        [
            ({"text": "PROMPT", "output": LAMP}, 'the text may be in "text" or "output"', "--text-field output"),
            ({"text": "PROMPT", "choices": [{"text": LAMP}]}, 'in "text" or "choices.0.text"', "--text-field choices.0.text"),
            ({"messages": [user("Go."), assistant(LAMP)], "response": LAMP}, 'in "messages" or "response"', "--text-field"),
            ({"output": {"choices": [{"message": assistant(LAMP)}], "completion": LAMP}}, 'or "output.completion"', "--text-field"),
            ({"chosen": LAMP, "rejected": BELL}, "not clear which field holds the text (fields: chosen, rejected)", "--text-field"),
            (
                {"id": "a", "row": {"story": LAMP}},
                "no field is known to hold a model's text (fields: id, row)",
                "--text-field row.story",
            ),
            ({"custom_id": "a", "uuid": "b", "target": "c"}, "no field is known", "--text-field"),
            ({"n": 7, "scores": [0.5]}, "no field holds text (fields: n, scores)", '{"text": "..."}'),
            ({"resps": [[[-1.5, False]]], "doc_id": 3}, "no field holds text", '{"text": "..."}'),
            ({}, "no field holds text (fields: none)", '{"text": "..."}'),
            (user("Go on."), 'a record is one turn of a chat, by "user"', '{"messages": [...]}'),
        ],
    )
    def test_it_is_refused_with_what_helps(self, refusal, record: dict[str, object], problem: str, remedy: str):
        error = refusal("a.jsonl", as_jsonl([record]))
        assert "line 1" in error.problem
        assert problem in error.problem
        assert remedy in error.remedy
        if "no field holds text" in problem:
            assert "--text-field" not in error.remedy

    @pytest.mark.parametrize(
        "name", ["id", "custom_id", "docId", "uuid", "target", "references", "gold_label", "answer", "model", "prompt"]
    )
    def test_some_names_are_never_text(self, name: str):
        assert choose({name: "some words", "story": "s"}).path == "story"

    def test_a_turn_of_the_assistant_is_text(self, read):
        assert read("a.jsonl", as_jsonl([assistant(LAMP)])).found == [(LAMP, None)]

    def test_an_array_of_the_turns_of_one_chat_is_not_read_as_passages(self, refusal):
        assert "one turn of a chat" in refusal("a.json", json.dumps([user("Go."), assistant(LAMP)])).problem

    def test_names_cannot_reach_the_terminal(self, refusal):
        error = refusal("a.jsonl", as_jsonl([{"a\x1b[2J": "x", "b": "y"}]))
        assert "\x1b" not in str(error)


class TestOtherForms:
    """What the first text decided holds for the file; another form ends in an error that names the line."""

    @pytest.mark.parametrize(
        ("second", "problem"),
        [
            ({"completion": BELL}, 'line 2: the field "text" is missing; there is "completion"'),
            ({"text": "PROMPT", "completion": BELL}, 'line 2: the text may be in "text" or "completion"'),
            ({"text": [user("Go."), assistant(BELL)]}, 'line 2: the field "text" is a list of another form'),
            ({"text": {"inner": BELL}}, 'line 2: the field "text" is an object, not text'),
            ({"other": BELL}, 'line 2: the field "text" is missing; there is "other"'),
            ({}, 'line 2: the field "text" is missing'),
            (BELL, "line 2 is text, not an object, unlike the records before it"),
        ],
    )
    def test_it_is_refused(self, refusal, second: object, problem: str):
        assert problem in refusal("a.jsonl", as_jsonl([{"text": LAMP}, second])).problem

    def test_texts_and_objects(self, refusal):
        assert "line 2 is an object, not text" in refusal("a.jsonl", as_jsonl([LAMP, {"text": BELL}])).problem

    def test_a_chat_without_an_answer(self, refusal):
        records = [{"messages": [user("Go."), assistant(LAMP)]}, {"messages": [user("Go.")]}]
        with_error = {**records[1], "error": "overloaded"}
        assert "line 2" in refusal("a.jsonl", as_jsonl([records[0], {"id": 1}])).problem
        assert refusal("a.jsonl", as_jsonl([with_error])).problem.endswith("(the first: its error field says: overloaded).")

    def test_further_fields_are_no_other_form(self, read):
        assert len(read("a.jsonl", as_jsonl([{"text": LAMP}, {"text": BELL, "finish_reason": "stop", "note": "x"}])).found) == 2


class TestMissing:
    @pytest.mark.parametrize(
        ("record", "why"),
        [
            ({"text": None}, "its text is null"),
            ({"text": float("nan")}, "its text is null"),
            ({"text": []}, "its text is an empty list"),
            ({"text": "", "error": "timeout"}, "its error field says: timeout"),
            ({"text": " ", "error": {"message": "over\nquota", "code": 429}}, "its error field says: over quota"),
            ({"error": ["first", "second"]}, "its error field says: first"),
            ({"exception": "x" * 500}, "its exception field says: " + "x" * 120 + "..."),
            ({"text": None, "refusal": "I cannot."}, "its refusal field says: I cannot."),
        ],
    )
    def test_it_is_counted_and_not_fatal(self, read, record: dict[str, object], why: str):
        for records in ([{"text": LAMP}, record], [record, {"text": LAMP}]):
            reader = read("a.jsonl", as_jsonl(records))
            assert sorted(reader.found) == [("", why), (LAMP, None)]
            assert (reader.reports[0].n_missing, reader.reports[0].n_texts) == (1, 2)

    def test_errors_of_servers(self, read):
        sound = {"custom_id": "1", "response": {"body": {"choices": [{"message": assistant(LAMP)}]}}, "error": None}
        failed = [
            {
                "custom_id": "2",
                "response": None,
                "error": {"code": "batch_expired", "message": "This request could not be executed."},
            },
            {
                "custom_id": "3",
                "response": {"status_code": 429, "body": {"error": {"message": "too many requests"}}},
                "error": None,
            },
            {"custom_id": "4", "response": {"body": {"choices": [{"message": assistant(None)}]}}, "error": None},
        ]
        for records in ([sound, *failed], [*failed, sound]):
            found = read("a.jsonl", as_jsonl(records)).found
            assert sorted(missing for text, missing in found if missing) == [
                "its error field says: This request could not be executed.",
                "its error field says: too many requests",
                "its text is null",
            ]
            assert (LAMP, None) in found

    def test_an_empty_text_without_an_error_is_a_text(self, read):
        assert read("a.jsonl", as_jsonl([{"text": ""}, {"text": LAMP, "error": None}])).found == [("", None), (LAMP, None)]

    def test_a_text_beside_an_error_is_kept(self, read):
        assert read("a.jsonl", as_jsonl([{"text": LAMP, "error": "cut off"}])).found == [(LAMP, None)]

    def test_columns_of_tables(self, read):
        assert read("a.csv", "text,error\nThe lamp,\n,timeout\n").found == [
            ("The lamp", None),
            ("", "its error field says: timeout"),
        ]

    @pytest.mark.parametrize("records", [[{"text": None}] * 3, [{"text": ""}] * 3, [{"error": "timeout"}] * 3, ["", " ", "\n"]])
    def test_a_file_in_which_no_record_has_text_is_refused(self, refusal, records: list[object]):
        error = refusal("a.jsonl", as_jsonl(records))
        assert "none of its 3 records has text" in error.problem
        assert "--text-field" not in error.remedy

    def test_a_field_that_was_named_and_is_never_there(self, refusal):
        error = refusal("a.jsonl", as_jsonl([{"text": None, "completion": LAMP}]), text_field="text")
        assert "none of its 1 records has text" in error.problem
        assert "another field with --text-field" in error.remedy

    def test_documents_must_have_text(self, refused, tmp_path: Path):
        (tmp_path / "a.jsonl").write_bytes(as_jsonl([{"text": LAMP}, {"text": None, "error": "timeout"}]))
        assert refused(tmp_path / "a.jsonl").problem.endswith("line 2: its error field says: timeout.")


RECORD = {"a.b": "literal", "a": {"b": "nested", "c": [{"d": "first"}, {"d": "last"}]}, "x": {"y.z": {"w": "deep"}}, "n": None}


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("a.b", "literal"),
            ("a.c.0.d", "first"),
            ("a.c.-1.d", "last"),
            ("x.y.z.w", "deep"),
            ("n.any.thing", None),
        ],
    )
    def test_they_lead(self, path: str, value: object):
        assert resolve(RECORD, path) == value

    @pytest.mark.parametrize(
        "path", ["b", "a.x", "a.c.2.d", "a.c.-3.d", "a.c.d", "a.b.c", "a.c.\u0660.d", "a..b", "a.c." + "9" * 5000]
    )
    def test_they_lead_nowhere(self, path: str):
        with pytest.raises(AbsentFieldError):
            resolve(RECORD, path)

    def test_in_the_option(self, read, refusal):
        records = [{"messages": [user("Go on."), assistant(LAMP)], "meta": {"n": 1, "who": "m"}}] * 2
        content = as_jsonl(records)
        assert read("a.jsonl", content, text_field="messages.-1.content").found == [(LAMP, None)] * 2
        assert read("a.jsonl", content, text_field="messages.0.content").found == [("Go on.", None)] * 2
        error = refusal("a.jsonl", content, text_field="messages.-1.text")
        assert 'there is no field "messages.-1.text"' in error.problem
        assert 'the field "meta" is an object, not text' in refusal("a.jsonl", content, text_field="meta").problem

    def test_ids_may_be_nested_too(self, tmp_path: Path):
        (tmp_path / "a.jsonl").write_bytes(as_jsonl([{"text": LAMP, "doc": {"id": 7, "book": "b"}}]))
        options = ReadOptions(passage_field="doc.id", document_field="doc.book")
        (passage,) = Reader(tmp_path / "a.jsonl", options=options).passages()
        assert (passage.id, passage.document) == ("a:7", "b")

    @given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
    def test_every_string_can_be_reached_by_the_path_of_its_keys(self, value: object):
        def leaves(value: object, path: tuple[str, ...] = ()):
            if isinstance(value, str):
                yield ".".join(path), value
            pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for name, inner in pairs:
                if name != "" and "." not in str(name):
                    yield from leaves(inner, (*path, str(name)))

        for path, text in leaves(value):
            assert resolve(value, path) == text
