"""Where a candidate runs along the corpus is said with story and place, in results.json and wherever results are shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evalkit._util.resources import data_path
from evalkit.evaluation.reference import scan_documents
from evalkit.explain.alignments import exact_pieces, joined_windows, kind_of_errors, traces
from evalkit.matching.alignment import Shadow
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.report import render
from evalkit.report.view.alignments import alignment_sentence
from evalkit.report.view.judging import faults as view
from evalkit.results import Trace, from_dict, validate
from evalkit.text.canonical import canonical
from evalkit.text.io.readers import read_documents
from evalkit.text.passages import Passage
from tests.support.results import FAIR, results
from tests.support.shadows import SAMPLE_PLACES, predicted


@pytest.fixture(scope="module")
def tale():
    return list(read_documents(data_path("tales")))[4]


@pytest.fixture(scope="module")
def index():
    documents = list(read_documents(data_path("tales")))
    return CorpusIndex(scan_documents([document.text for document in documents]), [document.id for document in documents])


def run(evalkit, *args):
    """A command's results."""
    code, out, err = evalkit(*args, "--no-progress", "-o", "out.json", "-o", "out.html", "-o", "out.md")
    assert code == 0, err
    return json.loads(Path("out.json").read_text(encoding="utf-8")), out


@pytest.fixture
def guessed(workspace, tale):
    """Six samples as a model prints them that is fed one tale; the file that holds them."""
    texts = [predicted(canonical(tale.text)[start : start + 600], seed=start, wrong=0.4) for start in range(1000, 7000, 1000)]
    path = workspace / "guessed.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    return path


class TestARun:
    @pytest.mark.parametrize("held_out", [False, True])
    def test_every_passage_is_traced_to_its_place(self, evalkit, guessed, tale, held_out):
        pattern = tale.id if held_out else "an_*"
        data, _ = run(evalkit, "score", guessed, "-m", "copy", "--passages", "6", "--held-out", pattern)
        validate(data)
        found = sorted(data["traces"]["guessed"], key=lambda trace: trace["passage"])
        assert len(found) == 6
        for number, trace in enumerate(found, start=1):
            assert (trace["document"], trace["held_out"], trace["start"]) == (tale.id, held_out, 0)
            assert abs(trace["place"] - 1000 * number) <= 2, trace
            assert canonical(tale.text)[trace["place"] :].startswith(trace["source_text"])
            assert 0.5 < trace["agreement"] < 0.8
            assert trace["n_chars"] > 590
        shadow = next(row for row in data["results"] if row["metric"] == "copy.shadow")
        assert shadow["value"] > 0.5

    def test_it_is_said_everywhere(self, evalkit, guessed, tale, workspace):
        _, out = run(evalkit, "score", guessed, "-m", "copy", "--explain", "--held-out", "an_*")
        assert "Where it runs along the corpus" in out
        assert "from character" in " ".join(out.split())
        page = (workspace / "out.html").read_text(encoding="utf-8")
        assert re.search(r"<summary>[^<]* runs along the corpus: \d+", page)
        assert f"{tale.id}, from character" in page
        assert f"runs along {tale.id}" in (workspace / "out.md").read_text(encoding="utf-8").replace("\\", "")

    def test_text_of_its_own_leaves_none(self, evalkit):
        data, _ = run(evalkit, "compare", "ngram:order=5", "human", "--passages", "12", "--chars", "800", "-m", "copy")
        assert data["traces"] == {"ngram:order=5": [], "human": []}


class TestRecords:
    TRACE = Trace(
        passage="0003", start=5, n_chars=300, document="tale", held_out=True, place=1200, agreement=0.5, text="tne", source_text="the\nkeeper"
    )  # fmt: skip

    def test_they_come_back_and_older_files_have_none(self):
        one = results({"a": FAIR}, traces={"a": [self.TRACE]})
        data = json.loads(one.to_json())
        validate(data)
        assert from_dict(data).traces == {"a": [self.TRACE]}
        del data["traces"]
        validate(data)
        assert from_dict(data).traces == {}

    def test_in_words(self):
        expected = (
            'passage 0003 runs along tale, which is held out, from character 1,200 ("the keeper..."): 50 % of 300 characters agree'
        )
        assert alignment_sentence(self.TRACE) == expected

    def test_files_of_before_the_errors_were_told_apart_are_read(self):
        data = json.loads(results({"a": FAIR}, traces={"a": [replace(self.TRACE, errors="layout")]}).to_json())
        assert data["traces"]["a"][0]["errors"] == "layout"
        del data["traces"]["a"][0]["errors"]
        validate(data)
        assert from_dict(data).traces == {"a": [self.TRACE]}

    def test_the_errors_are_said(self):
        said = {kind: alignment_sentence(replace(self.TRACE, errors=kind)) for kind in ("none", "guesses", "layout", "edits")}
        assert said["none"] == alignment_sentence(self.TRACE)
        assert "as in a model's guesses" in said["guesses"]
        assert all("guess" not in said[kind] for kind in ("layout", "edits"))

    def test_most_agreeing_characters_decide(self):
        guessed, wrapped = (replace(self.TRACE, errors=kind, n_chars=n) for kind, n in (("guesses", 900), ("layout", 500)))
        assert view.kind_of_errors([wrapped, guessed]) == "guesses"
        assert view.kind_of_errors([wrapped, guessed, wrapped]) == "layout"
        assert view.kind_of_errors([self.TRACE]) is view.kind_of_errors([]) is None

    def test_hostile_text_is_escaped(self):
        bad = replace(self.TRACE, source_text="<script>alert(1)</script>", document="<b>|`")
        page = render(results({"a": FAIR | {"copy.shadow": 0.5}}, traces={"a": [bad]}), ".html", samples={})
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_windows_are_joined_across_slips_but_not_across_gaps_or_documents(self):
        def window(start, place, *, document=0, passage=0):
            return Shadow(passage, start, 150, document, place, 0.5)

        found = joined_windows(
            [
                window(0, 100),
                window(75, 175),
                window(150, 255),
                window(450, 555),
                window(525, 625, document=1),
                window(0, 9, passage=1),
            ]
        )
        assert [[shadow.start for shadow in one] for one in found] == [[0, 75, 150], [450], [525], [0]]


def pieces(text, n_chars, rng):
    """The text in pieces of so many characters, in random order."""
    cut = [text[i : i + n_chars] for i in range(0, len(text), n_chars)]
    return " ".join(cut[i] for i in rng.permutation(len(cut)))


def every_tenth_word(text, rng):
    words = text.split(" ")
    words[9::10] = [words[i] for i in rng.permutation(range(9, len(words), 10))]
    return " ".join(words)


def best_guesses(text, known, rng):
    """The most frequent next character after the three before, and in half of the places the true one."""
    guessed = []
    for i, char in enumerate(text):
        follows = re.findall(re.escape(text[max(0, i - 3) : i]) + "(.)", known)
        guess = max(set(follows), key=follows.count) if follows else " "
        guessed.append(char if rng.random() < 0.5 else guess)
    return "".join(guessed)


CHANGES = {
    "as it is": ({"none"}, lambda text, rng: text),
    "another width": ({"none"}, lambda text, rng: re.sub(r"(.{1,37})(?:\s+|$)", r"\1\n", text)),
    "one word a line": ({"none"}, lambda text, rng: "\n".join(text.split())),
    "no line ends": ({"none", "layout"}, lambda text, rng: text.replace("\n", " ").replace("\u2029", " ")),
    "lines joined": ({"layout"}, lambda text, rng: re.sub(r"(.{1,70})(?:\s+|$)", r"\1", text)),
    "hyphenated": ({"layout"}, lambda text, rng: re.sub(r"(.{60})", "\\1-\n", text)),
    "no punctuation": ({"layout"}, lambda text, rng: re.sub(r"[^\w\s']", "", text)),
    "title case": ({"layout"}, lambda text, rng: text.title()),
    "lower case": ({"layout"}, lambda text, rng: text.lower()),
    "pieces": ({"layout"}, lambda text, rng: pieces(text, 80, rng)),
    "other words": ({"edits"}, every_tenth_word),
    **{
        f"guesses, {wrong:.0%} wrong": ({"guesses"}, lambda text, rng, wrong=wrong: predicted(text, seed=1, wrong=wrong))
        for wrong in (0.25, 0.35, 0.5, 0.6)
    },
    "best guesses": ({"guesses"}, None),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("trained", [True, False])
def test_guesses_are_told_from_text_that_was_wrapped_arranged_or_edited(index, tale, name, trained):
    """Of training text, and of held-out text, which is no shadow where it agrees nearly word for word."""
    rng, (expected, change) = np.random.default_rng(3), CHANGES[name]
    texts = [canonical(tale.text)[start : start + 1500] for start in range(1000, 9000, 2000)]
    changed = [best_guesses(text, index.scan.texts[0], rng) if change is None else change(text, rng) for text in texts]
    training = index.training([row for row, id_ in enumerate(index.names) if trained or id_ != tale.id])
    found = traces([Passage(canonical(text), str(i)) for i, text in enumerate(changed)], training)
    if trained or expected == {"guesses"}:
        assert view.kind_of_errors(found) in expected
    # What agrees nearly word for word with a held-out document is none of its shadows, and the rest are not taken for guesses.
    assert all((trace.errors == "guesses") == ("guesses" in expected) for trace in found)


def test_upper_case_is_layout():
    text = "The keeper of the light went up the winding stair, and lit the lamp as he did each night."
    assert kind_of_errors(text.upper(), text, 0.2) == "layout"
    assert kind_of_errors("", text, 0.4) == "guesses"


def test_exact_pieces_by_brute_force():
    rng = np.random.default_rng(0)
    known = "".join(rng.choice(list("abcdefghij"), 400))
    letters = known[200:260] + "zz" + known[10:33] + "z" + known[30:70]
    assert exact_pieces(letters, known) == [(0, 60), (86, 126)]
    covered = {i for start, end in exact_pieces(letters, known) for i in range(start, end)}
    assert covered == {i + k for i in range(len(letters) - 23) if letters[i : i + 24] in known for k in range(24)}


def test_the_articles_samples_are_exposed_one_by_one_and_together(evalkit, lovecraft, article_samples):
    """Each sample that the article prints runs along one story, at the place that the notes beside it name, with another split than the default."""
    files = sorted(article_samples.glob("*.txt"))
    data, _ = run(evalkit, "compare", *files, "--reference", lovecraft, "-m", "copy.shadow", "--split-seed", 1)
    for path, (story, begin, agreement) in zip(files, SAMPLE_PLACES.values(), strict=True):
        # The longest one is cut into pieces of the others' length, and each has a trace.
        first = min(data["traces"][path.stem], key=lambda trace: (trace["passage"], trace["start"]))
        assert first["document"] == story
        assert begin[2:20] in f"--{first['source_text']}", first
        assert first["agreement"] == pytest.approx(agreement, abs=0.03)
    assert all(row["value"] > 0.25 for row in data["results"])
    data, out = run(evalkit, "score", files[2], "--reference", lovecraft, "-m", "copy.shadow", "--split-seed", 1, "--explain")
    assert {trace["document"] for trace in data["traces"]["3-units150-window50"]} == {"mountains_of_madness"}
    assert "a brilliant" in " ".join(out.split())
