"""The `ionto` command: watch, record, stop and lower a device over its USB serial port."""

import sys
from io import TextIOWrapper
from typing import Annotated, Any

import typer

from host_tools import cli_certificates, cli_device
from host_tools.cli_adopt import adopt
from host_tools.cli_calibrate import calibrate_command, verify_command
from host_tools.cli_context import EXIT_CODES
from host_tools.cli_db import db_app
from host_tools.cli_doctor import doctor
from host_tools.cli_faults import faults
from host_tools.cli_flash import flash
from host_tools.cli_group import IontoGroup
from host_tools.cli_log import log
from host_tools.cli_monitor import monitor
from host_tools.cli_plot import plot
from host_tools.cli_record import record_command
from host_tools.cli_report import report
from host_tools.cli_selftest import selftest
from host_tools.cli_settings import settings_app
from host_tools.cli_web import web
from ionto.messages import VERSION

_EPILOG = (
    "The port is --port, or else the environment variable IONTO_PORT, or else the only port there is. "
    f"Exit codes: {'. '.join(f'{code} {meaning}' for code, meaning in EXIT_CODES.items())}."
)

app = typer.Typer(
    cls=IontoGroup,
    name="ionto",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def ionto(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Watch, record, stop and lower an Ionto device over its USB serial port.

    Opening the port changes nothing on the device. The host may stop or lower, never start or raise.
    Not a medical device: for development and for dummy loads.
    """
    if version:
        print("ionto " + ".".join(str(part) for part in VERSION))
    elif context.invoked_subcommand is None:
        print(context.get_help())


app.command("ports")(cli_device.ports)
app.command("info")(cli_device.info)
app.command("status")(cli_device.status)
app.command("monitor")(monitor)
app.command("web")(web)
app.command("record")(record_command)
app.command("plot")(plot)
app.command("faults")(faults)
app.command("doctor")(doctor)
app.command("selftest")(selftest)
app.command("log")(log)
app.command("report")(report)
db_app.command("add")(cli_certificates.add)
db_app.command("certificate")(cli_certificates.write)
app.add_typer(db_app, name="db")
app.add_typer(settings_app, name="settings")
app.command("stop")(cli_device.stop)
app.command("lower")(cli_device.lower)
app.command("flash")(flash)
app.command("calibrate")(calibrate_command)
app.command("verify")(verify_command)
app.command("adopt")(adopt)


def main(arguments: list[str] | None = None) -> Any:
    """The console script. Leaves with one of the exit codes of docs/tools.md."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no "Ω" gets a "?" rather than an exception.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    return app(arguments, prog_name="ionto")
