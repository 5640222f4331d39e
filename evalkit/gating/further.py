"""Keeps the counts of a baseline's further passages, `Further`, so that an undecided gate can compare more of them.

Counts are packed, `packed`: column by column, byte by byte, compressed. That takes a tenth of what numbers in JSON take.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.counts.feature import Counts
from evalkit.results import FloorSummary

_WIDTHS = (1, 2, 4, 8)
"""Bytes of a count."""


@dataclass(frozen=True, kw_only=True)
class LookSize:
    """Human text, and the baseline's own faults, at the size of one further look.

    Args:
        floors: metric id -> the human floor.
        audit: check of the audit -> its counts, as `Baseline.audit`.
    """

    floors: Mapping[str, FloorSummary]
    audit: Mapping[str, Mapping[str, Any]] | None


@dataclass(frozen=True, kw_only=True)
class Further:
    """Passages of the same run beyond those of the baseline.

    Args:
        tally: their counts, [n x columns].
        clusters: the independent unit of each passage, the baseline's own first, [n_passages + n].
        sizes: passages of a further look, the baseline's own counted in -> what such a look needs.
    """

    tally: Counts
    clusters: NDArray[np.int64]
    sizes: Mapping[int, LookSize]

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        looks = [
            {"n_passages": n, "floors": {id_: vars(floor) for id_, floor in size.floors.items()}, "audit": size.audit}
            for n, size in self.sizes.items()
        ]
        return {"clusters": self.clusters.tolist(), "looks": looks, "tally": packed(self.tally)}


def prefix(clusters: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """The units of the first n passages, numbered from 0 on.

    >>> prefix(np.array([0, 2, 2, 1]), 3).tolist()
    [0, 1, 1]
    """
    return np.unique(clusters[:n], return_inverse=True)[1].astype(np.int64)


def packed(tally: Counts) -> dict[str, Any]:
    """Counts as JSON values that `unpacked` reads."""
    width = next(size for size in _WIDTHS if size == _WIDTHS[-1] or tally.max(initial=0) < 1 << 8 * size)
    columns = np.ascontiguousarray(tally.T, dtype=f"<u{width}")
    # The high bytes of counts are nearly all 0, and those of one column resemble each other.
    planes = columns.view(np.uint8).reshape(*columns.shape, width).transpose(2, 0, 1)
    data = base64.b64encode(zlib.compress(planes.tobytes(), 9)).decode("ascii")
    return {"rows": len(tally), "width": width, "data": data}


def unpacked(plain: Mapping[str, Any], n_columns: int, *, most_bytes: int) -> Counts:
    """The counts that were packed.

    Args:
        plain: from `packed`, perhaps by way of a stranger.
        n_columns: of the tally.
        most_bytes: of the tally in memory.

    Raises:
        ValueError: when it is anything else, or too large.
    """
    rows, width, data = plain["rows"], plain["width"], plain["data"]
    if type(rows) is not int or type(width) is not int or width not in _WIDTHS or rows < 1 or not isinstance(data, str):
        raise ValueError("its counts have the wrong type")
    if 8 * rows * n_columns > most_bytes:
        raise ValueError(f"its counts would take {8 * rows * n_columns / 1e9:,.1f} GB of memory")
    size = rows * n_columns * width
    try:
        reader = zlib.decompressobj()
        # One byte more than there can be: a small file may unpack to any length.
        planes = reader.decompress(base64.b64decode(data, validate=True), size + 1)
    except (zlib.error, binascii.Error) as error:
        raise ValueError(f"its counts are damaged ({error})") from error
    if len(planes) != size or not reader.eof:
        raise ValueError("its counts do not fit its passages")
    columns = np.frombuffer(planes, np.uint8).reshape(width, n_columns, rows).transpose(1, 2, 0)
    counts = np.ascontiguousarray(columns).view(f"<u{width}")[..., 0].T
    if counts.max(initial=0) >= 1 << 53:
        raise ValueError("its counts are too large")
    return np.ascontiguousarray(counts, dtype=np.int64)
