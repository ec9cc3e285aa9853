"""A plugin of pytest: writes which requirements each test is marked with, and how the test ended.

`pytest -p tools.requirements.plugin --requirements-out FILE`. The file is JSON: by the test's name its requirements and
its outcome, the worst of its phases; with --collect-only `skipped` for a test that carries a mark which can leave it
out, else "".
"""

import json
from pathlib import Path
from typing import cast

import pytest

KEY = "requirements"
_WORSE = ("", "passed", "skipped", "failed")
_LEAVES_OUT = ("skip", "skipif", "xfail")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements-out", metavar="FILE", help="write each test's requirements and outcome there")


def pytest_configure(config: pytest.Config) -> None:
    out = config.getoption("--requirements-out")
    if out:
        config.pluginmanager.register(_Recorder(config, Path(out)), "requirements recorder")


def ids_of(item: pytest.Item) -> list[str]:
    """The requirements that a test is marked with, on itself, its class or its file."""
    return sorted({one for mark in item.iter_markers("requirement") for one in mark.args})


class _Recorder:
    def __init__(self, config: pytest.Config, out: Path) -> None:
        self._out = out
        self._is_worker = hasattr(config, "workerinput")
        self._found: dict[str, dict[str, object]] = {}
        if not self._is_worker:
            out.unlink(missing_ok=True)  # what an earlier run proved does not stand for this one

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The ids travel with the reports, because other processes run the tests."""
        for item in items:
            item.user_properties.append((KEY, ids_of(item)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that leaves itself out as a whole does not say what it would prove."""
        if report.skipped:
            self._note(report.nodeid, [], "skipped")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not session.config.option.collectonly:
            return
        for item in session.items:
            marks = {mark.name for mark in item.iter_markers()}
            self._note(item.nodeid, ids_of(item), "skipped" if marks.intersection(_LEAVES_OUT) else "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ids = next((value for key, value in report.user_properties if key == KEY), ())
        self._note(report.nodeid, list(cast("list[str]", ids)), report.outcome)

    def _note(self, name: str, ids: list[str], outcome: str) -> None:
        entry = self._found.setdefault(name, {"requirements": ids, "outcome": outcome})
        entry["outcome"] = max(str(entry["outcome"]), outcome, key=_WORSE.index)

    def pytest_sessionfinish(self) -> None:
        if not self._is_worker:
            self._out.parent.mkdir(parents=True, exist_ok=True)
            self._out.write_text(json.dumps(self._found, indent=1) + "\n", encoding="utf-8")
