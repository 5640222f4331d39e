"""compare from end to end: real text in, results out."""

from __future__ import annotations

import json
import math

import pytest

from evalkit.evaluation.candidates import parse_candidates
from evalkit.evaluation.compare import compare
from evalkit.evaluation.request import CompareRequest
from evalkit.metrics import AuditMetric, GeneratorMetric, Metric, main_metrics, select
from evalkit.results import from_dict, read, validate
from evalkit.text.corpus import read_corpus, split_corpus


@pytest.fixture(scope="module")
def outcome():
    corpus = read_corpus("embedded")
    request = CompareRequest(
        candidates=parse_candidates(["uniform", "unigram", "ngram:order=3", "deep=ngram:order=8", "human"]),
        corpus=corpus,
        split=split_corpus(corpus),
        metrics=[*select(kind=Metric), *select(kind=GeneratorMetric)],
        n_passages=24,
        n_chars=1000,
    )
    return compare(request)


class TestTheMainJob:
    def test_one_row_a_candidate_and_metric(self, outcome):
        rows = outcome.results.results
        assert len(rows) == 5 * (len(select(kind=Metric)) + 1)  # and the generator's own bits per character
        assert len({(row.candidate, row.metric) for row in rows}) == len(rows)

    def test_results_conform_to_the_schema_and_round_trip(self, outcome):
        text = outcome.results.to_json()
        data = json.loads(text, parse_constant=pytest.fail)
        validate(data)
        assert from_dict(data).to_json() == text

    def test_better_models_are_nearer_to_human_text(self, outcome):
        """The order of uniform, unigram, 3-gram and 8-gram on vocabulary and function words is no accident at this size."""
        names = ("uniform", "unigram", "ngram:order=3", "deep", "human")
        positions = [outcome.results.row(name, "vocab.hit").position for name in names]
        assert positions == sorted(positions, reverse=True)
        assert positions[1] == pytest.approx(1, abs=0.05)
        # Letters drawn evenly make even fewer words, but on this scale it is hardly farther to them.
        assert 1 < positions[0] < 1.2
        assert abs(positions[-1]) < 0.1
        bits = [candidate["bits_per_char"] for candidate in outcome.results.candidates]
        assert bits[0] > bits[1] > bits[2] > bits[3]
        assert bits[4] is None
        assert outcome.results.candidates[4]["bits_reason"]

    def test_human_text_lies_at_its_own_floor(self, outcome):
        for id_ in ("function.share", "vocab.hit", "wordlen.w1"):
            assert abs(outcome.results.row("human", id_).position) < 0.1, id_

    def test_letters_of_unigram_noise_are_below_the_floor_and_have_no_position(self, outcome):
        row = outcome.results.row("unigram", "letters.jsd")
        assert row.value < row.floor.median
        assert row.position is None

    def test_every_number_is_finite_and_every_gap_has_a_reason(self, outcome):
        for row in outcome.results.results:
            assert row.value is not None or row.reason
            if row.value is not None:
                assert math.isfinite(row.value)
            if row.ci:
                assert row.ci.low <= row.ci.high

    def test_passages_are_of_equal_shape(self, outcome):
        for passages in outcome.passages.values():
            assert len(passages) == 24
            assert all(900 < len(passage.text) <= 1000 for passage in passages)
        assert all(passage.document for passage in outcome.passages["human"])

    def test_the_same_seed_gives_the_same_bytes_and_another_does_not(self, outcome):
        corpus = read_corpus("embedded")
        again, other = (
            compare(
                CompareRequest(
                    candidates=parse_candidates(["ngram:order=3"]),
                    corpus=corpus,
                    split=split_corpus(corpus),
                    metrics=select(["letters"], kind=Metric),
                    n_passages=24,
                    n_chars=1000,
                    seed=seed,
                )
            )
            for seed in (0, 1)
        )
        first = outcome.results.row("ngram:order=3", "letters.jsd")
        assert again.results.row("ngram:order=3", "letters.jsd") == first
        assert other.results.row("ngram:order=3", "letters.jsd") != first


class TestSamplesOnDisk:
    @pytest.fixture
    def beginnings(self, workspace):
        """The folder of a small reference: the beginnings of the tales."""
        (workspace / "tales").mkdir()
        for number, document in enumerate(read_corpus("embedded").documents):
            (workspace / "tales" / f"{number:02d}.txt").write_text(document.text[:4000])
        return workspace / "tales"

    def test_short_samples_say_what_could_not_be_measured(self, evalkit, workspace, beginnings):
        (workspace / "tiny.txt").write_text("The bell spoke once, and the water answered it.")
        code, out, _ = evalkit("score", "tiny.txt", "--reference", beginnings, "-f", "json")
        assert code == 0
        rows = {row["metric"]: row for row in json.loads(out)["results"]}
        assert rows["suffix.ing"]["value"] is None
        assert rows["suffix.ing"]["reason"] == "9 of the 200 words that it needs"

    def test_one_long_sample_has_values_and_no_interval(self, evalkit, workspace, beginnings):
        text = read_corpus("embedded").documents[0].text
        (workspace / "long.txt").write_text(text)
        code, out, _ = evalkit("score", "long.txt", "--reference", beginnings, "-f", "json")
        assert code == 0
        row = next(row for row in json.loads(out)["results"] if row["metric"] == "function.share")
        assert row["value"] is not None
        assert row["ci"] is None
        assert row["reason"].startswith("no interval: 13 pieces of one text, and blocks of one text")

    @pytest.mark.parametrize(("n", "said"), [(1, True), (4, True), (5, False)])
    def test_too_few_passages_for_a_verdict_are_said_with_the_remedy(self, evalkit, workspace, n, said):
        text = read_corpus("embedded").documents[0].text
        (workspace / "few.jsonl").write_text("".join(json.dumps({"text": text[i * 800 :][:800]}) + "\n" for i in range(n)))
        warnings = json.loads(evalkit("compare", "few.jsonl", "unigram", "-m", "letters.jsd", "-f", "json")[1])["warnings"]
        assert any(w.startswith("No interval and no verdict for few") and "generated on its own" in w for w in warnings) == said
        code, out, _ = evalkit("compare", "few.jsonl", "human", "-m", "letters.jsd")
        assert code == 0
        assert ("No interval and no verdict for few" in " ".join(out.split())) == said

    def test_characters_that_a_generator_does_not_know_are_said(self, evalkit, workspace):
        (workspace / "a.txt").write_text("The lamp burned low and the water rose.\n" * 200)
        (workspace / "b.txt").write_text("The lamp burned low: 7 boats.\n" * 200)
        out = evalkit("compare", "unigram", "human", "--reference", "*.txt", "--held-out", "b", "-m", "letters.jsd")[1]
        said = " ".join(out.split())
        assert "No bits per character of human: human yields text but cannot give the probability of one." in said
        # Characters that "a" does not have cost the generator bits, and no longer the measure.
        assert "No bits per character of unigram" not in said
        assert "unigram: 400 characters (6.7 %) of the held-out text are outside its alphabet and take " in said
        assert "of the bits: ':' 200 times, '7' 200 times" in said

    def test_the_articles_samples_against_lovecraft(self, evalkit, lovecraft, article_samples):
        code, out, _ = evalkit(
            "compare", *sorted(article_samples.glob("*.txt")), "--reference", lovecraft, "-m", "letters.jsd", "-f", "json"
        )
        assert code == 0
        data = json.loads(out)
        assert [c["name"] for c in data["candidates"]] == sorted(path.stem for path in article_samples.glob("*.txt"))
        row = next(r for r in data["results"] if r["candidate"].startswith("1-") and r["metric"] == "letters.jsd")
        # The article calls the letters of its first sample similar; human passages of that size are nearer in 95 of 100 cases.
        assert row["value"] == pytest.approx(0.045, abs=0.004)
        assert row["value"] > row["floor"]["p95"]


class TestOddText:
    """Text of any kind is compared without a warning; what it has too little of is not measured, and says why."""

    @pytest.mark.parametrize(
        ("text", "unmeasured"),
        [
            ("1234 5678 90 " * 800, {"letters.jsd", "vocab.hit", "function.share"}),
            ("!?.,;- " * 800, {"letters.jsd", "wordlen.w1"}),
            ("\u5929\u5730\u7384\u9ec4\u3002 " * 800, {"letters.jsd"}),
            ("\x1b[31m \u202e </script> {{7*7}} \ud83d\ude00 ".encode("utf-16", "surrogatepass").decode("utf-16") * 300, set()),
        ],
    )
    def test_without_letters_or_words(self, evalkit, workspace, text, unmeasured):
        (workspace / "odd.txt").write_text(text)
        code, out, err = evalkit(
            "compare", "unigram", "human", "--reference", "odd.txt", "-m", "all", "-f", "json", "--passages", 6
        )
        assert (code, err.count("\n")) == (0, 1)
        assert err.startswith(f"reference: read 1 document, {len(text):,} characters, from odd.txt (plain text): ")
        data = json.loads(out, parse_constant=pytest.fail)
        validate(data)
        rows = {row["metric"]: row for row in data["results"] if row["candidate"] == "unigram"}
        assert all(rows[id_]["value"] is None and rows[id_]["reason"] for id_ in unmeasured)


class TestTheCommand:
    def test_writes_a_run_that_can_be_rendered_again(self, evalkit, workspace):
        code, out, err = evalkit("compare", "unigram", "ngram:order=3", "--passages", 8, "-o", "out/copy.json", "-o", "rows.csv")
        assert (code, err) == (0, "")
        (folder,) = (path for path in (workspace / "reports").iterdir() if path.is_dir())
        assert f"{folder.name}/index.html" in out.replace("\n", "")
        results = read(folder)
        assert [c["name"] for c in results.candidates] == ["unigram", "ngram:order=3"]
        assert (workspace / "out/copy.json").read_text() == (folder / "results.json").read_text()
        lines = (workspace / "rows.csv").read_text().splitlines()
        assert len(lines) == 1 + 2 * (1 + len(select(main_metrics()))) + 2 * len(select(kind=AuditMetric))
        assert lines[1].startswith("unigram,audit.empty,share,0.0,") or lines[1].startswith("ngram:order=3,audit.empty,share,0.0,")
        before = (folder / "index.html").read_bytes()
        assert evalkit("report", folder, "-o", folder / "index.html")[0] == 0
        assert (folder / "index.html").read_bytes() == before
        assert {p.name for p in folder.iterdir()} == {"index.html", "results.json", "samples"}

    def test_quiet_prints_nothing(self, evalkit):
        assert evalkit("compare", "unigram", "--passages", 6, "-m", "letters", "-q") == (0, "", "")

    def test_metrics_are_listed_and_explained(self, evalkit):
        code, out, _ = evalkit("metrics")
        assert code == 0
        assert all(metric.id in out for metric in select())
        assert "JSD(p, q)" in evalkit("metrics", "letters.jsd")[1]

    def test_version(self, evalkit):
        from evalkit import __version__

        assert evalkit("-V")[1] == f"evalkit {__version__}\n"
