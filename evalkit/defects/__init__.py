"""Plants defects of known size in text, so that margins and the power of a gate can be stated in plain units.

- `planted`: the table of all defects, and those of letters and words.
- `form`: capitals, punctuation, lines, the order of sentences, text that drifts.
- `samples`: some passages of a sample that are blank, copied, cut off or noise.

Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.defects.planted import DEFECTS, Defect, defects_named

__all__ = ["DEFECTS", "Defect", "defects_named"]

__getattr__ = lazy_names(__name__, dict.fromkeys(__all__, "evalkit.defects.planted"))
