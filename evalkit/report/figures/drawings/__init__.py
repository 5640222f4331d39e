"""Draws the figures of a run: a file each, whose `plan` says what the figure shows and how it is drawn.

`evalkit.report.figures.catalogue` names the files; `grid`, `columns`, `lines` and `curve_panels` are what several figures share.
"""

__all__: list[str] = []
