"""What the chip is doing, apart from the flow of time: its timer, watchdog, interrupts, resets, and what went wrong."""

import gc
import os

from micropython import const

from hil.sim import bus, plain

NEVER = const(1 << 60)
_WATCH_TIMERS_US = const(500000)


class Reset(BaseException):
    """The chip is reset; `cause` is machine.reset_cause() afterwards, or FORCED_RESET of facts.py, or 0: power off."""

    def __init__(self, cause):
        super().__init__(cause)
        self.cause = cause


class SimError(Exception):
    """The code asked the board for something that it does not have."""


class ChipState:
    """State of the chip; `Events` adds what falls due, `Kernel` the flow of time."""

    def __init__(self):
        plain.times[plain.PUMP] = NEVER
        self.grant_us = 0
        self.queue = []
        self.queue_us = NEVER
        self.order = 0
        self.tick_us = NEVER
        self.callback = None
        self.handle = None
        self.timer_file = -1
        self.timer_number = 0
        self.irq_off = False
        self.boot_us = 0
        self.clock_offset_us = 0
        self.clock_offset_ms = 0
        self.wdt_timeout_us = 0
        self.wdt_us = NEVER
        self.pending = None
        self.scheduled = []
        self.statements_left = 0  # until one of an instrumented program fails; 0: none does
        self.statement_error = ""
        self.app = None  # of a program that says where its variables are
        self.errors = []
        self.truth = None
        self.board = None
        self.stage = None
        self.interlock = None
        self.exchange = None

    @property
    def now_us(self):
        return plain.times[plain.NOW]

    @now_us.setter
    def now_us(self, value):
        plain.times[plain.NOW] = value

    @property
    def tick_us(self):
        """When the next tick is due."""
        return plain.times[plain.TICK]

    @tick_us.setter
    def tick_us(self, value):
        plain.times[plain.TICK] = value

    def start_clock(self):
        """The chip's clocks begin, at their offsets."""
        self.boot_us = self.now_us
        plain.times[plain.TO_CLOCK] = self.clock_offset_us - self.boot_us

    def fail(self, text):
        """Ends the test as a failure that says `text`, whatever the firmware makes of the exception."""
        self.errors.append(text)
        raise SimError(text)

    def start_timer(self, callback, handle, period_us, file_number):
        if self.callback is not None:
            self.fail("a second hard timer was started; the simulated board has one")
        self.callback = callback
        self.handle = handle
        plain.times[plain.PERIOD] = period_us
        self.run_plain = plain.make_run(callback, handle)
        self.tick_us = self.now_us + period_us
        self.timer_file = file_number
        self.timer_number += 1
        self.later(self.now_us + _WATCH_TIMERS_US, "watch_timer", self.timer_number)
        self._quiet()

    def stop_timer(self):
        self.callback = None
        self.handle = None
        self.timer_file = -1
        self.tick_us = NEVER
        self._quiet()

    def set_irq(self, enabled):
        self.irq_off = not enabled
        self._quiet()
        if enabled:
            self.charge(0)

    def feed_watchdog(self, timeout_us=0):
        if timeout_us:
            self.wdt_timeout_us = timeout_us
            self.later(self.now_us + timeout_us, "wdt")
        self.wdt_us = self.now_us + self.wdt_timeout_us

    def on_watchdog(self, t_us):
        if t_us < self.wdt_us:
            self.later(self.wdt_us, "wdt")
            return
        self.truth.event(t_us, "wdt_reset")
        self.pending = 3
        self._quiet()

    def on_watch_timer(self, t_us, number):
        """A timer that nothing refers to is collected, and its ticks end: its file is then closed by the collector."""
        if number != self.timer_number or self.callback is None:
            return
        gc.collect()
        try:
            os.stat("/dev/fd/%d" % self.timer_file)
        except OSError:
            self.stop_timer()
            self.truth.event(t_us, "timer_collected")
            self.errors.append("the hard timer was collected: nothing in the firmware refers to it")
            return
        self.later(t_us + _WATCH_TIMERS_US, "watch_timer", number)

    def request_reset(self, cause):
        """The chip resets; what its code was doing ends here."""
        self.pending = cause
        self._quiet()
        raise Reset(cause)

    def chip_reset(self):
        """Everything of the chip stops; the physical queue goes on."""
        self.stop_timer()
        self.irq_off = False
        self.wdt_us = NEVER
        self.pending = None
        self.scheduled = []
        self.queue = [item for item in self.queue if item[2] not in ("wdt", "watch_timer")]
        self.queue_us = self.queue[0][0] if self.queue else NEVER
        bus.state[bus.IN_CALLBACK] = 0
        bus.state[bus.RING_COUNT] = 0
        self._quiet()
