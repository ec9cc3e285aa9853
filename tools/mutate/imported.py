"""Mutants that take effect when their module is imported: tables, limits, constants. Each gets a fresh import."""

import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tools.mutate import engine, mutants, probe, viper
from tools.mutate.engine import KILLED, SURVIVED, UNREACHED, Verdict
from tools.mutate.mutants import Mutant

CPU_S = 60


class _Failure:
    """Notes the first test that fails."""

    def __init__(self) -> None:
        self.name = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if "micropython" not in item.nodeid]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.name = self.name or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.name = self.name or report.nodeid


def verdict(mutant: Mutant, tests: list[str], cpu_s: int = CPU_S) -> Verdict:
    """Tries a mutant with the tests or files of tests, in a process forked before any of the firmware was imported."""
    if not tests:
        return Verdict(mutant, UNREACHED)
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        code = 2
        try:
            engine._no_output()
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
            code = _run(mutant, tests, writing)
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        name = pipe.read().decode()
    _, status = os.waitpid(process, 0)
    return Verdict(mutant, SURVIVED) if status == 0 else Verdict(mutant, KILLED, name)


def _run(mutant: Mutant, tests: list[str], told: int) -> int:
    text = (probe.FIRMWARE / "ionto" / f"{mutant.module}.py").read_text(encoding="utf-8")
    sys.meta_path.insert(0, probe.Source(changed={mutant.module: mutants.tree(text, mutant.at)}))
    engine.quiet_hypothesis()
    folder = Path(tempfile.mkdtemp(prefix="mutate"))
    there = None
    try:
        if mutant.module in viper.FUNCTIONS:
            there = engine.start(mutant, folder)
        failure = _Failure()
        result = pytest.main(
            [
                "-x",
                "-q",
                "-p",
                "no:cacheprovider",
                "-o",
                "timeout=0",
                "-W",
                "ignore::pytest.PytestAssertRewriteWarning",
                *tests,
            ],
            plugins=[failure],
        )
        os.write(told, failure.name.encode())
        return 0 if result == pytest.ExitCode.OK else 1
    except BaseException as error:
        os.write(told, f"import: {type(error).__name__}".encode())
        return 1
    finally:
        if there:
            there.end()
        shutil.rmtree(folder, ignore_errors=True)
