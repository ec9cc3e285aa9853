"""Opens the two ports of the rig and finds out what is on them before anything is switched. An error is one line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from hil.bench_rig.box import BoxClient, BoxError, BoxTransport
from hil.bench_rig.link import BoardClient
from hil.process import RigError
from host_tools import describe
from host_tools.errors import IontoError, NoReplyError
from host_tools.transport import SerialTransport, Transport
from ionto import states

PORT, LOADBOX = "IONTO_PORT", "IONTO_LOADBOX"


class Cables(NamedTuple):
    """Both transports, and the clock that they run by."""

    board: Transport
    box: Transport
    clock: Callable[[], float] = time.monotonic


class Desk(NamedTuple):
    """A board in IDLE and a load box, both known to be what they should be; nothing has been switched yet."""

    board: BoardClient
    box: BoxClient
    loads_ohm: tuple[int, ...]
    clock: Callable[[], float]
    send: Callable[[bytes], None]


def open_ports(environment: Mapping[str, str] = os.environ) -> Cables:
    """The ports named by IONTO_PORT and IONTO_LOADBOX. Raises RigError that says which is missing, or why not."""
    names = {"PORT": environment.get(PORT), "LOADBOX": environment.get(LOADBOX)}
    missing = [name for name, value in names.items() if not value]
    if missing:
        raise RigError(
            f"{' and '.join(missing)} missing: make hil RIG=bench PORT=<the board's serial port> "
            "LOADBOX=<the load box's serial port>"
        )
    board_port, box_port = str(names["PORT"]), str(names["LOADBOX"])
    if os.path.realpath(board_port) == os.path.realpath(box_port):
        raise RigError(f"PORT and LOADBOX are the same port, {board_port}: the board and the load box have one each")
    try:
        board = SerialTransport(board_port)
    except IontoError as error:
        raise RigError(f"PORT: {error}") from error
    try:
        return Cables(board, BoxTransport(box_port))
    except IontoError as error:
        board.close()
        raise RigError(f"LOADBOX: {error}") from error


def meet(cables: Cables) -> Desk:
    """Who is on the two ports. Raises RigError unless they are a board in IDLE and a load box."""
    try:
        box_client = BoxClient(cables.box, cables.clock)
        try:
            identity = box_client.identify()
        except BoxError as error:
            swapped = _is_board(cables.box, cables.clock)
            raise RigError(f"LOADBOX: {_SWAPPED_BOARD if swapped else error}") from error
        board = BoardClient(cables.board, cables.clock)
        try:
            board.begin()
        except NoReplyError as error:
            swapped = _is_box(cables.board, cables.clock)
            raise RigError(f"PORT: {_SWAPPED_BOX if swapped else error}") from error
        _want_idle(board)
    except IontoError as error:
        _close(cables)
        raise RigError(f"PORT: {error}") from error
    except RigError:
        _close(cables)
        raise
    return Desk(board, box_client, identity.loads_ohm, cables.clock, cables.board.write)


_SWAPPED_BOARD = "an Ionto answers here, not a load box: PORT and LOADBOX are swapped"
_SWAPPED_BOX = "a load box answers here, not an Ionto: PORT and LOADBOX are swapped"


def _want_idle(board: BoardClient) -> None:
    status = board.status()
    if status.state != states.IDLE:
        fault = f" ({describe.fault_name(status.fault)})" if status.fault else ""
        raise RigError(
            f"the board is in {describe.state_name(status.state)}{fault}, and a run begins in IDLE only: "
            "switch it off and on, with nothing pressed"
        )


def _is_board(transport: Transport, clock: Callable[[], float]) -> bool:
    try:
        BoardClient(transport, clock).begin()
    except NoReplyError:
        return False
    except IontoError:
        return True  # of another version, but it is one
    return True


def _is_box(transport: Transport, clock: Callable[[], float]) -> bool:
    try:
        BoxClient(transport, clock).identify()
    except BoxError as error:
        return "protocol" in str(error)
    except IontoError:
        return False
    return True


def _close(cables: Cables) -> None:
    cables.board.close()
    cables.box.close()


def check() -> None:
    """Both ports, before a run: opened, met and closed again. Raises RigError."""
    desk = meet(open_ports())
    desk.box.close()
    desk.board.close()


__all__ = ["LOADBOX", "PORT", "Cables", "Desk", "check", "meet", "open_ports"]
