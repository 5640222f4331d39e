"""Chooses the digits of one row of a table, `RowDigits`, so that its values, intervals and human range never contradict each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Any

from evalkit.report.view.judging.marks import human_range
from evalkit.results import Row

_MOST = 9
"""Decimals at most; numbers are never written with an exponent."""
_MOST_DIGITS = 5
"""Digits of the largest number that an interval, however narrow, asks for."""
_SIGNIFICANT = 3
"""Digits of the largest number of a row without intervals."""


class RowDigits:
    """How the numbers of one measure are written, all with the same decimals.

    The decimals give the middle interval of the row two digits of its width. There are more of them where a value would else be written
    like an end of the human range that it lies beyond, or the ends of an interval like each other.

    Args:
        rows: of the measure, one a candidate; None where a candidate has none.
        metric: its declaration.
    """

    def __init__(self, rows: Iterable[Row | None], metric: Mapping[str, Any]) -> None:
        self.metric = metric
        self.scale = 100.0 if metric["unit"] == "share" else 1.0
        self.rows = [row for row in rows if row is not None and row.value is not None]
        self.decimals = self._decimals()

    def text(self, value: float) -> str:
        """A value with the decimals of the row; 0 and, of shares, 1 are whole numbers."""
        if value == 0 or (self.scale != 1 and value == 1):
            return f"{self.scale * value:.0f}"
        shown = f"{self._rounded(value):,.{self.decimals}f}"
        return shown.replace("-", "\u2212")

    def value(self, row: Row) -> str:
        """The value of a measured row."""
        assert row.value is not None
        return self.text(row.value)

    def interval(self, row: Row) -> str:
        """The interval of a row, "" where it has none."""
        return "" if row.ci is None else f"{self.text(row.ci.low)} to {self.text(row.ci.high)}"

    def human(self) -> str:
        """The median of human text; "" where it is not known."""
        floor = next((row.floor for row in self.rows if row.floor is not None), None)
        return "" if floor is None else self.text(floor.median)

    def human_range(self) -> str:
        """The range of human text; "" where it is not known."""
        low, high = next((ends for row in self.rows if (ends := self._range(row)) != (None, None)), (None, None))
        if low is not None and high is not None:
            return f"{self.text(low)} to {self.text(high)}"
        if low is not None:
            return f"from {self.text(low)}"
        return "" if high is None else f"up to {self.text(high)}"

    def _range(self, row: Row) -> tuple[float | None, float | None]:
        return (human_range(row.floor, self.metric, row.target) if row.floor is not None else None) or (None, None)

    def _rounded(self, value: float, decimals: int | None = None) -> float:
        return round(self.scale * value, self.decimals if decimals is None else decimals) + 0.0  # + 0.0: no "-0"

    def _decimals(self) -> int:
        widths = [self.scale * (row.ci.high - row.ci.low) for row in self.rows if row.ci is not None and row.ci.high > row.ci.low]
        pairs = list(self._apart(median(widths) if widths else 0.0))
        start = 1 - _magnitude(median(widths)) if widths else _SIGNIFICANT - 1 - self._largest()
        start = min(_MOST, max(0, min(start, _MOST_DIGITS - 1 - self._largest())))
        told = (n for n in range(start, _MOST + 1) if all(self._rounded(a, n) != self._rounded(b, n) for a, b in pairs))
        return next(told, _MOST)

    def _largest(self) -> int:
        """The power of ten of the largest value or human median."""
        numbers = [row.value for row in self.rows] + [row.floor.median for row in self.rows if row.floor is not None]
        largest = max((self.scale * abs(number) for number in numbers if number is not None), default=0.0)
        return _magnitude(largest) if largest else 0

    def _apart(self, width: float) -> Iterator[tuple[float, float]]:
        """Numbers that must not look alike: a value beyond an end of the human range and that end, and both ends of an interval.

        Args:
            width: of the middle interval; one far narrower, as of noise, would give all others digits that mean nothing.
        """
        for row in self.rows:
            low, high = self._range(row)
            assert row.value is not None
            if low is not None and row.value < low:
                yield row.value, low
            if high is not None and row.value > high:
                yield row.value, high
            if row.ci is not None and self.scale * (row.ci.high - row.ci.low) > max(
                0.02 * width, 10.0 ** (self._largest() - _MOST_DIGITS)
            ):
                yield row.ci.low, row.ci.high


def places_apart(values: Iterable[float], limit: float | None, *, least: int = 2) -> int:
    """The decimals of a row of distances: those that show of each value beyond a limit that it is.

    >>> places_apart([0.2, 0.1], 0.15), places_apart([0.1232, 0.1], 0.1228)
    (2, 4)
    """
    beyond = [value for value in values if limit is not None and value > limit]
    told = (n for n in range(least, _MOST) if all(f"{value:.{n}f}" != f"{limit:.{n}f}" for value in beyond))
    return next(told, _MOST)


def _magnitude(number: float) -> int:
    """The power of ten of a number above 0."""
    return math.floor(math.log10(number))
