"""MicroPython's `time` of the RP2040, in the box's virtual time. `ticks_ms` starts 5 s before its wrap."""

from hil.box_sim.kernel import CALL_US
from hil.box_sim.kernel import kernel as _kernel

_MASK = (1 << 30) - 1
_HALF = 1 << 29
_OFFSET_MS = (1 << 30) - 5000


def ticks_ms():
    _kernel.charge(CALL_US)
    return ((_kernel.now_us - _kernel.boot_us) // 1000 + _OFFSET_MS) & _MASK


def ticks_diff(a, b):
    return ((a - b + _HALF) & _MASK) - _HALF


def sleep_ms(ms):
    _kernel.charge(max(int(ms) * 1000, CALL_US))


def __getattr__(name):
    _kernel.fail("time has no attribute %r on the simulated load box" % name)
