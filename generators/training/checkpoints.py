"""Writes and reads samples drawn while a model was trained: one JSON Lines file a checkpoint, and an index, in one folder."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evalkit._util.atomic import write_atomically
from evalkit._util.foreign import read_json
from evalkit._util.paths import is_file
from evalkit.errors import ModelError

INDEX = "checkpoints.json"
_FORMAT = "evalkit-checkpoints"
_FORMAT_VERSION = 1
_MOST_BYTES = 16 << 20
_FILE = re.compile(r"\d{8,12}\.jsonl")


@dataclass(frozen=True, kw_only=True)
class SampledCheckpoint:
    """The samples of one moment of a training.

    Args:
        updates, characters, seconds: of training so far.
        held_out_bits: bits per character of the held-out documents then; None where nothing was held out.
        file: of its passages, in the folder.
        values: metric id -> value of the passages as the training measured them; None where there was too little text.
    """

    updates: int
    characters: int
    seconds: float
    held_out_bits: float | None
    file: str
    values: Mapping[str, float | None] = field(default_factory=dict)


def file_of(updates: int) -> str:
    """The name of a checkpoint's file, in order of training."""
    return f"{updates:08d}.jsonl"


def passage_lines(passages: Iterable[str], *, spec: str, seed: int, first: int) -> Iterator[str]:
    """Passages as lines of a JSON Lines file, one object each, numbered from `first`."""
    for number, text in enumerate(passages, start=first):
        yield json.dumps({"id": f"{number:04d}", "generator": spec, "seed": seed, "text": text}) + "\n"


def is_checkpoints(folder: str | Path) -> bool:
    """Whether a path is a folder of checkpoints."""
    return is_file(Path(folder) / INDEX)


def write_checkpoint(folder: Path, checkpoint: SampledCheckpoint, lines: Sequence[str], *, spec: str, seed: int) -> None:
    """Adds a checkpoint to a folder, in place of one of as many updates and of all later ones.

    The index is written last, so that it never names a file that is not there.
    """
    earlier = [old for old in read_index(folder) if old.updates < checkpoint.updates] if is_checkpoints(folder) else []
    write_atomically(folder / checkpoint.file, "".join(lines))
    index = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "spec": spec,
        "seed": seed,
        "checkpoints": [asdict(kept) for kept in [*earlier, checkpoint]],
    }
    write_atomically(folder / INDEX, json.dumps(index, indent=1, allow_nan=False) + "\n")


def read_index(folder: str | Path) -> list[SampledCheckpoint]:
    """The checkpoints of a folder in the order of training.

    Raises:
        ModelError: when the index is damaged, of another version, or names a file outside the folder.
    """
    path = Path(folder) / INDEX
    try:
        index: Any = read_json(path, most_bytes=_MOST_BYTES)
        if index["format"] != _FORMAT or index["format_version"] != _FORMAT_VERSION:
            raise ValueError(f"format {index['format']!r}, version {index['format_version']!r}")
        checkpoints = [_checked(SampledCheckpoint(**entry)) for entry in index["checkpoints"]]
        if not checkpoints:
            raise ValueError("it lists none")
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f'"{path}" is not an index of checkpoints ({error}).',
            remedy="Train again with --score-every, or get an undamaged copy.",
        ) from error
    return sorted(checkpoints, key=lambda checkpoint: checkpoint.updates)


def _checked(checkpoint: SampledCheckpoint) -> SampledCheckpoint:
    """The checkpoint, its values checked: an index may come from anywhere, and a file name could lead out of the folder."""
    if not (isinstance(checkpoint.file, str) and _FILE.fullmatch(checkpoint.file)):
        raise ValueError(f"a file called {checkpoint.file!r}")
    for name in ("updates", "characters", "seconds"):
        value = getattr(checkpoint, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise ValueError(f"{name} is {value!r}")
    bits = checkpoint.held_out_bits
    if bits is not None and (isinstance(bits, bool) or not isinstance(bits, int | float) or not math.isfinite(bits)):
        raise ValueError(f"held_out_bits is {bits!r}")
    if not (isinstance(checkpoint.updates, int) and isinstance(checkpoint.characters, int)):
        raise ValueError(f"{checkpoint.updates!r} updates of {checkpoint.characters!r} characters")
    return checkpoint
