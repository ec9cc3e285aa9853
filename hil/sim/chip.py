"""The chip's peripherals with the methods of MicroPython on the RP2040: pins, SPI, ADC.

What a hard callback calls is a closure of `wires`; the functions here are for main code and what is not plain. Those
that a callback may still come to neither allocate nor format text.
"""

import micropython
from micropython import const

from hil.sim import bus, facts, spi, wires
from hil.sim.kernel import kernel

_IN_CALLBACK = const(0)
_CLOCK_US = const(1)
_SPI_US = const(12)
_BIT_NS = const(14)
_DRIVABLE = const(33)
_MAIN_US = const(20)

_len = len  # found at once, where a builtin is looked for in the module first
_state = bus.state
_levels = bus.levels
_transfer = spi.transfer


class Running:
    """What the chip says about itself in this run."""

    cause = 1  # machine.reset_cause()
    chip_reset = facts.HAD_POR  # the register CHIP_RESET; the watchdog leaves it as it was
    reason = 0  # the register REASON
    board_id = b"\x00" * 8

    def was_reset(self, cause):
        """The chip was reset: by the watchdog, that timed out or was told to, by the pin, or (0) by its supply."""
        is_watchdog = cause in (facts.WDT_RESET, facts.FORCED_RESET)
        self.cause = facts.WDT_RESET if is_watchdog else 1
        self.reason = {facts.WDT_RESET: facts.REASON_TIMER, facts.FORCED_RESET: facts.REASON_FORCE}.get(cause, 0)
        if not is_watchdog:
            self.chip_reset = facts.HAD_RUN if cause else facts.HAD_POR


running = Running()


def _write_pin(number, level):
    """An output is driven by main code. Raises ValueError if the pin is none, in a callback too."""
    if not (_state[bus.OUTPUTS] >> number) & 1:
        raise ValueError("Pin driven that is not an output")
    kernel.charge(1)
    _state[_DRIVABLE] = 1 << number
    _writes[number](None, level)
    _state[_DRIVABLE] = 0
    kernel.drain_now()


def _pass_pin_time():
    kernel.charge(1)


_writes = {number: wires.make_pin_write(number, _write_pin) for number in facts.OUTPUT_PINS}
_reads = [wires.make_pin_read(number, _pass_pin_time) for number in range(30)]


class Pin:
    """machine.Pin for the pins that Ionto-1 uses.

    An instance is called to be written if Ionto-1 has an output there, else to be read; `value` does both.
    """

    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2

    def __new__(cls, id, mode=-1, pull=-1, *, value=None):
        kind = _kinds.get(id, cls)
        pin = object.__new__(kind)
        if kind is not cls:  # then nobody else calls it
            pin.__init__(id, mode, pull, value=value)
        return pin

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

    def value(self, x=None):
        number = self._id
        if x is None:
            return _reads[number](self)
        write = _writes.get(number)
        if write is None:
            _write_pin(number, x)
        else:
            write(self, x)

    __call__ = value

    def low(self):
        self.value(0)

    def high(self):
        self.value(1)

    def off(self):
        self.value(0)

    def on(self):
        self.value(1)

    def toggle(self):
        self.value(_levels[self._id] ^ 1)

    def __repr__(self):
        return "Pin(GPIO%d)" % self._id


_kinds = {number: type("Pin", (Pin,), {"__call__": write}) for number, write in _writes.items()}
for _number in facts.INPUT_PINS:
    _kinds[_number] = type("Pin", (Pin,), {"__call__": _reads[_number]})


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
        bus.state[_BIT_NS] = 1000000000 // baudrate
        bus.state[bus.WRITE_US] = _spi_us(2)
        bus.state[bus.READ_US] = _spi_us(3)
        self.write_readinto = spi.make_write_readinto(self._write_readinto)
        self.write = spi.make_write(self._write)

    @micropython.native
    def _write_readinto(self, tx, rx):
        size = _len(tx)
        if size != _len(rx):
            raise ValueError("buffers must be the same length")
        self._pass_time(size)
        _transfer(tx, rx, size)

    @micropython.native
    def _write(self, tx):
        size = _len(tx)
        if size > 64:
            raise ValueError("SPI transfer above 64 bytes")
        self._pass_time(size)
        _transfer(tx, _scratch, size)

    @micropython.native
    def readinto(self, rx, value=0):
        size = _len(rx)
        if size > 64:
            raise ValueError("SPI transfer above 64 bytes")
        i = 0
        while i < size:
            _scratch[i] = value
            i += 1
        self._pass_time(size)
        _transfer(_scratch, rx, size)

    @micropython.native
    def _pass_time(self, size):
        s = _state
        if not s[_IN_CALLBACK]:
            kernel.charge(_MAIN_US + size * 8 * s[_BIT_NS] // 1000)
            kernel.sync()
        s[_CLOCK_US] += _spi_us(size)


@micropython.native
def _spi_us(size):
    return _state[_SPI_US] + size * 8 * _state[_BIT_NS] // 1000


class ADC:
    """machine.ADC on GP26 to GP29."""

    def __init__(self, pin):
        number = pin_number(pin)
        if 0 <= number <= 3:
            number += 26
        if not 26 <= number <= 29:
            kernel.fail("ADC(%r): Ionto-1 measures on 26 to 29" % number)
        self.read_u16 = wires.make_read_u16(number - 26, _look)


def _look():
    """Main code reads the ADC."""
    kernel.charge(_MAIN_US)
    kernel.sync()
