"""A plugin of pytest: measures coverage of firmware and host tools, and fails the run if a gated file is not whole.

`pytest -p tools.coverage.plugin --coverage-out FILE`. It must be loaded with `-p`, so that it is there before anything
of the firmware is imported. SlipCover measures: it takes its probes out again once they have been passed, so the run
takes no longer. Only what CPython runs is seen; a process that a test starts is not.
"""

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover, merge_coverage

from tools.coverage.gated import GATED

SOURCES = ("firmware/ionto", "host_tools")

_cover = Slipcover(branch=True, exclude_lines=[])
ImportManager(_cover, FileMatcher(sources=list(SOURCES))).__enter__()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--coverage-out", metavar="FILE", default="build/coverage.json", help="write the coverage there")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Gate(config), "coverage gate")


def is_gated(path: str) -> bool:
    """True if every line and branch of this file must be run by a test."""
    return any(fnmatch(path, f"firmware/ionto/{name}.py") for name in GATED)


def gaps(files: dict[str, Any]) -> list[str]:
    """What is missing in the gated files of SlipCover's result: one line of text a file."""
    wrong = [f"{name}: no file of this name was run" for name in GATED if not any(_is(name, path) for path in files)]
    for path, found in sorted(files.items()):
        lines = found["missing_lines"]
        branches = [f"{a}->{b or 'exit'}" for a, b in found["missing_branches"] if b not in lines]
        if is_gated(path) and (lines or branches):
            wrong.append(f"{path}: not run: {', '.join(map(str, [*lines, *branches]))}")
    return wrong


def _is(name: str, path: str) -> bool:
    return fnmatch(path, f"firmware/ionto/{name}.py")


class _Gate:
    def __init__(self, config: pytest.Config) -> None:
        self._out = Path(str(config.getoption("--coverage-out")))
        self._worker: dict[str, Any] | None = getattr(config, "workeroutput", None)
        self._merged: dict[str, Any] | None = None

    def _add(self, found: dict[str, Any]) -> None:
        self._merged = merge_coverage(self._merged, found) if self._merged else found

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker of pytest-xdist has run; a worker that died has run nothing."""
        found = getattr(node, "workeroutput", {}).get("coverage")
        if found:
            self._add(json.loads(found))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly:
            return
        if self._worker is not None:
            self._worker["coverage"] = json.dumps(_cover.get_coverage())
            return
        if self._merged is None:
            self._add(_cover.get_coverage())
        assert self._merged
        self._out.parent.mkdir(parents=True, exist_ok=True)
        self._out.write_text(json.dumps(self._merged) + "\n", encoding="utf-8")
        if gaps(self._merged["files"]) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._merged is None:
            return
        files = self._merged["files"]
        terminalreporter.section("coverage of lines and branches")
        if terminalreporter.config.option.verbose >= 0:
            for path, found in sorted(files.items()):
                whole = found["summary"]["percent_covered"]
                if whole < 100 and not is_gated(path):
                    terminalreporter.line(f"{path}: {whole:.1f} %")
        wrong = gaps(files)
        for line in wrong:
            terminalreporter.line(line, red=True)
        count = sum(map(is_gated, files))
        terminalreporter.line(f"{count} gated files: " + (f"{len(wrong)} with gaps" if wrong else "all of them run"))
