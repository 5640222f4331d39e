"""The public face: what `import evalkit` gives, and the forms in which candidates and references come."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

import evalkit
import generators
from evalkit.errors import InputError, ModelError, NoVerdict, UsageError

TEXTS = [
    f"The keeper counted {i} strokes of the bell before the lamp went out, and nobody came down to the water." for i in range(40)
]
QUICK = {"metrics": "letters.jsd", "passages": 6, "chars": 80}


def names(results):
    return [candidate["name"] for candidate in results.candidates]


def held_out_of(corpus):
    from evalkit.text.split import split_corpus

    return split_corpus(corpus).held_out


class TestFace:
    def test_every_name_is_there_and_listed(self):
        for name in evalkit.__all__:
            assert getattr(evalkit, name) is not None
        assert set(evalkit.__all__) <= set(dir(evalkit))
        promised = {
            "compare",
            "score",
            "gate",
            "sweep",
            "read_results",
            "read_corpus",
            "Results",
            "Corpus",
            "Metric",
            "check_metric",
        }
        assert promised <= set(evalkit.__all__)

    def test_every_name_has_a_runnable_example(self):
        """The examples run with the suite, as doctests."""
        documented = [name for name in evalkit.__all__ if name != "__version__"]
        assert [name for name in documented if ">>> " not in (getattr(evalkit, name).__doc__ or "")] == []

    def test_another_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
            _ = evalkit.nonsense

    def test_importing_it_loads_no_numpy_and_naming_one_function_no_engine(self):
        heavy = "('numpy', 'scipy', 'pandas', 'tensorflow', 'matplotlib', 'numba', 'nltk')"
        code = (
            f"import sys, evalkit; print([n for n in {heavy} if n in sys.modules]); evalkit.read_results; "
            "print([n for n in ('tensorflow', 'matplotlib', 'numba', 'pandas', 'nltk') if n in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split("\n")[:2] == ["[]", "[]"]

    def test_types_are_seen_by_checkers(self, tmp_path):
        pytest.importorskip("mypy", reason="mypy is installed where types are checked")
        program = tmp_path / "program.py"
        program.write_text(
            "import evalkit\n"
            "results = evalkit.compare({'mine': ['a text'], 'base': 'ngram:order=8'}, reference='books/')\n"
            "reveal_type(results)\n"
            "reveal_type(evalkit.read_results('run'))\n"
            "evalkit.compare(5)\n"
            "evalkit.gate(['a text'], ['another text'], temperature=0.8)\n"
        )
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "--follow-imports", "silent", str(program)],
            capture_output=True,
            text=True,
            cwd=Path(evalkit.__file__).parents[1],
        )
        assert done.stdout.count('Revealed type is "evalkit.results.results.Results"') == 2, done.stdout + done.stderr
        assert 'program.py:5: error: Argument 1 to "compare"' in done.stdout


class TestCandidates:
    def test_a_mapping_of_texts_specifications_and_paths(self, workspace):
        (workspace / "old.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
        results = evalkit.compare({"mine": TEXTS, "noise": "unigram", "old": workspace / "old.jsonl"}, **QUICK)
        assert names(results) == ["mine", "noise", "old"]
        assert [candidate["kind"] for candidate in results.candidates] == ["samples", "generator", "samples"]
        mine, old = (results.row(name, "letters.jsd") for name in ("mine", "old"))
        assert mine.value == old.value  # the same texts, in memory and on disk

    @pytest.mark.parametrize("given", ["unigram", ["unigram"], ("noise=unigram",)])
    def test_specifications(self, given):
        assert names(evalkit.compare(given, **QUICK)) in (["unigram"], ["noise"])

    def test_a_fitted_generator_is_measured_as_it_is(self):
        documents = [document.text for document in evalkit.read_corpus().documents]
        few = generators.create("unigram").fit([document[:2000] for document in documents])
        many = generators.create("unigram").fit(documents)
        results = evalkit.compare({"few": few, "many": many}, **QUICK)
        assert [candidate["kind"] for candidate in results.candidates] == ["model", "model"]
        bits = evalkit.score(many, metrics="model.bpc", passages=6, chars=80).row("unigram", "model.bpc")
        assert bits.value == pytest.approx(many.bits_per_char([d.text for d in held_out_of(evalkit.read_corpus())]))
        alone, in_a_list = evalkit.compare(many, **QUICK), evalkit.compare([many], **QUICK)
        assert names(alone) == names(in_a_list) == ["unigram"]
        assert results.row("many", "letters.jsd").value == alone.row("unigram", "letters.jsd").value

    def test_generators_of_one_name_ask_for_names(self):
        fitted = generators.create("unigram").fit(["The lamp was lit. " * 100])
        with pytest.raises(UsageError, match=r'Name them: compare\(\{"mine": generator\}\)'):
            evalkit.compare([fitted, "unigram"], **QUICK)

    @pytest.mark.parametrize("spec", ["unigram", "ngram:order=3", "lstm", "human"])
    def test_a_generator_that_was_not_fitted_is_refused(self, spec):
        with pytest.raises(UsageError, match="has not been fitted"):
            evalkit.score(generators.create(spec), **QUICK)

    def test_any_name_is_a_name(self):
        assert names(evalkit.compare({"the <new> one, at 50 %": TEXTS}, **QUICK)) == ["the <new> one, at 50 %"]

    def test_texts_without_a_name_are_told_how_to_say_it(self):
        with pytest.raises(UsageError, match=r'compare\(\{"mine": texts\}\)'):
            evalkit.compare(TEXTS, **QUICK)
        with pytest.raises(UsageError, match=r'compare\(\{"mine": texts\}\)'):
            evalkit.compare([TEXTS], **QUICK)

    @pytest.mark.parametrize(("texts", "message"), [([], "has no texts"), (["one", None], "Text 1 of"), ([b"one"], "bytes")])
    def test_what_is_no_text_is_refused(self, texts, message):
        with pytest.raises(UsageError, match=message):
            evalkit.compare({"mine": texts}, **QUICK)

    def test_an_unknown_metric_is_known_before_the_corpus_is_read(self):
        with pytest.raises(UsageError, match="No metric matches"):
            evalkit.compare({"mine": TEXTS}, reference="no/such/folder", metrics="letters.jds")


class TestReference:
    def test_texts_documents_by_id_a_folder_and_a_corpus_are_the_same(self, workspace):
        corpus = evalkit.read_corpus()
        (workspace / "books").mkdir()
        by_id = {document.id: document.text for document in corpus.documents}
        for id_, text in by_id.items():
            (workspace / "books" / f"{id_}.txt").write_text(text, encoding="utf-8")
        values = {
            evalkit.compare({"mine": TEXTS}, reference=reference, held_out="the_l*", **QUICK).row("mine", "letters.jsd").value
            for reference in ("embedded", by_id, "books", workspace / "books", corpus)
        }
        assert len(values) == 1

    def test_a_list_of_texts_is_one_document_each(self):
        texts = [document.text for document in evalkit.read_corpus().documents]
        results = evalkit.compare({"mine": TEXTS}, reference=texts, **QUICK)
        assert (
            results.reference["documents"] == len(texts)
            if "documents" in results.reference
            else results.signature["reference"]["corpus"] == "texts"
        )

    def test_what_is_no_text_is_refused(self):
        with pytest.raises(UsageError, match='"0001" of the reference is of the type int'):
            evalkit.compare({"mine": TEXTS}, reference=["a text", 5], **QUICK)

    def test_a_missing_folder(self, workspace):
        with pytest.raises(InputError):
            evalkit.compare({"mine": TEXTS}, reference="no/such/folder", **QUICK)


class TestOtherFunctions:
    def test_score_takes_texts(self):
        results = evalkit.score(TEXTS, metrics="wordlen")
        assert (results.kind, names(results)) == ("score", ["texts"])

    def test_sweep(self):
        results = evalkit.sweep("ngram:order=2", [1.0, 0.5], **QUICK)
        assert (results.kind, names(results)) == ("sweep", ["ngram:order=2 at 0.5", "ngram:order=2 at 1"])

    def test_gate_of_a_saved_baseline(self, evalkit, workspace):
        import evalkit as library

        code, _, err = evalkit(
            "baseline", "save", "main", "ngram:order=3", "--passages", 12, "--chars", 300, "-m", "letters.jsd,vocab.hit", "-q"
        )
        assert code == 0, err
        letters = random.Random(0)
        texts = ["".join(letters.choices("qxzjkvw  ", k=300)) for _ in range(12)]
        for baseline in ("main", ".evalkit/baselines/main.json", workspace / ".evalkit/baselines/main.json"):
            assert library.gate("ngram:order=3", baseline, max_passages=1).verdict in ("PASS", "INCONCLUSIVE")
        results = library.gate(texts, "main")
        assert (results.verdict, results.exit_code) == ("REGRESSION", 1)

    def test_a_sweep_of_a_fitted_generator_with_truncation(self):
        fitted = generators.create("ngram:order=2").fit(["The lamp was lit, and it rained. " * 100])
        results = evalkit.sweep(fitted, [1.0], top_k=1, **QUICK)
        assert results.signature["top_k"] == 1
        assert results.candidates[0]["kind"] == "model"

    def test_sampling_options_are_those_of_the_command_line(self):
        results = evalkit.score("unigram", temperature=0.5, top_k=3, top_p=0.9, **QUICK)
        assert [results.signature[key] for key in ("temperature", "top_k", "top_p")] == [0.5, 3, 0.9]

    def test_gate_against_texts(self, workspace):
        tales = [document.text for document in evalkit.read_corpus().documents]
        before = [tale[start : start + 1000] for tale in tales for start in (0, 2000)]
        others = [tale[start : start + 1000] for tale in tales for start in (1000, 4000)]
        assert evalkit.gate(others, before, metrics="letters.jsd").verdict in ("PASS", "INCONCLUSIVE")
        twice = evalkit.gate(others[::2] * 2, before, metrics="letters.jsd")
        assert (twice.verdict, twice.gate["worst"]["measure"]) == ("REGRESSION", "audit.identical")
        worse = evalkit.gate([text.replace("e", "x") for text in before], before, metrics="letters.jsd")
        assert (worse.verdict, worse.exit_code) == ("REGRESSION", 1)
        assert list(workspace.iterdir()) == []

    def test_gate_against_too_few_texts(self):
        with pytest.raises(NoVerdict, match="cannot be a baseline"):
            evalkit.gate(TEXTS, TEXTS[:3], metrics="letters.jsd")

    def test_gate_without_a_baseline(self, workspace):
        with pytest.raises(NoVerdict):
            evalkit.gate("unigram", "main")

    def test_no_function_reads_a_configuration_of_the_working_folder(self, workspace):
        """A file that cannot even be read stops the command line, and no library function."""
        (workspace / "evalkit.toml").write_text("this is = = no toml")
        with pytest.raises(NoVerdict):
            evalkit.gate("unigram", "main")
        assert names(evalkit.compare("unigram", **QUICK)) == ["unigram"]

    def test_nothing_is_written(self, workspace):
        evalkit.compare({"mine": TEXTS}, **QUICK)
        assert list(workspace.iterdir()) == []


@pytest.fixture(scope="module")
def results():
    return evalkit.compare({"mine": TEXTS, "noise": "unigram"}, **QUICK)


class TestResults:
    @pytest.mark.parametrize("suffix", [".json", ".html", ".csv", ".md"])
    def test_they_are_saved_by_extension(self, results, suffix, tmp_path):
        results.save(str(tmp_path / f"run{suffix}"))
        assert "mine" in (tmp_path / f"run{suffix}").read_text(encoding="utf-8")

    def test_another_extension_is_refused(self, results, tmp_path):
        with pytest.raises(UsageError):
            results.save(tmp_path / "run.docx")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("kind", [str, Path])
    def test_they_are_read_from_a_file_or_a_run(self, results, kind, tmp_path):
        results.save(tmp_path / "results.json")
        assert evalkit.read_results(kind(tmp_path)).to_json() == results.to_json()
        assert evalkit.read_results(kind(tmp_path / "results.json")).to_json() == results.to_json()

    def test_a_missing_file(self):
        with pytest.raises(ModelError):
            evalkit.read_results("no/such/run")

    def test_they_show_themselves(self, results):
        assert "mine" in results._repr_html_()
