"""MicroPython's `time` of the RP2040, in virtual time."""

import micropython
from micropython import const

from hil.sim import facts
from hil.sim.bus import state as _state
from hil.sim.kernel import kernel as _kernel

_MASK = const((1 << 30) - 1)
_HALF = const(1 << 29)
_CALL_US = const(20)


def _check_main(name):
    if _state[0]:
        raise RuntimeError("sleep in a hard callback")


@micropython.native
def ticks_us():
    if _state[0]:
        _state[1] += 1
    else:
        _kernel.charge(_CALL_US)
    return _kernel.ticks_us()


@micropython.native
def ticks_ms():
    if _state[0]:
        _state[1] += 1
    else:
        _kernel.charge(_CALL_US)
    k = _kernel
    return ((k.now_us - k.boot_us) // 1000 + k.clock_offset_ms) & _MASK


def ticks_cpu():
    return ticks_us()


@micropython.native
def ticks_diff(a, b):
    return ((a - b + _HALF) & _MASK) - _HALF


@micropython.native
def ticks_add(a, delta):
    if delta >= _HALF or delta <= -_HALF:
        raise OverflowError("ticks interval overflow")
    return (a + delta) & _MASK


def sleep_us(us):
    if _state[0]:
        _state[1] += us
    else:
        _kernel.charge(us)


def sleep_ms(ms):
    _check_main("sleep_ms")
    _kernel.charge(max(int(ms) * 1000, facts.MAIN_CALL_US))


def sleep(seconds):
    _check_main("sleep")
    _kernel.charge(int(seconds * 1000000))


def time_ns():
    return (_kernel.now_us - _kernel.boot_us) * 1000


def __getattr__(name):
    _kernel.fail("time has no attribute %r on the simulated board" % name)
