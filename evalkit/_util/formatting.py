"""Writes numbers, units, times and lists for people, with as many digits as are significant."""

from __future__ import annotations

import math
import re

NBSP = "\u00a0"


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


def interval_in_unit(low: float, high: float, unit: str) -> str:
    """Two ends as tables show them, both to the precision of the larger, and finer where that would not tell them apart.

    >>> interval_in_unit(2.1e-07, 0.000161, "bits"), interval_in_unit(0.7, 0.73, "share"), interval_in_unit(0.0, 0.0, "bits")
    ('0 to 0.000161', '70.0 to 73.0', '0 to 0')
    >>> interval_in_unit(0.9971, 0.9978, "share"), interval_in_unit(1.0, 1.0, "share")
    ('99.71 to 99.78', '100 to 100')
    >>> interval_in_unit(0.9997, 1.0, "share"), interval_in_unit(-1e-9, 0.5, "bits")
    ('99.97 to 100', '0 to 0.500')
    """
    if unit == "share":
        low, high = 100 * low, 100 * high
    largest = max(abs(low), abs(high))
    if largest == 0:
        return "0 to 0"
    digits = max(0, 2 - math.floor(math.log10(largest)))
    if high - low > 1e-6 * largest:
        finer = math.ceil(-math.log10(high - low))
        digits = max(digits, min(finer, 2) if unit == "share" else finer)
    whole = {0.0, 100.0} if unit == "share" else {0.0}
    ends = [round(end, digits) + 0.0 for end in (low, high)]  # + 0.0: no "-0"
    return " to ".join(f"{end:,.{0 if end in whole else digits}f}" for end in ends).replace("-", "\u2212")


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
    return f"{percent(value)}{NBSP}%" if unit == "share" else f"{spoken(value)}{NBSP}{unit}"


def unit_name(unit: str) -> str:
    """A unit as table heads name it; shares are shown as percentages."""
    return "%" if unit == "share" else unit


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
