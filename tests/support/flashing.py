"""`ionto flash` run in this process on a fake board."""

from dataclasses import replace
from pathlib import Path

from typer.testing import Result

from host_tools.cli_context import Tools
from host_tools.transport import Port
from tests.cli_fakes import SessionTransport, run, tools
from tests.support.fake_board import FakeBoard
from tests.support.images import FILES, MPY, with_manifest

IMAGE = with_manifest()
OLD = with_manifest({**FILES, "ionto/app.mpy": MPY + b"old", "ionto/gone.mpy": MPY + b"gone"}, build="00")
SERVICE = "/dev/ttyACM0"


def idle() -> SessionTransport:
    """The link of a device in IDLE."""
    return SessionTransport(((0, "IDLE"),))


def with_board(board: FakeBoard, transport: SessionTransport | None = None, ports: int = 1) -> Tools:
    """Tools that find this board, and so many ports beside its service USB."""
    names = (Port(SERVICE, "Board in FS mode"), Port("/dev/ttyUSB0", "a bridge"))
    made = tools(transport or idle(), names[: 1 + ports])
    return replace(made, open_repl=lambda _: board, list_service_ports=lambda: [SERVICE])


def flash(board: FakeBoard, image: Path, *options: str, transport: SessionTransport | None = None) -> Result:
    """What the command does with a board."""
    return run(["flash", str(image), *options], with_board(board, transport))
