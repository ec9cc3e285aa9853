"""What answers at a board's prompt: MicroPython itself, with a file system like the Pico's and a `machine` of its own.

Runs on MicroPython's unix build. A line of JSON in, the options first and code then; a line out: what the code
printed, what it raised, and whether it asked for a reset. Code sees `sys` as the options say.
"""

# Runs on MicroPython only, whose modules these types do not know.
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportArgumentType=false

import io
import json
import sys

import vfs
from micropython import const

_BLOCK = const(4096)


class Flash:
    """Blocks in memory, erased to ones."""

    def __init__(self, blocks):
        self.data = bytearray(b"\xff" * (blocks * _BLOCK))

    def readblocks(self, number, buffer, offset=0):
        at = number * _BLOCK + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, number, buffer, offset=None):
        if offset is None:
            offset = 0
        at = number * _BLOCK + offset
        self.data[at : at + len(buffer)] = buffer

    def ioctl(self, what, argument):
        if what == 4:
            return len(self.data) // _BLOCK
        if what == 5:
            return _BLOCK
        if what == 6:
            at = argument * _BLOCK
            self.data[at : at + _BLOCK] = b"\xff" * _BLOCK
        return 0


class Reset(BaseException):
    """machine.reset() was called."""


class Memory:
    """machine.mem32: the watchdog's CTRL register."""

    watchdog = 0

    def __getitem__(self, address):
        return self.watchdog << 30 if address == 0x40058000 else 0


class Machine:
    """The module `machine`."""

    mem32 = Memory()

    def __init__(self, board_id):
        self._board_id = board_id

    def unique_id(self):
        return self._board_id

    def reset(self):
        raise Reset


class Implementation:
    """sys.implementation."""

    def __init__(self, options):
        self.name = options["name"]
        self.version = tuple(options["version"])
        self._machine = options["machine"]
        self._mpy = options["mpy"]


class Sys:
    """The module `sys`, as far as code at a prompt asks."""

    def __init__(self, options):
        self.implementation = Implementation(options)
        self.version = options["sys_version"]


def run(code, scope):
    """[printed, raised, reset]."""
    printed = []
    scope["print"] = lambda text: printed.append(str(text) + "\r\n")
    raised = io.StringIO()
    try:
        exec(code, scope)
    except Reset:
        return ["".join(printed), "", True]
    except Exception as error:
        sys.print_exception(error, raised)
    return ["".join(printed), raised.getvalue(), False]


def main():
    lines = sys.stdin
    options = json.loads(lines.readline())
    flash = Flash(options["blocks"])
    vfs.VfsLfs2.mkfs(flash, progsize=256)
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(flash, progsize=256), "/")
    sys.modules["machine"] = Machine(bytes.fromhex(options["board_id"]))
    sys.modules["sys"] = Sys(options)
    scope = {"__name__": "__main__"}
    while True:
        line = lines.readline()
        if not line:
            return
        order = json.loads(line)
        if "watchdog" in order:
            Memory.watchdog = order["watchdog"]
            answer = None
        else:
            answer = run(order["code"], scope)
            if answer[2]:
                scope = {"__name__": "__main__"}
        sys.stdout.write(json.dumps(answer) + "\n")


main()
