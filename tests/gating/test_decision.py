"""The decision rule, with differences given by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from evalkit.calibration.proposed_policy import policy_toml
from evalkit.calibration.simulate import pairs, wilson
from evalkit.errors import NoVerdict
from evalkit.gating.decision import Decided, Decision, Verdict, _decision, _passages, conclude, worst_of
from evalkit.gating.policy import Margin, Threshold, Tier, default_policy
from evalkit.inference import Difference


def difference(value, half, *, family=None, se=1.0):
    wide = half if family is None else family
    return Difference(
        value=value,
        standard_error=se,
        low=value - half,
        high=value + half,
        df=78,
        n_units=40,
        family_low=value - wide,
        family_high=value + wide,
    )


def decided(decision, tier=Tier.CRITICAL, *, against="baseline", value=0.0, margin=1.0, measure="letters.jsd"):
    threshold = Threshold(tier=tier, margin=Margin(margin, in_floors=False), tier_source="default", margin_source="default")
    return Decided(
        measure=measure,
        metric=measure,
        against=against,
        threshold=threshold,
        margin=margin,
        floor_unit=None,
        decision=decision,
        difference=difference(value, 0.1),
    )


@pytest.mark.parametrize(
    ("value", "half", "expected"),
    [
        (2.0, 0.9, Decision.REGRESSION),  # [1.1, 2.9] lies wholly beyond 1
        (2.0, 1.0, Decision.INCONCLUSIVE),  # [1, 3] touches it
        (1.2, 0.9, Decision.INCONCLUSIVE),
        (0.0, 1.0, Decision.INCONCLUSIVE),
        (0.0, 0.9, Decision.PASS),
        (-5.0, 0.9, Decision.PASS),
    ],
)
def test_interval_against_margin(value, half, expected):
    assert _decision(difference(value, half), 1.0, gated=True) == (expected, None)


def test_a_regression_takes_the_family_interval_and_a_pass_its_own():
    wide = difference(2.0, 0.9, family=1.5)  # own [1.1, 2.9], family [.5, 3.5]
    assert _decision(wide, 1.0, gated=True)[0] is Decision.INCONCLUSIVE
    assert _decision(wide, 1.0, gated=False)[0] is Decision.REGRESSION
    assert _decision(difference(0.0, 0.9, family=1.5), 1.0, gated=True)[0] is Decision.PASS


def test_without_floor_or_value_nothing_is_decided():
    assert _decision(difference(0.0, 0.1), None, gated=True)[0] is Decision.NOT_MEASURED
    nothing = Difference(value=None, n_units=1, reason="1 passage")
    assert _decision(nothing, 1.0, gated=True) == (Decision.NOT_MEASURED, "1 passage")


@pytest.mark.parametrize("ends", [(None, 1.0), (0.5, None), (None, None)])
def test_an_interval_with_one_end_decides_nothing(ends):
    half = Difference(value=0.7, n_units=9, low=ends[0], high=ends[1], family_low=ends[0], family_high=ends[1])
    assert _decision(half, 0.1, gated=True) == (Decision.NOT_MEASURED, "undefined for this text")


def test_passages_that_would_decide():
    # standard error 1 at 40 passages, and .5 to the margin: (1.96 + .84)^2 x 40 / .25 = 1,256, a little more with Student's t
    assert _passages(difference(1.5, 2.0), 1.0, 40) == pytest.approx(1256, rel=0.01)
    assert _passages(difference(1.0, 2.0), 1.0, 40) is None
    assert _passages(difference(1.5, 2.0, se=None), 1.0, 40) is None
    assert _passages(replace(difference(1.5, 2.0), value=None), 1.0, 40) is None
    assert _passages(difference(9.0, 8.5), 1.0, 40) == 41


class TestConclude:
    def test_a_pass(self):
        assert conclude([decided(Decision.PASS), decided(Decision.PASS, Tier.SUPPORTING)]) is Verdict.PASS

    @pytest.mark.parametrize("tier", [Tier.CRITICAL, Tier.SUPPORTING])
    @pytest.mark.parametrize("against", ["baseline", "anchor"])
    def test_any_gated_regression_decides(self, tier, against):
        found = [decided(Decision.PASS), decided(Decision.NOT_MEASURED), decided(Decision.REGRESSION, tier, against=against)]
        assert conclude(found) is Verdict.REGRESSION

    def test_an_advisory_decides_nothing(self):
        assert conclude([decided(Decision.PASS), decided(Decision.REGRESSION, Tier.ADVISORY)]) is Verdict.PASS

    def test_an_undecided_critical_measure_holds_up_a_pass_and_a_supporting_one_does_not(self):
        assert conclude([decided(Decision.PASS), decided(Decision.INCONCLUSIVE)]) is Verdict.INCONCLUSIVE
        assert conclude([decided(Decision.PASS), decided(Decision.INCONCLUSIVE, Tier.SUPPORTING)]) is Verdict.PASS

    @pytest.mark.parametrize("tier", [Tier.CRITICAL, Tier.SUPPORTING])
    def test_what_is_gated_and_not_measured_is_never_a_pass(self, tier):
        assert conclude([decided(Decision.PASS), decided(Decision.NOT_MEASURED, tier)]) is Verdict.INCONCLUSIVE

    def test_an_undecided_anchor_does_not_hold_up_a_pass(self):
        assert conclude([decided(Decision.PASS), decided(Decision.INCONCLUSIVE, against="anchor")]) is Verdict.PASS

    @pytest.mark.parametrize("found", [[], [decided(Decision.PASS, Tier.ADVISORY)], [decided(Decision.PASS, Tier.SUPPORTING)]])
    def test_without_a_critical_measure_there_is_no_verdict(self, found):
        assert conclude(found) is Verdict.INCONCLUSIVE

    @given(st.lists(st.tuples(st.sampled_from(Decision), st.sampled_from(Tier), st.sampled_from(["baseline", "anchor"]))))
    def test_one_means_a_regression_and_nothing_else_and_zero_means_measured(self, entries):
        found = [decided(decision, tier, against=against) for decision, tier, against in entries]
        code = conclude(found).exit_code
        gated = [(d, a) for d, t, a in entries if t is not Tier.ADVISORY]
        assert (code == 1) == any(d is Decision.REGRESSION for d, _ in gated)
        if code == 0:
            assert all(d is not Decision.NOT_MEASURED for d, a in gated if a == "baseline")


def test_the_worst_is_the_one_that_decided():
    small = decided(Decision.REGRESSION, Tier.SUPPORTING, value=1.2, measure="suffix.ing")
    large = decided(Decision.INCONCLUSIVE, Tier.SUPPORTING, value=5.0, measure="suffix.ed")
    advisory = decided(Decision.REGRESSION, Tier.ADVISORY, value=9.0)
    assert worst_of([large, advisory, small]) is small
    assert worst_of([decided(Decision.NOT_MEASURED), advisory]) is None
    assert worst_of([replace(large, decision=Decision.PASS), small]) is small


def test_severity_is_in_units_of_the_margin():
    assert decided(Decision.REGRESSION, value=3.0, margin=2.0).severity == 1.5
    assert replace(decided(Decision.REGRESSION), margin=None).severity == -np.inf


def test_of_regressions_the_severest_is_the_worst_and_of_others_a_critical_one():
    critical, supporting = decided(Decision.REGRESSION, value=2.0), decided(Decision.REGRESSION, Tier.SUPPORTING, value=3.0)
    assert worst_of([critical, supporting]) is supporting
    passed = [replace(one, decision=Decision.PASS) for one in (critical, supporting)]
    assert worst_of(passed) is passed[0]


class TestCalibration:
    @given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_wilson_against_scipy(self, trial):
        hits, n = trial
        expected = binomtest(hits, n).proportion_ci(method="wilson")
        assert wilson(hits, n) == pytest.approx((hits / n, expected.low, expected.high), abs=1e-6)

    def test_samples_of_one_round_share_no_passage(self):
        found = pairs(100, None, 10, 12, seed=0)
        assert len(found) == 12
        for first, second in found:
            assert not set(first) & set(second)
        rows = [row for first, second in found[:5] for row in first + second]
        assert sorted(rows) == list(range(100))

    def test_a_pool_that_is_too_small(self):
        with pytest.raises(NoVerdict, match="19 passages"):
            pairs(19, None, 10, 1, seed=0)

    def test_proposed_margins_are_rounded_up(self):
        import tomllib

        text = policy_toml(default_policy(), {"vocab.hit": 0.000123, "suffix.ing": 34.1}, comment="two\nlines")
        table = tomllib.loads(text)
        assert table["metrics"]["vocab.hit"] == {"tier": "critical", "margin": 0.00013}
        assert table["metrics"]["suffix.ing"] == {"tier": "supporting", "margin": 35}
        assert np.isclose(table["level"], 0.95)


@pytest.mark.parametrize(("verdict", "code"), list(zip(Verdict, [0, 1, 3, 3], strict=True)))
def test_exit_codes_are_those_of_the_contract(verdict, code):
    assert verdict.exit_code == code


class TestWorstWithAnAudit:
    """The checks of the audit come first where they decide, and last where they passed."""

    @staticmethod
    def check(decision):
        return replace(decided(decision, measure="audit.empty"), before={"source": "baseline", "n": 0, "of": 40})

    def test_a_check_that_regressed_explains_what_it_does_to_text(self):
        check, text = self.check(Decision.REGRESSION), decided(Decision.REGRESSION, value=9.0)
        assert worst_of([text, check]) is worst_of([check, text]) is check

    def test_a_check_that_passed_comes_after_every_measure_of_text(self):
        check, text = self.check(Decision.PASS), decided(Decision.PASS, value=-9.0)
        assert worst_of([text, check]) is worst_of([check, text]) is text
        assert worst_of([check]) is check

    def test_a_regression_comes_before_an_undecided_check(self):
        check, text = self.check(Decision.INCONCLUSIVE), decided(Decision.REGRESSION, Tier.SUPPORTING)
        assert worst_of([check, text]) is text

    def test_of_undecided_measures_only_the_critical_ones_decide(self):
        supporting, critical = decided(Decision.INCONCLUSIVE, Tier.SUPPORTING, value=9.0), decided(Decision.INCONCLUSIVE, value=0.5)
        assert worst_of([supporting, critical]) is critical
