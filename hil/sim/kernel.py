"""Virtual time: what happens when, in µs since the rig was made. One instance, `kernel`, which the shims use.

The firmware's main code moves the clock by calling into the board's parts or by sleeping. Whatever falls due on the way
(ticks, relays, what the test scheduled) happens at its own time. When the time that the rig granted is used up, the
kernel reports to the rig and waits for more.
"""

import sys

import micropython
from micropython import const

from hil.sim import bus
from hil.sim.chip_state import ChipState, Reset

NEVER = const(1 << 60)
TICK_MASK = const((1 << 30) - 1)
_IN_CALLBACK = const(0)
_CLOCK_US = const(1)
_RING_COUNT = const(2)
_RANDOM = const(10)
_BEAT_US = const(25)
_HEARTBEAT = const(13)
_DAC_A = const(40)
_LATE_US = const(100)
_JITTER_US = const(3)
_ENTRY_US = const(10)

_state = bus.state
_ring = bus.ring
_heap_lock = micropython.heap_lock
_heap_unlock = micropython.heap_unlock


class Kernel(ChipState):
    """The flow of time: main code, ticks, physical events, grants."""

    @micropython.native
    def charge(self, us):
        """Main code spends `us`. Inside a callback its own clock goes on instead."""
        s = _state
        if s[_IN_CALLBACK]:
            s[_CLOCK_US] += us
            return
        if self.scheduled:
            self._run_scheduled()
        end_us = self.now_us + us
        if end_us < self.quiet_us:
            self.now_us = end_us
            return
        self._run(end_us)

    def ticks_us(self):
        s = _state
        if s[_IN_CALLBACK]:
            return (self.tick_start_us + s[_CLOCK_US] - self.boot_us + self.clock_offset_us) & TICK_MASK
        return (self.now_us - self.boot_us + self.clock_offset_us) & TICK_MASK

    def sync(self):
        """Main code looks at the plant: bring it up to now."""
        stage = self.stage
        if stage.t_us < self.now_us:
            stage.sync(self.now_us)
        stage.sample()

    def drain_now(self):
        """Main code drove a pin or the DAC: that takes effect now."""
        bus.state[_CLOCK_US] = 0
        if bus.state[_BEAT_US]:
            bus.state[_BEAT_US] = 0
            self.interlock.last_edge_us = self.now_us
        if bus.state[_RING_COUNT]:
            self._drain(self.now_us)

    def _quiet(self):
        """Recomputes until when nothing but ticks happens, and until when nothing at all does."""
        limit_us = self.queue_us if self.queue_us < self.grant_us else self.grant_us
        if self.pending is not None:
            limit_us = 0
        self.limit_us = limit_us
        tick_us = NEVER if self.irq_off else self.tick_us
        self.quiet_us = tick_us if tick_us < limit_us else limit_us

    @micropython.native
    def _run(self, end_us):
        while True:
            tick_us = self.tick_us
            limit_us = self.limit_us
            if tick_us < limit_us and not self.irq_off:
                if tick_us > end_us:
                    break
                start_us = self.now_us
                if start_us < tick_us:
                    start_us = tick_us
                now_us = self._tick(start_us)
                self.now_us = now_us
                if now_us > end_us:
                    end_us = now_us
            elif limit_us > end_us:
                break
            else:
                self._at_limit(limit_us)
        if self.now_us < end_us:
            self.now_us = end_us
        self._quiet()

    def _at_limit(self, limit_us):
        """A reset, a physical event or the end of the grant."""
        if self.pending is not None:
            self._end()
        if self.now_us < limit_us:
            self.now_us = limit_us
        if self.queue_us <= limit_us:
            self.fire_until(limit_us)
        else:
            self.stage.sync(self.now_us)
            self.exchange()

    def _end(self):
        """The chip is in reset: no call of its code gets anything done any more, whatever the code catches."""
        self.quiet_us = 0
        raise Reset(self.pending)

    def fire_until(self, t_us):
        """Physical events up to `t_us`, each at its own time."""
        while self.queue_us <= t_us:
            at_us, _, name, value = self.queue.pop(0)
            self.queue_us = self.queue[0][0] if self.queue else NEVER
            self.stage.sync(at_us)
            self.board.on_event(at_us, name, value)
            self._comparator()
        self._quiet()

    def _comparator(self):
        stage = self.stage
        if stage.overloaded:
            self.interlock.check_comparator(stage.t_us)

    @micropython.native
    def _tick(self, start_us):
        """One tick at `start_us`. Returns the time at its end."""
        due_us = self.tick_us
        if start_us - due_us > _LATE_US:
            self.truth.event(start_us, "tick_late", start_us - due_us)
        if self.queue_us <= start_us:
            self.fire_until(start_us)
        stage = self.stage
        if stage.tick(start_us):
            self.truth.flush()
        if stage.overloaded:
            self._comparator()
        s = _state
        start_us += s[_RANDOM] & _JITTER_US
        self.tick_start_us = start_us
        self.tick_us = due_us + self.period_us
        callback = self.callback
        handle = self.handle
        s[_CLOCK_US] = _ENTRY_US
        s[_IN_CALLBACK] = 1
        _heap_lock()  # as on the chip: no heap, and a callback that raises never runs again
        try:
            callback(handle)
            _heap_unlock()
        except BaseException as error:
            _heap_unlock()
            self._died(error)
        s[_IN_CALLBACK] = 0
        end_us = start_us + s[_CLOCK_US]
        s[_CLOCK_US] = 0
        beat_us = s[_BEAT_US]
        if beat_us:
            s[_BEAT_US] = 0
            self.interlock.last_edge_us = start_us + beat_us
        if s[_RING_COUNT]:
            self._drain(start_us)
        return end_us

    def _died(self, error):
        self.stop_timer()
        if isinstance(error, Reset):
            self.pending = error.cause
            self._quiet()
            return
        sys.print_exception(error)
        self.truth.event(self.tick_start_us, "timer_died")
        self.errors.append("the hard timer died: its callback raised %r" % error)

    @micropython.native
    def _drain(self, start_us):
        s = _state
        ring = _ring
        count = s[_RING_COUNT]
        s[_RING_COUNT] = 0
        if count > bus.RING_SLOTS:
            self.fail("more than %d changes of pins and DAC in one callback" % bus.RING_SLOTS)
        i = 0
        end = 3 * count
        while i < end:
            at_us = start_us + ring[i]
            signal = ring[i + 1]
            if self.queue_us <= at_us:
                self.fire_until(at_us)
            if signal == _HEARTBEAT:
                self.interlock.edge(at_us)
            elif signal != _DAC_A or not self.stage.nudge(ring[i + 2]):
                self.board.on_signal(at_us, signal, ring[i + 2])
            i += 3

    def _run_scheduled(self):
        """micropython.schedule(): at the main code's next call."""
        jobs, self.scheduled = self.scheduled, []
        for function, argument in jobs:
            function(argument)


kernel = Kernel()
