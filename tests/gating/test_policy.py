"""Policies: what holds, where it was set, and what is refused."""

from __future__ import annotations

import pytest

from evalkit.errors import ConfigError
from evalkit.gating.measures import known_measures
from evalkit.gating.policy import Margin, Tier, default_policy, parse_policy, read_policy
from evalkit.language.profile import shipped

KNOWN = ["letters.jsd", "suffix.ing", "suffix.ed", "vocab.hit", "vocab.hit:over"]


def parse(table, **options):
    return parse_policy(table, origin="policy.toml", known=KNOWN, **options)


@pytest.mark.parametrize("language", shipped())
def test_defaults_name_existing_measures_only(language):
    default = default_policy(language)
    named = [rule.pattern for rule in default.rules if rule.pattern != "*"]
    assert set(named) <= set(known_measures(language))
    assert {default.threshold(name).tier for name in named} == {Tier.CRITICAL, Tier.SUPPORTING}
    assert sum(name.startswith("suffix.") for name in named) == 3


def test_an_id_wins_over_a_glob_whatever_their_order():
    policy = parse({"metrics": {"suffix.ing": {"tier": "critical"}, "suffix.*": {"tier": "advisory", "margin": 12}}})
    assert policy.threshold("suffix.ing").tier is Tier.CRITICAL
    assert policy.threshold("suffix.ing").margin == Margin(12.0, in_floors=False)
    assert policy.threshold("suffix.ing").margin_source == 'policy.toml: metrics."suffix.*".margin'


def test_a_margin_for_all_gives_way_to_one_for_a_measure():
    policy = parse({"margin": "3 floors", "metrics": {"vocab.hit": {"margin": 0.02}}})
    assert str(policy.threshold("letters.jsd").margin) == "3 floor"
    assert str(policy.threshold("vocab.hit").margin) == "0.02"
    # The default for order.bigrams is written for that measure, so that a margin for all does not reach it.
    assert policy.threshold("order.bigrams").margin_source == "default"


def test_floor_units_become_the_metrics_unit():
    assert Margin(1.5, in_floors=True).value(0.02) == pytest.approx(0.03)
    assert Margin(1.5, in_floors=True).value(None) is None
    assert Margin(1.5, in_floors=True).value(0.0) is None
    assert Margin(0.1, in_floors=False).value(None) == 0.1


def test_all_problems_at_once_with_near_matches():
    table = {
        "levle": 0.9,
        "level": 2,
        "margin": "much",
        "metrics": {"vocab.hti": {"teir": "critical"}, "vocab.hit": {"tier": "critcal", "margin": -1}, "suffix.ed": 3},
    }
    with pytest.raises(ConfigError) as error:
        parse(table)
    text = str(error.value)
    for part in (
        '"level"?',
        "level must be",
        "margin must be",
        'did you mean "vocab.hit"?',
        '"tier"?',
        '"critical"?',
        "-1",
        "suffix.ed",
    ):
        assert part in text


@pytest.mark.parametrize("margin", [0, -0.1, True, "0 floor", "floor", "1.5", float("nan"), float("inf"), [1], "1e400 floor"])
def test_margins_that_make_no_sense_are_refused(margin):
    with pytest.raises(ConfigError, match="margin must be"):
        parse({"margin": margin})


@pytest.mark.parametrize("content", ["level = 0.9\n", "[policy]\nlevel = 0.9\n"])
def test_a_file_with_and_without_its_table(tmp_path, content):
    path = tmp_path / "policy.toml"
    path.write_text(content)
    assert read_policy(path, known=KNOWN).level == 0.9


@pytest.mark.parametrize("content", [b"level = ", b"\xff\xfe", b"a = " + b"[" * 100_000])
def test_files_that_are_no_toml(tmp_path, content):
    path = tmp_path / "policy.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"policy\.toml cannot be read"):
        read_policy(path, known=KNOWN)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_policy(tmp_path / "none.toml", known=KNOWN)
