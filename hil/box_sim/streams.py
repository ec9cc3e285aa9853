"""`sys` and `micropython` of the box's chip: its prompt's streams are the serial line of its USB."""

import sys as real_sys

import micropython as real_micropython

from hil.box_sim.kernel import CALL_US, kernel
from hil.sim.patches import Module

_SYS = ("modules", "path", "implementation", "version", "version_info", "print_exception", "exit", "byteorder", "argv")


class Buffer:
    """sys.stdin.buffer: bytes."""

    def read(self, count):
        kernel.charge(CALL_US)
        while not kernel.received:
            kernel.charge(1000)
        data, kernel.received = kernel.received[:count], kernel.received[count:]
        return data


class Stdin:
    """sys.stdin."""

    buffer = Buffer()


class Stdout:
    """sys.stdout, which ends lines as a terminal wants them."""

    def write(self, text):
        kernel.charge(CALL_US)
        kernel.sent += text.replace("\n", "\r\n").encode()
        return len(text)


def install():
    """Puts the modules where the firmware's imports find them."""

    def nothing(*arguments):
        return None

    own = {"kbd_intr": nothing, "alloc_emergency_exception_buf": nothing}
    real_sys.modules["micropython"] = Module(real_micropython, ("const",), own)
    own = {"platform": "rp2", "stdin": Stdin(), "stdout": Stdout(), "maxsize": (1 << 31) - 1}
    real_sys.modules["sys"] = Module(real_sys, _SYS, own)
