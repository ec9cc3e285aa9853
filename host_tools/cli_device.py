"""Commands that ask or tell the device one thing: ports, info, status, stop, lower."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated

import typer

from host_tools import describe
from host_tools.calibration_use import use_of
from host_tools.cli_context import USAGE, CliError, JsonOption, PortOption, connect, tools_of
from host_tools.recording_info import info_of
from host_tools.records import Status, fault
from ionto import limits


def ports(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the serial ports of this computer.

    Example: ionto ports --json
    """
    found = tools_of(context).list_ports()
    if as_json:
        _print_json([{"port": port.name, "description": port.description} for port in found])
    elif not found:
        print("No serial port found.")
    else:
        width = max(len(port.name) for port in found)
        for port in found:
            print(f"{port.name:{width}}  {port.description}".rstrip())


def info(context: typer.Context, port: PortOption = None, as_json: JsonOption = False) -> None:
    """Say which device this is: firmware, board, message table, calibration and how much it was used since.

    Example: ionto info --port /dev/ttyUSB0
    """
    with connect(tools_of(context), port) as connection:
        identity = connection.identity
        use = use_of(connection.client)
    about = info_of(identity)
    values = {
        "port": connection.port,
        "firmware_version": about.firmware_version,
        "board_id": about.board_id,
        "message_table_hash": about.message_table_hash,
        "calibration": about.calibration,
        "calibration_use": None if use is None else asdict(use),
        "reset_cause": identity.reset_cause,
    }
    if as_json:
        _print_json(values)
        return
    _print_table(
        {
            "Port": connection.port,
            "Firmware": about.firmware_version or "",
            "Board": about.board_id or "",
            "Message table": f"{about.message_table_hash} (the same as in these tools)",
            "Calibration": _calibration(identity.calibration) + (f", {use.text}" if use else ""),
            "Last reset": describe.reset_cause_text(identity.reset_cause),
        }
    )


def status(context: typer.Context, port: PortOption = None, as_json: JsonOption = False) -> None:
    """Say what the device is doing: state, level, current, voltage, resistance, fault with advice.

    Example: ionto status --json
    """
    with connect(tools_of(context), port) as connection:
        now = connection.client.status()
    if as_json:
        _print_json(_status_values(now))
    else:
        _print_table(_status_words(now))


def stop(context: typer.Context, port: PortOption = None) -> None:
    """Stop the session: the device ramps to zero and opens its relay.

    Example: ionto stop
    """
    with connect(tools_of(context), port) as connection:
        connection.client.stop()
    print("The device took the stop: it ramps to zero.")


LevelArgument = Annotated[
    str, typer.Argument(metavar="LEVEL_MA", help="New level in mA, as 0.4; not above the present one.")
]


def lower(context: typer.Context, level: LevelArgument, port: PortOption = None) -> None:
    """Lower the level. A host can never raise it: that takes the buttons of the device.

    Example: ionto lower 0.4
    """
    level_ua = parse_level_ua(level)
    with connect(tools_of(context), port) as connection:
        connection.client.lower_level(level_ua)
    print(f"The level is {describe.milliamps(level_ua)}.")


def parse_level_ua(text: str) -> int:
    """A level in mA, written as a decimal number, as whole µA. Raises CliError if no device could have it."""
    try:
        level_ua = Decimal(text) * 1000
        whole = level_ua == level_ua.to_integral_value()
    except ArithmeticError:
        raise CliError(f"LEVEL_MA is a number of milliamperes, as 0.4; not {text!r}", USAGE) from None
    highest_ua = max(mode.max_ua for mode in limits.MODES)
    if not whole or not 0 < level_ua <= highest_ua:
        raise CliError(f"LEVEL_MA is above 0 and at most {highest_ua / 1000:g}, in steps of 0.001; not {text}", USAGE)
    return int(level_ua)


def _calibration(number: int) -> str:
    name = describe.calibration_name(number)
    note = describe.calibration_note(name)
    return f"{name} ({note})" if note else name


def _status_words(now: Status) -> dict[str, str]:
    reversed_text = ", polarity reversed" if now.polarity_reversed else ""
    words = {
        "State": describe.state_name(now.state),
        "Mode": describe.mode_name(now.mode) + reversed_text,
        "Set": f"{describe.milliamps(now.level_ua)} for {now.minutes} min",
        "Ramp at": describe.milliamps(now.setpoint_ua),
        "Delivered": describe.milliamps(now.current_ua),
        "Voltage": describe.volts(now.voltage_mv),
        "Resistance": describe.ohms(now.resistance_ohm),
        "Time left": f"{describe.minutes_seconds(now.remaining_s)} min",
        "Charge": describe.charge(now.charge_ua_s),
        "Limited by": describe.reasons_text(now.reasons) or describe.NOTHING,
        "Battery": describe.volts(now.battery_mv),
        "Calibration": _calibration(now.calibration),
        "Up since": f"{describe.minutes_seconds(now.uptime_ms / 1000)} min",
        "Link": f"{now.bad_frames} bad frames, {now.dropped_telemetry} samples dropped",
    }
    if now.fault:
        words["Fault"] = describe.fault_text(now.fault, now.fault_value, now.fault_limit)
    return words


def _status_values(now: Status) -> dict[str, object]:
    """The fields of the status with names for numbers; `fault` is null or says all that is known of it."""
    values: dict[str, object] = asdict(now)
    value, limit = values.pop("fault_value"), values.pop("fault_limit")
    row = fault(now.fault)
    known = {"name": row.name, "channel": row.channel, "unit": row.unit, "advice": row.advice} if row else {}
    values["state"] = describe.state_name(now.state)
    values["mode"] = describe.mode_name(now.mode)
    values["reasons"] = describe.reason_list(now.reasons)
    values["fault"] = {"number": now.fault, **known, "value": value, "limit": limit} if now.fault else None
    values["polarity_reversed"] = bool(now.polarity_reversed)
    values["calibration"] = describe.calibration_name(now.calibration)
    return values


def _print_table(rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:{width}}  {value}")


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
