"""Judges values beside human text, so that every command judges alike.

- `scale` says how far a value of one metric lies from human text, in floor units and with its side: `Scale`.
- `human` has the scales of all metrics at one shape, and tests all of them at once: `HumanText`.
- `families` gives the distance of each family, and their mean: `Families`.
- `passages` says how far single passages are, to choose those that a reader should see.
"""

from evalkit.judgment.families import Families, FamilyDistance
from evalkit.judgment.human import AllAtOnce, HumanText
from evalkit.judgment.passages import passage_distances
from evalkit.judgment.scale import WITHIN, Link, Scale, TextSize

__all__ = ["WITHIN", "AllAtOnce", "Families", "FamilyDistance", "HumanText", "Link", "Scale", "TextSize", "passage_distances"]
