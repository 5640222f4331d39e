"""Every check of the audit: planted faults are counted exactly, sound text is left alone, and no text is too hostile."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from evalkit._util.resources import data_path
from evalkit.auditing import Background, Given
from evalkit.auditing.checks import CUT_ODDS
from evalkit.metrics import AuditMetric, catalogue
from evalkit.text.corpus import read_corpus, split_corpus
from evalkit.text.io.readers import read_documents
from evalkit.text.passages import Passage, fit_length, slices
from evalkit.text.tokenize import words
from tests.support.page import HOSTILE

CHECKS = catalogue(AuditMetric)
TALES = [document.text for document in read_documents(data_path("tales"))]
BACKGROUND = Background.of(TALES[:12])
HUMAN = [piece for tale in TALES[12:] for piece in slices(tale, 500)]
N = len(HUMAN)
SENTENCE = "The keeper went down to the water and counted the strokes of the bell before the lamp went out. "


def passages(texts):
    return [Passage(text, str(i)) for i, text in enumerate(texts)]


def found(texts, background=BACKGROUND):
    """How many passages each check flags, where it flags any."""
    given = Given(passages(texts))
    counts = {id_: len(check.flag(given, background)) for id_, check in CHECKS.items()}
    return {id_.removeprefix("audit."): n for id_, n in counts.items() if n}


def every(n, spoil):
    """Human passages of which every n-th is spoilt."""
    return [spoil(text, i) if i % n == 0 else text for i, text in enumerate(HUMAN)]


SPOILT = len(range(0, N, 5))
CYRILLIC = {ord(letter): chr(0x430 + i) for i, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
GERMAN = (
    "der die das und oder aber nicht noch schon immer wieder hinter unter vor nach mit ohne gegen von zu sie er es wir ich du ihr "
    "Licht Nacht Meer Sturm Turm Glocke Boot Hafen Stadt Haus Tor Brief Buch Hand Auge Stimme Wasser Wind Jahr Tag Stunde "
    "sah ging kam stand fiel rief schwieg wusste dachte fand hielt lag"
)

PLANTED = {
    "nothing": ("empty", lambda text, i: ""),
    "white space": ("empty", lambda text, i: " \n\t\u00a0"),
    "only invisible characters": ("empty", lambda text, i: "\u200b\u2060\ufeff"),
    "a traceback": ("error", lambda text, i: "Traceback (most recent call last):"),
    "a traceback of many lines": (
        "error",
        lambda text, i: 'Traceback (most recent call last):\n  File "x.py", line 1\n' * 40 + f"ValueError: {i}",
    ),
    "null": ("error", lambda text, i: "null"),
    "None": ("error", lambda text, i: " None\n"),
    "nan in quotes": ("error", lambda text, i: '"NaN"'),
    "an object": ("error", lambda text, i: "[object Object]"),
    "an error": ("error", lambda text, i: f"Error: the request {i} failed"),
    "an HTTP error": ("error", lambda text, i: "HTTP 500 Internal Server Error"),
    "a rate limit": ("error", lambda text, i: "Rate limit reached for gpt in organization org on tokens per min."),
    "a rate limit's class": (
        "error",
        lambda text, i: "openai.RateLimitError: Error code: 429 - {'error': {'message': 'slow down'}}",
    ),
    "a timeout": ("error", lambda text, i: "Request timed out."),
    "an error of JSON": ("error", lambda text, i: '{"error": {"message": "overloaded", "code": 503}}'),
    "an error page": ("error", lambda text, i: "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>"),
    "no memory": ("error", lambda text, i: "CUDA out of memory. Tried to allocate 2.00 GiB"),
    "a model that names itself": ("error", lambda text, i: f"As an AI language model, I cannot write stories. {text}"),
    "a refusal": ("error", lambda text, i: "I\u2019m sorry, but I can\u2019t assist with that request."),
    "a short refusal": ("error", lambda text, i: "I cannot fulfill this request."),
    "a German refusal": ("error", lambda text, i: "Es tut mir leid, aber ich kann bei dieser Anfrage nicht helfen."),
    "copies": ("identical", lambda text, i: HUMAN[1]),
    "copies with other white space": ("identical", lambda text, i: HUMAN[1].replace(" ", "  ")),
    "near copies": ("near_identical", lambda text, i: f"{HUMAN[1][:-30]} It was number {i}."),
    "loops of a character": ("loops", lambda text, i: text[:300] + "a" * 200),
    "loops of a word": ("loops", lambda text, i: text[:300] + " the" * 60),
    "loops of half the passage": ("loops", lambda text, i: text[:250] * 2),
    "loops cut in a turn": ("loops", lambda text, i: (text[:300] + text[260:300] * 20)[:500]),
    "loops with a number that changes": (
        "loops",
        lambda text, i: text[:200] + "".join(f"{n}. The keeper went down to the water. " for n in range(1, 12)),
    ),
    "loops of white space": ("loops", lambda text, i: text[:200] + "\n" * 300),
    "an accent read as Latin-1": ("mojibake", lambda text, i: text[:200] + " caf\u00e9 ".encode().decode("latin-1") + text[200:]),
    "quotation marks read as Windows-1252": (
        "mojibake",
        lambda text, i: "\u201cHm\u2019s\u201d".encode().decode("cp1252", "replace") + text,
    ),
    "read wrongly twice": (
        "mojibake",
        lambda text, i: "don\u2019t ".encode().decode("cp1252").encode().decode("cp1252", "replace").replace("\ufffd", "") + text,
    ),
    "replacement characters": ("mojibake", lambda text, i: f"\ufffd{text}"),
    "C1 controls": ("mojibake", lambda text, i: f"don\x92t {text}"),
    "Cyrillic read as Latin-1": ("mojibake", lambda text, i: text + "\u043c\u0430\u044f\u043a".encode().decode("latin-1")),
    "zero-width spaces": ("invisible", lambda text, i: text.replace(" ", " \u200b")),
    "soft hyphens": ("invisible", lambda text, i: text.replace("e", "e\u00ad")),
    "a control character": ("invisible", lambda text, i: text[:50] + "\x07" + text[50:]),
    "Cyrillic": ("scripts", lambda text, i: text.translate(CYRILLIC)),
    "letters that look alike": ("scripts", lambda text, i: text.replace("he", "h\u0435", 1)),
    "tags": ("markup", lambda text, i: f"<p>{text}</p>"),
    "entities": ("markup", lambda text, i: f"{text[:100]}&nbsp;{text[100:]}"),
    "a fence": ("markup", lambda text, i: f"```\n{text}\n```"),
    "a heading": ("markup", lambda text, i: f"# Chapter {i}\n\n{text}"),
    "a link": ("markup", lambda text, i: f"[the tale](https://example.org/{i}) {text}"),
    "emphasis": ("markup", lambda text, i: f"**Chapter** {text}"),
    "a template's token": ("markup", lambda text, i: f"{text}<|im_end|>"),
    "letters drawn at random": ("unknown_words", lambda text, i: "".join(random.Random(i).choices("etaoinshrdlu     ", k=500))),
    "another language": ("unknown_words", lambda text, i: " ".join(random.Random(i).choices(GERMAN.split(), k=60))),
    "a few words": ("short", lambda text, i: fit_length(text, 60)),
    "broken words": (
        "hyphens",
        lambda text, i: text.replace(" the ", " light-\nhouse ", 1) if " the " in text else f"light-\nhouse {text}",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_faults_are_counted_exactly(name):
    """One passage in five is spoilt, and no check finds anything else."""
    check, spoil = PLANTED[name]
    before = found(HUMAN)
    after = found(every(5, spoil))
    assert after.pop(check) == before.get(check, 0) + SPOILT, after
    # A loop may also be cut inside a word.
    assert {id_: n for id_, n in after.items() if n > before.get(id_, 0) and (check, id_) != ("loops", "cut_off")} == {}


def test_the_first_of_copies_is_no_copy():
    assert found([SENTENCE] * 60) == {"identical": 59}
    assert found([text for text in HUMAN[:10] for _ in range(2)]) == {"identical": 10}
    assert found(["", "", "null", "null"]) == {"empty": 2, "error": 2}


def test_human_text_is_flagged_at_its_stated_rate():
    """docs/reference/audit.md: of the held-out tales fewer than 2 in 100 passages end in what looks like the beginning of a word, and nothing else."""
    assert {id_: n for id_, n in found(HUMAN).items() if id_ != "cut_off"} == {}
    assert found(HUMAN).get("cut_off", 0) <= 0.02 * N


def test_cut_ends_are_seen_as_often_as_is_stated():
    """docs/reference/audit.md: two cuts of three on a small reference; and of whole words hardly one in a hundred looks cut."""
    text = " ".join(TALES[12:])
    places = [place for place in range(400, len(text) - 1, 97) if text[place - 1].isalpha() and text[place].isalpha()]
    cut = [text[place - 400 : place] for place in places]
    assert 0.6 < found(cut)["cut_off"] / len(cut) < 0.85
    whole = words(text)
    assert sum(BACKGROUND.cut_odds(word) > CUT_ODDS for word in whole) < 0.015 * len(whole)


def test_text_of_pieces_of_words_has_no_cut_ends():
    """In noise every word looks cut off; to say that of its ends would say nothing."""
    noise = ["".join(reversed(text)) for text in HUMAN]
    assert "cut_off" not in found(noise)


FICTION = [
    "I'm sorry, but I can't stay, she said. The tide will not wait for me, and neither will you.",
    '"I cannot help you with that request," said the clerk, and shut the window.',
    "The error was mine. I had counted the strokes of the bell twice, and the lamp had gone out before the second.",
    "None of them had seen the keeper since the winter, and nobody asked.",
    "He had reached his limit, and the request of the abbot was refused before the bell had rung.",
    "Unable to reach the door, she waited in the memory of the house.",
    "Null and void, the notary wrote under it, and the matter was closed.",
    "Five hundred men went in, and not one was found.",
    "Terror: that was the word he had looked for, and it stood in the book.",
    "Unfortunately I could not stay at the inn, since the keeper had let his rooms.",
    "The connection between the two houses had been refused by both fathers.",
    "No answer was received from the lighthouse, and at dusk they launched the boat.",
    "Timeout of mind, the old women called it, and crossed themselves.",
]


@pytest.mark.parametrize("text", FICTION)
def test_fiction_is_no_error_message(text):
    assert found([text], Background()).get("error", 0) == 0


SOUND = {
    "French typography": "\u00ab\u00a0Le caf\u00e9\u00a0\u00bb, dit-il\u00a0; l\u2019\u00e9t\u00e9 fut \u00e2pre, o\u00f9 \u00e7a\u2026 \u00c0 No\u00ebl\u00a0! \u00ab\u00a0\u00c0\u00a0\u00bb \u00eatre, DIT-\u00c0\u00bb",
    "German quotation": "\u201eStra\u00dfe\u201c, sagte er. \u201eSpa\u00df\u201c? \u00bbGro\u00df\u00ab und \u203aWei\u00df\u2039 \u2013 \u00c4\u2026 \u00dc\u2026",
    "Portuguese capitals": "\u201cIRM\u00c3\u201d, disse. \u201cN\u00c3O\u201d e \u201cMA\u00c7\u00c3\u2026\u201d",
    "Vietnamese": "Ng\u01b0\u1eddi g\u00e1c h\u1ea3i \u0111\u0103ng \u0111i xu\u1ed1ng bi\u1ec3n v\u00e0 \u0111\u1ebfm ti\u1ebfng chu\u00f4ng.",
    "an emoji of several": "It was lit \U0001f469\u200d\U0001f680 and \u2764\ufe0f went out.",
    "an arrow and a comparison": "a < b & c > d, and x <- y",
    "an asterism": "It was lit.\n\n* * *\n\nIt went out.",
    "a compound at a line end": "a well-known lamp, half-lit -\nand then it went out",
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_typography_is_left_alone(name):
    assert found([SOUND[name]], Background.of([SOUND[name]])) == {}
    wrong = found([SOUND[name]], BACKGROUND)
    assert not set(wrong) & {"mojibake", "markup", "invisible", "hyphens", "error", "empty", "loops"}, wrong


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Persian", "\u0645\u06cc\u200c\u0631\u0648\u0645 \u0628\u0647 \u062e\u0627\u0646\u0647\u200c\u0647\u0627"),
        ("Hindi", "\u0930\u093e\u0937\u094d\u200d\u091f\u094d\u0930 \u0915\u094d\u200c\u0937\u0947\u0924\u094d\u0930"),
        (
            "Japanese",
            "\u706f\u53f0\u306e\u706f\u306f\u5915\u65b9\u306b\u3068\u3082\u3055\u308c\u305f\u3002\u30e9\u30f3\u30d7\u306f\u6d88\u3048\u305f\u3002",
        ),
    ],
)
def test_other_languages_are_sound_against_their_own_reference(name, text):
    assert found([f"{text}."], Background.of([f"{text}. " * 50])) == {}


@pytest.mark.parametrize("id_", CHECKS)
@pytest.mark.parametrize("name", HOSTILE)
def test_every_check_takes_hostile_text(id_, name):
    given = Given(passages([HOSTILE[name], HOSTILE[name] * 3, "x", SENTENCE, ""]))
    for evidence in CHECKS[id_].flag(given, BACKGROUND).values():
        assert evidence.text.encode("utf-8") is not None
        assert len(evidence.text) < 900  # a character of the excerpt may take eight to show
        assert "\x1b" not in evidence.text and "\n" not in evidence.text


PIECES = st.sampled_from(
    [
        *HOSTILE.values(),
        SENTENCE,
        " ",
        "\n",
        "a",
        "\u00c3",
        "\u20ac",
        "\u00e2\u20ac\u2122",
        "-\n",
        "<b>",
        "&amp;",
        "null",
        "# ",
        "\u200b",
        "\ufffd",
    ]
)
TEXTS = st.lists(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=6).map("".join)), max_size=8)


@settings(max_examples=150)
@for_all(TEXTS)
def test_every_check_is_total_and_orderly(texts):
    """Any texts: no error, indices in range and rising, and a passage is empty or an error or neither, never more."""
    given = Given(passages(texts))
    flags = {id_: list(check.flag(given, BACKGROUND)) for id_, check in CHECKS.items()}
    for flagged in flags.values():
        assert flagged == sorted(set(flagged))
        assert all(0 <= i < len(texts) for i in flagged)
    silent = {*flags["audit.empty"], *flags["audit.error"]}
    assert len(silent) == len(flags["audit.empty"]) + len(flags["audit.error"])
    for id_, flagged in flags.items():
        if id_ not in ("audit.empty", "audit.error"):
            assert not silent & set(flagged)


@settings(max_examples=60)
@for_all(TEXTS)
def test_passages_of_text_are_flagged_whatever_is_beside_them(texts):
    """Only copies and lengths look at other passages."""
    alone = ("error", "empty", "loops", "mojibake", "invisible", "scripts", "markup", "hyphens")
    together = Given(passages(texts))
    for name in alone:
        check = CHECKS[f"audit.{name}"]
        flagged = set(check.flag(together, BACKGROUND))
        assert flagged == {i for i, text in enumerate(texts) if check.flag(Given(passages([text])), BACKGROUND)}


NASTY = {
    "one letter": lambda n: "a" * n,
    "two letters": lambda n: "ab" * (n // 2),
    "nearly a loop": lambda n: "a" * (n - n // 6) + "b" + "a" * (n // 6),
    "open tags": lambda n: "<a " * (n // 3),
    "open brackets": lambda n: "[" * n,
    "ampersands": lambda n: "&a" * (n // 2),
    "lead bytes": lambda n: "\u00e2" * n,
    "hyphens": lambda n: "ab-\n" * (n // 4),
    "spaces after a hyphen": lambda n: "ab-" + " " * n,
    "stars": lambda n: "*" * n,
    "prose": lambda n: (SENTENCE * (n // len(SENTENCE) + 1))[:n],
    "errors": lambda n: "Error " * (n // 6),
}


@pytest.mark.parametrize("name", NASTY)
def test_the_time_is_in_proportion_to_the_length(name):
    """Half a million characters take seconds; anything quadratic would take hours."""
    given = Given(passages([NASTY[name](500_000)]))
    for check in CHECKS.values():
        start = time.perf_counter()
        check.flag(given, BACKGROUND)
        assert time.perf_counter() - start < 8, check.id


def test_a_reference_with_markup_makes_markup_ordinary():
    background = Background.of(["# One\n\nHe said **no**.", "A tale with &amp; and \u200b in it."])
    assert found(["# Two\n\nHe said **yes** &amp; went.\u200b"], background) == {}
    assert found(["# Two\n\n<b>no</b>"], background) == {"markup": 1}


def test_a_reference_in_another_script_makes_latin_foreign():
    background = Background.of(["\u0411\u044b\u043b\u0430 \u0442\u0438\u0445\u0430\u044f \u043d\u043e\u0447\u044c. " * 50])
    assert found([SENTENCE], background)["scripts"] == 1


def test_a_reason_why_there_is_no_text_is_an_error():
    given = Given([Passage("", "a", missing="its error field says: timeout"), Passage("", "b")])
    assert [evidence.note for evidence in CHECKS["audit.error"].flag(given, BACKGROUND).values()] == [
        "its error field says: timeout"
    ]
    assert list(CHECKS["audit.empty"].flag(given, BACKGROUND)) == [1]


def test_lovecraft_is_flagged_at_his_stated_rate(lovecraft):
    """docs/reference/audit.md: 1 of 821 passages of 300 characters ends in what looks cut off, none of them in anything else."""
    corpus = read_corpus(str(lovecraft))
    split = split_corpus(corpus, held_out="every:10:4")
    background = Background.of(document.text for document in split.train)
    for n_chars in (300, 1000, 2000):
        pieces = [piece for document in split.held_out for piece in slices(document.text, n_chars)]
        counts = found(pieces, background)
        assert counts.pop("cut_off", 0) <= 0.01 * len(pieces)
        assert counts == {}
