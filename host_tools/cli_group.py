"""The `ionto` command group: errors as one line with an exit code, and commands that other packages bring.

A package adds a command with an entry point in the group `ionto.commands`: a typed function, or a `typer.Typer`.
"""

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from host_tools.cli_context import NOT_INSTALLED, USAGE, CliError, exit_code_of
from host_tools.errors import IontoError

ENTRY_POINT_GROUP = "ionto.commands"

_KNOWN = {
    "sim": "Run a simulated device that the other commands can talk to.",
    "demo": "Run a simulated session and write its report.",
}
_GET_IT = "in a checkout of the Ionto repository run `make setup`, then `.venv/bin/ionto {name}`"


class IontoGroup(TyperGroup):
    """Commands of this package first, then those that entry points contribute."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base class's signature
        """The names of all commands; sim and demo are named even where they are not installed."""
        own = list(self.commands)
        return own + sorted(({point.name for point in _entry_points()} | set(_KNOWN)) - set(own))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by name, or None."""
        return super().get_command(ctx, cmd_name) or _contributed(cmd_name)

    def main(self, *args: Any, standalone_mode: bool = True, **kwargs: Any) -> Any:
        """Runs a command and leaves with its exit code; expected errors become one line on stderr."""
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **kwargs)
        try:
            code = super().main(*args, standalone_mode=False, **kwargs)
        except IontoError as error:
            fail(str(error), exit_code_of(error))
        except typer.TyperException as error:
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "ionto"
            fail(f"{error.format_message()} (see {path} --help)", USAGE)
        except typer.Abort:
            sys.exit(1)
        sys.exit(code if isinstance(code, int) else 0)


def fail(message: str, exit_code: int) -> NoReturn:
    """Says what went wrong in one line on stderr and leaves."""
    print("ionto: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(exit_code)


def _entry_points() -> list[EntryPoint]:
    return list(entry_points(group=ENTRY_POINT_GROUP))


def _contributed(name: str) -> Any:
    point = next((point for point in _entry_points() if point.name == name), None)
    if point is None and name not in _KNOWN:
        return None
    if point is None:
        return _stub(name, f"`ionto {name}` is not installed")
    try:
        loaded = point.load()
    except (ImportError, AttributeError) as error:
        return _stub(name, f"`ionto {name}` is not installed ({error})")
    command = loaded if isinstance(loaded, typer.Typer) else _typer_of(loaded, name)
    return get_command(command)


def _typer_of(function: Any, name: str) -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command(name)(function)
    return app


def _stub(name: str, why: str) -> Any:
    """A command that says, however it is called, that it is missing and how to get it."""
    message = f"{why}: {_GET_IT.format(name=name)}" if name in _KNOWN else why

    def missing() -> None:
        raise CliError(message, NOT_INSTALLED)

    app = typer.Typer(add_completion=False)
    anything = {"allow_extra_args": True, "ignore_unknown_options": True}
    app.command(name, help=f"{_KNOWN.get(name, '')} (Not installed.)\n\n{message}.", context_settings=anything)(missing)
    return get_command(app)
