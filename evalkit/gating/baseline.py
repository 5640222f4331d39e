"""Keeps baselines, the accepted runs that later runs are compared with: `Baseline`, and the `Store` of a project's named ones.

A baseline is one JSON file, written atomically and read without executing anything. It keeps the tallies of each passage, so that a later
run can be tested against it, but none of its text.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._util.atomic import remove_file, write_atomically, write_new
from evalkit._util.escape import json_text, visible
from evalkit._util.foreign import read_bytes, read_json
from evalkit._util.paths import exists, is_file, names_in
from evalkit.counts.feature import Counts, Layout, Totals
from evalkit.errors import ModelError, NoVerdict, UsageError, one_of
from evalkit.gating.further import Further, LookSize, packed, prefix, unpacked
from evalkit.gating.measures import Damages
from evalkit.inference import FEWEST_UNITS, UNITS, Sample
from evalkit.inference.blocks import Blocks
from evalkit.results import FloorSummary

FORMAT_VERSION = 2
_READ = (1, FORMAT_VERSION)
"""Version 1 lists the counts of each passage, [column, count, column, count ...]; version 2 packs them."""
FOLDER = Path(".evalkit") / "baselines"
ANCHOR = ".anchor"
"""Ends the name of an anchor's file, before `.json`."""
FEWEST_PASSAGES = 10
"""The standard error of fewer passages is too uncertain, and every later verdict would rest on it."""
_MOST_BYTES = 256 << 20
_MOST_TALLY_BYTES = 1 << 30
"""80,000 passages with the counts of every metric."""
_MOST_CHARS = 1 << 31
"""Characters of a passage."""
_MOST_COUNT = 1 << 53
"""Larger whole numbers are not exact as floats, in which totals are summed."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A run that later runs are compared with.

    Args:
        candidate: its name, specification and kind, and how it was sampled.
        signature: what must agree for another run to be comparable, as in results.json.
        source: the reference as it was named and split, so that the gate needs no options.
        shape: n_passages and n_chars that were asked for.
        mean_chars: mean length of the passages that were drawn.
        columns: the name of each tally column.
        tally: counts of each passage, [n_passages x columns].
        clusters: the independent unit of each passage, [n_passages].
        audit: check of the audit -> its version, the passages with its fault, all passages and independent ones (`version`, `n`, `of`,
            `effective`); None in files of before there were audits.
        unit: what a unit is, as `Sample.unit`; "" in files of before that was recorded.
        blocks: of consecutive pieces, where the passages are pieces of a few long texts; None where they are not.
        values: metric id -> value and standard_error (the noise from one sample of this shape to another).
        floors: metric id -> the human floor at this shape.
        doses: what standard defects do to human text, for margins in plain units; None in files of before that was measured.
        further: more passages of the same run, for gates that look again; None in files of before there were any, and where none were drawn.
        date: when it was made, UTC.
        commit: that was checked out when it was made; None outside a git repository.
    """

    candidate: Mapping[str, Any]
    signature: Mapping[str, Any]
    source: Mapping[str, Any]
    shape: Mapping[str, int]
    mean_chars: float
    columns: tuple[str, ...]
    tally: Counts
    clusters: NDArray[np.int64]
    values: Mapping[str, Mapping[str, float | None]]
    floors: Mapping[str, FloorSummary]
    date: str
    commit: str | None
    unit: str = ""
    blocks: Blocks | None = None
    audit: Mapping[str, Mapping[str, Any]] | None = None
    further: Further | None = None
    doses: Damages | None = None
    format_version: int = field(default=FORMAT_VERSION)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The passages of every look that it can serve, rising."""
        return (len(self.tally), *(self.further.sizes if self.further is not None else ()))

    def at(self, n_passages: int) -> Baseline:
        """The baseline with its first n passages, and with human text of as many.

        Args:
            n_passages: at most the last of `sizes`.
        """
        if n_passages <= len(self.tally) or self.further is None:
            return self
        more = self.further
        # Human text of the nearest smaller size: its distances are a little larger than those of n passages, and never smaller.
        size = more.sizes[max((n for n in more.sizes if n <= n_passages), default=min(more.sizes))]
        return replace(
            self,
            shape={**self.shape, "n_passages": n_passages},
            tally=np.concatenate([self.tally, more.tally])[:n_passages],
            clusters=prefix(more.clusters, n_passages),
            floors=size.floors,
            audit=size.audit,
            further=None,
        )

    def sample(self, layout: Layout, reference: Totals) -> Sample:
        """Its passages, with the columns that a layout asks for.

        Raises:
            ModelError: when it lacks one of them.
        """
        places = {column: i for i, column in enumerate(self.columns)}
        missing = [column for column in layout.columns if column not in places]
        if missing:
            raise ModelError(
                f"The baseline lacks the counts {', '.join(missing[:3])}.", remedy="Save it again with this version of evalkit."
            )
        tally = self.tally[:, [places[column] for column in layout.columns]]
        return Sample(tally, self.clusters, reference, self.unit, blocks=self.blocks)

    def to_json(self) -> str:
        """The content of its file: facts line by line, and the counts packed."""
        facts = {
            "evalkit_baseline": self.format_version,
            "date": self.date,
            "commit": self.commit,
            "candidate": dict(self.candidate),
            "shape": dict(self.shape),
            "mean_chars": self.mean_chars,
            "source": dict(self.source),
            "signature": dict(self.signature),
            "values": {id_: dict(value) for id_, value in self.values.items()},
            "floors": {id_: vars(floor) for id_, floor in self.floors.items()},
            "clusters": self.clusters.tolist(),
            "unit": self.unit,
            **({"blocks": _plain_blocks(self.blocks)} if self.blocks is not None else {}),
            **({"audit": {id_: dict(counts) for id_, counts in self.audit.items()}} if self.audit is not None else {}),
            **({"doses": _plain_doses(self.doses)} if self.doses is not None else {}),
            "columns": list(self.columns),
            "tally": packed(self.tally),
            **({"further": self.further.plain()} if self.further is not None else {}),
        }
        return json_text(facts, indent=1) + "\n"


def _plain_blocks(blocks: Blocks) -> dict[str, Any]:
    """Blocks as JSON values; they are read again by `_blocks`."""
    of = None if blocks.of is None else blocks.of.tolist()
    return {"of": of, "n_texts": blocks.n_texts, "n_pieces": blocks.n_pieces, "reason": blocks.reason}


def _plain_doses(doses: Damages) -> list[dict[str, Any]]:
    return [
        {"defect": name, "dose": dose, "damage": dict(damage)}
        for name, by_dose in doses.items()
        for dose, damage in by_dose.items()
    ]


def check_complete(sample: Sample, shape: Mapping[str, int]) -> None:
    """Refuses a sample that cannot serve as a baseline.

    Raises:
        NoVerdict: when the run is incomplete or too small.
    """
    n = len(sample.tally)
    if n < shape["n_passages"]:
        raise NoVerdict(
            f"The run is incomplete: {n} of {shape['n_passages']} passages.",
            remedy="Let the candidate yield all of them, or ask for fewer.",
        )
    if n < FEWEST_PASSAGES or sample.n_resampled < FEWEST_UNITS:
        why = f"{sample.blocks.reason}" if sample.blocks is not None and sample.blocks.reason else "its noise would be unknown"
        raise NoVerdict(
            f"{n} passage{'s' * (n != 1)} from {sample.units_said()} cannot be a baseline: {why}.",
            remedy=f"Give at least {FEWEST_PASSAGES} passages from {FEWEST_UNITS} documents or more, such as --passages 40 --chars 2000.",
        )


class Store:
    """The named baselines of a project: `NAME.json`, and its anchor `NAME.anchor.json`, which stays when the baseline is replaced.

    Slow drift passes every gate against the last baseline and fails against the anchor.

    Args:
        folder: that holds them.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    def path(self, name: str, *, anchor: bool = False) -> Path:
        """The file of a name.

        Raises:
            UsageError: for a name that is no plain file name.
        """
        if not _NAME.fullmatch(name) or name.endswith(ANCHOR):
            raise UsageError(
                f'"{name}" cannot name a baseline.', remedy='Use letters, digits, "-", "_" and ".", and not ".anchor" at its end.'
            )
        return self.folder / f"{name}{ANCHOR if anchor else ''}.json"

    def names(self) -> list[str]:
        """All names, sorted."""
        return [
            stem
            for stem in (name.removesuffix(".json") for name in names_in(self.folder) if name.endswith(".json"))
            if not stem.endswith(ANCHOR) and _NAME.fullmatch(stem)
        ]

    def load(self, name_or_file: str) -> tuple[Baseline, Baseline | None]:
        """A baseline by its name, with its anchor where that is another run; or one from a file.

        Raises:
            NoVerdict: when there is none.
            ModelError: when the file is not a baseline.
        """
        if name_or_file.endswith(".json") or "/" in name_or_file or "\\" in name_or_file:
            return read_baseline(Path(name_or_file)), None
        path, anchor = self.path(name_or_file), self.path(name_or_file, anchor=True)
        if not is_file(path):
            raise NoVerdict(
                f'There is no baseline "{name_or_file}" in {self.folder}.',
                remedy=(one_of(name_or_file, self.names()) + " " if self.names() else "")
                + f"Save one with: evalkit baseline save {name_or_file} CANDIDATE",
            )
        baseline = read_baseline(path)
        try:
            oldest = read_baseline(anchor)
        except NoVerdict:  # there is none
            return baseline, None
        same = oldest.date == baseline.date and np.array_equal(oldest.tally, baseline.tally)
        return baseline, None if same else oldest

    def save(self, name: str, baseline: Baseline, *, replace_old: bool = False, anchor: bool = False) -> Path:
        """Writes a baseline under a name; the first one becomes the anchor as well.

        Args:
            name: of the baseline.
            baseline: what to keep.
            replace_old: whether an older one of the name may be replaced.
            anchor: whether it becomes the anchor too, in place of an older one.

        Raises:
            UsageError: when the name is taken.
        """
        path, oldest, content = self.path(name), self.path(name, anchor=True), baseline.to_json()
        first = write_new(path, content)
        if not first and not replace_old:
            raise UsageError(
                f'There is a baseline "{name}" already.',
                remedy="Accept a gate's candidate with `baseline accept`, or give --replace.",
            )
        if not first:
            self._keep_anchor(name)
            write_atomically(path, content)
        if first or anchor:
            write_atomically(oldest, content)
        return path

    def _keep_anchor(self, name: str) -> None:
        """Makes the baseline the anchor where there is none: a program was killed between the writing of the two files."""
        with contextlib.suppress(FileNotFoundError):  # another program has just removed it
            write_new(self.path(name, anchor=True), read_bytes(self.path(name), most_bytes=_MOST_BYTES))

    def remove(self, name: str) -> None:
        """Deletes a baseline and its anchor.

        Raises:
            NoVerdict: when there is none of that name.
        """
        if not exists(self.path(name)):
            raise NoVerdict(
                f'There is no baseline "{name}" in {self.folder}.', remedy=one_of(name, self.names()) if self.names() else ""
            )
        # The anchor goes first: an anchor that a killed program left behind would be taken for that of the next baseline of the name.
        for path in (self.path(name, anchor=True), self.path(name)):
            remove_file(path)


def read_baseline(path: Path) -> Baseline:
    """A baseline from its file.

    Raises:
        NoVerdict: when there is no such file.
        ModelError: when it is damaged, foreign or of a newer version.
    """
    try:
        return _baseline(read_json(path, most_bytes=_MOST_BYTES))
    except FileNotFoundError as error:  # or another program has just removed it
        raise NoVerdict(f"There is no baseline {path}.", remedy="Save one with: evalkit baseline save NAME CANDIDATE") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelError(
            f"{visible(str(path))} is not a baseline: {visible(reason)}",
            remedy="Save it again; a baseline is never edited by hand.",
        ) from error


def _baseline(data: object) -> Baseline:
    # Baselines come from other machines, so every field that is computed with is checked: a wrong count would be a wrong verdict.
    if not isinstance(data, dict) or "evalkit_baseline" not in data:
        raise ValueError("`baseline save` did not write it")
    version = data["evalkit_baseline"]
    if type(version) is not int or version not in _READ:
        raise ValueError(f"it has format version {version}, and this evalkit reads {FORMAT_VERSION} and older ones")
    for key, kind in _KINDS.items():
        if not isinstance(data[key], kind) or isinstance(data[key], bool):
            raise ValueError(f"{key} has the wrong type")
    columns = tuple(str(column) for column in data["columns"])
    tally = _tally(data["tally"], len(columns))
    n = len(tally)
    clusters = _clusters(data["clusters"], n)
    blocks = _blocks(data.get("blocks"), n)
    shape = {key: _count(data["shape"][key]) for key in ("n_passages", "n_chars")}
    signature = data["signature"]
    for key in ("reference", "metrics", "word_lists", "shape"):
        if not isinstance(signature[key], dict):
            raise ValueError(f"signature.{key} has the wrong type")
    candidate = data["candidate"]
    baseline = Baseline(
        candidate={
            **candidate,
            **{key: str(candidate[key]) for key in ("name", "spec")},
            **({"decoding": {**candidate["decoding"], **_sampling(candidate["decoding"])}} if "decoding" in candidate else {}),
        },
        signature={**signature, **_sampling(signature), "seed": _count(signature["seed"])},
        source=data["source"],
        shape=shape,
        mean_chars=_number(data["mean_chars"]),
        columns=columns,
        tally=tally,
        clusters=clusters,
        blocks=blocks,
        values={id_: {key: _number(value[key]) for key in ("value", "standard_error")} for id_, value in data["values"].items()},
        floors={id_: _floor(floor) for id_, floor in data["floors"].items()},
        date=data["date"],
        commit=data["commit"],
        unit=_unit(data.get("unit", "")),
        audit=_audit(data.get("audit")),
        further=_further(data.get("further"), n, len(columns)),
        doses=_doses(data.get("doses")),
    )
    if len(set(columns)) < len(columns) or n < 1 or shape["n_passages"] > n or shape["n_chars"] > _MOST_CHARS:
        raise ValueError("its counts do not fit its shape")
    return baseline


_KINDS: Mapping[str, Any] = {
    "date": str,
    "commit": str | None,
    "candidate": dict,
    "shape": dict,
    "mean_chars": int | float,
    "source": dict,
    "signature": dict,
    "values": dict,
    "floors": dict,
    "clusters": list,
    "columns": list,
    "tally": list | dict,
}
_FLOOR = ("median", "p95", "damage_median", "damage_p95", "noise")
_RANGE = ("low", "high", "noise_distance")
"""Baselines of before there were distances have none of these."""


def _floor(plain: Mapping[str, Any]) -> FloorSummary:
    floor = FloorSummary(**{key: _number(plain[key]) for key in _FLOOR})
    low, high, noise = (None if plain.get(key) is None else _number(plain[key]) for key in _RANGE)
    return replace(floor, low=low, high=high, noise_distance=noise)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 64:
        raise ValueError(f"{value!r} is not a count")
    return value


def _sampling(values: Mapping[str, Any]) -> dict[str, float | int]:
    """How a model was sampled, where that is given."""
    known = {"temperature": _number, "top_p": _number, "top_k": _count}
    return {key: check(values[key]) for key, check in known.items() if values.get(key) is not None}


def _number(value: object) -> Any:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not np.isfinite(float(value)):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _clusters(values: Sequence[object], n: int) -> NDArray[np.int64]:
    counts = [_count(value) for value in values]
    if len(counts) != n or sorted(set(counts)) != list(range(len(set(counts)))):
        raise ValueError("its clusters do not fit its passages")
    return np.array(counts, dtype=np.int64)


def _audit(value: object) -> dict[str, dict[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("audit has the wrong type")
    counts = {}
    for id_, kept in value.items():
        n, of, effective = _count(kept["n"]), _count(kept["of"]), _number(kept["effective"])
        if n > of or effective is None or not 0 <= effective <= max(of, 1):
            raise ValueError(f"the counts of {id_} do not fit together")
        counts[str(id_)] = {"version": _count(kept["version"]), "n": n, "of": of, "effective": effective}
    return counts


def _doses(data: object) -> Damages | None:
    if data is None:
        return None
    if not isinstance(data, list):
        raise ValueError("doses have the wrong type")
    doses: dict[str, dict[float, dict[str, float]]] = {}
    for entry in data:
        dose, damage = _number(entry["dose"]), {str(id_): _number(value) for id_, value in entry["damage"].items()}
        if dose is None or not 0 < dose <= 1 or None in damage.values() or min(damage.values(), default=0.0) < 0:
            raise ValueError("the damage of a dose is no number")
        doses.setdefault(str(entry["defect"]), {})[dose] = damage
    return doses


def _further(data: object, n_first: int, n_columns: int) -> Further | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not isinstance(data["looks"], list):
        raise ValueError("its further passages have the wrong type")
    tally = unpacked(data["tally"], n_columns, most_bytes=_MOST_TALLY_BYTES)
    sizes = {
        _count(look["n_passages"]): LookSize(
            floors={id_: _floor(floor) for id_, floor in look["floors"].items()}, audit=_audit(look["audit"])
        )
        for look in data["looks"]
    }
    n = n_first + len(tally)
    if list(sizes) != sorted(sizes) or not sizes or min(sizes) <= n_first or max(sizes) > n or len(sizes) < len(data["looks"]):
        raise ValueError("its looks do not fit its passages")
    return Further(tally=tally, clusters=_clusters(data["clusters"], n), sizes=sizes)


def _unit(value: object) -> str:
    if not isinstance(value, str) or value not in UNITS:
        raise ValueError(f"{value!r} is not a unit")
    return value


def _blocks(data: object, n: int) -> Blocks | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not isinstance(data["reason"], str | None):
        raise ValueError("its blocks have the wrong type")
    of = None if data["of"] is None else _clusters(data["of"], n)
    return Blocks(of, _count(data["n_texts"]), _count(data["n_pieces"]), data["reason"])


def _tally(counts: Sequence[object] | Mapping[str, Any], n_columns: int) -> Counts:
    if isinstance(counts, Mapping):
        return unpacked(counts, n_columns, most_bytes=_MOST_TALLY_BYTES)
    return _dense(counts, n_columns)


def _dense(rows: Sequence[object], n_columns: int) -> Counts:
    n_bytes = 8 * len(rows) * n_columns
    if n_bytes > _MOST_TALLY_BYTES:  # a small file can list many columns and many passages without counts
        raise ValueError(f"its counts would take {n_bytes / 1e9:,.1f} GB of memory")
    tally = np.zeros((len(rows), n_columns), np.int64)
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) % 2 or not all(type(value) is int and 0 <= value < _MOST_COUNT for value in row):
            raise ValueError(f"passage {i} has a value that is not a count")
        used, counts = row[::2], row[1::2]
        if used != sorted(set(used)) or (used and used[-1] >= n_columns):
            raise ValueError(f"passage {i} has counts in columns that do not exist")
        tally[i, used] = counts
    return tally
