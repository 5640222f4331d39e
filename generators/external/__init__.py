"""Generators made elsewhere: a program (`Command`), a server (`Endpoint`) and a pretrained model (`HuggingFace`).

They learn nothing from the reference. `base` is what they share; each other module belongs to the generator that it is named after, and `subprocesses`
runs programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._util.lazy import lazy_names

if TYPE_CHECKING:
    from generators.external.base import ExternalGenerator
    from generators.external.command import Command
    from generators.external.endpoint import Endpoint
    from generators.external.huggingface import HuggingFace

__all__ = ["Command", "Endpoint", "ExternalGenerator", "HuggingFace"]

__getattr__ = lazy_names(
    __name__,
    {
        "Command": "generators.external.command",
        "Endpoint": "generators.external.endpoint",
        "ExternalGenerator": "generators.external.base",
        "HuggingFace": "generators.external.huggingface",
    },
)
