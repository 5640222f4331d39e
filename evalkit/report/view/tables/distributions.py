"""Lists the shares behind the figures, `distribution_tables`: of letters, word lengths and word classes, the corpus beside every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit._util.formatting import percent
from evalkit.report.view.passages.pairing import is_noise
from evalkit.report.view.ranking import Ranking
from evalkit.results import Profile

_SHOWN = {"letters.jsd": "Letters", "wordlen.w1": "Word lengths, in letters", "function.profile": "Word classes"}
"""Distribution -> the title of its table."""
_MOST_ITEMS = 40


@dataclass(frozen=True)
class DistributionTable:
    """Shares in percent.

    Args:
        title: of what.
        names: of the candidates.
        rows: the item, the corpus's share and each candidate's.
    """

    title: str
    names: Sequence[str]
    rows: Sequence[Sequence[str]]


def distribution_tables(ranking: Ranking) -> list[DistributionTable]:
    """The shares behind the figures of a run, as far as it has them, of all candidates but noise."""
    profiles = {profile.metric: profile for profile in ranking.results.profiles}
    return [_table(ranking, profiles[id_], title) for id_, title in _SHOWN.items() if id_ in profiles]


def _table(ranking: Ranking, profile: Profile, title: str) -> DistributionTable:
    names = [name for name in ranking.names if name in profile.series and not is_noise(ranking, name)]
    columns = [profile.reference, *(profile.series[name].value for name in names)]
    shown = sorted(range(len(profile.items)), key=lambda i: -(profile.reference[i] or 0.0))[:_MOST_ITEMS]
    rows = [[profile.items[i], *(_share(column[i]) for column in columns)] for i in sorted(shown)]
    return DistributionTable(title, [ranking.head(name) for name in names], rows)


def _share(value: float | None) -> str:
    return "" if value is None else percent(value)
