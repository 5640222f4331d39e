"""What a fuzzer that sees which code runs may call with any bytes: readers, the tokenizer, the compiled scan and specifications (`TARGETS`)."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalkit._util.escape import encodable
from evalkit.counts.compiled import scan
from evalkit.counts.matrix import Scanned, plain_scan
from evalkit.errors import EvalkitError
from evalkit.evaluation.candidates import parse_candidate
from evalkit.gating.sweep import parse_temperatures
from evalkit.text.canonical import canonical, matched
from evalkit.text.tokenize import words
from evalkit.trackers.registry import parse_destination
from generators.spec import GeneratorSpec, parse_generator
from tests.support.fuzz.subjects import SUBJECTS
from tests.support.texts import slow_words

_N_SEEDS = 24


@dataclass(frozen=True)
class Target:
    """What is called with bytes.

    Args:
        seeds: bytes to begin with, made in a folder.
        one: raises where something is wrong; it may work in the folder.
    """

    seeds: Callable[[Path], Sequence[bytes]]
    one: Callable[[bytes, Path], object]


def _file(name: str) -> Target:
    """A reader: what it reads is refused with one of our errors, or can be shown."""
    subject = SUBJECTS[name]

    def place(folder: Path) -> Path:
        path = folder / subject.file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def seeds(folder: Path) -> list[bytes]:
        place(folder)
        return [subject.text(subject.make(random.Random(f"{name} {i}"), folder)).encode() for i in range(_N_SEEDS)]

    def one(data: bytes, folder: Path) -> bool:
        path = place(folder)
        path.write_bytes(data)
        try:
            value = subject.read(path)
        except EvalkitError as error:
            encodable(str(error)).encode()
            return False
        forms = subject.show(value, folder)
        encodable(forms[zlib.crc32(data) % len(forms)][1]()).encode()
        return True

    return Target(seeds, one)


_TEXTS = (
    "The keeper\u2019s lamp wasn't lit.", "1'a 12b a1 a'1 1''a", "a\r\nb'c''d", "\u0390 \u0130 \ufb01 \u1e9e stra\u00dfe x\u0302y",
    "\U0001d400\U00010400 \u0436\u00fe", "\ud800 \udfff", "\u00bd\u2167 \u0967\u0968\u0915\u094d\u0937", "e" * 40,
)  # fmt: skip
_SPECIFICATIONS = (
    "ngram:order=8,unit=word", 'command:argv="sample.sh a,b",seeded=false', "name=unigram", "a=model:models/x", "human", "*.txt",
    "https://example.org/a.txt?key=1", "tensorboard:folder=runs,step=1200", "0.5,1,1.5", "0.1:1:0.1", "lstm:units=12,layers=2",
)  # fmt: skip


def _encoded(texts: Sequence[str]) -> Callable[[Path], list[bytes]]:
    return lambda _: [text.encode("utf-8", "surrogatepass") for text in texts]


def _text(data: bytes) -> str:
    """Any text, also with surrogates."""
    return data.decode("utf-8", "surrogateescape")


def _tokenized(data: bytes, _: Path) -> None:
    text = canonical(_text(data))
    assert words(text) == slow_words(text)
    assert canonical(text) == text


def _scanned(data: bytes, _: Path) -> None:
    texts = [matched(canonical(text)) for text in _text(data).split("\0")]
    assert _held(scan(texts)) == _held(plain_scan(texts))


def _held(scanned: Scanned) -> list[object]:
    """What a scan found; occurrences in a text have no order."""
    found: list[object] = [scanned.word_ids.tolist(), scanned.word_starts.tolist()]
    for items in (scanned.chars, scanned.words):
        rows = np.repeat(np.arange(len(items.starts) - 1), np.diff(items.starts))
        found += [items.names, sorted(zip(rows.tolist(), items.columns.tolist(), items.counts.tolist(), strict=True))]
    return found


def _specified(data: bytes, _: Path) -> None:
    text = _text(data)
    for parse in (parse_generator, parse_candidate, parse_destination, parse_temperatures):
        try:
            parsed = parse(text)
        except EvalkitError as error:
            encodable(str(error)).encode()
        else:
            assert not isinstance(parsed, GeneratorSpec) or parse_generator(str(parsed)) == parsed


TARGETS: Mapping[str, Target] = {
    **{name: _file(name) for name in ("results", "baseline", "model", "policy")},
    "tokenizer": Target(_encoded(_TEXTS), _tokenized),
    "scan": Target(_encoded([*_TEXTS, "\0".join(_TEXTS)]), _scanned),
    "specifications": Target(_encoded(_SPECIFICATIONS), _specified),
}
