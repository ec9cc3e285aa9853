"""What a board at MicroPython's prompt is, which files it has, and whether Ionto can go onto it. Changes nothing."""

import ast
import re
from dataclasses import dataclass

from host_tools.board_repl import BoardError, Repl
from host_tools.errors import IontoError
from host_tools.firmware_image import MANIFEST, FirmwareImage

MIN_MICROPYTHON = (1, 26, 0)  # hard timer callbacks begin there
PICO = "Raspberry Pi Pico with RP2040"

_RELEASE = re.compile(r".*MicroPython v\d+\.\d+(\.\d+)? on \d{4}-\d\d-\d\d")
_MPY_HEAD = b"M"

_LOOK = f"""
import os, sys
from machine import unique_id
i = sys.implementation
s = os.statvfs('/')
def names_in(name):
    try:
        with open(name) as f:
            return [line[66:].strip() for line in f if line[0] != '#']
    except (OSError, ValueError):
        return []
print(repr((i.name, tuple(i.version), sys.version, getattr(i, '_machine', ''), getattr(i, '_mpy', 0),
    unique_id(), s[0], s[3], names_in({MANIFEST!r}))))
"""
_LIST = """
import os
from binascii import hexlify
from hashlib import sha256
def listed(folder):
    for entry in os.ilistdir(folder or '/'):
        name = folder + entry[0]
        if entry[1] & 0x4000:
            listed(name + '/')
        else:
            whole, size = sha256(), 0
            with open(name, 'rb') as f:
                while n := f.readinto(buffer):
                    whole.update(buffer[:n])
                    size += n
            print(repr((name, size, hexlify(whole.digest()).decode())))
buffer = memoryview(bytearray(1024))
listed('')
"""


class UnfitBoardError(IontoError):
    """A board that Ionto cannot go onto. Nothing on it was changed."""


@dataclass(frozen=True)
class BoardFacts:
    """What MicroPython says of itself and of the board, and the files that the board's own manifest lists."""

    name: str
    version: tuple[int | str, ...]
    sys_version: str
    machine: str
    mpy: int
    board_id: bytes
    block_bytes: int
    free_blocks: int
    listed: frozenset[str]

    @property
    def version_text(self) -> str:
        """As 1.26.1, or 1.27.0-preview."""
        numbers = ".".join(str(part) for part in self.version[:3])
        suffix = "".join(str(part) for part in self.version[3:])
        return f"{numbers}-{suffix}" if suffix else numbers

    def blocks(self, size_bytes: int) -> int:
        """Blocks of flash that a file of this size may take."""
        return -(-size_bytes // self.block_bytes)


def look(repl: Repl) -> BoardFacts:
    """Asks the board. Raises UnfitBoardError if what answers is not MicroPython on an RP2040."""
    try:
        answer = ast.literal_eval(repl.run(_LOOK))
        name, version, sys_version, machine, mpy, board_id, block_bytes, free_blocks, listed = answer
    except (BoardError, ValueError, SyntaxError, TypeError) as error:
        raise UnfitBoardError(f"the board does not say what it is ({error}). Nothing was changed") from error
    listed = frozenset((*listed, MANIFEST)) if listed else frozenset()
    return BoardFacts(name, version, sys_version, machine, mpy, board_id, block_bytes, free_blocks, listed)


def list_files(repl: Repl) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of every file on the board, by name. Raises BoardError, PortError."""
    rows = [ast.literal_eval(line) for line in repl.run(_LIST).splitlines()]
    return {name: (size, checksum) for name, size, checksum in rows}


def check_board(facts: BoardFacts, image: FirmwareImage) -> None:
    """Raises UnfitBoardError unless this is a release of MicroPython on a Pico that can run the image.

    It tells an official release by what it says of itself: its name, board and version, and that it is not a preview
    and not built from changed or unreleased sources. A build that says the same of itself cannot be told from it.
    """
    problem = _problem(facts, image)
    if problem:
        raise UnfitBoardError(f"{problem}. Nothing was changed")


def _problem(facts: BoardFacts, image: FirmwareImage) -> str | None:
    get_it = "put the official one for the Raspberry Pi Pico on it (docs/flashing.md)"
    if facts.name != "micropython":
        return f"the board runs {facts.name}, not MicroPython: {get_it}"
    if facts.machine != PICO:
        return f"the board is {facts.machine or 'one that does not say which'}, not a {PICO}"
    if facts.version[:3] < MIN_MICROPYTHON:
        return f"MicroPython {facts.version_text} is too old, Ionto needs 1.26.0 or newer: {get_it}"
    if any(facts.version[3:]) or not _RELEASE.fullmatch(facts.sys_version):
        return f"MicroPython {facts.version_text} ({facts.sys_version}) is not an official release: {get_it}"
    unfit = next((name for name, data in image.files.items() if name.endswith(".mpy") and not _runs(facts, data)), None)
    return f"{unfit} is compiled for another MicroPython or another chip: build the image anew" if unfit else None


def _runs(facts: BoardFacts, mpy: bytes) -> bool:
    """Whether this MicroPython loads a compiled file: bytecode version, and for machine code also chip and ABI."""
    if len(mpy) < 4 or mpy[:1] != _MPY_HEAD or mpy[1] != facts.mpy & 0xFF:
        return False
    abi, chip = mpy[2] & 3, mpy[2] >> 2 & 0xF
    return chip == 0 or (abi, chip) == (facts.mpy >> 8 & 3, facts.mpy >> 10 & 0xF)
