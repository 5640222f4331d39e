"""All of the samples is judged, at one shape for all candidates; what is not judged is said first."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evalkit as package
from evalkit.evaluation.candidates import Candidate, Shape, parse_candidates
from evalkit.evaluation.request import CompareRequest
from evalkit.evaluation.scorer import stretch_of
from evalkit.evaluation.shape import MOST_CHARS, equal_shape, one_piece_each, samples_at_shape, samples_of_length
from evalkit.metrics import select
from evalkit.text.canonical import canonical
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.passages import Passage

SAMPLES = Candidate("new", "new.jsonl", "samples")


def samples(*lengths: int) -> list[Passage]:
    """Samples of given lengths in canonical form, so none ends with a space; every word of a sample is another one."""
    texts = ["".join(f"w{i}x{k} " for k in range(n))[:n] for i, n in enumerate(lengths)]
    return [Passage(f"{text[:-1]}." if text.endswith(" ") else text, f"s{i}") for i, text in enumerate(texts)]


def text_of(passages) -> str:
    return "".join(passage.text for passage in passages)


@pytest.fixture(scope="module")
def request_of():
    """The request for the shape of candidates, which is chosen without reading any of their text but its length."""
    corpus = read_corpus("embedded")
    split = split_corpus(corpus)

    def make(*specs: str, **options: int) -> CompareRequest:
        metrics = select(["letters.jsd"])
        return CompareRequest(candidates=parse_candidates(specs), corpus=corpus, split=split, metrics=metrics, **options)

    return make


@pytest.fixture(scope="module")
def reference(request_of):
    return request_of("unigram").reference()


class TestTheLengthOfAPassage:
    @pytest.mark.parametrize("n_chars", [250, 1000, 2000, 3000])
    def test_is_that_of_the_samples(self, request_of, reference, n_chars):
        shape = equal_shape(request_of("new=a.txt"), {"new": samples(*[n_chars] * 30)}, reference)
        assert (shape.n_passages, shape.n_chars) == (30, n_chars)

    def test_is_the_median_and_the_smallest_of_several_candidates(self, request_of, reference):
        on_disk = {"a": samples(*[1500] * 9, 90_000), "b": samples(*[800] * 20)}
        shape = equal_shape(request_of("a=a.txt", "b=b.txt"), on_disk, reference)
        assert shape.n_chars == 800
        assert shape.n_passages == 20

    def test_is_at_most_what_human_documents_have(self, request_of, reference):
        """The tales have 13,000 characters each: passages of 20,000 would have no human floor."""
        shape = equal_shape(request_of("new=a.txt"), {"new": samples(*[20_000] * 10)}, reference)
        held_out = [len(document.text) for document in reference.split.held_out]
        assert sum(n // shape.n_chars for n in held_out) >= 10
        assert shape.n_passages * shape.n_chars == pytest.approx(200_000, rel=0.01)

    def test_of_one_long_text_is_that_of_many_pieces(self, request_of, reference):
        shape = equal_shape(request_of("new=a.txt"), {"new": samples(300_000)}, reference)
        assert (shape.n_passages, shape.n_chars) == (300, 1000)

    def test_that_was_asked_for_is_kept(self, request_of, reference):
        shape = equal_shape(request_of("new=a.txt", n_chars=500), {"new": samples(*[2000] * 10)}, reference)
        assert (shape.n_passages, shape.n_chars) == (40, 500)


class TestHowManyPassages:
    def test_asked_for_are_samples(self, request_of, reference):
        shape = equal_shape(request_of("new=a.txt", n_passages=6, n_chars=500), {"new": samples(*[2000] * 10)}, reference)
        assert (shape.n_passages, shape.n_samples) == (24, 6)

    def test_more_than_there_are_do_not_change_the_shape(self, request_of, reference):
        shape = equal_shape(request_of("new=a.txt", n_passages=300), {"new": samples(900)}, reference)
        assert (shape.n_passages, shape.n_chars) == (1, 900)
        on_disk = {"few": samples(*[900] * 7), "enough": samples(*[900] * 50)}
        assert equal_shape(request_of("few=a.txt", "enough=b.txt", n_passages=40), on_disk, reference).n_passages == 40

    def test_do_not_depend_on_how_much_human_text_there_is_unless_it_is_a_candidate(self, request_of, reference):
        on_disk = {"new": samples(*[1000] * 150)}
        held_out = sum(len(document.text) for document in reference.split.held_out)
        assert equal_shape(request_of("new=a.txt", "unigram"), on_disk, reference).n_passages == 150
        assert equal_shape(request_of("new=a.txt", "human"), on_disk, reference).n_passages == held_out // 1000 < 150

    def test_are_bounded_for_endless_texts(self, request_of, reference):
        shape = equal_shape(request_of("new=a.txt"), {"new": samples(5_000_000)}, reference)
        assert shape.n_passages * shape.n_chars == MOST_CHARS


class TestSamplesAtShape:
    @given(lengths=st.lists(st.integers(0, 3000), min_size=1, max_size=12), n_chars=st.integers(40, 900))
    def test_all_of_every_sample_is_kept_in_order(self, lengths, n_chars):
        given_samples = samples(*lengths)
        drawn = samples_at_shape(SAMPLES, given_samples, Shape(10_000, n_chars, 10_000), seed=0)
        assert text_of(drawn.passages) == text_of(given_samples)
        assert drawn.left_out is None
        assert len({passage.id for passage in drawn.passages}) == len(drawn.passages)
        for sample in given_samples:
            mine = [p for p in drawn.passages if sample.id in (p.document, p.id)]
            assert text_of(mine) == sample.text
            assert [p.piece for p in mine] == ([None] if len(mine) == 1 else list(range(len(mine))))

    def test_documents_that_were_named_stay_units(self):
        passages = [Passage("word " * 100, str(i), "book") for i in range(3)]
        drawn = samples_at_shape(SAMPLES, passages, Shape(30, 100, 30), seed=0)
        assert {passage.document for passage in drawn.passages} == {"book"}

    def test_what_is_not_judged_is_said_in_percent(self):
        drawn = samples_at_shape(SAMPLES, samples(*[100] * 10), Shape(4, 100, 4), seed=0)
        assert drawn.left_out.share == pytest.approx(0.6)
        assert drawn.left_out.sentence("new") == (
            "60 % of the characters of new were not judged: 4 of its 10 samples were drawn (seed 0). "
            "Give --passages 10 to judge all samples."
        )
        assert drawn.notes == ()

    def test_pieces_are_thinned_over_the_whole_of_every_sample(self):
        """Ends are judged as often as beginnings: a loop stands at the end."""
        drawn = samples_at_shape(SAMPLES, samples(*[2000] * 200), Shape(200, 1000, 200), seed=0)
        assert len({passage.document for passage in drawn.passages}) == 200
        assert 0.35 < np.mean([passage.piece for passage in drawn.passages]) < 0.65
        assert drawn.left_out.sentence("new").startswith("50 % of the characters of new were not judged: 200 of the 400 pieces")

    def test_the_choice_depends_on_the_seed(self):
        first, again, other = (
            samples_at_shape(SAMPLES, samples(*[100] * 30), Shape(4, 100, 4), seed=seed).passages for seed in (0, 0, 1)
        )
        assert first == again != other

    @given(lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=12), n_chars=st.integers(40, 900))
    def test_stretches_of_a_length_are_no_longer(self, lengths, n_chars):
        drawn = samples_of_length(SAMPLES, samples(*lengths), Shape(10_000, n_chars), seed=0)
        assert all(len(passage.text) <= n_chars for passage in drawn.passages)
        left_out = 0 if drawn.left_out is None else drawn.left_out.n_chars
        assert sum(len(passage.text) for passage in drawn.passages) + left_out == sum(lengths)

    def test_one_piece_of_each_sample_is_any_of_them(self):
        chosen = one_piece_each(samples(*[3000] * 60), 1000, seed=0)
        assert len(chosen) == 60
        assert {passage.piece for passage in chosen} == {0, 1, 2}

    def test_how_many_follow_each_other(self):
        cut = samples_at_shape(SAMPLES, samples(3000, 2900, 900), Shape(99, 1000, 99), seed=0).passages
        assert stretch_of(cut) == 3
        assert stretch_of(samples(900, 900)) == 1


class TestARun:
    """From samples to results, on the embedded tales."""

    @pytest.fixture
    def tale(self):
        return read_corpus("embedded").documents[0].text

    def test_a_loop_at_the_end_of_long_samples_is_measured(self, tale):
        """Half of a 2,000-character sample was thrown away, and with it every loop at its end."""
        from generators import create

        texts = create("ngram:order=4").fit([d.text for d in read_corpus("embedded").documents]).sample(12, 2000, seed=3)
        looped = [text[:1500] + ("and the bell rang on " * 30)[:500] for text in texts]
        plain, spoilt = (package.score(each, metrics=["repeat.2", "repeat.loop"]) for each in (texts, looped))
        assert 1980 < spoilt.shape["n_chars"] <= 2000  # white space at the ends is not judged
        for id_ in ("repeat.2", "repeat.loop"):
            assert spoilt.row("texts", id_).value > plain.row("texts", id_).value + 0.1
        assert spoilt.row("texts", "repeat.loop").value == 1

    def test_nothing_of_a_long_file_is_left_out(self, evalkit, workspace):
        from generators import create

        text = create("ngram:order=3").fit([d.text for d in read_corpus("embedded").documents]).sample(1, 60_000, seed=3)[0]
        (workspace / "long.txt").write_text(text)
        data = json.loads(evalkit("score", "long.txt", "-m", "letters.jsd,wordlen.w1", "-f", "json")[1])
        (candidate,) = data["candidates"]
        assert (candidate["n_passages"], candidate["n_chars"], candidate["left_out"]) == (60, len(canonical(text)), None)
        row = data["results"][0]
        assert row["n_units"] == 1
        assert row["ci"][0] < row["value"] < row["ci"][1]
        assert "one text; 60 consecutive pieces, 30 blocks of 2" in row["reason"]
        assert any("from blocks of consecutive pieces" in warning for warning in data["warnings"])

    def test_what_was_left_out_comes_first(self, evalkit, workspace, tale):
        lines = [json.dumps({"text": tale[i * 500 :][:500]}) for i in range(20)]
        (workspace / "many.jsonl").write_text("\n".join(lines))
        _, out, _ = evalkit("score", "many.jsonl", "--passages", 8, "-m", "letters.jsd", "-o", "run.json")
        data = json.loads((workspace / "run.json").read_text())
        first = data["warnings"][0]
        assert first.startswith("60 % of the characters of many were not judged: 8 of its 20 samples were drawn")
        assert data["candidates"][0]["left_out"]["share"] == pytest.approx(0.6, abs=0.01)
        flat = " ".join(out.split())
        assert flat.index("60 % of the characters") < flat.index("overall")

    def test_one_passage_is_not_compared_with_a_floor_of_many(self, evalkit, workspace, tale):
        (workspace / "one.txt").write_text(tale[:1200])
        asked, plain = (
            json.loads(evalkit("score", "one.txt", *more, "-m", "letters.jsd,vocab.hit", "-f", "json")[1])
            for more in (("--passages", 300), ())
        )
        assert asked["shape"] == plain["shape"] == {"n_passages": 1, "n_chars": len(canonical(tale[:1200]))}
        assert asked["results"] == plain["results"]
        assert asked["overall"] == plain["overall"]
