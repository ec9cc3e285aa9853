"""`ionto settings`: what each mode of a device begins with; read, written, exported and imported."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from host_tools import settings
from host_tools.cli_context import (
    FILES,
    USAGE,
    CliError,
    Connection,
    JsonOption,
    PortOption,
    connect,
    not_in_service,
    tools_of,
)
from host_tools.settings import ModeSettings, SettingsError
from ionto import limits
from ionto.states import SERVICE

settings_app = typer.Typer(
    no_args_is_help=True,
    help="What each mode begins with: level, minutes, reversal. Reading is possible while no session runs; "
    "writing takes SERVICE, and counts from the next power-on.",
)
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Settings file (JSON).")]
ModeArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODE",
        help="face, underarms, hands or feet.",
        autocompletion=lambda: [mode.name.lower() for mode in limits.MODES],
    ),
]
LevelOption = Annotated[str | None, typer.Option("--level", metavar="MA", help="Level in mA, as 0.4.")]
MinutesOption = Annotated[int | None, typer.Option("--minutes", metavar="MIN", help="Length of a session.")]
ReversalOption = Annotated[
    bool | None, typer.Option("--reversal/--no-reversal", help="Polarity reversal at half time, in HANDS and FEET.")
]


@settings_app.command("get")
def get_settings(context: typer.Context, port: PortOption = None, as_json: JsonOption = False) -> None:
    """Say what each mode begins with, and what it allows.

    Example: ionto settings get --json
    """
    with connect(tools_of(context), port) as connection:
        rows, is_kept = settings.read(connection.client)
    if as_json:
        modes = {row.mode.name: {**row.values(), "allowed": row.ranges()} for row in rows}
        print(json.dumps({"is_kept": is_kept, "modes": modes}, indent=2))
        return
    if not is_kept:
        print("None were ever kept: these are the defaults.")
    for row in rows:
        _print(row)


@settings_app.command("set")
def set_settings(
    context: typer.Context,
    mode: ModeArgument,
    level: LevelOption = None,
    minutes: MinutesOption = None,
    reversal: ReversalOption = None,
    port: PortOption = None,
) -> None:
    """Write what a mode begins with. The device must be in SERVICE; it counts from the next power-on.

    A session begins at the mode's default level at most, whatever is set.

    Example: ionto settings set hands --level 4 --minutes 15
    """
    chosen = _usage(lambda: settings.mode_of(mode))
    level_ua = None if level is None else _usage(lambda: settings.level_ua_of(level))
    if level_ua is None and minutes is None and reversal is None:
        raise CliError("nothing to set: give --level, --minutes or --reversal", USAGE)
    with connect(tools_of(context), port) as connection:
        rows, _ = settings.read(connection.client)
        row = next(row for row in rows if row.mode is chosen)
        row = replace(
            row,
            level_ua=row.level_ua if level_ua is None else level_ua,
            minutes=row.minutes if minutes is None else minutes,
            is_reversing=row.is_reversing if reversal is None else reversal,
        )
        _usage(lambda: settings.check(row))
        _write(connection, [row])


@settings_app.command("export")
def export_settings(
    context: typer.Context,
    file: FileArgument,
    port: PortOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the settings of every mode into a file.

    Example: ionto settings export device-3.json
    """
    if file.exists() and not force:
        raise CliError(f"{file} is there already: --force replaces it", FILES)
    with connect(tools_of(context), port) as connection:
        rows, _ = settings.read(connection.client)
        identity = connection.identity
    firmware = f"{identity.major}.{identity.minor}.{identity.patch}"
    try:
        file.write_text(settings.dump(rows, identity.board_id, firmware), encoding="utf-8")
    except OSError as error:
        raise CliError(f"{file} cannot be written: {error}", FILES) from error
    print(file)


@settings_app.command("import")
def import_settings(context: typer.Context, file: FileArgument, port: PortOption = None) -> None:
    """Write the settings in a file into a device in SERVICE. All are checked before the first is written.

    Modes that the file does not name stay as they are.

    Example: ionto settings import device-3.json
    """
    try:
        rows = settings.load(file)
    except SettingsError as error:
        raise CliError(str(error), FILES) from error
    with connect(tools_of(context), port) as connection:
        _write(connection, rows)


def _write(connection: Connection, rows: list[ModeSettings]) -> None:
    if connection.client.status().state != SERVICE:
        raise not_in_service()
    changed = settings.write(connection.client, rows)
    for row in changed:
        _print(row)
    print("Written and read back; it counts from the next power-on." if changed else "Nothing to change.")


def _usage(action):
    """What the action returns; a SettingsError in it is wrong usage."""
    try:
        return action()
    except SettingsError as error:
        raise CliError(str(error), USAGE) from error


def _print(row: ModeSettings) -> None:
    mode = row.mode
    level = f"{row.level_ua / 1000:.1f} mA (to {mode.max_ua / 1000:g})"
    reversal = "never reverses" if not mode.can_reverse else "reverses" if row.is_reversing else "does not reverse"
    print(f"{mode.name:9}  {level:17}  {row.minutes:2} min (to {mode.max_min})  {reversal}")
