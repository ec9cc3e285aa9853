"""`ionto flash`: puts a firmware image onto a board, over the board's service USB, and sees the firmware start."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from host_tools import describe
from host_tools.board_repl import Repl
from host_tools.cli_context import (
    NO_PORT,
    NO_REPLY,
    REFUSED,
    CliError,
    PortOption,
    Tools,
    choose_port,
    connect,
    tools_of,
)
from host_tools.client import Client
from host_tools.errors import IontoError, NoReplyError, PortError, VersionMismatchError
from host_tools.firmware_image import FirmwareImage, load_image
from host_tools.flash import apply, make_plan
from host_tools.flash_board import BoardFacts, check_board, list_files, look
from host_tools.records import Identity
from ionto import states

DEFAULT_IMAGE = Path("build/image/ionto.uf2")
START_S = 10.0  # the window of 2 s, then power-on to the first answer
MAY_BE_FLASHED = (states.IDLE, states.DONE, states.FAULT)

_NO_LINK = "or, if the panel shows that no session runs, say --no-link"

ImageArgument = Annotated[
    Path, typer.Argument(metavar="IMAGE", help="UF2 or LittleFS image, as `make firmware` builds it.")
]
ServiceOption = Annotated[
    str | None,
    typer.Option("--service-port", "-s", metavar="PORT", help="Port of the service USB; needed if there are several."),
]
NoLinkOption = Annotated[
    bool, typer.Option("--no-link", help="Do not ask the device over its link whether a session runs.")
]
OthersOption = Annotated[bool, typer.Option("--remove-others", help="Delete files on the board that are not Ionto's.")]


@dataclass(frozen=True)
class _Link:
    """The link's port, and who answered there before the board was touched."""

    port: str
    identity: Identity


def flash(
    context: typer.Context,
    image_path: ImageArgument = DEFAULT_IMAGE,
    port: PortOption = None,
    service_port: ServiceOption = None,
    no_link: NoLinkOption = False,
    remove_others: OthersOption = False,
) -> None:
    """Put a firmware image onto a board over its service USB, prove every file, and see the firmware start.

    Example: ionto flash build/image/ionto.uf2
    """
    tools = tools_of(context)
    image = load_image(image_path)
    service = _choose_service(tools, service_port)
    link = None if no_link else _ask_state(tools, port, service)
    print(f"Image: firmware {image.version}, build {image.build}")
    repl = tools.open_repl(service)
    try:
        _flash(repl, image, link, remove_others)
        repl.reset()
        _see_start(tools, repl, image, link)
    finally:
        repl.close()


def _flash(repl: Repl, image: FirmwareImage, link: _Link | None, remove_others: bool) -> None:
    try:
        facts = look(repl)
        check_board(facts, image)
        _same_board(facts, link)
        plan = make_plan(facts, list_files(repl), image, remove_others)
    except IontoError:
        with suppress(IontoError):
            repl.reset()  # what ran before runs again
        raise
    print(f"Board: {facts.board_id.hex()}, MicroPython {facts.version_text}")
    apply(repl, plan, image, print)
    print(f"All {len(image.files)} files have the right checksum")


def _choose_service(tools: Tools, wanted: str | None) -> str:
    """The port with MicroPython's prompt. Raises CliError if there is none or a choice."""
    if wanted:
        return wanted
    found = tools.list_service_ports()
    if not found:
        raise CliError(
            "no board with MicroPython found: connect the Pico's own USB port, inside the case; "
            "how to put MicroPython on it: docs/flashing.md",
            NO_PORT,
        )
    if len(found) > 1:
        raise CliError(f"several boards with MicroPython: {', '.join(found)}; choose one with --service-port", NO_PORT)
    return found[0]


def _ask_state(tools: Tools, port: str | None, service: str) -> _Link:
    """Asks the device what it is doing. Raises CliError if it is in the middle of anything, or does not answer."""
    others = replace(tools, list_ports=lambda: [found for found in tools.list_ports() if found.name != service])
    try:
        name = choose_port(others, port)
    except CliError as error:
        raise CliError(f"{error}; {_NO_LINK}", NO_PORT) from error
    try:
        with connect(tools, name) as connection:
            state = connection.client.status().state
            link = _Link(name, connection.identity)
    except (NoReplyError, VersionMismatchError) as error:
        raise CliError(f"cannot ask the device what it is doing: {error} Mend that, {_NO_LINK}", NO_REPLY) from error
    if state not in MAY_BE_FLASHED:
        raise CliError(f"the device is in {describe.state_name(state)}: end that first. Nothing was changed", REFUSED)
    return link


def _same_board(facts: BoardFacts, link: _Link | None) -> None:
    if link is not None and link.identity.board_id != facts.board_id:
        raise CliError(
            f"two boards: the link is that of {link.identity.board_id.hex()}, the service USB that of "
            f"{facts.board_id.hex()}. Nothing was changed",
            REFUSED,
        )


def _see_start(tools: Tools, repl: Repl, image: FirmwareImage, link: _Link | None) -> None:
    """Waits until the firmware says hello. Raises CliError if it does not, or is not what was flashed."""
    if link is None:
        started = repl.wait_for(f"Ionto {image.version} starts", START_S)
        identity = None
    else:
        identity = _hello(tools, link.port)
        started = identity is not None
    if not started:
        raise CliError("the files are on the board, but its firmware does not start: read its panel", NO_REPLY)
    if identity is not None and link is not None:
        version = f"{identity.major}.{identity.minor}.{identity.patch}"
        if (version, identity.board_id) != (image.version, link.identity.board_id):
            raise CliError(
                f"firmware {version} answers on board {identity.board_id.hex()}, not the one that was flashed", NO_REPLY
            )
    print(f"Firmware {image.version} runs. Unplug the service USB; while it is in, the output stays off")


def _hello(tools: Tools, port: str) -> Identity | None:
    """Who answers after the restart; None if nobody does in START_S."""
    deadline_s = tools.clock() + START_S
    while tools.clock() < deadline_s:
        with suppress(PortError):
            client = Client(tools.open_transport(port), tools.clock)
            try:
                return client.hello()
            except NoReplyError:
                continue
            finally:
                client.close()
    return None
