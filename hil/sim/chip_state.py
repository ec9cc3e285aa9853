"""What the chip is doing, apart from the flow of time: its timer, watchdog, interrupts, resets, and what went wrong."""

import gc
import os

from micropython import const

from hil.sim import bus

NEVER = const(1 << 60)
_WATCH_TIMERS_US = const(500000)


class Reset(BaseException):
    """The chip is reset; `cause` is what machine.reset_cause() says afterwards. Power off is cause 0."""

    def __init__(self, cause):
        super().__init__(cause)
        self.cause = cause


class SimError(Exception):
    """The code asked the board for something that it does not have."""


class ChipState:
    """State of the chip and the queue of events; `Kernel` adds the flow of time."""

    def __init__(self):
        self.now_us = 0
        self.grant_us = 0
        self.queue = []
        self.queue_us = NEVER
        self.order = 0
        self.tick_us = NEVER
        self.tick_start_us = 0
        self.period_us = 0
        self.callback = None
        self.handle = None
        self.timer_file = -1
        self.timer_number = 0
        self.limit_us = 0
        self.quiet_us = 0
        self.irq_off = False
        self.boot_us = 0
        self.clock_offset_us = 0
        self.clock_offset_ms = 0
        self.wdt_timeout_us = 0
        self.wdt_us = NEVER
        self.pending = None
        self.scheduled = []
        self.errors = []
        self.truth = None
        self.board = None
        self.stage = None
        self.interlock = None
        self.exchange = None

    def fail(self, text):
        """Ends the test as a failure that says `text`, whatever the firmware makes of the exception."""
        self.errors.append(text)
        raise SimError(text)

    def later(self, at_us, name, value=0):
        """Queues a physical event."""
        self.order += 1
        item = (at_us, self.order, name, value)
        queue = self.queue
        i = len(queue)
        while i and queue[i - 1][0] > at_us:
            i -= 1
        queue.insert(i, item)
        self.queue_us = queue[0][0]
        self._quiet()

    def start_timer(self, callback, handle, period_us, file_number):
        if self.callback is not None:
            self.fail("a second hard timer was started; the simulated board has one")
        self.callback = callback
        self.handle = handle
        self.period_us = period_us
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
