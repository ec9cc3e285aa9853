"""The box's edge: pins, converter, watchdog, clock and the serial line of the Pico's own USB."""

import select
import sys
import time

import machine
import micropython
from machine import ADC, WDT, Pin

from loadbox import wiring

WATCHDOG_MS = 2000
READINGS = 8
_READ_MAX_BYTES = 256  # in one round


def make_safe():
    """Every output low."""
    for number in wiring.OUTPUT_PINS:
        Pin(number, Pin.OUT, value=0)


class Board:
    """The Pico of the box. One of it may exist."""

    def __init__(self):
        make_safe()
        self._pins = [(number, Pin(number, Pin.OUT, value=0)) for number in wiring.OUTPUT_PINS]
        self._shown = 0
        self._shunt = ADC(wiring.ADC_SHUNT)
        self._low = ADC(wiring.ADC_LOW)
        self._electrode = ADC(wiring.ADC_ELECTRODE)
        self._jumper = Pin(wiring.SERVICE, Pin.IN, Pin.PULL_UP)
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._watchdog = None
        self._last_ticks = time.ticks_ms()
        self._now_ms = 0
        self.identity = "".join(["%02x" % byte for byte in machine.unique_id()])

    def has_jumper(self):
        """The service jumper is set."""
        return self._jumper.value() == 0

    def start_watchdog(self):
        micropython.kbd_intr(-1)  # what comes in is data, whatever it is
        self._watchdog = WDT(timeout=WATCHDOG_MS)

    def feed(self):
        if self._watchdog is not None:
            self._watchdog.feed()

    def now_ms(self):
        """Time since power-on. Never wraps, if it is asked at least once a week."""
        ticks = time.ticks_ms()
        self._now_ms += time.ticks_diff(ticks, self._last_ticks)
        self._last_ticks = ticks
        return self._now_ms

    def wait(self):
        """Until the next round."""
        time.sleep_ms(1)

    def show(self, outputs):
        """Drives the pins: those that go low first, so that nothing closes before something else has been let go."""
        changed = outputs ^ self._shown
        if not changed:
            return
        for level in (0, 1):
            for number, pin in self._pins:
                if changed >> number & 1 and outputs >> number & 1 == level:
                    pin.value(level)
        self._shown = outputs

    def measure(self):
        """(current in µA, electrode voltage in mV): the mean of a few readings."""
        current = voltage = 0
        for _ in range(READINGS):
            low = self._low.read_u16()
            current += self._shunt.read_u16() - low
            voltage += self._electrode.read_u16() - low
        return wiring.current_ua(current, READINGS), wiring.electrode_mv(voltage, READINGS)

    def receive(self):
        """The bytes that have come in, as a list of numbers."""
        taken = []
        while len(taken) < _READ_MAX_BYTES and self._poll.poll(0):
            data = sys.stdin.buffer.read(1)
            if not data:
                break
            taken.append(data[0])
        return taken

    def send(self, text):
        sys.stdout.write(text + "\n")
