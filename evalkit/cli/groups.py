"""Expands groups of options into the parameters of a command: `takes_groups`.

A group is a frozen dataclass whose fields are typer options. A command names the group as the type of one parameter and
receives it filled, so each option is declared once, whatever the number of commands that have it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_args, get_type_hints

from typer.models import OptionInfo


def takes_groups(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters of a group's type are replaced by the options of that group, in their order.

    Raises:
        TypeError: when two options of the command have the same name.
    """
    hints = get_type_hints(command, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type[Any]] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if is_dataclass(hints[name]):
            groups[name] = hints[name]
            parameters += _options_of(hints[name])
        else:
            # Keyword-only, because options with a default may stand in front of those without one.
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name]))

    @functools.wraps(command)
    def with_groups(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{option.name: values.pop(option.name) for option in _options_of(group)})
        command(**values)

    return _with_signature(with_groups, parameters)


def _options_of(group: type[Any]) -> Iterator[inspect.Parameter]:
    """The options of a group as parameters; a field that is no option keeps its default in every command."""
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        if any(isinstance(extra, OptionInfo) for extra in get_args(hints[field.name])):
            yield inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=_default(field), annotation=hints[field.name]
            )


def _default(field: Field[Any]) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default


def _with_signature(function: Callable[..., None], parameters: list[inspect.Parameter]) -> Callable[..., None]:
    """The function as typer shall see it: typer reads the signature and the annotations, not the code."""
    names = [parameter.name for parameter in parameters]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TypeError(f"{function.__name__} has two options of one name: {', '.join(twice)}")
    vars(function)["__signature__"] = inspect.Signature(parameters)
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return function
