# ruff: noqa: RUF001 - the ends of sentences of other scripts look like ours
"""Sentences: NLTK's Punkt, trained on the reference, and the ends that Punkt does not know."""

from __future__ import annotations

import pytest

from evalkit.language.profile import load_language, shipped
from evalkit.language.sentences import SentenceSplitter
from evalkit.text import read_corpus

TALES = [tale.text for tale in read_corpus().documents]

PROSE = {
    "en": [
        "Dr. Penhallick came down at a quarter past six.",
        "Nobody had seen Mr. Vane since Tuesday, and Mrs. Vane would not be asked.",
        "Is the lamp lit?",
        "It was not!",
        "St. Olave's bell rang twice... and then it stopped.",
        "He wrote to No. 9, to the house of Prof. Aldous, and waited.",
        "The answer never came.",
    ],
    "es": [
        "El Sr. Vidal subió la escalera a las seis y cuarto.",
        "Nadie había visto a la Sra. Vidal desde el martes.",
        "¿Está encendida la lámpara?",
        "¡No lo estaba!",
        "El Dr. Rojas escribió a la casa y esperó.",
        "La respuesta no llegó nunca.",
    ],
    "de": [
        "Dr. Brandt kam um Viertel nach sechs herunter.",
        "Seit Dienstag hatte niemand Hrn. Voss gesehen.",
        "Brennt die Lampe?",
        "Sie brannte nicht!",
        "Prof. Adler schrieb an das Haus und wartete.",
        "Eine Antwort kam nie.",
    ],
}
"""Sentences written for these tests, in every language that comes with the package, with the abbreviations of their titles."""
TITLES = {"en": ["Dr.", "Mr.", "Mrs.", "St.", "No.", "Prof."], "es": ["Sr.", "Sra.", "Dr."], "de": ["Dr.", "Hrn.", "Prof."]}


def trained(code: str) -> SentenceSplitter:
    """A splitter that has read the language's abbreviations often enough, as it has of a reference."""
    names = ("Vane", "Aldous", "Brandt", "Vidal", "Penhallick", "Rojas", "Olave", "Voss", "Adler", "9")
    titled = [f"{title} {name} {word}." for name in names for title in TITLES[code] for word in ("came", "slept", "wrote", "sang")]
    return SentenceSplitter([" ".join([*titled, *PROSE[code]])])


@pytest.mark.parametrize("code", sorted(PROSE))
def test_sentences_of_every_language_that_ships(code):
    assert list(trained(code).split(" ".join(PROSE[code]))) == PROSE[code]


KNOWN = {
    "de": [
        "Am 3. Mai, um 8.30 Uhr, kam Hr. Voss, z. B. wegen der 3,5 Meter.",
        "Ludwig XIV. wohnte in Nr. 5 am 19. Platz.",
        "\u201eBrennt sie?\u201c",
        "Es waren 12.",
        "Dann ging er.",
        "\u00bbNiemand.\u00ab",
        "Das war 1923.",
        "Ende.",
    ],
    "es": [
        "El Sr. Vidal midi\u00f3 3,5 metros en la Av. Mayor, n\u00fam. 5, con la Dra. Rojas.",
        "\u00ab\u00bfEst\u00e1 encendida?\u00bb",
        "\u2014\u00a1No!",
        "Eran 12.",
        "Uds. lo saben, p. ej. por el prof. Ruiz.",
        "\u00bfY t\u00fa?",
        "Fin.",
    ],
}
"""Sentences with abbreviations, ordinals and marks that no text has taught."""


@pytest.mark.parametrize("code", sorted(KNOWN))
def test_a_profile_knows_abbreviations_and_ordinals_that_no_text_has_taught(code):
    untaught = ["Fin. Ende."]
    known = list(SentenceSplitter(untaught, load_language(code)).split(" ".join(KNOWN[code])))
    assert known == KNOWN[code]
    assert list(SentenceSplitter(untaught).split(" ".join(KNOWN[code]))) != known


def test_english_knows_what_its_text_has_taught():
    english = load_language("en")
    assert not english.abbreviations and not english.ordinals
    text = " ".join(PROSE["en"])
    assert list(SentenceSplitter(TALES, english).split(text)) == list(SentenceSplitter(TALES).split(text))


def test_the_sentences_are_of_languages_that_ship():
    assert set(PROSE) <= set(shipped())


def test_an_ellipsis_ends_a_sentence_however_it_is_typed():
    splitter = SentenceSplitter(TALES)
    text = "It was dark... She left. He stayed... They went out."
    assert list(splitter.split(text)) == ["It was dark...", "She left.", "He stayed...", "They went out."]
    assert list(splitter.split(text.replace("...", "\u2026"))) == list(splitter.split(text))
    assert list(splitter.split("It was\u2026 well, dark.")) == ["It was... well, dark."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("दीपक जल रहा था। कोई नहीं आया। वह सो गया॥", ["दीपक जल रहा था।", "कोई नहीं आया।", "वह सो गया॥"]),
        ("灯火点亮了。没有人来！“谁？”他问。", ["灯火点亮了。", "没有人来！", "“谁？”", "他问。"]),
        ("「灯は？」彼は言った。誰も来ない。", ["「灯は？」", "彼は言った。", "誰も来ない。"]),
        ("هل جاء أحد؟ لم يأت أحد.", ["هل جاء أحد؟", "لم يأت أحد."]),
        ("چراغ روشن تھا۔ کوئی نہ آیا۔", ["چراغ روشن تھا۔", "کوئی نہ آیا۔"]),
        ("መብራቱ በራ። ማንም አልመጣም።", ["መብራቱ በራ።", "ማንም አልመጣም።"]),
        ("", []),
        ("。", ["。"]),
    ],
)
def test_ends_that_punkt_does_not_know(text, expected):
    assert list(SentenceSplitter(TALES[:2]).split(text)) == expected


def test_where_lines_end_changes_no_sentence():
    text = TALES[3][:6000]
    flat = SentenceSplitter(TALES).lengths(["\n\n".join(" ".join(p.split()) for p in text.split("\n\n"))])
    wrapped = SentenceSplitter([tale.replace(" ", "\n", 400) for tale in TALES]).lengths([text.replace(", ", ",\n")])
    assert flat.sum() > 30 and (flat == wrapped).all()
