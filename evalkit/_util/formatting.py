"""Writes numbers, units, times, lists and long names for people: with as many digits as are significant, and as short as tells them apart."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NBSP = "\u00a0"
_LONGEST_LABEL = 16
"""Characters of a name that stands in full."""
_OPTION_NAME = re.compile(r"(?<=[:,])\w+=")


def format_value(value: float) -> str:
    """A number to three significant digits, without an exponent down to a millionth; whole numbers as such.

    >>> [format_value(x) for x in (0.0, 0.000463, 0.0123, 0.4954, 4.578, 66.53, 281.7, 44.0, 10000.0, -0.0005)]
    ['0', '0.000463', '0.0123', '0.495', '4.58', '66.5', '282', '44', '10,000', '-0.0005']
    """
    if value == round(value):
        return f"{value:,.0f}"
    digits = 2 - math.floor(math.log10(abs(value)))
    if digits > 8:
        return f"{value:.2g}"
    rounded = round(value, max(digits, 0))
    text = f"{rounded:,.{max(digits, 0)}f}"
    return text.rstrip("0").rstrip(".") if abs(rounded) < 0.001 and "." in text else text


def percent(share: float) -> str:
    """A share as a percentage, without its sign: one decimal, two below 1 %.

    >>> [percent(x) for x in (0.285, 0.00291, 0.9999, 1.0, 0.0, -0.02)]
    ['28.5', '0.29', '99.99', '100', '0', '-2.0']
    """
    if share in {0, 1}:
        return f"{100 * share:.0f}"
    fine = abs(share) < 0.01 or 0.995 < share < 1
    return f"{100 * share:.{2 if fine else 1}f}"


def in_unit(value: float, unit: str) -> str:
    """A metric's value as tables show it, under a head that names `unit_name(unit)`."""
    return (percent(value) if unit == "share" else format_value(value)).replace("-", "\u2212")


@dataclass(frozen=True)
class Estimate:
    """A number with its interval as shown, all with the same decimals.

    Args:
        value: the number.
        interval: both ends, "" where there is none.
    """

    value: str
    interval: str

    def __str__(self) -> str:
        return f"{self.value} ({self.interval})" if self.interval else self.value


def estimate(
    value: float,
    low: float | None,
    high: float | None,
    unit: str = "",
    *,
    sign: bool = False,
    suffix: str = "",
    decimals: int | None = None,
) -> Estimate:
    """A number with its interval: three digits of the largest, and more where an end that is not 0 would look like 0, or like the other end.

    Args:
        value, low, high: the number and the ends of its interval, None where there is none.
        unit: of a metric; shares are shown as percentages.
        sign: whether a positive number has a sign too, as of differences.
        suffix: what follows the number, such as a sign of percent.
        decimals: how many there are at least, in the place of three digits, as where several stand in one table.

    >>> str(estimate(-0.94, -1.88, -0.002, "bits", sign=True)), str(estimate(0.0, -0.002, 0.25))
    ('\u22120.940 (\u22121.880 to \u22120.002)', '0 (\u22120.002 to 0.250)')
    >>> str(estimate(0.2, 0.137, 0.281, "share", suffix=" %")), str(estimate(281.7, 240.2, 320.0)), str(estimate(0.5, None, None))
    ('20.0 % (13.7 to 28.1)', '282 (240 to 320)', '0.500')
    """
    scale = 100.0 if unit == "share" else 1.0
    numbers = [scale * number for number in (value, low, high) if number is not None]
    if low is None or high is None:
        return Estimate(_signed(in_unit(value, unit), value > 0 and sign) + suffix, "")
    is_share = unit == "share"
    n_decimals = _decimals(numbers, scale * low, scale * high, decimals, percent=is_share)
    shown = [_fixed(number, n_decimals, max(map(abs, numbers)), percent=is_share) for number in numbers]
    return Estimate(_signed(shown[0], value > 0 and shown[0] != "0" and sign) + suffix, f"{shown[1]} to {shown[2]}")


def interval_in_unit(low: float, high: float, unit: str) -> str:
    """Two ends as tables show them, by the rule of `estimate`.

    >>> interval_in_unit(2.1e-07, 0.000161, "bits"), interval_in_unit(0.7, 0.73, "share"), interval_in_unit(0.0, 0.0, "bits")
    ('0.0000002 to 0.0001610', '70 to 73', '0 to 0')
    >>> interval_in_unit(0.9971, 0.9978, "share"), interval_in_unit(1.0, 1.0, "share")
    ('99.71 to 99.78', '100 to 100')
    >>> interval_in_unit(0.9997, 1.0, "share"), interval_in_unit(-1e-9, 0.5, "bits")
    ('99.97 to 100', '0 to 0.500')
    """
    return estimate(low, low, high, unit).interval


_MOST_DECIMALS = 9
"""Numbers are never written with an exponent."""
_NOTHING = 1e-6
"""Of the largest number: what is smaller comes from rounding, and is shown as 0."""


def _decimals(numbers: Sequence[float], low: float, high: float, least: int | None, *, percent: bool) -> int:
    """How many decimals tell the numbers from 0, the ends of an interval from each other, and percentages from 100."""
    largest = max(map(abs, numbers))
    if largest == 0:
        return 0
    start = max(0, 2 - math.floor(math.log10(largest))) if least is None else least
    apart = [(number, 0.0) for number in numbers if abs(number) > _NOTHING * largest]
    if high - low > _NOTHING * largest:
        finer = math.ceil(-math.log10(high - low))
        start = start if least is not None else max(start, min(finer, 2) if percent else finer)
        apart.append((low, high))
    if percent:
        apart += [(number, 100.0) for number in numbers if abs(number - 100) > _NOTHING * largest]
    told = (n for n in range(min(start, _MOST_DECIMALS), _MOST_DECIMALS) if all(round(a, n) != round(b, n) for a, b in apart))
    decimals = next(told, _MOST_DECIMALS)
    if least is not None:
        return decimals
    # Numbers that are whole, such as 5 points, need no zeros behind them.
    return next(n for n in range(decimals + 1) if n == decimals or all(math.isclose(x, round(x, n)) for x in numbers))


def _fixed(number: float, decimals: int, largest: float, *, percent: bool) -> str:
    """A number with so many decimals; 0, and of percentages 100, are whole."""
    whole = abs(number) <= _NOTHING * largest or (percent and abs(number - 100) <= _NOTHING * largest)
    shown = round(number, 0 if whole else decimals) + 0.0  # + 0.0: no "-0"
    return f"{shown:,.{0 if whole or shown == 0 else decimals}f}".replace("-", "\u2212")


def _signed(shown: str, plus: bool) -> str:
    return f"+{shown}" if plus else shown


def spoken(value: float) -> str:
    """A number as sentences say it: to two digits, whole ones in full.

    >>> [spoken(x) for x in (0.0, 0.0004634, 0.0422, 0.5, 0.2203, 1.26, 26.41, 281.7, -0.05)]
    ['0', '0.00046', '0.042', '0.5', '0.22', '1.3', '26', '282', '-0.05']
    """
    if abs(value) >= 9.95 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.{min(1 - math.floor(math.log10(abs(value))), 8)}f}".rstrip("0").rstrip(".")


def with_unit(value: float, unit: str) -> str:
    """A metric's value as sentences say it.

    >>> with_unit(0.285, "share").replace(chr(160), " "), with_unit(0.22, "characters").replace(chr(160), " ")
    ('28.5 %', '0.22 characters')
    """
    return f"{percent(value)}{NBSP}%" if unit == "share" else f"{spoken(value)}{NBSP}{unit_after(spoken(value), unit)}"


_PLURAL = re.compile(r"^(bit|word|character|point|passage|standard deviation|floor unit)s\b")


def unit_after(figure: str, unit: str) -> str:
    """A unit as it follows a figure: 1 takes the singular.

    >>> unit_after("1", "bits per character"), unit_after("\u22121", "points"), unit_after("1.0", "words")
    ('bit per character', 'point', 'words')
    """
    return _PLURAL.sub(r"\1", unit) if figure.lstrip("+-\u2212") == "1" else unit


def amount(value: float, unit: str) -> str:
    """A difference with its unit; of shares in percentage points, since "2 %" would read as a ratio.

    >>> amount(0.02, "share").replace(NBSP, " "), amount(0.5, "characters").replace(NBSP, " ")
    ('2 points', '0.500 characters')
    """
    name, scale = difference_unit(unit)
    figure = format_value(scale * value)
    return f"{figure}{NBSP}{unit_after(figure, name)}"


def unit_name(unit: str) -> str:
    """A unit as table heads name it; shares are shown as percentages."""
    return "%" if unit == "share" else unit


def difference_unit(unit: str) -> tuple[str, float]:
    """The unit in which people read differences, and what to multiply them with: "2 %" of a share would read as a ratio.

    >>> difference_unit("share"), difference_unit("bits")
    (('points', 100.0), ('bits', 1.0))
    """
    return ("points", 100.0) if unit == "share" else (unit, 1.0)


def count(n: int, singular: str, plural: str = "") -> str:
    """A number with its noun.

    >>> count(1, "passage"), count(1200, "passage")
    ('1 passage', '1,200 passages')
    """
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def series(words: list[str]) -> str:
    """Words as an English list.

    >>> series([]), series(["a"]), series(["a", "b"]), series(["a", "b", "c"])
    ('', 'a', 'a and b', 'a, b and c')
    """
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


def rounded(n: float) -> str:
    """A large number as sentences say it.

    >>> [rounded(n).replace(chr(160), " ") for n in (850, 12_000, 1_000_000, 1_234_567, 25_000_000, 3_100_000_000)]
    ['850', '12,000', '1 million', '1.2 million', '25 million', '3.1 billion']
    """
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if n >= size:
            return f"{n / size:.{0 if n >= 10 * size else 1}f}".removesuffix(".0") + f"{NBSP}{name}"
    return f"{n:,.0f}"


def compact(n: float) -> str:
    """A large number as axes have room for it.

    >>> [compact(n) for n in (0, 850, 1_000, 12_345, 754_660, 999_700, 1_000_000, 15_200_000, 3.1e9)]
    ['0', '850', '1k', '12k', '755k', '1M', '1M', '15M', '3.1G']
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if n >= 0.9995 * size:
            return f"{n / size:.{0 if n >= 9.95 * size or round(n / size, 1) == round(n / size) else 1}f}{letter}"
    return f"{n:.0f}"


def duration(seconds: float) -> str:
    """A time as sentences say it.

    >>> [duration(s).replace(chr(160), " ") for s in (4.2, 90, 600, 5000)]
    ['4 s', '90 s', '10 min', '1 h 23 min']
    """
    if seconds < 100:
        return f"{seconds:.0f}{NBSP}s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}{NBSP}min"
    return f"{minutes // 60}{NBSP}h" + (f"{NBSP}{minutes % 60}{NBSP}min" if minutes % 60 else "")


def named(name: object) -> str:
    """A name as sentences carry it, between backticks, which it therefore cannot hold; each form shows it in its own way.

    >>> named("l`st`m")
    "`l'st'm`"
    """
    return f"`{str(name).replace('`', chr(39))}`"


def n_words(sentence: str) -> int:
    """The words of a sentence; a name between backticks is one, whatever it holds, and so is a figure with its unit.

    >>> n_words("`my model` copies 52" + NBSP + "% of it")
    5
    """
    return len(re.sub("`[^`]*`", "name", sentence).split(" "))


def bare(sentence: str) -> str:
    """A sentence for places that know no code and no special spaces.

    >>> bare("`lstm` knows 31" + NBSP + "%")
    'lstm knows 31 %'
    """
    return sentence.replace("`", "").replace(NBSP, " ")


def labels(names: Sequence[str]) -> dict[str, str]:
    """Name -> what tables and figures call it; a name that is short already, or could be mistaken otherwise, stays.

    Of a specification the values stay, of a path its end, of other names their beginning and end.

    >>> labels(["ngram:unit=word,order=3", "ngram:order=8", "runs/2026-11/models/final.jsonl"])
    {'ngram:unit=word,order=3': 'ngram:word,3', 'ngram:order=8': 'ngram:order=8', 'runs/2026-11/models/final.jsonl': 'final.jsonl'}
    >>> list(labels(["a-model-with-attention-1", "a-model-with-attention-2"]).values())
    ['a-model-\u2026ention-1', 'a-model-\u2026ention-2']
    """
    shortened = {name: _short(name) for name in names}
    for again in (_middle_out, _numbered(names), str):
        used = Counter([*shortened.values(), *(name for name in names if shortened[name] != name)])
        shortened = {name: label if used[label] == 1 else again(name) for name, label in shortened.items()}
    return shortened


def _short(name: str) -> str:
    if len(name) <= _LONGEST_LABEL:
        return name
    values = _OPTION_NAME.sub("", name)
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    return next((text for text in (values, last) if 0 < len(text) <= _LONGEST_LABEL), _middle_out(name))


def _numbered(names: Sequence[str]) -> Callable[[str], str]:
    """What tells names apart that begin and end alike: their places in the run."""
    return lambda name: name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL // 2]}\u2026 ({names.index(name) + 1})"


def _middle_out(name: str) -> str:
    half = _LONGEST_LABEL // 2
    return name if len(name) <= _LONGEST_LABEL else f"{name[:half]}\u2026{name[-half:]}"
