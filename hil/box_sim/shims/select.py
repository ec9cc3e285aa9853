"""MicroPython's `select` for the one stream that the box has."""

import sys

from hil.box_sim.kernel import CALL_US
from hil.box_sim.kernel import kernel as _kernel

POLLIN = 1


class _Poll:
    def register(self, stream, events):
        if stream is not sys.stdin or events != POLLIN:
            _kernel.fail("select: the box waits for input on sys.stdin only")

    def poll(self, timeout=-1):
        if timeout != 0:
            _kernel.fail("select: poll(%r) would hold up the main loop" % timeout)
        _kernel.charge(CALL_US)
        return [(sys.stdin, POLLIN)] if _kernel.received else []


def poll():
    return _Poll()
