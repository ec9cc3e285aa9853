"""What is there for the requirements: the code that names them, the tests that are marked with them, their outcomes."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

CODE = ("firmware", "host_tools")
TEXTS = ("docs", "firmware", "host_tools", "loadbox")
SUITES = ("tests", "hil/tests")
GENERATED = ("docs/requirements.md", "docs/hazards.md")

_ID = re.compile(r"REQ-[A-Z]+-\d+")
_RANGE = re.compile(r"\[(REQ-[A-Z]+-)(\d+)\] to \[\1(\d+)\]")


@dataclass(frozen=True)
class Proof:
    """A test, the requirements that it is marked with, and how it ended: passed, failed, skipped, or "" for unknown."""

    name: str
    requirements: tuple[str, ...]
    outcome: str


class CollectionError(Exception):
    """pytest could not say which tests there are; the text is what it printed."""


def ids_in(text: str) -> set[str]:
    """Every requirement that a text names; `[REQ-TRP-4] to [REQ-TRP-7]` names four."""
    found = set(_ID.findall(text))
    for family, first, last in _RANGE.findall(text):
        found |= {f"{family}{number}" for number in range(int(first), int(last) + 1)}
    return found


def places(root: Path, folders: tuple[str, ...], endings: tuple[str, ...]) -> dict[str, list[str]]:
    """Where each requirement is named, as path:line, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(path for folder in folders for path in (root / folder).rglob("*") if path.suffix in endings):
        name = path.relative_to(root).as_posix()
        if name in GENERATED:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for one in sorted(ids_in(line)):
                found[one].append(f"{name}:{number}")
    return found


def collected(root: Path, out: Path) -> list[Proof]:
    """Every test that `make test` runs, with `skipped` where a mark may leave it out. Raises CollectionError."""
    suites = [suite for suite in SUITES if (root / suite).is_dir()]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-qq",
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_timeout",
    ]
    command += ["-p", "tools.requirements.plugin", "--requirements-out", str(out), *suites]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("IONTO_", "PYTEST_"))}
    # The tests that are collected may stand elsewhere, but not the plugin.
    # Collecting needs no plugin but the one that pyproject.toml has options of.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CollectionError(done.stdout + done.stderr)
    return outcomes(out)


def outcomes(path: Path) -> list[Proof]:
    """The tests of a file that the plugin wrote; none if it is not there."""
    if not path.exists():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Proof(name, tuple(row["requirements"]), row["outcome"]) for name, row in rows.items()]


def whole(path: Path) -> list[Proof]:
    """The tests of a run of all of them. Raises CollectionError if there was none."""
    if not path.exists():
        raise CollectionError(f"{path} is not there: no run of every test has ended since the last began (`make test`)")
    return outcomes(path)


def latest(folder: Path, runs: tuple[str, ...]) -> list[Proof]:
    """The tests of several runs, those of the newest last."""
    paths = [path for path in (folder / f"{run}.json" for run in runs) if path.exists()]
    return [test for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns) for test in outcomes(path)]


def with_outcomes(tests: list[Proof], ran: list[Proof]) -> list[Proof]:
    """The tests that were collected, each with its outcome of the last run where there is one."""
    last = {test.name: test.outcome for test in ran}
    return [Proof(one.name, one.requirements, one.outcome or last.get(one.name, "")) for one in tests]
