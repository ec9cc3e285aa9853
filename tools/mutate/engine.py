"""A plugin of pytest that runs the tests once to see what each reaches, and then for each mutant those which reach it.

Every mutant gets a process of its own, forked from this one with all tests collected: nothing is imported again, and
what a mutant leaves behind ends with it. The shortest tests come first, the first that fails ends it.
"""

import contextlib
import functools
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from tools.mutate import mutants, probe, viper
from tools.mutate.mutants import Mutant

_LEAST_CPU_S = 3  # a test may take so long, or a multiple of what it usually does, before it counts as hung
_TIMES = 8
KILLED, SURVIVED, UNREACHED = "killed", "survived", "unreached"
IMPORTED = "imported"  # no test reaches it, but the import does: it has to be tried with a fresh one

_Ended = Callable[[list[str], bool], None]


class Verdict(NamedTuple):
    """What became of a mutant, and the test that saw it."""

    mutant: Mutant
    outcome: str
    test: str = ""


def quiet_hypothesis() -> None:
    """The same examples every time, none kept, none made smaller: a failure is all that is wanted of one."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutate", database=None, derandomize=True, phases=phases, deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    hypothesis.settings.load_profile("mutate")


class Processes:
    """Forked from this one, up to so many at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: dict[int, tuple[BinaryIO, _Ended]] = {}

    def start(self, work: Callable[[int], int], ended: _Ended) -> None:
        """`work` is called in the new process with where it may write names, one a line, and returns the exit code.

        `ended` is called here, later, with these names and whether the code was 0.
        """
        while len(self._running) >= self._most:
            self._next()
        # A pipe that nobody reads meanwhile would fill.
        said = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 (closed when it was read)
        process = os.fork()
        if process == 0:
            no_output()
            code = 2
            try:
                code = work(said.fileno())
            finally:
                os._exit(code)
        self._running[process] = said, ended

    def wait(self) -> None:
        """For all of them."""
        while self._running:
            self._next()

    def _next(self) -> None:
        process, status = os.wait()
        if process not in self._running:
            return  # of a test's own
        said, ended = self._running.pop(process)
        with said:
            said.seek(0)
            ended(said.read().decode().split(), status == 0)


def _verdict(mutant: Mutant, names: list[str], lived: bool) -> Verdict:
    """The last test that was begun is the one that failed."""
    return Verdict(mutant, SURVIVED) if lived else Verdict(mutant, KILLED, names[-1] if names else "")


class Engine:
    """`told` is called with each Verdict. `killers` maps a mutant's key to the one test for it; empty: all tests."""

    def __init__(
        self,
        source: probe.Source,
        wanted: list[Mutant],
        killers: dict[str, str],
        told: Callable[[Verdict], None],
        jobs: int = 1,
    ) -> None:
        self._source = source
        self._wanted = wanted
        self._killers = killers
        self._told = told
        self._jobs = jobs
        self._folder = Path(tempfile.mkdtemp(prefix="mutate"))
        self.failed: list[str] = []
        self._is_imported: Callable[[Mutant], bool] = lambda _mutant: False

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """A test that compares both runtimes reads the files of the firmware, which no mutant changes."""
        items[:] = [item for item in items if "micropython" not in item.nodeid]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            self.failed.append("the collection")
            return True
        reach = self._by_name(session.items) if self._killers else self._map(session)
        processes = Processes(self._jobs)
        for mutant in self._wanted:
            tests = reach(mutant)
            if tests:
                work = functools.partial(self._run, mutant, tests)
                processes.start(work, lambda names, lived, of=mutant: self._told(_verdict(of, names, lived)))
            else:
                self._told(Verdict(mutant, IMPORTED if self._is_imported(mutant) else UNREACHED))
        processes.wait()
        return True

    def _by_name(self, items: list[pytest.Item]) -> Callable[[Mutant], list[tuple[float, pytest.Item]]]:
        named = {item.nodeid: item for item in items}
        return lambda mutant: [(1.0, named[name])] if (name := self._killers[mutant.key]) in named else []

    def _map(self, session: pytest.Session) -> Callable[[Mutant], list[tuple[float, pytest.Item]]]:
        """Runs every test once. Returns which tests reach a mutant's line, the shortest first."""
        reach: dict[tuple[str, int], list[tuple[float, pytest.Item]]] = {}
        imported = {(name, line) for name, seen in self._source.seen.items() for line, mark in enumerate(seen) if mark}
        for at, item in enumerate(session.items):
            for seen in self._source.seen.values():
                seen[:] = bytes(len(seen))
            began_s = time.process_time()
            following = session.items[at + 1] if at + 1 < len(session.items) else None
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                self.failed.append(item.nodeid)  # without any change: it says nothing about a mutant
                continue
            took_s = time.process_time() - began_s
            for module, seen in self._source.seen.items():
                lines = [line for line, mark in enumerate(seen) if mark]
                for line in lines:
                    reach.setdefault((module, line), []).append((took_s, item))
        for tests in reach.values():
            tests.sort(key=lambda one: one[0])
        marked = imported.union(reach)
        starts = {module: sorted(line for name, line in marked if name == module) for module in self._source.seen}

        def place(mutant: Mutant) -> tuple[str, int]:
            return mutant.module, _statement(starts.get(mutant.module, []), mutant.line)

        self._is_imported = lambda mutant: place(mutant) in imported
        return lambda mutant: reach.get(place(mutant), [])

    def _run(self, mutant: Mutant, tests: list[tuple[float, pytest.Item]], told: int) -> int:
        """In the mutant's process: 1 as soon as a test fails, 0 if none does."""
        text = (probe.FIRMWARE / "ionto" / f"{mutant.module}.py").read_text(encoding="utf-8")
        tree = mutants.tree(text, mutant.at)
        there = None
        _forget_kept()
        if mutant.owner in viper.FUNCTIONS.get(mutant.module, ()):
            tests = [one for one in tests if not any(part in one[1].nodeid for part in viper.WATCHING)]
            os.write(told, (tests[0][1].nodeid + "\n").encode())
            there = start(mutant, self._folder)
        else:
            probe.exchange(mutant.module, mutant.owner, tree)
        try:
            for at, (usual_s, item) in enumerate(tests):
                os.write(told, (item.nodeid + "\n").encode())
                signal.setitimer(signal.ITIMER_PROF, _LEAST_CPU_S + _TIMES * usual_s)
                following = tests[at + 1][1] if at + 1 < len(tests) else None
                if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                    return 1
            return 0
        finally:
            if there:
                there.end()


def start(mutant: Mutant, folder: Path) -> viper.Micropython:
    """A MicroPython with the mutant, and its module's viper functions handed over to it."""
    import ast
    import importlib

    text = (probe.FIRMWARE / "ionto" / f"{mutant.module}.py").read_text(encoding="utf-8")
    place = Path(tempfile.mkdtemp(dir=folder))
    there = viper.Micropython(mutant.module, ast.unparse(mutants.tree(text, mutant.at)), place)
    viper.hand_over(vars(importlib.import_module(f"ionto.{mutant.module}")), mutant.module, there)
    return there


def _forget_kept() -> None:
    """What tests keep of runs before the change (functools.cache, dictionaries named _MADE) must not stand for it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tests."):
            getattr(module, "_MADE", {}).clear()
            for value in list(vars(module).values()):
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def _statement(starts: list[int], line: int) -> int:
    """The marked line of the statement that `line` belongs to."""
    return max((one for one in starts if one <= line), default=0)


def no_output() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    with contextlib.suppress(AttributeError):
        sys.stdout.flush()
