"""Reads, fits and draws candidates: a `Candidate` is parsed from `NAME=SPEC`, and `Drawn` holds its passages at the `Shape` of the run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import generators
from evalkit._util.formatting import count
from evalkit._util.paths import exists, resolved
from evalkit._util.urls import without_keys
from evalkit.errors import InputError, SpecError, UsageError, one_of
from evalkit.evaluation.likelihood import Likelihood, likelihood
from evalkit.text.canonical import canonical
from evalkit.text.groups import unit_of
from evalkit.text.io.formats import FORMATS, PACKINGS
from evalkit.text.io.options import DEFAULTS
from evalkit.text.io.readers import Reader, ReadOptions
from evalkit.text.io.reports import ReadReport, joined
from evalkit.text.passages import Passage, fit_length
from evalkit.text.split import Split
from generators.base import PLAIN, Decoding, Generator, Progress, silent
from generators.human import Human
from generators.training.checkpoints import is_checkpoints, read_index

Kind = Literal["generator", "model", "samples"]
Passages = tuple[Passage, ...]
# The surrogates are bytes of the command line that are not UTF-8, which may be letters in the encoding of another machine.
_NAMED = re.compile(r"^([\w.+\udc80-\udcff-]+)=(.+)$", re.DOTALL)
_LONGEST_NAME = 40
_EXTERNAL = "generators.external."
"""Begins the places of generators that start programs, ask servers or load what others have trained."""
_CUT_MARGIN = 40
"""Characters that generators are asked for beyond a passage's length, so that a cut at a space seldom makes it short."""


NO_LIKELIHOOD = Likelihood(reason="samples on disk carry no probabilities")


@dataclass(frozen=True)
class Candidate:
    """A generator, saved model or set of samples to be compared.

    Args:
        name: how reports call it.
        spec: as written, without the name.
        kind: "generator" is fitted on the reference, "model" is fitted already, "samples" are read.
        cached: whether a generator that is slow to fit may be taken from the cache of fitted ones, and is kept there.
        passages: samples that are in memory; None where they are to be read.
        reports: what was read of records that are in memory.
        fitted: a model that is in memory; None where it is to be loaded or fitted.
    """

    name: str
    spec: str
    kind: Kind
    cached: bool = True
    passages: tuple[Passage, ...] | None = None
    reports: tuple[ReadReport, ...] = ()
    fitted: Generator | None = None

    @property
    def is_human(self) -> bool:
        """Whether it is held-out human text, of which there is only so much."""
        return self.kind == "generator" and self.spec.partition(":")[0] == Human.name

    @property
    def holds_checkpoints(self) -> bool:
        """Whether it is a folder of samples that were drawn during a training."""
        return self.kind == "samples" and self.passages is None and is_checkpoints(self.spec)


@dataclass(frozen=True)
class Shape:
    """How much text of each candidate is measured: passages x characters.

    Args:
        n_passages: of each candidate; pieces, where samples are longer than a passage.
        n_chars: about the length of each.
        n_samples: of each candidate at most, where passages are pieces of samples; None takes as many samples as passages are needed.
    """

    n_passages: int
    n_chars: int
    n_samples: int | None = None

    def __str__(self) -> str:
        return f"{count(self.n_passages, 'passage')} x {count(self.n_chars, 'character')}"


class Documents(Protocol):
    """The part of a reference that generators are fitted on and human passages are cut from."""

    @property
    def split(self) -> Split:
        """The documents to learn from and those held out."""

    @property
    def held_out_texts(self) -> list[str]:
        """The text of each held-out document, in canonical form."""


@dataclass(frozen=True)
class LeftOut:
    """Text of a candidate that was given and is not judged.

    Args:
        n_chars: characters that are not judged.
        of: characters that were given.
        reasons: why, as clauses.
        remedy: how all of it is judged, as a sentence; "" where nothing helps.
    """

    n_chars: int
    of: int
    reasons: tuple[str, ...]
    remedy: str = ""

    @property
    def share(self) -> float:
        """Share of the characters that are not judged, above 0 and at most 1."""
        return self.n_chars / self.of

    def sentence(self, name: str) -> str:
        """What the reader of a run must know first.

        >>> LeftOut(380, 1000, ("200 of its 322 samples were drawn",), "Give --passages 322.").sentence("new")
        '38 % of the characters of new were not judged: 200 of its 322 samples were drawn. Give --passages 322.'
        """
        share = f"{100 * self.share:.{0 if self.share >= 0.01 else 2}f}" if self.share >= 0.0001 else "Less than .01"
        return f"{share} % of the characters of {name} were not judged: {'; '.join(self.reasons)}. {self.remedy}".rstrip()


@dataclass(frozen=True)
class Drawn:
    """A candidate with its passages.

    Args:
        candidate: what they were drawn from.
        passages: each about `Shape.n_chars` long.
        describe: the generator's description of itself; JSON values.
        likelihood: of the held-out documents under the generator.
        notes: how the passages were brought to the shape, for people.
        left_out: the text that was given and is not judged; None where all of it is.
        reports: what was read, of samples on disk, one report for all files of one kind.
        read: all passages as they were read, before any was cut or left out; None where that is `passages`.
        generator: that drew them, so that it can draw more; None of samples on disk.
    """

    candidate: Candidate
    passages: tuple[Passage, ...]
    describe: dict[str, object]
    likelihood: Likelihood
    notes: tuple[str, ...] = ()
    left_out: LeftOut | None = None
    reports: tuple[ReadReport, ...] = ()
    read: tuple[Passage, ...] | None = None
    generator: Generator | None = None

    @property
    def given(self) -> tuple[Passage, ...]:
        """The passages that the audit looks at: all of them, as they were given."""
        return self.passages if self.read is None else self.read


class Samples(list[Passage]):
    """The passages of samples, as they are.

    Args:
        passages: in the order of their files.
        reports: what was read, one report for all files of one kind; none of texts in memory.
    """

    def __init__(self, passages: Iterable[Passage], reports: Iterable[ReadReport] = ()) -> None:
        super().__init__(passages)
        self.reports = tuple(reports)


def parse_candidate(text: str, *, cached: bool = True) -> Candidate:
    """A candidate from its specification.

    Args:
        text: `SPEC` or `NAME=SPEC`, the specification being a generator (`ngram:order=8`), a saved model (`model:DIR`) or samples
            (a file, folder, glob or URL).
        cached: whether fitted generators are taken from the cache and kept there.

    Raises:
        SpecError: when it is neither a generator nor looks like a path; the message names near matches.
        UsageError: when a generator needs something that this machine does not have.
        ModelError: when there is no saved model.
    """
    named = _NAMED.match(text)
    name, spec = (named[1], named[2]) if named else (text, text)
    head, _, rest = spec.partition(":")
    if head == "model":
        from generators.storage.models import read_meta

        read_meta(rest)  # a folder without a model must be refused before the first candidate is fitted
        return Candidate(name if named else Path(rest).name, spec, "model")
    if head in generators.NAMES:  # a name wins over a file of that name; write ./lstm for the file
        # An unknown option or a missing program must be refused before the first candidate is fitted.
        generators.create(spec).check_available()
        return Candidate(name if named or len(spec) <= _LONGEST_NAME else head, spec, "generator", cached)
    if exists(spec) or any(mark in spec for mark in "/\\*?.") or "://" in spec:
        # Checkpoints are in a folder of the model's folder, and the model's folder has the telling name.
        place = str(resolved(spec).parent) if is_checkpoints(spec) else spec
        return Candidate(name if named else _stem(place), spec, "samples")
    raise SpecError(
        f'"{spec}" is neither a generator nor a file.',
        remedy=one_of(head, generators.NAMES) + " Samples are given as a path, a quoted glob or a URL.",
    )


def _stem(path: str) -> str:
    """A short name for samples: the file's name without its extensions, or the glob as it is; of a URL without what may be a key."""
    if path.startswith(("http://", "https://")):
        path = without_keys(path)
    if any(mark in path for mark in "*?"):
        return path
    file_name = path.rstrip("/").rsplit("/", 1)[-1]
    known = "|".join(extension[1:] for format_ in FORMATS.values() for extension in format_.extensions)
    return re.sub(rf"(\.({known}|{'|'.join(packing[1:] for packing in PACKINGS)}))+$", "", file_name) or path


def is_drawn_here(spec: str) -> bool:
    """Whether a specification names a generator or saved model of ours: no program is started, no server asked and no other package imported for it.

    A specification that stands in a file may be anybody's, and must not choose what runs.

    >>> is_drawn_here("ngram:order=8"), is_drawn_here("command:run=./sample.sh")
    (True, False)
    """
    head, _, rest = spec.partition(":")
    if head == "model":
        from generators.storage.models import read_meta

        head = str(read_meta(rest).get("generator"))
    return not generators.NAMES.ours.get(head, _EXTERNAL).startswith(_EXTERNAL)


def parse_candidates(texts: Sequence[str], *, cached: bool = True) -> list[Candidate]:
    """Several candidates, their names made unique; arguments as for `parse_candidate`.

    Raises:
        SpecError: for all unusable ones at once.
    """
    parsed: list[Candidate] = []
    errors: list[SpecError] = []
    for text in texts:
        try:
            candidate = parse_candidate(text, cached=cached)
        except SpecError as error:
            errors.append(error)
            continue
        taken = {other.name for other in parsed}
        if candidate.name in taken:
            # A name that was written twice is an error; one that was derived gets a number.
            if _NAMED.match(text):
                errors.append(SpecError(f'Two candidates are called "{candidate.name}".', remedy="Give each NAME= once."))
            number = next(i for i in range(2, len(texts) + 2) if f"{candidate.name} ({i})" not in taken)
            candidate = replace(candidate, name=f"{candidate.name} ({number})")
        parsed.append(candidate)
    if errors:
        remedies = dict.fromkeys(error.remedy for error in errors if error.remedy)
        raise SpecError(" ".join(error.problem for error in errors), remedy=" ".join(remedies))
    return parsed


def texts_candidate(name: str, texts: Iterable[str | Mapping[str, Any]], *, read: ReadOptions = DEFAULTS) -> Candidate:
    """A candidate whose samples are in memory, or come one at a time.

    Args:
        name: of the candidate.
        texts: strings, or records with one in a field, one a passage; taken once, to their end.
        read: the fields of records.

    Raises:
        UsageError: when there are none, or one is neither.
        InputError: for records, as for those of a file.
    """
    items = iter(texts)
    first = next(items, None)
    if first is None:
        raise UsageError(f'"{name}" has no texts.', remedy="Give at least one string.")
    if isinstance(first, Mapping):
        from evalkit.text.io.given import GivenReader

        reader = GivenReader(name, itertools.chain([first], items), options=read)
        records = tuple(reader.passages())
        return Candidate(name, count(len(records), "record"), "samples", passages=records, reports=tuple(reader.reports))
    passages = []
    for i, text in enumerate(itertools.chain([first], items)):
        if not isinstance(text, str):
            raise UsageError(
                f'Text {i} of "{name}" is of the type {type(text).__name__}.',
                remedy='Give strings, or records such as {"text": "..."}, one a passage.',
            )
        passages.append(Passage(text, f"{i:04d}"))
    return Candidate(name, count(len(passages), "text"), "samples", passages=tuple(passages))


def fitted_candidate(name: str, generator: Generator) -> Candidate:
    """A candidate that is a fitted generator in memory.

    Raises:
        UsageError: when it has not been fitted.
    """
    # Fitting stores what was learned. A generator that holds no more than a new one with the same options has learned nothing yet.
    new = type(generator)(**generator.options())
    if generator.learns and vars(generator).keys() <= vars(new).keys():
        raise UsageError(
            f'The generator "{generator.name}" has not been fitted.',
            remedy=f'Call its fit(documents) first, or give the specification "{generator.name}", which is fitted to the reference.',
        )
    return Candidate(name, generator.name, "model", fitted=generator)


def read_samples(candidate: Candidate, options: ReadOptions) -> Samples:
    """The passages of a candidate of the kind "samples", as they are; of a training's checkpoints those of the last one."""
    if candidate.passages is not None:
        return Samples(candidate.passages, candidate.reports)
    last = Path(candidate.spec) / read_index(candidate.spec)[-1].file if candidate.holds_checkpoints else candidate.spec
    reader = Reader(last, options=options)
    passages = list(reader.passages())  # the reports are there once all is read
    return Samples(passages, joined(reader.reports))


def generate(
    candidate: Candidate,
    reference: Documents,
    shape: Shape,
    *,
    seed: int,
    decoding: Decoding = PLAIN,
    progress: Progress = silent,
) -> Drawn:
    """Fits or loads a candidate's generator and draws its passages.

    Raises:
        InputError: when all passages are empty.
    """
    generator = ready(candidate, reference, seed=seed, progress=progress)
    passages, given = _draw(generator, reference, shape, seed=seed, decoding=decoding, progress=progress)
    if not any(passage.text.strip() for passage in passages):
        raise InputError(f'The generator "{candidate.name}" yielded no text.', remedy="Ask for longer passages with --chars.")
    measured = likelihood_of_held_out(generator, reference, seed=seed)
    few = f"it yields {count(len(passages), 'passage')} where {shape.n_passages:,} were asked for"
    unknown = measured.unknown_in_words("the held-out text")
    notes = [*([few] if len(passages) < shape.n_passages else []), *([unknown] if unknown else [])]
    return Drawn(candidate, passages, generator.describe(), measured, tuple(notes), read=given, generator=generator)


def likelihood_of_held_out(generator: Generator, reference: Documents, *, seed: int) -> Likelihood:
    """Bits of the held-out documents under a generator."""
    held_out = reference.split.held_out
    return likelihood(generator, [document.text for document in held_out], groups=list(map(unit_of, held_out)), seed=seed)


def _draw(
    generator: Generator, reference: Documents, shape: Shape, *, seed: int, decoding: Decoding, progress: Progress
) -> tuple[Passages, Passages]:
    if isinstance(generator, Human):
        # Human passages share documents, and every interval must know which.
        documents = reference.split.held_out
        pieces = Human().fit((), held_out=reference.held_out_texts).cut(shape.n_chars, seed=seed)[: shape.n_passages]
        passages = tuple(
            Passage(text, f"{i:04d}", documents[row].id, group=documents[row].group) for i, (row, text) in enumerate(pieces)
        )
        return passages, passages
    return sampled(generator, shape, seed=seed, decoding=decoding, progress=progress)


def sampled(
    generator: Generator, shape: Shape, *, seed: int, first: int = 0, decoding: Decoding = PLAIN, progress: Progress = silent
) -> tuple[Passages, Passages]:
    """Independent passages of a fitted generator, each cut to the shape's length: in canonical form, and as they were drawn.

    The first of them has the number `first`, so that further passages continue those that were drawn before.
    """
    n_chars = shape.n_chars + _CUT_MARGIN
    texts = generator.sample(shape.n_passages, n_chars, seed=seed, first=first, decoding=decoding, progress=progress)
    canonically = tuple(Passage(fit_length(canonical(text), shape.n_chars), f"{i:04d}") for i, text in enumerate(texts, first))
    return canonically, tuple(Passage(fit_length(text, shape.n_chars), f"{i:04d}") for i, text in enumerate(texts, first))


def ready(candidate: Candidate, reference: Documents, *, seed: int, progress: Progress = silent) -> Generator:
    """The generator of a candidate: in memory already, loaded, taken from the cache of fitted ones, or fitted on the reference.

    Raises:
        UsageError: for samples, which cannot be drawn anew.
    """
    if candidate.fitted is not None:
        return candidate.fitted
    if candidate.kind == "samples":
        raise UsageError(
            f'"{candidate.spec}" holds samples, which cannot be drawn anew.', remedy="Give a generator or a saved model."
        )
    if candidate.kind == "model":
        from generators.storage.models import load

        return load(Path(candidate.spec.partition(":")[2]))
    train = [document.text for document in reference.split.train]
    held_out = [document.text for document in reference.split.held_out]
    progress(f"fitting {candidate.name}", 0, 1)
    generator = generators.create(candidate.spec)
    if candidate.cached and generator.slow_to_fit:
        from generators.storage.cache import ModelCache

        return ModelCache().fit(generator, train, held_out=held_out, seed=seed, progress=progress)
    return generator.fit(train, held_out=held_out, seed=seed, progress=progress)
