"""The tools without the extras: what needs none of them works, the rest says in one line what to install."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from host_tools.extras import EXTRAS
from tests.cli_fakes import SHORT, SessionTransport, error_line, run, tools

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if not one of the extras were installed."""
    for module in EXTRAS:
        monkeypatch.setitem(sys.modules, module, None)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (["record", "--format", "parquet"], "pyarrow"),
        (["record", "--format", "both"], "pyarrow"),
        (["log", "--out", "DIR", "--format", "parquet"], "pyarrow"),
        (["plot", "DIR"], "numpy"),
        (["report", "--format", "pdf"], "numpy"),
        (["web", "--no-open"], "starlette"),
        (["calibrate", "-t", "A. Tester"], "numpy"),
        (["verify", "-t", "A. Tester"], "numpy"),
    ],
)
def test_command_that_needs_an_extra_says_which_before_it_begins(
    tmp_path: Path, arguments: list[str], module: str
) -> None:
    transport = SessionTransport(SHORT)
    result = run([word.replace("DIR", str(tmp_path)) for word in arguments], tools(transport))
    assert result.exit_code == 6
    assert f"this needs {module}, which is not installed: pip install 'ionto[{EXTRAS[module]}]'" in error_line(result)
    assert transport.written == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("bare")
def test_recording_as_csv_needs_no_extra(tmp_path: Path) -> None:
    result = run(["record", "--out", str(tmp_path / "r"), "--json"], tools(SessionTransport(SHORT)))
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["files"] == ["telemetry.csv", "events.csv"]


def test_command_starts_without_any_extra() -> None:
    """In a process of its own: here they may have been imported already."""
    program = (
        f"import sys\nfor name in {sorted(EXTRAS)!r}: sys.modules[name] = None\n"
        "from host_tools.cli import main\nmain(['faults', '5'])"
    )
    path = f"{ROOT}:{ROOT / 'firmware'}"
    call = [sys.executable, "-c", program]
    done = subprocess.run(call, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("fault 5  SENSE MISMATCH")


def test_extras_of_the_project_are_those_that_the_messages_name() -> None:
    names = {extra: {_name(line) for line in lines} for extra, lines in PROJECT["optional-dependencies"].items()}
    base = {_name(line) for line in PROJECT["dependencies"]}
    for module, extra in EXTRAS.items():
        package = {"textual_plot": "textual-plot", "pyvisa_py": "pyvisa-py"}.get(module, module)
        assert package in names[extra], (module, extra)
        assert package not in base


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9-]+", requirement)
    assert found
    return found[0]
