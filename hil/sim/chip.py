"""The chip's peripherals with the methods of MicroPython on the RP2040: pins, SPI, ADC.

Methods that a hard callback uses neither allocate nor format text.
"""

import micropython
from micropython import const

from hil.sim import bus, facts
from hil.sim.kernel import kernel

_IN_CALLBACK = const(0)
_MAIN_US = const(20)

_len = len  # found at once, where a builtin is looked for in the module first
_state = bus.state
_pin_read = bus.pin_read
_pin_write = bus.pin_write
_transfer = bus.transfer
_convert_b = bus.convert_b


class Running:
    """What the chip says about itself in this run."""

    cause = 1
    board_id = b"\x00" * 8


running = Running()


class Pin:
    """machine.Pin for the pins that Ionto-1 uses."""

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        if id not in facts.INPUT_PINS and id not in facts.OUTPUT_PINS and id not in facts.BUS_PINS and id < 26:
            kernel.fail("Pin(%r): Ionto-1 connects nothing there" % id)
        if id > 29:
            kernel.fail("Pin(%r): the chip has none" % id)
        self._id = id
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        id = self._id
        if mode not in (-1, Pin.IN, Pin.OUT):
            kernel.fail("Pin(%d): mode %r is not modelled" % (id, mode))
        if pull not in (-1, None, Pin.PULL_UP, Pin.PULL_DOWN):
            kernel.fail("Pin(%d): pull %r" % (id, pull))
        if mode == Pin.OUT and id not in facts.OUTPUT_PINS:
            kernel.fail("Pin(%d): an output against what Ionto-1 drives there" % id)
        if mode == Pin.IN and id in facts.OUTPUT_PINS:
            kernel.fail("Pin(%d): an input where Ionto-1 expects to be driven" % id)
        if mode == Pin.IN and id in facts.NEEDS_PULL_UP and pull != Pin.PULL_UP:
            kernel.fail("Pin(%d): without a pull-up this contact to ground reads nothing" % id)
        if mode == Pin.OUT:
            _state[bus.OUTPUTS] |= 1 << id
        elif mode == Pin.IN:
            _state[bus.OUTPUTS] &= ~(1 << id)
        if value is not None:
            self.value(value)

    @micropython.native
    def value(self, x=None):
        if x is None:
            level = _pin_read(self._id)
            if level < 0:
                kernel.charge(1)
                level = bus.levels[self._id]
            return level
        if _pin_write(self._id, x):
            self._write_from_main(x)

    __call__ = value

    def _write_from_main(self, x):
        if not (_state[bus.OUTPUTS] >> self._id) & 1:
            raise ValueError("Pin driven that is not an output")
        kernel.charge(1)
        bus.drive(self._id, 1 if x else 0)
        kernel.drain_now()

    def low(self):
        self.value(0)

    def high(self):
        self.value(1)

    def off(self):
        self.value(0)

    def on(self):
        self.value(1)

    def toggle(self):
        self.value(bus.levels[self._id] ^ 1)

    def __repr__(self):
        return "Pin(GPIO%d)" % self._id


def pin_number(pin):
    return pin._id if isinstance(pin, Pin) else pin


def want_pin(what, pin, number):
    """Fails unless `pin` is the Pin that Ionto-1 wires to `what`."""
    if pin is not None and pin_number(pin) != number:
        kernel.fail("%s on pin %r; Ionto-1 has it on %d" % (what, pin_number(pin), number))


_scratch = bytearray(64)


class SPI:
    """machine.SPI(0): MCP4822 and MCP3204 by their chip selects."""

    MSB = 1
    LSB = 0

    def __init__(
        self, id, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=1, sck=None, mosi=None, miso=None
    ):
        if id != 0:
            kernel.fail("SPI(%r): Ionto-1 uses SPI(0)" % id)
        if polarity != phase or bits != 8 or firstbit != 1:
            kernel.fail("SPI: the parts want mode 0,0 or 1,1, 8 bits, most significant bit first")
        if not 10000 <= baudrate <= 1000000:
            kernel.fail("SPI: baudrate %r; the MCP3204 at 3.3 V is wired for 1 MHz at most" % baudrate)
        want_pin("SPI sck", sck, facts.SPI_SCK)
        want_pin("SPI mosi", mosi, facts.SPI_MOSI)
        want_pin("SPI miso", miso, facts.SPI_MISO)
        bus.state[bus.BIT_NS] = 1000000000 // baudrate

    @micropython.native
    def write_readinto(self, tx, rx):
        size = _len(tx)
        if size != _len(rx):
            raise ValueError("buffers must be the same length")
        if not _state[_IN_CALLBACK]:
            self._pass_time(size)
        _transfer(tx, rx, size)

    @micropython.native
    def write(self, tx):
        size = _len(tx)
        if size > 64:
            raise ValueError("SPI transfer above 64 bytes")
        if not _state[_IN_CALLBACK]:
            self._pass_time(size)
        _transfer(tx, _scratch, size)

    @micropython.native
    def readinto(self, rx, value=0):
        size = len(rx)
        if size > 64:
            raise ValueError("SPI transfer above 64 bytes")
        i = 0
        while i < size:
            _scratch[i] = value
            i += 1
        if not _state[_IN_CALLBACK]:
            self._pass_time(size)
        _transfer(_scratch, rx, size)

    def _pass_time(self, size):
        kernel.charge(_MAIN_US + size * 8 * _state[bus.BIT_NS] // 1000)
        kernel.sync()


class ADC:
    """machine.ADC on GP26 to GP29."""

    def __init__(self, pin):
        number = pin_number(pin)
        if 0 <= number <= 3:
            number += 26
        if not 26 <= number <= 29:
            kernel.fail("ADC(%r): Ionto-1 measures on 26 to 29" % number)
        self._channel = number - 26

    @micropython.native
    def read_u16(self):
        if not _state[_IN_CALLBACK]:
            kernel.charge(_MAIN_US)
            kernel.sync()
        return _convert_b(self._channel)
