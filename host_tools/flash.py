"""Puts the files of a firmware image onto a board and proves them there.

The order is what makes it safe to break off. `main.py`, which starts the controller, goes away first; every other file
is written beside its place and moved there whole; `main.py` comes back last, once every checksum is right. In between
nothing starts, so nothing can treat, and the board can be flashed again. [REQ-FIL-2]
"""

import errno
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from host_tools.board_repl import BoardError, Repl
from host_tools.errors import IontoError, PortError
from host_tools.firmware_image import MANIFEST, STARTER, FirmwareImage
from host_tools.flash_board import BoardFacts, list_files

CHUNK_BYTES = 768
STARTER_ASIDE = "main.new"
_WRITTEN_ASIDE = "flash.new"
_ASIDE = (STARTER_ASIDE, _WRITTEN_ASIDE)
_AS_IT_WAS = "Nothing was changed"
_STARTS_NOTHING = "The board starts nothing and treats nobody until it is flashed again"
_UNKNOWN = "The board is whole, or it starts nothing: flash it again"
_SPARE_BLOCKS = 8  # directories grow, and LittleFS writes anew what it changes

Say = Callable[[str], None]


class FlashError(IontoError):
    """The board was not flashed. The text says in which state it is."""


@dataclass(frozen=True)
class Plan:
    """What has to be done, by names of files."""

    write: tuple[str, ...]
    remove: tuple[str, ...]
    keep: int


def make_plan(facts: BoardFacts, found: dict[str, tuple[int, str]], image: FirmwareImage, remove_others: bool) -> Plan:
    """Compares the board's files (size and checksum by name) with the image's. Changes nothing.

    Raises FlashError if the board has files of somebody else's, or too little space.
    """
    wanted = image.checksums
    size = {name: row[0] for name, row in found.items()}
    same = {name for name, row in found.items() if row[1] == wanted.get(name)}
    foreign = sorted(name for name in found if name not in {*same, *facts.listed, *_ASIDE})
    if foreign and not remove_others:
        shown = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        raise FlashError(
            f"the board has files that are not Ionto's: {shown}. Nothing was changed; save them if you need them, "
            "then flash with --remove-others"
        )
    remove = tuple(sorted(name for name in found if name not in wanted))
    write = {name for name in wanted if name not in same}
    if write or remove:
        write.add(STARTER)
    freed = sum(facts.blocks(size[name]) for name in remove)
    _check_space(facts, freed, [len(image.files[name]) - size.get(name, 0) for name in write], image)
    return Plan(tuple(sorted(write)), remove, len(wanted) - len(write))


def _check_space(facts: BoardFacts, freed: int, growth: list[int], image: FirmwareImage) -> None:
    grown = sum(facts.blocks(size) for size in growth if size > 0)
    aside = max(facts.blocks(len(data)) for data in image.files.values())
    needed = grown + aside + _SPARE_BLOCKS if growth else 0
    if needed > facts.free_blocks + freed:
        raise FlashError(
            f"no space left on the board: {needed} blocks of {facts.block_bytes} bytes are needed, "
            f"{facts.free_blocks + freed} are free. Nothing was changed"
        )


def apply(repl: Repl, plan: Plan, image: FirmwareImage, say: Say) -> None:
    """Does what the plan says, and proves every file by its checksum. Raises FlashError, PortError.

    With nothing to write or remove, it only proves.
    """
    state = _AS_IT_WAS
    try:
        if plan.write or plan.remove:
            state = _UNKNOWN
            repl.run(_TAKE_STARTER_AWAY)
            state = _STARTS_NOTHING
            _change(repl, plan, image, say)
        wrong = _first_wrong(repl, image)
        if wrong:
            state = _UNKNOWN
            repl.run(_TAKE_STARTER_AWAY)
            state = _STARTS_NOTHING
            raise FlashError(f"{wrong} reads back with a wrong checksum")
        if plan.write:
            state = _UNKNOWN
            repl.run(_MOVE_STARTER)
    except KeyboardInterrupt:
        raise FlashError(f"broken off. {state}") from None
    except (BoardError, FlashError, PortError) as error:
        reason = "no space left on the board" if getattr(error, "errno", None) == errno.ENOSPC else str(error)
        raise (PortError if isinstance(error, PortError) else FlashError)(f"{reason}. {state}") from error


def _change(repl: Repl, plan: Plan, image: FirmwareImage, say: Say) -> None:
    for name in plan.remove:
        repl.run(f"drop({name!r})")
    total = sum(len(image.files[name]) for name in plan.write)
    say(f"Writing {len(plan.write)} files, {total} bytes; {plan.keep} are there already")
    # The manifest first: the board then knows which files are Ionto's, even if this is broken off.
    for name in sorted(plan.write, key=lambda name: (name != MANIFEST, name)):
        _write(repl, STARTER_ASIDE if name == STARTER else name, image.files[name])


def _write(repl: Repl, name: str, data: bytes) -> None:
    """One file, beside its place first."""
    for folder in reversed(PurePosixPath(name).parents[:-1]):
        repl.run(f"make({str(folder)!r})")
    repl.run(f"f = open({_WRITTEN_ASIDE!r}, 'wb')")
    for at in range(0, len(data), CHUNK_BYTES):
        repl.run(f"f.write(a2b({b64encode(data[at : at + CHUNK_BYTES])!r}))")
    repl.run(f"f.close()\nos.rename({_WRITTEN_ASIDE!r}, {name!r})")


def _first_wrong(repl: Repl, image: FirmwareImage) -> str | None:
    """A file that is missing, foreign or wrong on the board; None if there is none. The starter may be aside."""
    found = {name: checksum for name, (_, checksum) in list_files(repl).items()}
    if STARTER_ASIDE in found:
        found[STARTER] = found.pop(STARTER_ASIDE)
    wrong = sorted({*found.items()} ^ {*image.checksums.items()})
    return wrong[0][0] if wrong else None


_TAKE_STARTER_AWAY = f"""
import os
from binascii import a2b_base64 as a2b
def drop(name):
    try:
        os.remove(name)
    except OSError as error:
        if error.errno != {errno.ENOENT}:
            raise
def make(folder):
    try:
        os.mkdir(folder)
    except OSError as error:
        if error.errno != {errno.EEXIST}:
            raise
drop({STARTER!r})
drop({STARTER_ASIDE!r})
drop({_WRITTEN_ASIDE!r})
"""
_MOVE_STARTER = f"""
import os
os.rename({STARTER_ASIDE!r}, {STARTER!r})
"""
