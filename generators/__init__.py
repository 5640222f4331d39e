"""Text generators behind one interface: `generators.create("ngram:order=8").fit(documents).sample(40, 2000)`.

`NAMES` is the only list of them, with those that other packages declare (see `evalkit.plugins`). A generator is imported when it is first used,
so numpy and TensorFlow are loaded only where they are needed.

- `base` is the interface (`Generator`, `Decoding`); `sequence` serves models of the next symbol (`SequenceModel`).
- `spec` reads specifications such as `ngram:order=8`; `checks` tests a generator (`check_generator`).
- `noise`, `ngram`, `lstm`, `external` and `human` are the generators; `codecs` turns text into symbols.
- `training` and `storage` keep what is being trained and what is fitted.
"""

from __future__ import annotations

import os
import sys

# While `python -m generators` looks for its package, argv[0] is "-m". The working folder is in front of sys.path then, and may hold an `evalkit`
# of its own; ours is beside this package. Importing it also refuses other modules of the working folder (see evalkit._util.shadow).
if sys.argv[:1] == ["-m"]:
    _working_folder, sys.path[0] = sys.path[0], os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
    import evalkit  # noqa: F401

    sys.path[0] = _working_folder

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from evalkit import plugins
from evalkit._util.lazy import lazy_names
from evalkit._util.urls import without_keys
from evalkit.errors import SpecError, UsageError, one_of
from generators.spec import GeneratorSpec, parse_generator

if TYPE_CHECKING:
    from generators.base import Decoding, Generator
    from generators.checks import check_generator
    from generators.sequence import SequenceModel

_GROUP = "evalkit.generators"
"""Entry points of other packages that name generators."""
_RESERVED = ("model",)
"""Words before the colon of a candidate that is no generator, and so no name for one."""


class Names(Mapping[str, str]):
    """Maps the name of each generator to its place, `module:Class`: our own first, then those of other packages.

    Other packages are searched only when a name is not ours, or all names are wanted.
    """

    def __init__(self, ours: Mapping[str, str]) -> None:
        self.ours = ours

    def others(self) -> dict[str, plugins.Plugin]:
        """The generators of other packages by name, not loaded; a name that is taken is left out with a warning."""
        by_name: dict[str, plugins.Plugin] = {}
        for plugin in plugins.declared(_GROUP):
            if plugin.name in by_name or plugin.name in self.ours or plugin.name in _RESERVED:
                plugins.warn(plugin.package, f'the name of its generator "{plugin.name}" is taken')
            elif not plugin.name.replace("-", "_").isidentifier():
                plugins.warn(plugin.package, f'"{plugin.name}" cannot name a generator (letters, digits, - and _ can)')
            else:
                by_name[plugin.name] = plugin
        return by_name

    def __getitem__(self, name: str) -> str:
        return self.ours[name] if name in self.ours else self.others()[name].entry.value

    def __iter__(self) -> Iterator[str]:
        yield from self.ours
        yield from self.others()

    def __len__(self) -> int:
        return len(self.ours) + len(self.others())


NAMES = Names(
    {
        "uniform": "generators.noise.independent:Uniform",
        "unigram": "generators.noise.independent:Unigram",
        "ngram": "generators.ngram.model:NGram",
        "lstm": "generators.lstm.model:LSTM",
        "human": "generators.human:Human",
        "command": "generators.external.command:Command",
        "endpoint": "generators.external.endpoint:Endpoint",
        "huggingface": "generators.external.huggingface:HuggingFace",
    }
)

__all__ = [
    "NAMES",
    "Decoding",
    "Generator",
    "GeneratorSpec",
    "Names",
    "SequenceModel",
    "available",
    "check_generator",
    "create",
    "find",
    "parse_generator",
]

__getattr__ = lazy_names(
    __name__,
    {
        "Decoding": "generators.base",
        "Generator": "generators.base",
        "SequenceModel": "generators.sequence",
        "check_generator": "generators.checks",
    },
)


def find(name: str) -> type[Generator]:
    """The class of a generator by name.

    Raises:
        SpecError: when there is none of that name (the message names the nearest), or another package's cannot be loaded.
    """
    if name in NAMES.ours:
        module, _, attribute = NAMES[name].partition(":")
        ours: type[Generator] = getattr(import_module(module), attribute)
        return ours
    others = NAMES.others()
    if name not in others:
        raise SpecError(f'There is no generator "{name}".', remedy=one_of(name, NAMES))
    try:
        return _checked(name, others[name].load())
    except Exception as error:
        raise SpecError(
            f'The generator "{name}" of the package {others[name].package} cannot be loaded ({plugins.reason(error)}).',
            remedy="Update or remove that package, or ask its authors.",
        ) from error


def available() -> list[type[Generator]]:
    """The class of every generator that can be loaded; one warning for each that cannot."""
    classes = [find(name) for name in NAMES.ours]
    for name, plugin in NAMES.others().items():
        try:
            classes.append(find(name))
        except SpecError as error:
            plugins.warn(plugin.package, error.problem.removesuffix("."))
    return classes


def create(spec: str | GeneratorSpec) -> Generator:
    """An unfitted generator from a specification such as `ngram:order=8`.

    Raises:
        SpecError: for an unknown name or option, or a value of the wrong type or range.

    >>> create("ngram:order=3").options()["order"]
    3
    """
    from generators.base import option_defaults

    parsed = parse_generator(spec) if isinstance(spec, str) else spec
    cls = find(parsed.name)
    try:
        return cls(**parsed.typed(option_defaults(cls)))
    except UsageError as error:
        raise SpecError(f'"{without_keys(str(parsed))}": {error.problem}', remedy=error.remedy) from error


def _checked(name: str, cls: object) -> type[Generator]:
    """What an entry point names, checked to be a generator of that name.

    Raises:
        TypeError: where it is something else.
    """
    from generators.base import Generator

    if not (isinstance(cls, type) and issubclass(cls, Generator)):
        raise TypeError(f"{cls!r} is no subclass of generators.Generator")
    if getattr(cls, "name", None) != name:
        raise TypeError(f'its class calls itself "{getattr(cls, "name", None)}"')
    return cls
