"""Makes tables from plain values: candidates against each other, and the data behind figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.report.view.tables.distributions import DistributionTable, distribution_tables
    from evalkit.report.view.tables.pairs import PairMatrix, RankTable, pair_matrix, rank_table

__all__ = ["DistributionTable", "PairMatrix", "RankTable", "distribution_tables", "pair_matrix", "rank_table"]

__getattr__ = lazy_names(
    __name__,
    {
        "DistributionTable": "evalkit.report.view.tables.distributions",
        "distribution_tables": "evalkit.report.view.tables.distributions",
        "PairMatrix": "evalkit.report.view.tables.pairs",
        "RankTable": "evalkit.report.view.tables.pairs",
        "pair_matrix": "evalkit.report.view.tables.pairs",
        "rank_table": "evalkit.report.view.tables.pairs",
    },
)
