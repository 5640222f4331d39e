"""The how-to of docs/languages.md for a language of one's own is followed to the letter, with Dutch."""

from __future__ import annotations

import json
import re
import shlex

import numpy as np
import pytest

from evalkit.evaluation.reference import base_lexicon
from evalkit.language.profile import load_language
from evalkit.language.sentences import SentenceSplitter
from tests.support.paths import ROOT

HOW_TO = (ROOT / "docs" / "languages.md").read_text(encoding="utf-8").partition("## A language of your own")[2]
PROFILE = re.search(r'^```toml title="([^"]+)"\n(.*?)^```$', HOW_TO, re.MULTILINE | re.DOTALL)
COMMANDS = re.search(r"^```sh\n(.*?)^```$", HOW_TO, re.MULTILINE | re.DOTALL)
SENTENCES = [
    "De vuurtorenwachter liep langzaam de trap op en keek naar de zee.",
    "Niemand had hem gezien sinds de laatste storm.",
    "Het water was grijs, en boven de haven hing een mist die niet wilde wijken.",
    "Dhr. Visser zei dat de klok van de kerktoren stilstond.",
    "Zij vroeg of er nog hoop was, maar hij zweeg.",
    "De vissersboot lag op het strand met de kiel naar boven.",
    "Er was een stilte die men kon horen.",
    "Mijn grootvader vertelde ons over de eenzaamheid van de duinen.",
    "Waarom brandt het licht niet meer?",
    "In de keuken stond een tafel, en op de tafel lag een brief van mijn moeder.",
    "Wij hebben de hele nacht gewacht op een teken.",
    "De waarheid is dat ik bang was voor het donker.",
    "Eindelijk kwam de morgen, en met de morgen kwam de regen.",
    "Hij opende de deur van het huis en zag niets dan zand.",
    "De onderwijzer had een zwarte jas en een vriendelijke stem.",
    "Nooit zal ik die ontmoeting vergeten.",
]
"""Written for this test."""


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    assert PROFILE
    path = tmp_path_factory.mktemp("dutch") / PROFILE[1]
    path.write_text(PROFILE[2], encoding="utf-8")
    return path


def test_the_how_to_works_as_it_is_written(evalkit, workspace, profile):
    (workspace / profile.name).write_text(profile.read_text(encoding="utf-8"), encoding="utf-8")
    (workspace / "verhalen").mkdir()
    rng = np.random.default_rng(0)
    for number in range(10):
        text = " ".join(sentence for _ in range(3) for sentence in rng.permutation(SENTENCES))
        (workspace / "verhalen" / f"{number}.txt").write_text(text, encoding="utf-8")
    assert COMMANDS
    printed = ""
    for command in COMMANDS[1].splitlines():
        program, *arguments = shlex.split(command)
        assert program == "evalkit"
        code, out, err = evalkit(*arguments)
        assert code == 0, f"{command}\n{err}"
        printed += out
    assert "suffix.heid" in printed and "heid not at the end, percent" in printed
    data = json.loads((workspace / "dutch.json").read_text(encoding="utf-8"))
    assert {"suffix.ing", "suffix.te", "suffix.lijk", "word.het"} <= set(data["metrics"])
    values = {row["metric"]: row["value"] for row in data["results"] if row["candidate"] == "human"}
    assert values["vocab.dictionary"] > 0.95
    assert 0.4 < values["function.share"] < 0.6
    assert 9 < values["sentence.mean"] < 13
    assert 'lang="nl"' in (workspace / "dutch.html").read_text(encoding="utf-8")


def test_its_dictionary_and_its_sentences_are_dutch(profile):
    dictionary = base_lexicon(str(profile)).dictionary
    assert all(word in dictionary for word in ("vuurtorenwachter", "vissersboot", "waarheid"))
    assert "vuurtrenwachter" not in dictionary
    text = " ".join(SENTENCES)
    assert list(SentenceSplitter(["Einde."], load_language(str(profile))).split(text)) == SENTENCES
