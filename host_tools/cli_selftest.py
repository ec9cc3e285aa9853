"""`ionto selftest`: watches the device test itself, and says what that has proven."""

import json
import sys
from typing import Annotated

import typer

from host_tools import describe
from host_tools.cli_context import REFUSED, CliError, Connection, JsonOption, PortOption, connect, tools_of
from host_tools.fault_notes import find
from host_tools.selftest_watch import MAY_RESTART, PROVEN, Outcome, watch_restart
from ionto import states

WaitOption = Annotated[float, typer.Option("--wait", metavar="SECONDS", min=1, help="How long to wait for the switch.")]


def selftest(
    context: typer.Context, port: PortOption = None, wait: WaitOption = 60, as_json: JsonOption = False
) -> None:
    """Watch the device restart and test itself, and say what passed or what failed and why.

    Switch the device off and on when you are told to: a host never starts the test, because it puts half a volt on the
    electrodes. In SERVICE, where no person is connected, the device restarts by itself, and leaves SERVICE.

    Example: ionto selftest --wait 120
    """
    tools = tools_of(context)
    with connect(tools, port) as connection:
        before = _prepare(connection)
        name = connection.port
    outcome = watch_restart(lambda: tools.open_transport(name), tools.clock, tools.sleep, before, wait)
    if as_json:
        print(json.dumps(_values(outcome), indent=2, ensure_ascii=False))
    else:
        _say(outcome)
    if not outcome.passed:
        raise typer.Exit(REFUSED)


def _prepare(connection: Connection) -> int:
    """Has the device restart, or asks the person for it. Returns for how many ms it has been up."""
    status = connection.client.status()
    if status.state not in MAY_RESTART:
        raise CliError(f"the device is in {describe.state_name(status.state)}: end the session first", REFUSED)
    if status.state == states.SERVICE:
        connection.client.service_leave()
        print("The device is in SERVICE: it restarts.", file=sys.stderr)
    else:
        print("Switch the device off and on now.", file=sys.stderr)
    return status.uptime_ms


def _values(outcome: Outcome) -> dict[str, object]:
    status = outcome.status
    note = find(str(status.fault)) if status.fault else None
    fault = {**note.values(), "value": status.fault_value, "limit": status.fault_limit} if note else None
    return {
        "result": "passed" if outcome.passed else "failed",
        "state": describe.state_name(status.state),
        "fault": fault or ({"number": status.fault} if status.fault else None),
        "proven": list(PROVEN) if outcome.passed else [],
        "up_s": status.uptime_ms / 1000,
        "board_id": outcome.identity.board_id.hex(),
        "battery_mv": status.battery_mv,
        "calibration": describe.calibration_name(status.calibration),
        "reset_cause": outcome.identity.reset_cause,
    }


def _say(outcome: Outcome) -> None:
    status = outcome.status
    if not outcome.passed:
        print(f"FAILED: {describe.fault_text(status.fault, status.fault_value, status.fault_limit)}")
        note = find(str(status.fault))
        for cause in note.causes if note else ():
            print(f"  perhaps: {cause}")
        print(f"`ionto faults {status.fault}` says what to measure")
        return
    print(f"Passed: the device is in {describe.state_name(status.state)}.")
    for line in PROVEN:
        print(f"  {line}")
    print(
        f"Battery {describe.volts(status.battery_mv)}, reset {describe.reset_cause_text(outcome.identity.reset_cause)}"
    )
