"""Passages to read: which are chosen, and what is marked in them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.counts.feature import Lexicon
from evalkit.counts.matrix import Scan
from evalkit.explain.excerpts import (
    _LOOP,
    LONGEST,
    N_EXAMPLES,
    _may_loop,
    choose_excerpts,
    human_excerpts,
    loops,
    mark_copies,
    nonwords,
    overused,
    show_words,
)
from evalkit.matching.corpus_index import CorpusIndex
from evalkit.results import Excerpt
from evalkit.text.passages import Passage

LEXICON = Lexicon({}, vocabulary=frozenset(["lamp", "keeper", "they"]), dictionary=frozenset(["naïve", "harbour"]))
STORY = "The keeper trimmed his lamp and went down to the harbour before the tide had turned against the wall."


def marked(text, spans):
    return [text[span.start : span.end] for span in spans]


def test_nonwords_are_in_neither_list():
    text = "The keeper's lamp, they'll grotch; naïve harbour-blist an ab."
    assert marked(text, nonwords(text, LEXICON)) == ["grotch", "blist"]


def test_nonwords_keep_their_place_in_text_that_is_not_normalized():
    text = "nai\u0308ve\u2019s zzgrotch"
    assert marked(text, nonwords(text, LEXICON)) == ["zzgrotch"]


@given(st.text(max_size=200))
def test_marks_lie_within_the_text(text):
    for span in [*nonwords(text, LEXICON), *loops(text)]:
        assert 0 <= span.start < span.end <= len(text)


def test_loops_repeat_three_times():
    assert loops("so and so and so") == []
    text = "it was the sea the sea the sea the sea."
    assert marked(text, loops(text)) == [" the sea the sea the sea the sea"]
    assert loops(" " * 100) == []


def test_best_worst_and_random_are_chosen_once_each():
    passages = [Passage(f"text {i}", str(i)) for i in range(6)]
    distances = np.array([0.3, 0.1, 0.9, np.nan, 0.5, 0.4])
    chosen = choose_excerpts(passages, distances, LEXICON, seed=0)
    assert [(found.role, found.id) for found in chosen] == [("best", "1"), ("median", "5"), ("worst", "2")]
    assert chosen == choose_excerpts(passages, distances, LEXICON, seed=3)


def test_passages_at_random_make_up_for_ranks_that_are_not_known():
    passages = [Passage(f"text {i}", str(i)) for i in range(6)]
    unknown = np.full(6, np.nan)
    chosen = choose_excerpts(passages, unknown, LEXICON, seed=0)
    assert [found.role for found in chosen] == ["random"] * 3
    assert len({found.id for found in chosen}) == 3
    assert chosen == choose_excerpts(passages, unknown, LEXICON, seed=0)
    assert chosen != choose_excerpts(passages, unknown, LEXICON, seed=3)


def test_a_single_passage_is_neither_best_nor_worst():
    chosen = choose_excerpts([Passage("a", "0")], np.array([0.1]), LEXICON, seed=0)
    assert [found.role for found in chosen] == ["random"]


def test_long_passages_are_cut_and_say_so():
    chosen = choose_excerpts([Passage("word " * 1000, "0")], np.array([np.nan]), LEXICON, seed=0)
    assert len(chosen[0].text) <= LONGEST
    assert chosen[0].n_chars == 5000
    assert chosen[0].distance is None


def test_human_excerpts_come_from_different_documents():
    passages = [Passage(f"text {i}", str(i), "one" if i < 9 else "two") for i in range(10)]
    for seed in range(5):
        assert {found.document for found in human_excerpts(passages, LEXICON, seed=seed)} == {"one", "two"}


def test_human_excerpts_have_ranks_where_distances_are_known():
    passages = [Passage(f"text {i}", str(i), "one") for i in range(4)]
    chosen = human_excerpts(passages, LEXICON, seed=0, distances=np.array([0.3, 0.1, np.nan, 0.2]))
    assert [(found.role, found.id) for found in chosen] == [("best", "1"), ("median", "3"), ("worst", "0")]


@pytest.fixture(scope="module")
def training():
    return CorpusIndex(
        Scan([STORY, "Nothing of this is copied by anybody at any time, as far as is known."]), ["story", "other"]
    ).training([0, 1])


def excerpt(text):
    return Excerpt(role="random", id="0", text=text, n_chars=len(text))


def test_copies_are_marked_with_their_source(training):
    copied = STORY[20:75]
    text = f"zzz {copied} qqq"
    found = mark_copies({"a": [excerpt("xyz"), excerpt(text)], "": [excerpt("w")]}, training)
    assert [len(excerpts) for excerpts in found.values()] == [2, 1]
    spans = found["a"][1].spans
    assert [(span.kind, span.source) for span in spans] == [("copied", "story")]
    assert copied.strip() in marked(text, spans)[0]
    assert found["a"][0].spans == []


def test_short_quotes_are_not_marked(training):
    assert mark_copies({"a": [excerpt(f"xx {STORY[20:45]} yy")]}, training)["a"][0].spans == []


def test_without_training_text_nothing_is_marked():
    assert mark_copies({"a": [excerpt(STORY)]}, None)["a"][0].spans == ()


def test_published_samples_are_marked_as_running_along_a_story(lovecraft, article_samples):
    """The article's samples follow real stories letter by letter (article/README: 44 to 61 % of positions), so the page must show which."""
    stories = sorted(lovecraft.glob("*.txt"))
    index = CorpusIndex(Scan([path.read_text(encoding="utf-8") for path in stories]), [path.stem for path in stories])
    texts = [path.read_text(encoding="utf-8") for path in sorted(article_samples.glob("*.txt"))]
    found = mark_copies({"published": [excerpt(text) for text in texts]}, index.training(range(len(stories))))
    followed = [{span.source for span in one.spans if span.kind == "shadow"} for one in found["published"]]
    assert sum(bool(sources) for sources in followed) >= 4
    assert any("dreams_in_the_witch" in source for sources in followed for source in sources)


@given(
    st.text("ab", max_size=60)
    | st.text("abc ", max_size=400)
    | st.integers(1, 130).map(lambda n: "x" + ("abcdefghijk" * 12)[:n] * 3)
)
def test_the_quick_look_for_loops_agrees_with_the_pattern(text):
    assert _may_loop(text) == bool(_LOOP.search(text))


def test_overused_words_are_marked_wherever_they_stand():
    text = "Tot, tottering tot's TOT; the tot."
    assert marked(text, overused(text, ["tot"])) == ["Tot", "TOT", "tot"]
    assert marked("L'Ami de l'ami", overused("L'Ami de l'ami", ["l'ami"])) == ["L'Ami", "l'ami"]


def test_a_word_that_no_excerpt_shows_brings_a_passage_that_does():
    passages = [
        Passage("the lamp", "0"),
        Passage("a tot here", "1"),
        Passage("tot and rum and gin", "2"),
        Passage("gin", "3"),
        Passage("ale", "4"),
    ]
    chosen = [Excerpt(role="random", id="0", text="the lamp", n_chars=8)]
    found = show_words(chosen, ["lamp", "tot", "rum", "gin"], passages, LEXICON)
    assert [(excerpt.id, excerpt.role) for excerpt in found] == [("0", "random"), ("2", "example")]
    assert [marked(excerpt.text, [span for span in excerpt.spans if span.kind == "overused"]) for excerpt in found] == [
        ["lamp"],
        ["tot", "rum", "gin"],
    ]


def test_a_few_passages_are_enough():
    words = [chr(ord("a") + i) * 3 for i in range(8)]
    passages = [Passage(word, str(i)) for i, word in enumerate(words)]
    found = show_words([], words, passages, LEXICON)
    assert [excerpt.id for excerpt in found] == [str(i) for i in range(N_EXAMPLES)]
    assert show_words([], [], passages, LEXICON) == []
