"""`ionto calibrate` and `ionto verify`: a device in SERVICE, a meter, dummy loads, and a certificate at the end."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from host_tools import calibrate, certificate, cli_guide
from host_tools import certificate_store as store
from host_tools.bench_db import BenchDb, BenchDbError
from host_tools.calibration_errors import CalibrationFileError
from host_tools.calibration_fit import RANGE_NAMES, Check, Fit, Point
from host_tools.calibration_session import Session
from host_tools.calibration_use import stored_payload
from host_tools.cli_context import REFUSED, CliError, Connection, PortOption, connect, not_in_service, tools_of
from host_tools.cli_db import DbOption, open_db
from host_tools.errors import RefusedError
from host_tools.extras import need
from host_tools.meters import HandMeter, Meter, open_visa
from ionto import store_map
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
    db: DbOption = None,
) -> None:
    """Calibrate a device with a meter and dummy loads, as docs/calibration.md says.

    The device must be in SERVICE. What was measured is kept in DIR and taken up again; nothing is written to the device
    before all points are measured and their lines are good. The certificate is kept in the bench database as well.

    Example: ionto calibrate --technician "A. Tester" --meter-name "34461A no. 17"
    """
    need("numpy", "matplotlib")  # for lines and certificate: not after an hour of measuring
    people = {"technician": technician, "notes": notes}
    with open_db(db, must_exist=False) as bench_db, connect(tools_of(context), port) as connection:
        source = _ready(connection, bench_db, tools_of(context).now, meter, meter_name)
        board = connection.identity.board_id.hex()
        key = f"calibration {board} {connection.identity.table_hash:08x}"
        session = cli_guide.begin(out / f"calibration-{board}.points", key, Point)
        bench = calibrate.Bench(connection.client, source, print)
        cli_guide.run(bench, session, calibrate.CALIBRATE, lambda point, _: point)
        fits = calibrate.fit(session.all())
        results = _calibrated(fits, session.all(), source)
        content = certificate.make("calibration", tools_of(context).now(), _device(connection), people, **results)
        payload = calibrate.write(connection.client, fits)
        print("\nThe device has its calibration.")
        _finish(bench_db, session, content, lambda: store.keep_calibration(bench_db, content, payload))


def verify_command(
    context: typer.Context,
    technician: NameOption,
    port: PortOption = None,
    meter: MeterOption = "",
    meter_name: MeterNameOption = "hand-read meter",
    notes: NotesOption = "",
    out: OutOption = OUT,
    db: DbOption = None,
) -> None:
    """Compare a device with a meter, at other points than those it was calibrated with. Changes nothing.

    Passed is within 2 % or 30 uA, and 2 % or 100 mV, whichever is larger. What was measured is kept in DIR and taken up
    again; the certificate is kept in the bench database as well.

    Example: ionto verify --technician "A. Tester" --notes "23 °C"
    """
    need("numpy", "matplotlib")
    people = {"technician": technician, "notes": notes}
    with open_db(db, must_exist=False) as bench_db, connect(tools_of(context), port) as connection:
        source = _ready(connection, bench_db, tools_of(context).now, meter, meter_name)
        board = connection.identity.board_id.hex()
        key = f"verification {board} {connection.identity.table_hash:08x} {_calibration_number(connection)}"
        session = cli_guide.begin(out / f"verification-{board}.points", key, Check)
        cli_guide.run(calibrate.Bench(connection.client, source, print), session, calibrate.VERIFY, calibrate.check_of)
        results = _verified(session.all(), source)
        content = certificate.make("verification", tools_of(context).now(), _device(connection), people, **results)
        _finish(bench_db, session, content, lambda: store.calibration_of(bench_db, board, _payload(connection)))
    if content["result"] not in store.PASSED:
        raise CliError("the device is not within its tolerance: calibrate it", REFUSED)


def _ready(connection: Connection, bench_db: BenchDb, now: Callable[[], Any], address: str, name: str) -> Meter:
    """The meter, once the device is in SERVICE and the database has taken a note of it."""
    if connection.client.status().state != SERVICE:
        raise not_in_service()
    bench_db.see_device(connection.identity.board_id.hex(), now())
    return open_visa(address) if address else HandMeter(cli_guide.ask, name)


def _device(connection: Connection) -> dict[str, Any]:
    identity = connection.identity
    return {"board": identity.board_id.hex(), "firmware": f"{identity.major}.{identity.minor}.{identity.patch}"}


def _calibration_number(connection: Connection) -> int:
    """Tells the device's calibrations apart: points that another one was verified with are no use for this one."""
    try:
        return connection.client.region_info(store_map.CALIBRATION).newest
    except RefusedError:
        return -1


def _payload(connection: Connection) -> bytes:
    try:
        return stored_payload(connection.client)
    except RefusedError:  # the memory is not this board's
        return b""


def _calibrated(fits: tuple[Fit, Fit], points: list[Point], meter: Meter) -> dict[str, Any]:
    lines = [asdict(line) | {"range": RANGE_NAMES[fit.range], "worst_percent": line.worst_percent}
             for fit in fits for line in fit.lines]  # fmt: skip
    return {
        "lines": lines, "points": [asdict(one) for one in points],
        "factors": [dict(fit.row._asdict()) for fit in fits], "result": "calibrated", "meter": meter.name,
    }  # fmt: skip


def _verified(checks: list[Check], meter: Meter) -> dict[str, Any]:
    rows = [asdict(one) | {"range": RANGE_NAMES[one.range], "allowed": one.allowed, "passed": one.passed}
            for one in checks]  # fmt: skip
    passed = all(check.passed for check in checks)
    return {"checks": rows, "result": "passed" if passed else "FAILED", "meter": meter.name}


def _finish(
    bench_db: BenchDb, session: Session[Any], content: dict[str, Any], calibration: Callable[[], int | None]
) -> None:
    """Writes the certificate's files and keeps it in the database. One of them may fail."""
    paths, number, failures = [], 0, []
    try:
        paths = certificate.write(content, session.path.parent)
    except CalibrationFileError as error:
        failures.append(str(error))
    try:
        number, _ = store.keep(bench_db, content, calibration())
    except BenchDbError as error:
        failures.append(str(error))
    print(f"\n{content['kind']}: {content['result']}")
    for path in paths:
        print(f"  {path}")
    if number:
        print(f"  certificate {number} in {bench_db.path}")
    print("Switch the device off and on to leave SERVICE.")
    if paths or number:
        session.remove()
    if failures:
        raise CalibrationFileError("; ".join([*failures, _what_then(paths, number)]))


def _what_then(paths: list[Path], number: int) -> str:
    if number:
        return f"`ionto db certificate {number} --out DIR` writes the certificate"
    if paths:
        return f"`ionto db add {paths[0]}` keeps the certificate in a database"
    return "no point is lost: make room, and give the same command again"
