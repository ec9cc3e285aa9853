"""MicroPython's `machine` of the RP2040, as far as the load box wires it. Anything else is an error that names it."""

from hil.box_sim.kernel import CALL_US
from hil.box_sim.kernel import kernel as _kernel

_OUTPUTS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 25)
_JUMPER = 22
_ADC = (26, 27, 28)


class Pin:
    """machine.Pin for the pins that the box uses."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        if mode == Pin.OUT and id not in _OUTPUTS:
            _kernel.fail("Pin(%r): the box drives nothing there" % id)
        if mode == Pin.IN and (id != _JUMPER or pull != Pin.PULL_UP):
            _kernel.fail("Pin(%r): the box has one input, GP22, with a pull-up" % id)
        if mode not in (Pin.IN, Pin.OUT):
            _kernel.fail("Pin(%r): mode %r is not modelled" % (id, mode))
        self._id = id
        self._is_output = mode == Pin.OUT
        if value is not None:
            self.value(value)

    def value(self, level=None):
        _kernel.charge(1)
        if level is None:
            return _kernel.levels.get(self._id, 0) if self._is_output else 1 - _kernel.jumper
        if not self._is_output:
            _kernel.fail("Pin(%r): driven, and is no output" % self._id)
        _kernel.drive(self._id, 1 if level else 0)


class ADC:
    """machine.ADC on GP26 to GP28."""

    def __init__(self, pin):
        if pin not in _ADC:
            _kernel.fail("ADC(%r): the box measures on 26 to 28" % pin)
        self._pin = pin

    def read_u16(self):
        _kernel.charge(4)
        return _kernel.codes.get(self._pin, 32768)


class WDT:
    """machine.WDT: cannot be stopped."""

    def __init__(self, id=0, timeout=5000):
        if id != 0 or not 1 <= timeout <= 8388:
            raise ValueError("WDT timeout %r, must be 1 to 8388" % timeout)
        _kernel.wdt_timeout_us = timeout * 1000
        self.feed()

    def feed(self):
        _kernel.charge(CALL_US)
        _kernel.wdt_us = _kernel.now_us + _kernel.wdt_timeout_us


def unique_id():
    return _kernel.board_id


def reset_cause():
    return _kernel.cause


def __getattr__(name):
    _kernel.fail("machine has no attribute %r on the simulated load box" % name)
