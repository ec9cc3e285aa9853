"""What every command needs: the port to use, a connection to the device, exit codes, and one-line errors."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from host_tools.bench_db import BenchDbError
from host_tools.board_repl import Repl, open_repl, service_ports
from host_tools.calibration_errors import CalibrationFileError, CalibrationRefused, MeterError
from host_tools.client import Client
from host_tools.errors import FrameError, IontoError, NoReplyError, PortError, RefusedError, VersionMismatchError
from host_tools.extras import NotInstalledError
from host_tools.feed import SilentError
from host_tools.firmware_image import ImageError
from host_tools.recording_info import RecordingError
from host_tools.records import Identity
from host_tools.selftest_watch import NoRestartError
from host_tools.transport import Port, SerialTransport, Transport, list_ports

OK = 0
REFUSED = 1
USAGE = 2
NO_PORT = 3
NO_REPLY = 4
FILES = 5
NOT_INSTALLED = 6
INTERRUPTED = 130

EXIT_CODES = {
    OK: "done; also a recording or a monitor that Ctrl-C ended after it had data",
    REFUSED: "refused by the device or a check: a board that cannot be flashed, a failed self-test or verification",
    USAGE: "wrong usage",
    NO_PORT: "no port, several ports, or the port was lost (what was recorded is kept)",
    NO_REPLY: "no reply, the device fell silent or does not start, or message tables differ",
    FILES: "a file cannot be written or read, or is not what it should be",
    NOT_INSTALLED: "the command's package is not installed",
    INTERRUPTED: "Ctrl-C before anything was done, or in a calibration, which can be taken up again",
}
"""The one list of them: the help and docs/tools.md are held to it."""

_CODES: tuple[tuple[type[IontoError], int], ...] = (
    (RefusedError, REFUSED),
    (PortError, NO_PORT),
    (NoReplyError, NO_REPLY),
    (VersionMismatchError, NO_REPLY),
    (FrameError, NO_REPLY),
    (SilentError, NO_REPLY),
    (NoRestartError, NO_REPLY),
    (NotInstalledError, NOT_INSTALLED),
    (RecordingError, FILES),
    (BenchDbError, FILES),
    (ImageError, FILES),
    (CalibrationRefused, REFUSED),
    (MeterError, REFUSED),
    (CalibrationFileError, FILES),
)

PortOption = Annotated[
    str | None,
    typer.Option(
        "--port",
        "-p",
        envvar="IONTO_PORT",
        metavar="PORT",
        help="Serial port; needed if there are several.",
        autocompletion=lambda: [port.name for port in list_ports()],
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class CliError(IontoError):
    """An error of the command line itself, with the exit code that goes with it."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def not_in_service() -> CliError:
    """What to say of a device that must be in SERVICE and is not."""
    return CliError(
        "the device is not in SERVICE: unplug the electrodes, switch it off, hold MODE and DOWN while you switch "
        "it on, and keep both held until the panel says SERVICE",
        REFUSED,
    )


def exit_code_of(error: IontoError) -> int:
    """The exit code that docs/tools.md promises for an error."""
    if isinstance(error, CliError):
        return error.exit_code
    return next((code for kind, code in _CODES if isinstance(error, kind)), REFUSED)


@dataclass(frozen=True)
class Tools:
    """What commands reach the world with; tests hand in others as the context's object."""

    open_transport: Callable[[str], Transport] = SerialTransport
    list_ports: Callable[[], list[Port]] = list_ports
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    open_repl: Callable[[str], Repl] = open_repl
    sleep: Callable[[float], None] = time.sleep
    list_service_ports: Callable[[], list[str]] = service_ports


def tools_of(context: typer.Context) -> Tools:
    """The Tools of this invocation."""
    return context.ensure_object(Tools)


@dataclass(frozen=True)
class Connection:
    """A device that has answered: who it is, and on which port."""

    client: Client
    identity: Identity
    port: str


@contextmanager
def connect(tools: Tools, port: str | None) -> Iterator[Connection]:
    """Opens the chosen port and says hello. Opening changes nothing on the device.

    Raises CliError if no port can be chosen, PortError, NoReplyError, VersionMismatchError.
    """
    name = choose_port(tools, port)
    client = Client(tools.open_transport(name), tools.clock)
    try:
        yield Connection(client, client.hello(), name)
    finally:
        with suppress(PortError):  # a port that is lost need not be told goodbye
            client.close()


def choose_port(tools: Tools, port: str | None) -> str:
    """The port that was asked for, or the only one there is. Raises CliError if there is none or a choice."""
    if port:
        return port
    found = tools.list_ports()
    # A computer's own UARTs have no description; beside a USB bridge they are no choice that somebody means.
    found = [item for item in found if item.description not in ("", "n/a")] or found
    if not found:
        raise CliError("no serial port found: connect the device, or name its port with --port", NO_PORT)
    if len(found) > 1:
        names = ", ".join(item.name for item in found)
        raise CliError(f"several serial ports: {names}; choose one with --port or IONTO_PORT", NO_PORT)
    return found[0].name
