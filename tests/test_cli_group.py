"""The command as a whole: help, version, commands from other packages, and what the documentation promises."""

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import ValidationError
from typer.testing import CliRunner

from host_tools import cli_context, cli_group
from host_tools.cli import app
from host_tools.cli_group import IontoGroup
from ionto import messages
from tests.cli_fakes import SessionTransport, error_line, run, tools
from tests.support.schemas import SCHEMAS, validate_output
from tools.pages.schemas import name_for, schemas

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "tools.md").read_text()
OWN = [
    "ports", "info", "status", "monitor", "web", "record", "plot", "stop", "lower", "log", "report", "db", "faults",
    "doctor", "selftest", "settings", "flash", "calibrate", "verify",
]  # fmt: skip


def greet(name: str = "you") -> None:
    """Say hello."""
    print(f"hello {name}")


several = typer.Typer(help="Several things.")
several.command("one")(greet)
several.command("two")(greet)


def contribute(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    entries = [EntryPoint(name, value, cli_group.ENTRY_POINT_GROUP) for name, value in points]
    monkeypatch.setattr(cli_group, "_entry_points", lambda: entries)


def test_help_names_every_command_and_how_the_port_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    contribute(monkeypatch)
    result = run(["--help"], tools(SessionTransport()))
    assert result.exit_code == 0
    for name in (*OWN, "sim", "demo", "IONTO_PORT", "Exit codes"):
        assert name in result.stdout


def test_command_alone_shows_its_help(monkeypatch: pytest.MonkeyPatch) -> None:
    contribute(monkeypatch)
    result = run([], tools(SessionTransport()))
    assert result.exit_code == 0
    assert "Usage: ionto" in result.stdout


@pytest.mark.parametrize("command", OWN)
def test_every_command_has_help_with_a_line_for_each_option(command: str) -> None:
    result = run([command, "--help"], tools(SessionTransport()))
    assert result.exit_code == 0
    assert f"Usage: ionto {command}" in result.stdout
    group = typer.main.get_command(app)
    assert isinstance(group, IontoGroup)
    for parameter in group.commands[command].params:
        assert getattr(parameter, "help", None), f"{command} {parameter.name}"


def test_version_is_that_of_the_tables() -> None:
    result = run(["--version"], tools(SessionTransport()))
    assert result.stdout == "ionto " + ".".join(map(str, messages.VERSION)) + "\n"


def test_contributed_function_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    contribute(monkeypatch, ("greet", "tests.test_cli_group:greet"))
    result = run(["greet", "--name", "all"], tools(SessionTransport()))
    assert (result.exit_code, result.stdout) == (0, "hello all\n")
    assert "Say hello." in run(["--help"], tools(SessionTransport())).stdout


def test_contributed_typer_is_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    contribute(monkeypatch, ("several", "tests.test_cli_group:several"))
    assert run(["several", "two"], tools(SessionTransport())).stdout == "hello you\n"


def test_contributed_command_never_replaces_an_own_one(monkeypatch: pytest.MonkeyPatch) -> None:
    contribute(monkeypatch, ("ports", "tests.test_cli_group:greet"))
    assert "/dev/fake" in run(["ports"], tools(SessionTransport())).stdout


@pytest.mark.parametrize("points", [(), (("sim", "no_such_package.commands:sim"),), (("sim", "host_tools:no_sim"),)])
@pytest.mark.parametrize("arguments", [["sim"], ["sim", "--seed", "3", "more"]])
def test_missing_simulator_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, points: tuple[tuple[str, str], ...], arguments: list[str]
) -> None:
    contribute(monkeypatch, *points)
    result = run(arguments, tools(SessionTransport()))
    assert result.exit_code == 6
    assert "`ionto sim` is not installed" in error_line(result)
    assert "make setup" in result.stderr


def test_help_lists_a_missing_simulator_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    contribute(monkeypatch)
    assert "(Not installed.)" in " ".join(run(["demo", "--help"], tools(SessionTransport())).stdout.split())


def test_document_names_every_command() -> None:
    for name in OWN:
        assert f"`ionto {name}" in DOCUMENT


def test_document_and_help_have_the_one_list_of_exit_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    contribute(monkeypatch)
    listed = dict(re.findall(r"^\| (\d+) \| ([^|]+) \|$", DOCUMENT.split("## Exit codes")[1], flags=re.MULTILINE))
    assert {int(code): meaning for code, meaning in listed.items()} == cli_context.EXIT_CODES
    help_words = " ".join(run(["--help"], tools(SessionTransport())).stdout.split())
    for code, meaning in cli_context.EXIT_CODES.items():
        assert f"{code} {meaning}" in help_words


def commands(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and subcommand of this package, as the words after `ionto`."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return [path]
    return [found for name, one in inner.items() for found in commands(one, (*path, name))]


@pytest.mark.parametrize("path", commands(typer.main.get_command(app)), ids=" ".join)
def test_every_command_shows_an_example_that_is_one(path: tuple[str, ...]) -> None:
    words = run([*path, "--help"], tools(SessionTransport())).stdout
    example = re.search(r"Example: ionto (.*?)\n *\n", words, re.DOTALL)
    assert example, words
    arguments = shlex.split(example[1])
    assert tuple(arguments[: len(path)]) == path
    command = typer.main.get_command(app)
    for name in path:
        command = getattr(command, "commands")[name]  # noqa: B009 - Typer's group has no such attribute in its types
    command.make_context(path[-1], arguments[len(path) :])  # raises for an option or argument that there is not


@pytest.mark.parametrize("path", commands(typer.main.get_command(app)), ids=" ".join)
def test_every_command_that_prints_json_has_a_schema(path: tuple[str, ...]) -> None:
    prints = "--json" in run([*path, "--help"], tools(SessionTransport())).stdout
    name = name_for([*path])
    assert not prints or name in schemas()


def test_every_schema_file_is_one_that_is_made() -> None:
    assert {path.stem for path in SCHEMAS.iterdir()} == set(schemas())


def test_output_that_is_not_what_a_schema_says_is_found() -> None:
    validate_output(["ports"], '[{"port": "a", "description": "b"}]')
    for wrong in (
        '[{"port": "a"}]',
        '[{"port": 1, "description": "b"}]',
        "{}",
        '[{"port": "", "description": "", "x": 1}]',
    ):
        with pytest.raises(ValidationError):
            validate_output(["ports"], wrong)


def test_bash_completes_commands_and_modes() -> None:
    """As the script of `--show-completion` asks; the first word in this process, which saves starting another."""
    asked = {"_IONTO_COMPLETE": "complete_bash", "COMP_WORDS": "ionto se", "COMP_CWORD": "1"}
    result = CliRunner().invoke(app, [], prog_name="ionto", env=asked)
    assert result.stdout.split() == ["selftest", "settings"]
    path = os.pathsep.join((str(ROOT), str(ROOT / "firmware"), str(ROOT / "tests" / "shims")))
    asked = {**os.environ, "PYTHONPATH": path, **asked, "COMP_WORDS": "ionto settings set ", "COMP_CWORD": "3"}
    program = [sys.executable, "-c", "from host_tools.cli import main; main()"]
    done = subprocess.run(program, env=asked, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["face", "underarms", "hands", "feet"]
