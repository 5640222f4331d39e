"""Plants faults in functions of modules that are loaded, beside collected tests, and runs the tests that reach them: `Warm`.

A fault is planted in a process that is forked when everything is imported and all tests are collected. There the code of the function is
replaced, so that the function is the faulty one under every name it has. The tests that execute the line run, the quickest first, until
one fails.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import importlib
import inspect
import os
import pickle
import resource
import select
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from benchmarks.reliability.planting.faults import PROBE, ROOT, Fault, dotted, planted, with_probes

FOUND, MISSED, ENDLESS = "found", "missed", "endless"
_Line = tuple[str, int]


class CannotBePlanted(Exception):
    """The fault is in what runs when a module is imported."""


def forked(action: Callable[[], Any], *, seconds: int) -> Any:
    """What an action gives in a process of its own, or `ENDLESS` where it takes more processor time.

    Raises:
        RuntimeError: when it raises.
    """
    return next(all_forked([(action, seconds)], jobs=1))[1]


def all_forked(actions: Sequence[tuple[Callable[[], Any], int]], *, jobs: int) -> Iterator[tuple[int, Any]]:
    """The number of each action and what it gives, as they end; each in a process of its own, some at a time.

    Args:
        actions: with the processor seconds that each may take; one that takes more gives `ENDLESS`.
        jobs: processes at a time.

    Raises:
        RuntimeError: when an action raises.
    """
    waiting = list(enumerate(actions))[::-1]
    running: dict[int, tuple[int, int, bytearray]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            number, (action, seconds) = waiting.pop()
            pid, pipe = _started(action, seconds)
            running[pipe] = number, pid, bytearray()
        for pipe in select.select(list(running), [], [])[0]:
            number, pid, content = running[pipe]
            if piece := os.read(pipe, 1 << 20):
                content += piece
                continue
            os.close(pipe)
            del running[pipe]
            yield number, _result(os.waitpid(pid, 0)[1], bytes(content))


def _started(action: Callable[[], Any], seconds: int) -> tuple[int, int]:
    """A process and the pipe on which it says what the action gives."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.close(reading)
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        with Path(os.devnull).open("w") as nothing:
            for descriptor in (1, 2):
                os.dup2(nothing.fileno(), descriptor)
        content = pickle.dumps((True, action()))
    except BaseException as error:  # noqa: BLE001 - the parent says so
        content = pickle.dumps((False, f"{type(error).__name__}: {error}"))
    with contextlib.suppress(BaseException), os.fdopen(writing, "wb") as pipe:
        pipe.write(content)
    os._exit(0)


def _result(status: int, content: bytes) -> Any:
    if os.WIFSIGNALED(status) or not content:
        return ENDLESS
    succeeded, result = pickle.loads(content)
    if not succeeded:
        raise RuntimeError(result)
    return result


@dataclass
class Reached:
    """What the tests execute, each alone: lines of the files in question, and seconds of processor time.

    Args:
        lines: test -> lines.
        seconds: test -> time.
        failed: tests that fail as they are, and those that were not run.
    """

    lines: dict[str, frozenset[_Line]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def add(self, other: Reached) -> None:
        """Takes over what other tests execute."""
        self.lines |= other.lines
        self.seconds |= other.seconds
        self.failed += other.failed

    def tests(self, fault: Fault) -> list[str]:
        """The tests that execute the statement of a fault, the quickest first."""
        wanted = {(fault.path, line) for line in range(fault.first, fault.last + 1)}
        return sorted((test for test, lines in self.lines.items() if lines & wanted), key=self.seconds.__getitem__)


class Warm:
    """A plugin of pytest, in place of its loop over the tests.

    Args:
        files: of the code, relative to the project.
        work: is given this and the tests when they are collected.
    """

    def __init__(self, files: Sequence[str], work: Callable[[Warm], None]) -> None:
        self.files = {str(ROOT / file): file for file in files}
        self.work = work
        self.items: dict[str, Any] = {}
        self._seen: set[_Line] = set()
        self._of_fixtures: dict[int, set[_Line]] = {}
        self._has_failed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        """Hands over to the work."""
        for file in self.files.values():
            importlib.import_module(dotted(file))
        self.items = {item.nodeid: item for item in session.items}
        self.functions: dict[str, list[FunctionType]] = defaultdict(list)
        self.remembering = [
            found for found in gc.get_objects() if isinstance(found, functools._lru_cache_wrapper) and _is_ours(found)
        ]
        for found in gc.get_objects():
            if type(found) is FunctionType and (name := self.files.get(found.__code__.co_filename)):
                self.functions[name].append(found)
        gc.collect()
        gc.freeze()  # what is here by now is not looked through in every process
        self.work(self)
        return True

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: Any) -> None:
        """Notes that a test has failed."""
        self._has_failed |= report.failed

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """A fixture that tests share is computed in the first of them, and reached by all."""
        before, self._seen = self._seen, set()
        yield
        self._of_fixtures[id(fixturedef)] = self._seen
        self._seen = before | self._seen

    def passed(self, tests: Sequence[str]) -> bool:
        """Whether tests pass; ends with the first that does not."""
        self._has_failed = False
        chosen = [self.items[name] for name in tests]
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._has_failed:
                return False
        return True

    def reached(self, *, jobs: int, seconds: int) -> Reached:
        """Runs the tests, those of a file together, and says what each executes.

        Args:
            jobs: processes.
            seconds: of processor time for the tests of a file; those that follow are left out.
        """
        files: dict[str, list[str]] = defaultdict(list)
        for name in self.items:
            files[name.partition("::")[0]].append(name)
        found = Reached()
        for _, part in all_forked(
            [(functools.partial(self._reached, names, seconds), 20 * seconds) for names in files.values()], jobs=jobs
        ):
            if part != ENDLESS:
                found.add(part)
        return found

    def _reached(self, names: Sequence[str], seconds: int) -> Reached:
        self._has_own_folder()
        found, began = Reached(), time.process_time()
        self._place_probes()
        for name, following in zip(names, [*names[1:], None], strict=True):
            if time.process_time() - began > seconds:
                found.failed.append(f"{name} and what follows it, for want of time")
                break
            self.forget()
            self._seen, started = set(), time.process_time()
            item = self.items[name]
            self._has_failed = False
            item.ihook.pytest_runtest_protocol(item=item, nextitem=self.items.get(following) if following else None)
            if self._has_failed:
                found.failed.append(name)
            lines = set(self._seen)
            for definitions in getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {}).values():
                for definition in definitions:
                    lines |= self._of_fixtures.get(id(definition), set())
            found.lines[name], found.seconds[name] = frozenset(lines), time.process_time() - started
        return found

    def forget(self) -> None:
        """Empties what functions of the project remember."""
        for function in self.remembering:
            function.cache_clear()

    def _place_probes(self) -> None:
        """Functions of the code tell which of their statements run. What is measured runs at its own pace, unlike under a tracer."""
        for file in self.files.values():
            module = sys.modules[dotted(file)]
            module.__dict__[PROBE] = functools.partial(self._sees, file)
            source = (ROOT / file).read_text(encoding="utf-8")
            old, new = (
                compile(tree, str(ROOT / file), "exec", dont_inherit=True) for tree in (ast.parse(source), with_probes(source))
            )
            codes = dict(_functions(old, new))
            for function in self.functions[file]:
                function.__code__ = codes.get(function.__code__, function.__code__)

    def _sees(self, file: str, line: int) -> None:
        self._seen.add((file, line))

    def verdicts(self, faults: Sequence[Fault], reached: Reached, *, sentences: bool, jobs: int) -> Iterator[tuple[Fault, str]]:
        """Whether the tests that reach a fault find it, for each fault of a function."""
        asked, actions = [], []
        for fault in faults:
            try:
                swaps = self._swaps(fault, sentences=sentences)
            except CannotBePlanted:
                continue
            if tests := [name for name in reached.tests(fault) if name not in reached.failed]:
                asked.append(fault)
                seconds = 30 + 3 * int(sum(reached.seconds[name] for name in tests))
                actions.append((functools.partial(self._passed_with, swaps, tests), seconds))
        for number, passed in all_forked(actions, jobs=jobs):
            yield asked[number], ENDLESS if passed == ENDLESS else MISSED if passed else FOUND

    def _passed_with(self, swaps: Sequence[tuple[FunctionType, CodeType]], tests: Sequence[str]) -> bool:
        self._has_own_folder()
        for function, code in swaps:
            function.__code__ = code
        self.forget()
        return self.passed(tests)

    def _has_own_folder(self) -> None:
        """The temporary files of tests are in no folder of another process."""
        factory = next(iter(self.items.values())).config._tmp_path_factory
        factory._given_basetemp = factory._given_basetemp / str(os.getpid())
        factory._given_basetemp.parent.mkdir(parents=True, exist_ok=True)

    def _swaps(self, fault: Fault, *, sentences: bool) -> list[tuple[FunctionType, CodeType]]:
        file = str(ROOT / fault.path)
        old = compile(Path(file).read_text(encoding="utf-8"), file, "exec", dont_inherit=True)
        new = compile(planted(fault, sentences=sentences), file, "exec", dont_inherit=True)
        swaps = []
        for before, after in _different(old, new):
            functions = [function for function in self.functions[fault.path] if function.__code__ == before]
            if not functions:
                raise CannotBePlanted(str(fault))
            swaps += [(function, after) for function in functions]
        return swaps


def _different(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The outermost functions of a module whose code differs.

    Raises:
        CannotBePlanted: where what runs at import differs.
    """
    if old == new:
        return
    if old.co_flags & inspect.CO_OPTIMIZED:
        yield old, new
        return
    nested = [[value for value in code.co_consts if isinstance(value, CodeType)] for code in (old, new)]
    plain = [[value for value in code.co_consts if not isinstance(value, CodeType)] for code in (old, new)]
    if old.co_code != new.co_code or repr(plain[0]) != repr(plain[1]) or len(nested[0]) != len(nested[1]):
        raise CannotBePlanted
    for before, after in zip(*nested, strict=True):
        yield from _different(before, after)


def _functions(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The outermost functions of a module, in two forms of it."""
    if old.co_flags & inspect.CO_OPTIMIZED:
        yield old, new
        return
    nested = [[value for value in code.co_consts if isinstance(value, CodeType)] for code in (old, new)]
    for before, after in zip(*nested, strict=True):
        assert before.co_name == after.co_name, (before, after)
        yield from _functions(before, after)


def _is_ours(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith(("evalkit", "generators", "tests"))
