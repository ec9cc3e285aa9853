"""Ionto-1: makes the parts, starts the tick, and hands the app what it needs (docs/architecture.md has the list)."""

import time

import machine
from machine import ADC, WDT, Pin, Timer

from board import pins
from board.frontend import Frontend
from board.mb85rc256v import MB85RC256V
from board.mcp3204 import MCP3204
from board.outside import Outside
from ionto import limits

RESET_PULSE_US = 100

# A Timer that nothing holds is collected, and the tick stops: it lives here.
_timer = None


class Ionto1(Outside):
    """The board. One of it may exist."""

    def __init__(self):
        Outside.__init__(self)
        self.latch = Pin(pins.LATCH_OK, Pin.IN, Pin.PULL_UP)
        self._k2 = Pin(pins.K2, Pin.OUT, value=0)
        self._range = Pin(pins.RANGE, Pin.OUT, value=0)
        self._trip = Pin(pins.TRIP, Pin.OUT, value=0)
        self._latch_reset = Pin(pins.LATCH_RESET, Pin.OUT, value=0)
        self._stop = Pin(pins.STOP_SENSE, Pin.IN, Pin.PULL_UP)
        self._vbus = Pin(pins.VBUS, Pin.IN)
        self._buttons = tuple([Pin(number, Pin.IN, Pin.PULL_UP) for number in pins.BUTTONS])
        self.adc = MCP3204(self._spi, Pin(pins.CS_ADC, Pin.OUT, value=1))
        self.b_current = ADC(pins.ADC_CURRENT)
        self.b_amplifier = ADC(pins.ADC_AMPLIFIER)
        self.b_rail = ADC(pins.ADC_RAIL)
        self.memory = MB85RC256V(self._i2c)
        self.ticks_us = time.ticks_us
        self.frontend = None
        self._watchdog = None

    def start_ticks(self, mode, calibration):
        """Starts the sampling loop with the limits of a limits.Mode; the output is off. Returns the Frontend."""
        global _timer
        self.frontend = Frontend(self, mode, calibration)
        _timer = Timer(
            -1,
            mode=Timer.PERIODIC,
            freq=1_000_000 // limits.TICK_US,
            callback=self.frontend.tick,
            hard=True,
        )
        return self.frontend

    def cut(self):
        """Ends the output for good: K1 low, no more ticks, no heartbeat, DAC at zero. Safe at any time."""
        self.k1(0)
        if _timer is not None:
            _timer.deinit()
        self.k1(0)
        self.dac.write_a(0)

    def restart(self):
        """Ends the output and resets the chip."""
        self.cut()
        machine.reset()

    def buttons_raw(self):
        """Pressed buttons as bits: UP 1, DOWN 2, MODE 4, START 8. Not debounced."""
        bits = 0
        for index, pin in enumerate(self._buttons):
            if not pin():
                bits |= 1 << index
        return bits

    def stop_closed(self):
        """True while the STOP loop is closed (not pressed, not broken)."""
        return not self._stop()

    def latch_ok(self):
        """True while the hardware latch has not tripped."""
        return bool(self.latch())

    def reset_latch(self):
        """Pulses the latch's reset; the hardware ignores it while current flows."""
        self._latch_reset(1)
        time.sleep_us(RESET_PULSE_US)
        self._latch_reset(0)

    def vbus(self):
        """True while the service USB is plugged in."""
        return bool(self._vbus())

    def select_range(self, range_, trip_high):
        """Sets RANGE and TRIP. The caller sees to it that the output is off."""
        self._trip(trip_high)
        self._range(range_)

    def select_polarity(self, is_reversed):
        """Switches K2. The caller sees to it that K1 is open and no current flows."""
        self._k2(1 if is_reversed else 0)

    def start_watchdog(self, timeout_ms):
        """Starts the watchdog; it cannot be stopped."""
        self._watchdog = WDT(timeout=timeout_ms)

    def feed_watchdog(self):
        """Feeds it."""
        if self._watchdog is not None:
            self._watchdog.feed()
