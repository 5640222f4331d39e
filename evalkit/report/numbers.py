"""How numbers are written for people: as many digits as mean something."""

from __future__ import annotations

import math

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
    return percent(value) if unit == "share" else format_value(value)


def interval_in_unit(low: float, high: float, unit: str) -> str:
    """Two ends as tables show them, both to the precision of the larger.

    >>> interval_in_unit(2.1e-07, 0.000161, "bits"), interval_in_unit(0.7, 0.73, "share"), interval_in_unit(0.0, 0.0, "bits")
    ('0 to 0.000161', '70.0 to 73.0', '0 to 0')
    """
    if unit == "share":
        low, high = 100 * low, 100 * high
    largest = max(abs(low), abs(high))
    if largest == 0:
        return "0 to 0"
    digits = max(0, 2 - math.floor(math.log10(largest)))
    return " to ".join(f"{end:,.{digits}f}" if round(end, digits) else "0" for end in (low, high)).replace("-", "\u2212")


def with_unit(value: float, unit: str) -> str:
    """A metric's value as sentences say it.

    >>> with_unit(0.285, "share").replace(chr(160), " "), with_unit(0.22, "characters").replace(chr(160), " ")
    ('28.5 %', '0.220 characters')
    """
    return f"{percent(value)}{NBSP}%" if unit == "share" else f"{format_value(value)}{NBSP}{unit}"


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

    >>> series(["a"]), series(["a", "b"]), series(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
