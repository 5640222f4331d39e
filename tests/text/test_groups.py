from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import InputError, UsageError
from evalkit.text.corpus import Corpus, Document, more_splits, read_corpus, split_corpus
from evalkit.text.groups import grouped, grouping_hash, together
from evalkit.text.io.options import ReadOptions
from evalkit.text.io.readers import read_passages

BOOKS = ("emma", "persuasion", "walden")


def corpus_of(*ids: str, text: str = "some text " * 60) -> Corpus:
    return Corpus("made", tuple(Document(id_, f"{id_} {text}") for id_ in ids))


def groups_of(corpus: Corpus) -> list[list[str]]:
    """The ids that are together, those that stand alone left out."""
    members: dict[str, list[str]] = {}
    for document in corpus.documents:
        if document.group is not None:
            members.setdefault(document.group, []).append(document.id)
    return sorted(sorted(ids) for ids in members.values())


def numbered(form: str, n: int = 4, books: tuple[str, ...] = BOOKS) -> list[str]:
    return [form.format(book, i) for book in books for i in range(1, n + 1)]


FORMS = [
    "{}-{:02}", "{}_ch{:02}", "{} {}", "{}.part.{}", "{}-chapter-{}", "{}_Ch_{:03}", "{}/ch{:02}", "{}/{:02}", "{}/{:02}-the-visit",
    "{0}/{0}-{1:02}", "novels/{}/chapter {}", "{}-{:02}-a-visitor", "{}_ch{:02}_the_letter", "{} - Chapter {}",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("by", ["auto", None])
def test_numbered_names_are_seen(form: str, by: str | None):
    ids = numbered(form)
    corpus = grouped(corpus_of(*ids), by)
    assert groups_of(corpus) == sorted(sorted(ids[i : i + 4]) for i in (0, 4, 8))
    assert len(corpus.notes) == 1
    assert ids[0] in corpus.notes[0]
    assert "3 texts" in corpus.notes[0]
    assert "--group" in corpus.notes[0]


def test_chapters_of_volumes_are_parts_of_one_text():
    ids = [f"{book}-vol{volume}-ch{chapter:02}" for book in BOOKS for volume in (1, 2) for chapter in (1, 2, 3)]
    assert len(groups_of(grouped(corpus_of(*ids)))) == 3
    assert len(groups_of(grouped(corpus_of(*numbered("book {} ch{}", books=tuple("abcilvx")))))) == 7
    roman = [f"{book}-ch-{number}" for book in BOOKS for number in ("i", "ii", "iii", "iv", "v", "ix")]
    assert len(groups_of(grouped(corpus_of(*roman), "auto"))) == 3


@pytest.mark.parametrize(
    "ids",
    [
        ["he", "book", "hound", "tomb"],
        ["1984", "catch-22", "fahrenheit-451", "emma"],
        [f"doc-{i:03}" for i in range(20)],
        [f"{i:04}" for i in range(20)],
        [f"train:{i}" for i in range(1, 30)],
        [f"{file}:{i}" for file in ("a-1", "a-2", "a-3", "b-1", "b-2", "b-3") for i in (1, 2, 3)],
        ["diary-1920-05-03", "diary-1920-05-04", "letter-1921-01-01", "letter-1922-01-01"],
        [f"{source}-{i:05}" for source in ("cnn", "bbc") for i in range(4000, 4040)],
    ],
)
def test_names_that_are_no_parts_change_nothing(ids: list[str]):
    corpus = corpus_of(*ids)
    assert grouped(corpus) == corpus
    assert grouped(corpus).notes == ()


@pytest.mark.parametrize("ids", [numbered("{}{:02}"), [*numbered("{}-{}"), *(f"tale of {i}x" for i in range(30))]])
def test_names_that_may_be_parts_are_only_said(ids: list[str]):
    corpus = grouped(corpus_of(*ids))
    assert not together(corpus.documents)
    assert "--group auto" in corpus.notes[0]
    assert len(groups_of(grouped(corpus_of(*ids), "auto"))) == 3


def test_folders_are_groups_where_auto_is_asked_for():
    ids = [f"{folder}/{name}" for folder in ("austen", "bronte") for name in ("a", "b", "c")] + ["preface"]
    default, auto = grouped(corpus_of(*ids)), grouped(corpus_of(*ids), "auto")
    assert not together(default.documents)
    assert "2 folders" in default.notes[0]
    assert "--group auto" in default.notes[0]
    assert groups_of(auto) == [sorted(ids[:3]), sorted(ids[3:6])]
    assert "austen" in auto.notes[0]


def test_auto_says_where_it_sees_nothing():
    assert "sees no numbered names" in grouped(corpus_of("a", "b"), "auto").notes[0]


def test_the_parts_of_one_text_are_said():
    assert "parts of one text" in grouped(corpus_of(*(f"emma-ch{i}" for i in range(1, 9)))).notes[0]


def test_none_leaves_every_document_alone():
    corpus = grouped(corpus_of(*numbered("{}-{}")), "none")
    assert not together(corpus.documents)
    assert corpus.notes == ()


def test_a_pattern_names_the_group():
    corpus = grouped(corpus_of("a-x", "a-y", "b-x", "preface"), r"(.+)-")
    assert [document.group for document in corpus.documents] == ["a", "a", "b", None]
    assert corpus.notes == ("1 document did not fit the pattern of groups, and each stands alone.",)


@pytest.mark.parametrize("by", ["(", "(a)(b)", "(z)", "(?:a)", "(" + "a" * 2000 + ")", "book"])
def test_what_cannot_group_is_refused_with_a_remedy(by: str):
    with pytest.raises(UsageError) as caught:
        grouped(corpus_of("a", "b"), by)
    assert caught.value.remedy


def test_groups_of_the_caller_are_kept():
    corpus = Corpus("made", (Document("a-1", "x", "g"), Document("a-2", "y", "g"), Document("b", "z")))
    assert grouped(corpus) == corpus
    assert groups_of(grouped(corpus, "none")) == []


@pytest.mark.parametrize("by", [None, "auto", "none", "(.)-"])
def test_grouping_again_changes_nothing(by: str | None):
    once = grouped(corpus_of(*numbered("{}-{}")), by)
    assert grouped(once, by) == once
    assert grouped(once, by).notes == once.notes


IDS = st.lists(st.text("ab-_/1:. ", min_size=1, max_size=12), min_size=1, max_size=12, unique=True)


@given(IDS, st.sampled_from([None, "auto", "none"]))
def test_any_names_are_taken(ids: list[str], by: str | None):
    corpus = corpus_of(*ids)
    assert [document.id for document in grouped(corpus, by).documents] == ids
    assert grouped(corpus, by).hash == corpus.hash


@given(IDS, st.randoms(use_true_random=False), st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_the_hash_of_a_grouping_tells_what_is_together_and_nothing_else(ids, rng, numbers):
    documents = [Document(id_, "x", f"g{number}" if number else None) for id_, number in zip(ids, numbers, strict=False)]
    renamed = [Document(document.id, "y", document.group and f"h{document.group}") for document in documents]
    rng.shuffle(renamed)
    assert grouping_hash(documents) == grouping_hash(renamed)
    assert (grouping_hash(documents) is None) == (not together(documents))
    alone = [Document(document.id, "x") for document in documents]
    assert grouping_hash(alone) is None


@given(IDS.filter(lambda ids: len(ids) > 1), st.lists(st.integers(0, 4), min_size=12, max_size=12), st.integers(0, 50))
def test_groups_are_held_out_as_a_whole(ids, numbers, seed):
    documents = tuple(
        Document(id_, f"{id_} text " * (99 + 40 * i), f"g{number}" if number else None)
        for i, (id_, number) in enumerate(zip(ids, numbers, strict=False))
    )
    corpus = Corpus("made", documents)
    for split in (split_corpus(corpus, seed=seed), *more_splits(corpus, 3, seed=seed)):
        assert sorted(document.id for document in [*split.train, *split.held_out]) == sorted(ids)
        assert split.train
        assert split.held_out
        shared = {document.group for document in split.train} & {document.group for document in split.held_out}
        assert shared <= {None}


def test_a_pattern_counts_groups_and_keeps_them_whole():
    corpus = grouped(corpus_of(*numbered("{}-{}"), "x"))
    assert {document.group for document in split_corpus(corpus, held_out="every:4:2").held_out} == {"walden"}
    assert [document.id for document in split_corpus(corpus, held_out="every:4:3").held_out] == ["x"]
    assert [document.id for document in split_corpus(corpus, held_out="emma-2").held_out] == [f"emma-{i}" for i in range(1, 5)]
    with pytest.raises(InputError, match="All groups"):
        split_corpus(grouped(corpus_of(*numbered("{}-{}"))), held_out="*-1")


def test_few_groups_are_said_with_what_they_do():
    few = split_corpus(grouped(corpus_of(*numbered("{}-{}"))))
    assert any("3 groups" in warning and "1 measure of 4" in warning for warning in few.warnings)
    many = split_corpus(grouped(corpus_of(*numbered("{}-{}", books=tuple(f"book {chr(97 + i)}" for i in range(20))))))
    assert not any("which is few" in warning for warning in many.warnings)


def test_a_corpus_of_one_group_is_split_by_document_and_said_to_be():
    split = split_corpus(Corpus("made", tuple(Document(f"d{i}", f"text {i} " * 99, "g") for i in range(6))))
    assert split.pseudo
    assert split.train
    assert split.held_out
    assert "one group" in split.warnings[0]
    assert all(document.group is None for document in [*split.train, *split.held_out])


class TestFields:
    def records(self, tmp_path: Path, *rows: dict[str, object], name: str = "books.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return str(path)

    def test_a_field_groups_records(self, tmp_path):
        rows = [{"text": f"chapter {i} " * 99, "book": ["emma", "walden"][i % 2], "meta": {"author": i % 3}} for i in range(6)]
        path = self.records(tmp_path, *rows)
        assert [document.group for document in read_corpus(path, group="book").documents] == ["emma", "walden"] * 3
        assert [document.group for document in read_corpus(path, options=ReadOptions(group="meta.author")).documents] == list(
            "012012"
        )
        assert not together(read_corpus(path).documents)

    def test_a_table_has_groups_too(self, tmp_path):
        path = tmp_path / "books.csv"
        path.write_text("book,text\nemma,It rained.\nemma,The lamp was lit.\nwalden,The pond froze.\n", encoding="utf-8")
        assert [document.group for document in read_corpus(str(path), group="book").documents] == ["emma", "emma", "walden"]

    def test_documents_of_several_records_have_one_group(self, tmp_path):
        rows = [{"text": f"page {i}", "chapter": f"c{i // 2}", "book": "b" if i < 4 else "a"} for i in range(6)]
        options = ReadOptions(document_field="chapter", group="book")
        path = self.records(tmp_path, *rows)
        assert [document.group for document in read_corpus(path, options=options).documents] == ["b", "b", "a"]
        rows[1]["book"] = "a"
        with pytest.raises(InputError, match="two groups"):
            read_corpus(self.records(tmp_path, *rows), options=options)

    def test_a_corpus_needs_the_field(self, tmp_path):
        with pytest.raises(InputError, match='no field "book"'):
            read_corpus(self.records(tmp_path, {"text": "It rained."}), group="book")
        (tmp_path / "a.txt").write_text("It rained.", encoding="utf-8")
        with pytest.raises(UsageError, match="Text files have no fields"):
            read_corpus(str(tmp_path / "a.txt"), group="book")

    def test_samples_may_have_it(self, tmp_path):
        options = ReadOptions(group="book")
        with_field = list(read_passages(self.records(tmp_path, {"text": "It rained.", "book": 7}), options=options))
        without = list(read_passages(self.records(tmp_path, {"text": "It rained."}), options=options))
        assert [passage.group for passage in (*with_field, *without)] == ["7", None]

    def test_the_group_is_not_taken_for_the_text(self, tmp_path):
        path = self.records(tmp_path, {"verse": "It rained.", "book": "emma"}, {"verse": "The lamp was lit.", "book": "walden"})
        assert [document.text for document in read_corpus(path, group="book").documents] == ["It rained.", "The lamp was lit."]


def test_named_corpora_are_grouped_too():
    corpus = read_corpus(group="^(.)")
    assert together(corpus.documents)
    assert corpus.hash == read_corpus().hash
