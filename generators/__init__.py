"""Text generators behind one interface: `create("ngram:order=8").fit(documents).sample(40, 2000)`.

`NAMES` is the only list of them. Nothing is imported until it is asked for, so TensorFlow is loaded only where an LSTM is.
"""

from __future__ import annotations

from importlib import import_module

from evalkit.errors import SpecError, UsageError, one_of
from generators.base import Decoding, Generator, option_defaults
from generators.spec import GeneratorSpec, parse_generator

NAMES: dict[str, str] = {
    "uniform": "generators.uniform:Uniform",
    "unigram": "generators.unigram:Unigram",
    "ngram": "generators.ngram:NGram",
    "lstm": "generators.lstm:LSTM",
    "human": "generators.human:Human",
}

__all__ = ["NAMES", "Decoding", "Generator", "GeneratorSpec", "create", "find", "parse_generator"]


def find(name: str) -> type[Generator]:
    """The class of a generator by name.

    Raises:
        SpecError: when there is none of that name; the message names the nearest.
    """
    if name not in NAMES:
        raise SpecError(f'There is no generator "{name}".', remedy=one_of(name, NAMES))
    module, _, attribute = NAMES[name].partition(":")
    found: type[Generator] = getattr(import_module(module), attribute)
    return found


def create(spec: str | GeneratorSpec) -> Generator:
    """An unfitted generator from a specification such as `ngram:order=8`.

    Raises:
        SpecError: for an unknown name or option, or a value of the wrong type or range.

    >>> create("ngram:order=3").options()["order"]
    3
    """
    parsed = parse_generator(spec) if isinstance(spec, str) else spec
    cls = find(parsed.name)
    try:
        return cls(**parsed.typed(option_defaults(cls)))
    except UsageError as error:
        raise SpecError(f'"{parsed}": {error.problem}', remedy=error.remedy) from error
