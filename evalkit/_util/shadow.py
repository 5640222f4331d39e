"""Refuses modules of the working folder that shadow others under `python -m`: `watch`.

`python -m evalkit` puts the working folder in front of `sys.path`, so a file `random.py` there would be imported, and run, in
the place of Python's own. The command `evalkit` does not look there. Only modules that are loaded already are imported here.
"""

# No pathlib here, because it may be shadowed itself.
# ruff: noqa: PTH109, PTH113, PTH118, PTH120

from __future__ import annotations

import os
import sys

_PROGRAMS = ("evalkit", "generators")
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


class Shadowed(SystemExit):
    """Ends the program with the code of a usage error.

    It is no `Exception`, because libraries catch those around imports that they can do without.
    """

    def __init__(self) -> None:
        super().__init__(2)


class _Finder:
    """Looks at every top-level import before the path is searched, and finds nothing itself.

    Args:
        folder: the working folder.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuses a module that shadows another one.

        Raises:
            Shadowed: when there is such a module; it was said on stderr.
        """
        local = None if "." in name else self._local(name)
        if local is not None and self._shadows(name, local):
            _complain(name, local)
            raise Shadowed

    def _local(self, name: str) -> str | None:
        """The file that the working folder has for a name."""
        candidates = (os.path.join(self.folder, name, "__init__.py"), os.path.join(self.folder, f"{name}.py"))
        return next((file for file in candidates if os.path.isfile(file)), None)

    def _shadows(self, name: str, local: str) -> bool:
        if name in _PROGRAMS:
            # In a checkout of our own, the working folder is where the programs are.
            return self.folder != _ROOT
        elsewhere = [entry for entry in sys.path if os.path.realpath(entry or ".") != self.folder]
        for finder in sys.meta_path:
            # PathFinder searches the given path; the finders of editable installations know their packages and take no path.
            path = elsewhere if _is_path_finder(finder) else None
            spec = finder.find_spec(name, path) if finder is not self else None
            if spec is not None and spec.origin is not None:
                return os.path.realpath(spec.origin) != os.path.realpath(local)
        return False


def watch() -> None:
    """Looks at every import from now on, and at those that were made before.

    Raises:
        Shadowed: when a module that was imported shadows another one.
    """
    if sys.flags.safe_path or any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    try:
        finder = _Finder(os.getcwd())
    except OSError:  # the working folder was removed
        return
    # Built-in and frozen modules are found before the path is searched, so nothing can shadow them.
    before = next((i for i, other in enumerate(sys.meta_path) if _is_path_finder(other)), 0)
    sys.meta_path.insert(before, finder)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and file is not None and finder._local(name) == os.path.realpath(file):
            finder.find_spec(name)


def _is_path_finder(finder: object) -> bool:
    return getattr(finder, "__name__", "") == "PathFinder"


def _complain(name: str, file: str) -> None:
    program = next((word for word in sys.orig_argv if word in _PROGRAMS), _PROGRAMS[0])
    if program == "evalkit":
        remedy = "Rename it, run from another folder, or use the command `evalkit`, which does not look there."
    else:
        remedy = f"Rename it, run from another folder, or run `python -P -m {program}`, which does not look there."
    sys.stderr.write(
        f"Error: {_visible(file)} is in the way: `python -m {program}` looks for modules in the working folder first, and would take it "
        f"for the module `{name}`.\n{remedy}\n"
    )


def _visible(text: str) -> str:
    # What evalkit._util.escape does better; it imports modules that may be shadowed.
    return "".join(char if char.isprintable() else "?" for char in text)
