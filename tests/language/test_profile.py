"""Language profiles: shipped ones are sound, a user's own is one file, and metrics follow them."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from evalkit._util.resources import data_path
from evalkit.checks import check_metric
from evalkit.config import Config, languages_of
from evalkit.counts.feature import Layout, Totals
from evalkit.counts.matrix import Scan
from evalkit.errors import InputError, UsageError
from evalkit.evaluation.online import SampleScores
from evalkit.evaluation.reference import base_lexicon
from evalkit.gating.measures import known_measures
from evalkit.gating.policy import default_policy
from evalkit.language import profile
from evalkit.language.profile import CLASSES, load_language, shipped
from evalkit.metrics import Metric, catalogue
from evalkit.text.corpus import split_corpus
from evalkit.text.documents import Corpus, Document
from evalkit.text.tokenize import words
from tests.support.docs import generate

SPANISH = "El farero subió la escalera y la lámpara quedó encendida; nadie volvió de la navegación. "
GERMAN = "Der Wärter stieg die Treppe hinauf, und die Lampe brannte; von der Hoffnung war nichts geblieben. "


def value(id_, text, reference, language):
    metric = catalogue(Metric, language=language)[id_]
    layout = Layout.of([metric])
    totals = [Totals(Scan([t]).tally(layout, base_lexicon(language)).sum(axis=0, dtype=float), layout) for t in (text, reference)]
    return float(metric.score(*totals)[0])


@pytest.mark.parametrize("code", shipped())
def test_shipped_profiles_are_as_the_tokenizer_reads_them(code):
    language = load_language(code)
    assert {name for _, name in language.function_words} == set(CLASSES)
    for word in [word for word, _ in language.function_words] + list(language.words) + sorted(language.personal | language.stems):
        assert words(word) == [word]
    assert language.personal <= {word for word, _ in language.function_words}


def endings_of(spec):
    return load_language(spec).endings


def test_a_file_in_the_folder_of_profiles_is_a_language(tmp_path, monkeypatch):
    """Nothing else is to be touched: registry, metrics, policy and documentation find it there."""
    shutil.copytree(data_path("words"), tmp_path / "words")
    text = (tmp_path / "words" / "es.toml").read_text(encoding="utf-8")
    changed = text.replace('"Spanish"', '"Esperanto"').replace('code = "es"', 'code = "eo"').replace('"ando"', '"anta"')
    (tmp_path / "words" / "eo.toml").write_text(changed, encoding="utf-8")
    before = shipped()
    monkeypatch.setattr(profile, "data_path", tmp_path.joinpath)
    assert shipped() == ("en", *sorted({*before[1:], "eo"}))
    assert load_language("eo").name == "Esperanto"
    assert "suffix.anta" in catalogue(Metric, language="eo")
    assert any(rule.pattern == "suffix.anta" for rule in default_policy("eo").rules)
    assert "suffix.anta" in known_measures(*languages_of(Config(None)))
    assert "| Esperanto | `eo` | -anta, -ado" in generate.languages_page()


def test_the_command_line_names_every_profile(evalkit):
    for command in ("compare", "gate", "metrics"):
        assert all(code in evalkit(command, "--help")[1].partition("--language")[2] for code in shipped())


@pytest.mark.parametrize("code", shipped())
def test_each_function_word_has_one_class_and_each_stem_an_ending(code):
    language = load_language(code)
    listed = [word for word, _ in language.function_words]
    assert len(set(listed)) == len(listed)
    assert [stem for stem in language.stems if not stem.endswith(language.endings)] == []


def test_english_is_what_it_was():
    assert base_lexicon().hashes["fw-v1"] == "826cc1c2b22b"
    assert catalogue(Metric)["letters.jsd"].items == tuple("abcdefghijklmnopqrstuvwxyz")
    assert {"suffix.ing", "suffix.ed_strict", "suffix.tion_interior", "word.than"} <= set(catalogue(Metric))


SPANISH_21 = "Cuando cantando volvió a la ciudad, ella le dio la felicidad y las felicidades, y no estaba enfadado con su estado."
GERMAN_18 = "Die Leute sagten, die Wohnung sei heute freundlich, und er machte die Krankheiten nicht zur Krankheit im Zimmer."
BY_HAND = {
    "es": {
        "suffix.ando": 2e4 / 21,  # cuando, cantando
        "suffix.ando_strict": 1e4 / 21,
        "suffix.ado": 2e4 / 21,  # enfadado, estado
        "suffix.ado_strict": 1e4 / 21,
        "suffix.idad": 1e4 / 21,
        "suffix.idad_interior": 1 / 2,  # felicidades
        "word.el": 0,
        "pronoun.share": 6 / 21,  # la ella le la las su, by their form
        "preposition.share": 2 / 21,  # a, con
        "function.share": 13 / 21,  # cuando a la ella le la y las y no estaba con su
        "vocab.dictionary": 1,
    },
    "de": {
        "suffix.te": 3e4 / 18,  # leute, heute, machte
        "suffix.te_strict": 1e4 / 18,
        "suffix.ung": 1e4 / 18,
        "suffix.lich": 1e4 / 18,
        "suffix.heit_interior": 1 / 2,  # krankheiten
        "word.die": 3e4 / 18,
        "pronoun.share": 1 / 18,  # er
        "preposition.share": 2 / 18,  # zur, im
        "function.share": 10 / 18,  # die die sei heute und er die nicht zur im
        "vocab.dictionary": 1,
    },
}


@pytest.mark.parametrize(("code", "text"), [("es", SPANISH_21), ("de", GERMAN_18)])
def test_measures_of_a_language_by_hand(code, text):
    found = {id_: value(id_, text, text, code) for id_ in BY_HAND[code]}
    assert found == pytest.approx(BY_HAND[code])


def test_a_language_names_its_own_words_in_what_its_metrics_say():
    spanish = catalogue(Metric, language="es")
    assert "(yo, el, a, y, ser, no ...)" in spanish["function.share"].summary
    assert not any(
        "tion" in spanish[id_].summary.split() or "English" in spanish[id_].summary for id_ in spanish if "suffix" in id_
    )
    assert "national do after -tion" in catalogue(Metric)["suffix.tion_interior"].summary


class TestOtherLanguages:
    def test_letters_of_the_alphabet_are_seen_and_others_counted(self):
        # á, ó, ó, ó of 71 letters: beyond the English alphabet, within the Spanish one
        letters = sum(char.isalpha() for char in SPANISH)
        beyond = sum(char.isalpha() and not char.isascii() for char in SPANISH)
        assert value("letters.other", SPANISH, SPANISH, "en") == pytest.approx(beyond / letters)
        assert value("letters.other", SPANISH, SPANISH, "es") == 0
        assert value("letters.jsd", "añil", "anil", "es") > 0 == value("letters.jsd", "anil", "anil", "es")

    def test_pairs_of_letters_reach_beyond_ascii(self):
        assert len(catalogue(Metric)["order.bigrams"].items) == 26**2
        assert len(catalogue(Metric, language="es")["order.bigrams"].items) == 33**2
        assert value("order.bigrams", "ñandú", "nandu", "es") == pytest.approx(
            1 - 2 / 4, abs=0.01
        )  # an, nd shared; ña and dú differ

    def test_endings_and_words_are_the_languages_own(self):
        assert value("suffix.ción", SPANISH, SPANISH, "es") == pytest.approx(1e4 / 15)
        assert value("word.de", SPANISH, SPANISH, "es") == pytest.approx(1e4 / 15)
        assert value("suffix.ung", GERMAN, GERMAN, "de") == pytest.approx(1e4 / 16)
        assert value("word.der", GERMAN, GERMAN, "de") == pytest.approx(2e4 / 16)
        assert "suffix.ing" not in catalogue(Metric, language="de")

    def test_function_words_and_dictionary(self):
        # el la y la nadie de la of 15 words
        assert value("function.share", SPANISH, SPANISH, "es") == pytest.approx(7 / 15)
        assert "farero" in base_lexicon("es").dictionary
        assert "Treppe".casefold() in base_lexicon("de").dictionary
        assert base_lexicon("de").hashes["dictionary"].endswith("-de")

    def test_on_the_command_line(self, evalkit, workspace):
        for row in range(8):
            (workspace / f"text{row}.txt").write_text(
                (SPANISH + f"La casa número {row} estaba en silencio. ") * 20, encoding="utf-8"
            )
        code, out, _ = evalkit(
            "score",
            "text0.txt",
            "--reference",
            "text*.txt",
            "--language",
            "es",
            "-m",
            "suffix.ción",
            "-m",
            "letters",
            "-f",
            "json",
            "--chars",
            "400",
        )
        assert code == 0
        data = json.loads(out)
        assert {"suffix.ción", "letters.other"} <= set(data["metrics"])
        assert "es-v2" in data["signature"]["word_lists"]
        assert evalkit("score", "text0.txt", "--language", "xx")[0] == 2


@pytest.mark.parametrize("own", [False, True])
def test_a_run_and_its_page_speak_the_language(evalkit, workspace, own):
    """Spanish as shipped, and as a user's own file with other endings: in the rows, in the figure and in what explains them."""
    language, ending = "es", "ando"
    if own:
        text = data_path("words", "es.toml").read_text(encoding="utf-8")
        (workspace / "mine.toml").write_text(text.replace('endings = ["ando", "ado"', 'endings = ["ero", "ado"'), encoding="utf-8")
        language, ending = "mine.toml", "ero"
    for row in range(8):
        (workspace / f"text{row}.txt").write_text((SPANISH + f"La casa {row} estaba cantando al farero. ") * 40, encoding="utf-8")
    args = [
        "--reference",
        "text*.txt",
        "--language",
        language,
        "-m",
        "suffix",
        "-m",
        "function",
        "-o",
        "page.html",
        "-o",
        "run.json",
    ]
    assert evalkit("compare", "ngram:order=3", *args, "--no-progress")[0] == 0
    data = json.loads((workspace / "run.json").read_text(encoding="utf-8"))
    assert {f"suffix.{ending}", f"suffix.{ending}_strict"} <= set(data["metrics"])
    page = (workspace / "page.html").read_text(encoding="utf-8")
    described = " ".join(re.findall(r"<desc[^>]*>([^<]*)", page))
    assert re.search(rf"-{ending} (none|[\d.]+ times)", described), described
    behind = [
        part["item"] for part in data["explanations"]["ngram:order=3"]["contributions"] if part["metric"] == f"suffix.{ending}"
    ]
    assert behind
    assert all(item.endswith(ending) for item in behind)


def test_the_api_speaks_it_too():
    corpus = Corpus("zwei", tuple(Document(str(i), "Die Wohnung und die Freiheit sind freundlich. " * 40) for i in range(4)))
    scores = SampleScores(corpus, split_corpus(corpus), ["suffix.ung", "suffix.heit"], language="de")
    # Wohnung: 1 of 7 words, Freiheit another
    found = scores(["Die Wohnung und die Freiheit sind freundlich. " * 40])
    assert found == {"suffix.ung": pytest.approx(1e4 / 7), "suffix.heit": pytest.approx(1e4 / 7)}


class TestAUsersOwn:
    def profile(self, folder, **changes):
        text = data_path("words", "es.toml").read_text(encoding="utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        path = folder / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def test_is_one_file(self, tmp_path):
        path = self.profile(tmp_path, mente="mento")
        assert value("suffix.mento", "un lento pimento", SPANISH, path) == pytest.approx(1e4 / 3)
        check_metric(catalogue(Metric, language=path)["letters.other"])

    def test_of_one_name_in_two_folders_is_two_languages(self, tmp_path, monkeypatch):
        """A process that works in one project after another, or after a profile was changed, has the profile of the moment."""
        for name, ending in (("one", "mento"), ("two", "menta")):
            (tmp_path / name).mkdir()
            self.profile(tmp_path / name, mente=ending)
        values = []
        for name in ("one", "two", "one"):
            monkeypatch.chdir(tmp_path / name)
            values.append(
                [value(f"suffix.{ending}", "un lento pimento", SPANISH, "mine.toml") for ending in endings_of("mine.toml")]
            )
        assert values[0] == values[2] != values[1]
        assert endings_of("mine.toml")[2] == "mento"
        self.profile(tmp_path / "one", mente="mentu")
        assert endings_of("mine.toml")[2] == "mentu"
        assert base_lexicon("mine.toml").hashes["es-v2"] != base_lexicon(str(tmp_path / "two" / "mine.toml")).hashes["es-v2"]

    def test_may_name_a_list_beside_it(self, tmp_path):
        path = tmp_path / "mine.toml"
        text = data_path("words", "en.toml").read_text(encoding="utf-8")
        path.write_text(text.replace("fw-v1.toml", "list.toml"), encoding="utf-8")
        with pytest.raises(InputError, match="function words that cannot be read"):
            load_language(str(path))
        words_of_it = 'name = "mine"\n[classes]\npronoun = "she"\n'
        for listed, n_words in ((words_of_it, 1), (words_of_it.replace("she", "she her"), 2)):
            (tmp_path / "list.toml").write_text(listed, encoding="utf-8")
            assert len(load_language(str(path)).function_words) == n_words

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("alphabet =", "alfabeto =", "lacks alphabet"),
            ("pronoun =", "pronombre =", '"pronombre" is no class'),
            ("cuando mando", "Cuando mando", "Cuando"),
            ("name = ", "name ", "not TOML"),
            ("abcdef", "aabcdef", "different letters"),
            ("version = 2", 'version = "one"', "version is not"),
            ('alphabet = "', 'alphabet = 1 # "', "alphabet is not"),
            ('words = ["de"', "words = [1", "words is not"),
            ('endings = ["ando", "ado", "mente", "iendo", "ido", "ción", "idad"]', "endings = []", "endings is not"),
            ("ordinals = false", "ordinals = 1", "ordinals is not"),
            ('clitics = "', 'unfolded = { ss = 1 }\nclitics = "', "unfolded is not"),
            ('clitics = "', 'unfolded = { sz = "ß" }\nclitics = "', "which ß is not"),
            ('clitics = "', 'links = [1]\nclitics = "', "links is not"),
            ('abbreviations = """', 'abbreviations = """ Sr', "normalized: Sr"),
            ("[function_words]", "[function_words.more]", "the words of each class"),
        ],
    )
    def test_what_is_wrong_is_said(self, tmp_path, old, new, said):
        with pytest.raises(InputError, match=said):
            load_language(self.profile(tmp_path, **{old: new}))

    def test_an_unknown_language_names_the_known(self):
        with pytest.raises(UsageError, match="en") as caught:
            load_language("eng")
        assert ".toml" in str(caught.value.remedy)
