"""The command as a whole: help, version, commands from other packages, and what the documentation promises."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer

from host_tools import cli_context, cli_group
from host_tools.cli import app
from host_tools.cli_group import IontoGroup
from ionto import messages
from tests.cli_fakes import SessionTransport, error_line, run, tools

DOCUMENT = (Path(__file__).parent.parent / "docs" / "tools.md").read_text()
OWN = ["ports", "info", "status", "monitor", "record", "plot", "stop", "lower"]


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


def test_document_and_help_name_every_exit_code() -> None:
    names = ("OK", "REFUSED", "USAGE", "NO_PORT", "NO_REPLY", "FILES", "NOT_INSTALLED", "INTERRUPTED")
    help_words = run(["--help"], tools(SessionTransport())).stdout
    for code in (getattr(cli_context, name) for name in names):
        assert f"\n| {code} | " in DOCUMENT
        assert f" {code} " in " ".join(help_words.split())
