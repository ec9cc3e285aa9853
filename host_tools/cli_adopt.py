"""`ionto adopt`: makes a memory that another board, layout or firmware has written this board's."""

from pathlib import Path
from typing import Annotated

import typer

from host_tools import cli_guide, describe
from host_tools.cli_context import REFUSED, USAGE, CliError, PortOption, connect, not_in_service, tools_of
from host_tools.client import Client
from host_tools.errors import RefusedError
from host_tools.memory_image import image_name, read_image, save_image
from ionto import faults, store_map
from ionto.states import SERVICE

_SLOTS = (store_map.LABEL, store_map.CALIBRATION, store_map.SETTINGS, store_map.COUNTERS)
BoardOption = Annotated[
    str | None, typer.Option("--board", metavar="ID", help="The board's number, as `ionto info` says it; else asked.")
]


RawOption = Annotated[
    Path | None,
    typer.Option("--raw", metavar="FILE", help="Where the memory is kept as it stands; else memory-BOARD-TIME.bin."),
]


def adopt(context: typer.Context, port: PortOption = None, board: BoardOption = None, raw: RawOption = None) -> None:
    """Make a memory that is not this board's its own: after a repair, say. The device must be in SERVICE.

    Settings and counters that are not this board's begin anew, and its log is written over the other one's. What is
    this board's own stays. Another board's calibration stays unused: calibrate afterwards. Before anything is changed,
    the memory as it stands is kept in a file.

    Example: ionto adopt --board 53494d424f415244
    """
    tools = tools_of(context)
    with connect(tools, port) as connection:
        client, board_id = connection.client, connection.identity.board_id
        if client.status().state != SERVICE:
            raise not_in_service()
        wrong = _wrong(client)
        if not any(region != store_map.CALIBRATION for region, _ in wrong):
            print("The memory is this board's own: there is nothing to adopt.")
            _say_calibration(client.region_info(store_map.CALIBRATION).verdict)
            return
        for region, verdict in wrong:
            print(f"{store_map.REGIONS[region]}: {describe.fault_name(verdict)}")
        print("What of this is another board's is begun anew, and its log is written over. It cannot be undone; the")
        print("memory as it stands is kept in a file before.")
        said = board or cli_guide.ask(f"Type this board's number, {board_id.hex()}, to go on: ")
        if said.lower() != board_id.hex():
            raise CliError(f"{said!r} is not this board, which is {board_id.hex()}: nothing was changed", USAGE)
        path = raw or image_name(board_id, tools.now())
        save_image(path, read_image(client) or b"")
        print(f"The memory as it stands is kept in {path}.")
        try:
            client.service_adopt(board_id)
        except RefusedError as error:
            raise _refused(error) from error
        print(f"The memory is now that of board {board_id.hex()}.")
        _say_calibration(client.region_info(store_map.CALIBRATION).verdict)


def _wrong(client: Client) -> list[tuple[int, int]]:
    """Region and fault of what in the memory is not to be used. A label that is wrong hides the rest."""
    try:
        infos = client.region_infos(_SLOTS)
    except RefusedError as error:
        if error.code != faults.MEMORY_REFUSED:
            raise
        return [(store_map.LABEL, error.value)]
    return [(info.region, info.verdict) for info in infos if info.verdict > 0]


def _refused(error: RefusedError) -> Exception:
    if error.code != faults.MEMORY_REFUSED:
        return error
    return CliError(f"the memory cannot be made this board's: {describe.fault_text(error.value)}", REFUSED)


def _say_calibration(verdict: int) -> None:
    if verdict:
        name = describe.fault_name(verdict if verdict > 0 else faults.NO_CALIBRATION)
        print(f"The calibration is not to be used ({name}): `ionto calibrate` makes a new one.")
