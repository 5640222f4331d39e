"""Finds what is wrong with passages as files of text, before any style is measured: empty, copied, cut off, looping, misread.

`Given` holds passages as they were given, `Background` what is ordinary in the reference, and `checks` the faults, each a function of both.
Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from evalkit.auditing.background import Background
    from evalkit.auditing.given import Evidence, Flags, Given

__all__ = ["Background", "Evidence", "Flags", "Given"]

__getattr__ = lazy_names(
    __name__,
    {"Background": "evalkit.auditing.background", **dict.fromkeys(("Evidence", "Flags", "Given"), "evalkit.auditing.given")},
)
