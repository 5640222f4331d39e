"""What a `command` runs: its options read from a specification or a file, checked, and its arguments filled in for one run."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.errors import UsageError, one_of
from generators.base import Decoding
from generators.external.base import passage_seed

PLACEHOLDERS = ("seed", "index", "n", "chars", "prompt", "temperature")
PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP", "VIRTUAL_ENV",
    "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE",
    "APPDATA", "LOCALAPPDATA",
)  # fmt: skip
"""Environment variables that every program sees; keys and tokens are not among them."""

_FORMATS = ("text", "jsonl")
_BRACES = re.compile(r"\{\{([a-z_]+)\}\}|\{([a-z_]+)\}")
_LONGEST_FILE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a command runs and how, once the file is read and defaults are filled in; the options are those of `Command`."""

    argv: tuple[str, ...]
    format: str = "text"
    per_run: int = 1
    timeout: float = 120.0
    jobs: int = 2
    env: tuple[str, ...] = ()
    seeded: bool = True
    max_bytes: int = 64 << 20


def read_file(path: object) -> dict[str, Any]:
    """The options that a TOML file gives."""
    remedy = 'Write a TOML file such as: argv = ["python", "sample.py", "--seed", "{seed}"]'
    try:
        with Path(str(path)).open("rb") as file:
            content = file.read(_LONGEST_FILE + 1)
        if len(content) > _LONGEST_FILE:
            raise UsageError(f'The file "{path}" is too large for a few options.', remedy=remedy)
        table = tomllib.loads(content.decode())
    except OSError as error:
        raise UsageError(f'The file "{path}" cannot be read ({error.strerror}).', remedy=remedy) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f'The file "{path}" is not TOML ({error}).', remedy=remedy) from error
    if "argv" in table and not (isinstance(table["argv"], list) and all(isinstance(word, str) for word in table["argv"])):
        raise UsageError(f'argv of "{path}" is not an array of strings.', remedy=remedy)
    return table


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "argv": (str, list), "format": str, "per_run": int, "timeout": (int, float), "jobs": int, "env": (str, list), "seeded": bool,
    "max_bytes": int,
}  # fmt: skip


def checked(options: Mapping[str, Any]) -> Settings:
    """Options checked, all problems at once."""
    problems = [f'there is no option "{key}" ({one_of(key, _KINDS)})' for key in options if key not in _KINDS]
    known = {key: value for key, value in options.items() if key in _KINDS}
    for key, value in known.items():
        # True is an int for Python, and no number of jobs.
        if not isinstance(value, _KINDS[key]) or (isinstance(value, bool) and key != "seeded"):
            problems.append(f"{key} cannot be {value!r}")
    if problems:
        raise UsageError("command: " + "; ".join(problems) + ".")
    for key in ("argv", "env"):
        if key in known:
            known[key] = tuple(_words(known[key], key))
    settings = Settings(**{"argv": (), **known})
    problems = [*_unusable(settings)]
    if problems:
        raise UsageError("command: " + "; ".join(problems) + ".")
    _check_template(settings)
    return settings


def _unusable(settings: Settings) -> list[str]:
    """What is out of range."""
    problems = [] if settings.argv and settings.argv[0] else ["argv names no program"]
    if settings.format not in _FORMATS:
        problems.append(f'format cannot be "{settings.format}" ({one_of(settings.format, _FORMATS)})')
    elif settings.per_run > 1 and settings.format != "jsonl":
        problems.append("per_run above 1 needs format=jsonl, which says where a passage ends")
    if not 0 < settings.timeout < float("inf"):
        problems.append(f"timeout must be above 0 seconds, not {settings.timeout}")
    return problems + [
        f"{key} must be at least 1, not {getattr(settings, key)}"
        for key in ("per_run", "jobs", "max_bytes")
        if getattr(settings, key) < 1
    ]


def _words(value: str | Sequence[str], key: str) -> Sequence[str]:
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError as error:
        raise UsageError(f"{key} cannot be split into words ({error}): {value}", remedy="Close every quotation mark.") from error


def _check_template(settings: Settings) -> None:
    """Refuses placeholders that do not exist, and a command that would write the same text each time."""
    for word in settings.argv:
        for _, name in _BRACES.findall(word):
            if name and name not in PLACEHOLDERS:
                raise UsageError(
                    f'command: "{{{name}}}" stands for nothing.',
                    remedy=f"{one_of(name, PLACEHOLDERS)} Write {{{{{name}}}}} for the text itself.",
                )
    if settings.seeded and not {"seed", "index"} & _used(settings):
        raise UsageError(
            "command: no argument holds {seed}, so every run would be alike, or none could be repeated.",
            remedy="Pass {seed} to the program, or write seeded=false if it takes none and its text differs from run to run.",
        )


def _used(settings: Settings) -> set[str]:
    return {name for word in settings.argv for _, name in _BRACES.findall(word) if name}


def check_decoding(settings: Settings, decoding: Decoding) -> None:
    """Refuses what the command would not hear of."""
    used = _used(settings)
    unheard = [
        *(["a temperature"] if decoding.temperature != 1 and "temperature" not in used else []),
        *(["a prompt"] if decoding.prompt and "prompt" not in used else []),
        *(["top-k or top-p"] if decoding.top_k is not None or decoding.top_p is not None else []),
    ]
    if unheard:
        raise UsageError(
            f"The command is not told of {' and '.join(unheard)}.",
            remedy="Put {temperature} or {prompt} among its arguments (there is none for top-k and top-p), or leave that option out.",
        )


def filled(settings: Settings, *, seed: int, index: int, n_chars: int, decoding: Decoding) -> list[str]:
    """The arguments of one run."""
    values = {
        "seed": str(passage_seed(seed, index)),
        "index": str(index),
        "n": str(settings.per_run),
        "chars": str(n_chars),
        "prompt": decoding.prompt,
        "temperature": f"{decoding.temperature:g}",
    }
    return [_BRACES.sub(lambda found: values[found[2]] if found[2] else f"{{{found[1]}}}", word) for word in settings.argv]


def environment(settings: Settings) -> dict[str, str]:
    """What the program sees of the environment."""
    found = {name: os.environ[name] for name in (*PASSED_ON, *settings.env) if name in os.environ}
    return {"PATH": os.defpath, **found}
