"""Numbers of one row of a table have the same decimals, enough of them to say what is inside the human range."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit._util.formatting import estimate
from evalkit.report.view.digits import RowDigits
from evalkit.results import FloorSummary, Interval, Row

BITS = {"unit": "bits", "direction": "target", "bounds": [None, None]}
SHARE = {"unit": "share", "direction": "target", "bounds": [0, 1]}


def row(value, low=None, high=None, *, human=(0.2, 0.3, 0.4), name="a"):
    ci = None if low is None else Interval(low, high)
    floor = FloorSummary(human[1], human[2], low=human[0], high=human[2], noise_distance=30.0)
    return Row(candidate=name, metric="m", value=value, ci=ci, floor=floor, target=human[1], distance=0.0)


def number(text):
    return float(text.replace(",", "").replace("\u2212", "-"))


def ends(text):
    return [number(part) for part in text.split(" to ")]


@pytest.mark.parametrize(
    ("rows", "metric", "shown"),
    [
        ([row(0.2513, 0.2211, 0.2815)], BITS, ("0.251", "0.221 to 0.281", "0.200 to 0.400")),
        ([row(0.4004, 0.3, 0.5)], BITS, ("0.4004", "0.3000 to 0.5000", "0.2000 to 0.4000")),
        ([row(0.2513, 0.2211, 0.2815)], SHARE, ("25.1", "22.1 to 28.1", "20.0 to 40.0")),
        ([row(1.0, 0.98, 1.0)], SHARE, ("100", "98.0 to 100", "20.0 to 40.0")),
        ([row(300.2, 280.0, 321.0, human=(250.0, 300.0, 350.0))], BITS, ("300", "280 to 321", "250 to 350")),
        ([row(0.0000021, 0.000001, 0.000004, human=(0.0, 0.000002, 0.000005))], BITS, ("0.0000021", "0.0000010 to 0.0000040", "0 to 0.0000050")),
        ([row(12345.6)], BITS, ("12,346", "", "0 to 0")),
    ],
)  # fmt: skip
def test_by_hand(rows, metric, shown):
    digits = RowDigits(rows, metric)
    assert (digits.value(rows[0]), digits.interval(rows[0])) == shown[:2]
    if rows[0].ci is not None:
        assert digits.human_range() == shown[2]


def test_decimals_are_those_of_the_row_and_not_of_a_number():
    rows = [row(0.25, 0.22, 0.28), row(5.0, 4.9, 5.1), row(0.5, 0.47, 0.53)]
    digits = RowDigits(rows, BITS)
    assert {len(digits.value(each).partition(".")[2]) for each in rows} == {digits.decimals}
    # An interval that is very narrow does not decide for all others.
    assert RowDigits([*rows, row(9.0, 8.99999, 9.00001)], BITS).decimals == digits.decimals


VALUES = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6)
SHARES = st.floats(0, 1)


@st.composite
def rows_of(draw, values):
    human = sorted(draw(st.tuples(values, values, values)))
    candidates = [sorted(draw(st.tuples(values, values, values))) for _ in range(draw(st.integers(1, 4)))]
    return [row(value, low, high, human=human) for low, value, high in candidates]


@pytest.mark.parametrize(("values", "metric"), [(VALUES, BITS), (SHARES, SHARE)], ids=["bits", "shares"])
def test_what_is_shown_never_contradicts_itself(values, metric):
    @given(rows_of(values))
    def check(rows):
        digits = RowDigits(rows, metric)
        for each in rows:
            value, low_high = number(digits.value(each)), ends(digits.human_range())
            shown = ends(digits.interval(each))
            assert not re.search("[eE]", digits.value(each) + digits.interval(each) + digits.human_range())
            assert shown[0] <= value <= shown[1]
            if digits.decimals < 9:  # beyond that they look alike
                assert (each.value > each.floor.high) == (value > low_high[1])
                assert (each.value < each.floor.low) == (value < low_high[0])

    check()


def test_nothing_measured_is_no_error():
    unmeasured = Row(candidate="a", metric="m", value=None, status="not measured", reason="too little")
    digits = RowDigits([None, unmeasured], BITS)
    assert (digits.human(), digits.human_range()) == ("", "")


@pytest.mark.parametrize(("values", "unit"), [(VALUES, "bits"), (SHARES, "share")], ids=["bits", "shares"])
@pytest.mark.parametrize("decimals", [None, 2])
def test_a_number_and_its_interval_agree_in_digits_and_with_0(values, unit, decimals):
    @given(st.tuples(values, values, values).map(sorted))
    def check(drawn):
        low, value, high = drawn
        shown = estimate(value, low, high, unit, decimals=decimals, sign=True)
        texts = [shown.value.removeprefix("+"), *shown.interval.split(" to ")]
        scale = 100 if unit == "share" else 1
        largest = scale * max(map(abs, drawn))
        for text, given_ in zip(texts, (value, low, high), strict=True):
            assert not re.search("[eE]", text)
            if abs(scale * given_) > 1e-6 * largest and abs(scale * given_) > 1e-8:
                assert (number(text) > 0, number(text) < 0) == (given_ > 0, given_ < 0)
            if unit == "share" and given_ < 0.999999:
                assert number(text) < 100
        assert len({len(text.partition(".")[2]) for text in texts if text not in ("0", "100")}) <= 1
        assert number(texts[1]) <= number(texts[0]) <= number(texts[2])
        if scale * (high - low) > max(1e-6 * largest, 1e-8):
            assert texts[1] != texts[2]
        assert shown.value.startswith("+") == (number(texts[0]) > 0)

    check()
