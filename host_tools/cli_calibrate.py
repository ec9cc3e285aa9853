"""`ionto calibrate` and `ionto verify`: a device in SERVICE, a meter, dummy loads, and a certificate at the end."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from host_tools import certificate
from host_tools.calibrate import CALIBRATE, VERIFY, Bench, Check, Session, Step, calibrate, check_of, title
from host_tools.calibration_errors import CalibrationRefused
from host_tools.calibration_fit import RANGE_NAMES
from host_tools.cli_context import REFUSED, CliError, Connection, PortOption, Tools, connect, not_in_service, tools_of
from host_tools.extras import need
from host_tools.meters import HandMeter, Meter, open_visa
from ionto.states import SERVICE

MeterOption = Annotated[
    str, typer.Option("--meter", metavar="VISA", help="VISA address of the meter; without it you type what it says.")
]
NameOption = Annotated[str, typer.Option("--technician", "-t", prompt="Your name", help="Stands on the certificate.")]
MeterNameOption = Annotated[
    str, typer.Option("--meter-name", help="Type and number of a meter that you read yourself.")
]
NotesOption = Annotated[str, typer.Option("--notes", help="Temperature, humidity, anything of note.")]
OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for points and certificate.")]
OUT = Path("calibrations")


def calibrate_command(
    context: typer.Context,
    technician: NameOption,
    port: PortOption = None,
    meter: MeterOption = "",
    meter_name: MeterNameOption = "hand-read meter",
    notes: NotesOption = "",
    out: OutOption = OUT,
) -> None:
    """Calibrate a device with a meter and dummy loads, as docs/calibration.md says.

    The device must be in SERVICE. What was measured is kept in DIR and taken up again; nothing is written to the device
    before all points are measured and their lines are good.

    Example: ionto calibrate --technician "A. Tester" --meter-name "34461A no. 17"
    """
    need("numpy", "matplotlib")  # for lines and certificate: not after an hour of measuring
    people = {"technician": technician, "notes": notes}
    with connect(tools_of(context), port) as connection:
        source = _meter(meter, meter_name)
        session = _begin(connection, out, "calibration")
        _run(connection, source, session, CALIBRATE, None)
        fits = calibrate(connection.client, session.all())
        lines = [asdict(line) | {"range": RANGE_NAMES[fit.range], "worst_percent": line.worst_percent}
                 for fit in fits for line in fit.lines]  # fmt: skip
        results: dict[str, Any] = {
            "lines": lines, "points": [asdict(one) for one in session.all()],
            "factors": [dict(fit.row._asdict()) for fit in fits], "result": "calibrated", "meter": source.name,
        }  # fmt: skip
        _finish(tools_of(context), connection, "calibration", people, results, out)
        session.path.unlink(missing_ok=True)


def verify_command(
    context: typer.Context,
    technician: NameOption,
    port: PortOption = None,
    meter: MeterOption = "",
    meter_name: MeterNameOption = "hand-read meter",
    notes: NotesOption = "",
    out: OutOption = OUT,
) -> None:
    """Compare a device with a meter, at other points than those it was calibrated with. Changes nothing.

    Passed is within 2 % or 30 uA, and 2 % or 100 mV, whichever is larger.

    Example: ionto verify --technician "A. Tester" --notes "23 °C"
    """
    need("numpy", "matplotlib")
    checks: list[Check] = []
    people = {"technician": technician, "notes": notes}
    with connect(tools_of(context), port) as connection:
        source = _meter(meter, meter_name)
        session = Session(out / f"verification-{connection.identity.board_id.hex()}.points", "")
        if not _in_service(connection):
            raise not_in_service()
        _run(connection, source, session, VERIFY, checks)
        passed = all(check.passed for check in checks)
        rows = [asdict(one) | {"range": RANGE_NAMES[one.range], "allowed": one.allowed, "passed": one.passed}
                for one in checks]  # fmt: skip
        results: dict[str, Any] = {"checks": rows, "result": "passed" if passed else "FAILED", "meter": source.name}
        _finish(tools_of(context), connection, "verification", people, results, out)
        session.path.unlink(missing_ok=True)
    if not passed:
        raise CliError("the device is not within its tolerance: calibrate it", REFUSED)


def _meter(address: str, name: str) -> Meter:
    return open_visa(address) if address else HandMeter(_ask, name)


def _ask(prompt: str) -> str:
    print(prompt, end="", flush=True)
    line = sys.stdin.readline()
    if not line:
        raise typer.Abort
    return line.strip()


def _in_service(connection: Connection) -> bool:
    return connection.client.status().state == SERVICE


def _begin(connection: Connection, out: Path, kind: str) -> Session:
    if not _in_service(connection):
        raise not_in_service()
    board = connection.identity.board_id.hex()
    out.mkdir(parents=True, exist_ok=True)
    session = Session(out / f"{kind}-{board}.points", f"{kind} {board} {connection.identity.table_hash:08x}")
    if session.load():
        done = ", ".join(session.points)
        if _ask(f"Points from before: {done}. Enter goes on with them, n begins anew: ") == "n":
            session.points.clear()
    return session


def _run(
    connection: Connection, meter: Meter, session: Session, steps: tuple[Step, ...], checks: list[Check] | None
) -> None:
    """Every step: connect, measure, and go on or do it again."""
    bench = Bench(connection.client, meter, print)
    for number, step in enumerate(steps, 1):
        plan = [(range_, part) for range_ in step.ranges for part in step.parts]
        while True:
            if len(session.points.get(step.name, [])) < len(plan):
                print(f"\nStep {number} of {len(steps)}: {step.connect}")
                _ask("Enter when it is connected: ")
                _measure(bench, session, step, plan, checks)
                bench.rest()
            if _ask("Enter goes on, u measures this step again: ") != "u":
                break
            session.undo(step.name)
            if checks is not None:
                del checks[len(checks) - len(plan) :]


def _measure(
    bench: Bench, session: Session, step: Step, plan: list[tuple[int, float]], checks: list[Check] | None
) -> None:
    done = session.points.setdefault(step.name, [])
    for range_, part in plan[len(done) :]:
        while True:
            try:
                point, after = bench.measure(step.kind, range_, part)
                break
            except CalibrationRefused as error:
                if _ask(f"  {error}\n  Enter measures the point again, q leaves: ") == "q":
                    raise
        done.append(point)
        if checks is not None:
            checks.append(check_of(point, after))
        session.path.parent.mkdir(parents=True, exist_ok=True)
        session.save()
        print(f"  {title(step, range_, part)}: {_quantity(point.kind, point.meter)}")


def _quantity(kind: str, value: float) -> str:
    return f"{value:.3f} V" if kind == "voltage" else f"{value * 1e3:.4f} mA"


def _finish(
    tools: Tools, connection: Connection, kind: str, people: dict[str, str], results: dict[str, Any], out: Path
) -> None:
    identity = connection.identity
    device = {"board": identity.board_id.hex(), "firmware": f"{identity.major}.{identity.minor}.{identity.patch}"}
    content = certificate.make(kind, tools.now(), device, people, **results)
    paths = certificate.write(content, out)
    print(f"\n{kind}: {results['result']}")
    print("\n".join(f"  {path}" for path in paths))
    print("Switch the device off and on to leave SERVICE.")
