"""Judges values beside human text, so that every command judges alike.

- `scale` says how far a value of one metric lies from human text, in floor units and with its side: `Scale`.
- `human` has the scales of all metrics at one shape, and tests all of them at once: `HumanText`.
- `families` gives the distance of each family, and their mean: `Families`.
- `passages` says how far single passages are, to choose those that a reader should see.

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.judgment.families import Families, FamilyDistance
    from evalkit.judgment.human import AllAtOnce, HumanText, largest
    from evalkit.judgment.passages import passage_distances
    from evalkit.judgment.scale import Link, Scale

__all__ = ["AllAtOnce", "Families", "FamilyDistance", "HumanText", "Link", "Scale", "largest", "passage_distances"]

_MODULES = {
    "families": ("Families", "FamilyDistance"),
    "human": ("AllAtOnce", "HumanText", "largest"),
    "passages": ("passage_distances",),
    "scale": ("Link", "Scale"),
}

__getattr__ = lazy_names(__name__, {name: f"{__name__}.{module}" for module, names in _MODULES.items() for name in names})
