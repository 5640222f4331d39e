"""The checks that every generator must pass; `generators.checks` is their public face.

- `cases` has one function a check.
- `subject` is what a check works with, and how it demands something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.conformance.cases import CHECKS
    from generators.conformance.subject import CheckFailure, NotApplicable, Subject

__all__ = ["CHECKS", "CheckFailure", "NotApplicable", "Subject"]

__getattr__ = lazy_names(
    __name__,
    {
        "CHECKS": "generators.conformance.cases",
        "CheckFailure": "generators.conformance.subject",
        "NotApplicable": "generators.conformance.subject",
        "Subject": "generators.conformance.subject",
    },
)
