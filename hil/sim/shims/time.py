"""MicroPython's `time` of the RP2040, in virtual time."""

import micropython
from micropython import const

from hil.sim import bus as _bus
from hil.sim import facts
from hil.sim import plain as _plain
from hil.sim.kernel import kernel as _kernel

_MASK = const((1 << 30) - 1)
_HALF = const(1 << 29)
_CALL_US = const(20)

# Words of bus.py and plain.py; a test keeps them equal.
_IN_CALLBACK = const(0)
_CLOCK_US = const(1)
_NOW = const(0)
_START = const(4)
_TO_CLOCK = const(5)

_state = _bus.state
_times = _plain.times


def _check_main(name):
    if _state[0]:
        raise RuntimeError("sleep in a hard callback")


def _make_ticks_us(state_at, times_at, charge):
    @micropython.viper
    def ticks_us() -> int:
        s = ptr32(state_at)
        t = ptr32(times_at)
        if s[_IN_CALLBACK]:
            s[_CLOCK_US] += 1
            return (t[2 * _START] + s[_CLOCK_US] + t[2 * _TO_CLOCK]) & _MASK
        charge(_CALL_US)
        return (t[2 * _NOW] + t[2 * _TO_CLOCK]) & _MASK

    return ticks_us


ticks_us = _make_ticks_us(_bus.state_at, _plain.times_at, _kernel.charge)


@micropython.native
def ticks_ms():
    if _state[_IN_CALLBACK]:
        _state[_CLOCK_US] += 1
    else:
        _kernel.charge(_CALL_US)
    k = _kernel
    return ((_times[_NOW] - k.boot_us) // 1000 + k.clock_offset_ms) & _MASK


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
