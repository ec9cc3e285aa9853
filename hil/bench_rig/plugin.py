"""pytest on a bench: only what is marked `bench`, on one board, and only once board and box have been met."""

from __future__ import annotations

import pytest

from hil.bench_rig import ports
from hil.process import RigError


class BenchRun:
    """One run of pytest on a bench. Raises UsageError for one on several processes."""

    def __init__(self, config: pytest.Config) -> None:
        if getattr(config.option, "numprocesses", None):
            raise pytest.UsageError("the bench has one board: run pytest without -n")
        self._passed = 0
        self._skipped = 0

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keeps what is marked for the bench. Ends the run with one line if the bench is not ready for it."""
        left_out = [item for item in items if item.get_closest_marker("bench") is None]
        items[:] = [item for item in items if item.get_closest_marker("bench") is not None]
        config.hook.pytest_deselected(items=left_out)
        if not items or config.option.collectonly:
            return
        try:
            ports.check()
        except RigError as error:
            pytest.exit(str(error), returncode=2)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts what the bench could show."""
        if report.when == "call":
            self._passed += report.passed
            self._skipped += report.skipped

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A run in which every test was skipped has shown nothing, and fails."""
        if exitstatus == pytest.ExitCode.OK and self._skipped and not self._passed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says so."""
        if self._skipped and not self._passed:
            terminalreporter.write_line("the bench has shown nothing: every test was skipped")
