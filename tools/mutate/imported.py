"""Mutants that take effect when their module is imported: tables, limits, constants. Each gets a fresh import."""

import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.mutate import engine, mutants, probe, viper
from tools.mutate.engine import KILLED, SURVIVED, UNREACHED, Processes, Verdict
from tools.mutate.mutants import Mutant

CPU_S = 120
PYTEST = ("-q", "-p", "no:cacheprovider", "-o", "timeout=0", "-W", "ignore::pytest.PytestAssertRewriteWarning")


class _Failure:
    """Notes the first test that fails; leaves out tests that contain one of some words."""

    def __init__(self, left_out: tuple[str, ...]) -> None:
        self.name = ""
        self._left_out = left_out

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not any(word in item.nodeid for word in self._left_out)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.name = self.name or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.name = self.name or report.nodeid


def start(
    processes: Processes, mutant: Mutant, tests: list[str], told: Callable[[Verdict], None], cpu_s: int = CPU_S
) -> None:
    """Tries a mutant with the tests or files of tests, in a process forked before any of the firmware was imported."""
    if not tests:
        told(Verdict(mutant, UNREACHED))
        return

    def work(names: int) -> int:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        return _run(mutant, tests, names)

    def ended(names: list[str], lived: bool) -> None:
        told(Verdict(mutant, SURVIVED) if lived else Verdict(mutant, KILLED, " ".join(names)))

    processes.start(work, ended)


def _run(mutant: Mutant, tests: list[str], told: int) -> int:
    text = (probe.FIRMWARE / "ionto" / f"{mutant.module}.py").read_text(encoding="utf-8")
    sys.meta_path.insert(0, probe.Source(changed={mutant.module: mutants.tree(text, mutant.at)}))
    engine.quiet_hypothesis()
    folder = Path(tempfile.mkdtemp(prefix="mutate"))
    there = None
    try:
        if mutant.module in viper.FUNCTIONS:
            there = engine.start(mutant, folder)
        failure = _Failure(("micropython", *(viper.WATCHING if there else ())))
        result = pytest.main(["-x", *PYTEST, *tests], plugins=[failure])
        os.write(told, failure.name.encode())
        return 0 if result == pytest.ExitCode.OK else 1
    except BaseException as error:
        os.write(told, f"import: {type(error).__name__}".encode())
        return 1
    finally:
        if there:
            there.end()
        shutil.rmtree(folder, ignore_errors=True)
