"""Virtual time: what happens when, in µs since the rig was made. One instance, `kernel`, which the shims use.

The firmware's main code moves the clock by calling into the board's parts or by sleeping. Whatever falls due on the way
(ticks, relays, what the test scheduled) happens at its own time. When the time that the rig granted is used up, the
kernel reports to the rig and waits for more.
"""

import sys

import micropython
from micropython import const

from hil.sim import bus, handover, plain
from hil.sim.chip_state import Reset
from hil.sim.events import Events

# Words of bus.py and plain.py; a test keeps them equal.
_IN_CALLBACK = const(0)
_CLOCK_US = const(1)
_RING_COUNT = const(2)
_RANDOM = const(10)
_BEAT_US = const(25)
_TRUTH_INDEX = const(29)
_OUTPUTS = const(32)
_DRIVABLE = const(33)
_TRUTH_WORDS = const(6144)
_SIGNAL_DAC_A = const(40)
_ENTRY_US = const(10)
_JITTER_US = const(3)
_ON = const(0)
_NOW = const(0)
_TICK = const(1)
_LIMIT = const(2)
_QUIET = const(3)
_START = const(4)
_EDGE = const(6)
_PUMP = const(7)
_PERIOD = const(9)
_DONE = const(0)
_DRAIN = const(1)
_REFRESH = const(2)
_HEARTBEAT = const(13)
_LATE_US = const(100)

_state = bus.state
_ring = bus.ring
_times = plain.times
_plain = plain.plain
_enter = handover.enter
_refresh = handover.refresh
_leave = handover.leave
_heap_lock = micropython.heap_lock
_heap_unlock = micropython.heap_unlock


def _make_charge(state_at, times_at, run):
    @micropython.viper
    def charge(us: int):
        """Main code spends `us`. Inside a callback its own clock goes on instead."""
        s = ptr32(state_at)
        if s[_IN_CALLBACK]:
            s[_CLOCK_US] += us
            return
        t = ptr32(times_at)
        end_us = (t[2 * _NOW] | (t[2 * _NOW + 1] << 32)) + us
        if end_us < (t[2 * _QUIET] | (t[2 * _QUIET + 1] << 32)):
            t[2 * _NOW] = end_us
            t[2 * _NOW + 1] = end_us >> 32
        else:
            run(us)

    return charge


class Kernel(Events):
    """The flow of time: main code, ticks, physical events, grants."""

    def __init__(self):
        super().__init__()
        self.run_plain = None
        self.charge = _make_charge(bus.state_at, plain.times_at, self._spend)

    def sync(self):
        """Main code looks at the plant: bring it up to now."""
        self.stage.sync(self.now_us)
        self.stage.sample()

    def drain_now(self):
        """Main code drove a pin or the DAC: that takes effect now."""
        s = _state
        s[_CLOCK_US] = 0
        if s[_BEAT_US]:
            s[_BEAT_US] = 0
            self._beat(self.now_us)
        if s[_RING_COUNT]:
            self._drain(self.now_us)

    def _spend(self, us):
        if self.scheduled:
            self.run_scheduled()
        self._run(_times[_NOW] + us)

    @micropython.native
    def _run(self, end_us):
        t = _times
        while True:
            tick_us = t[_TICK]
            limit_us = t[_LIMIT]
            if tick_us < limit_us and not self.irq_off:
                if tick_us > end_us:
                    break
                self._tick(end_us)
                if t[_NOW] > end_us:
                    end_us = t[_NOW]
            elif limit_us > end_us:
                break
            else:
                self._at_limit(limit_us)
        if t[_NOW] < end_us:
            t[_NOW] = end_us
        self._quiet()

    def _at_limit(self, limit_us):
        """A reset, a physical event or the end of the grant."""
        if self.pending is not None:
            self._end()
        if self.now_us < limit_us:
            self.now_us = limit_us
        if self.queue_us <= limit_us or _times[_PUMP] <= limit_us:
            self.fire_until(limit_us)
        else:
            self.stage.sync(self.now_us)
            self.exchange()

    def _end(self):
        """The chip is in reset: no call of its code gets anything done any more, whatever the code catches."""
        _times[_QUIET] = 0
        raise Reset(self.pending)

    @micropython.native
    def _tick(self, end_us):
        """Ticks up to `end_us` while they are plain ones, or the one that is due."""
        stage = self.stage
        t = _times
        if not _plain[_ON]:
            if stage.t_us + t[_PERIOD] == t[_TICK]:
                _enter(stage, t[_PERIOD])
            if not _plain[_ON]:
                self._slow_tick()
                return
        _heap_lock()  # as on the chip: no heap, and a callback that raises never runs again
        try:
            why = self.run_plain(end_us)
            _heap_unlock()
        except BaseException as error:
            _heap_unlock()
            self._died(error)
            self._after(t[_START])
            return
        self.interlock.last_edge_us = t[_EDGE]
        if why == _REFRESH:
            _refresh(stage)
        elif why == _DRAIN:
            self._drain(t[_START])
        elif why != _DONE:
            self._slow_tick()

    @micropython.native
    def _slow_tick(self):
        """One tick, as soon as it is due."""
        t = _times
        s = _state
        if s[_TRUTH_INDEX] == _TRUTH_WORDS:
            self.truth.flush()
        due_us = t[_TICK]
        start_us = t[_NOW]
        if start_us < due_us:
            start_us = due_us
        if start_us - due_us > _LATE_US:
            self.truth.event(start_us, "tick_late", start_us - due_us)
        if t[_LIMIT] <= start_us:
            self.fire_until(start_us)
        if self.stage.tick(start_us):
            self.truth.flush()
        self._comparator()
        start_us += s[_RANDOM] & _JITTER_US
        t[_START] = start_us
        t[_TICK] = due_us + t[_PERIOD]
        s[_CLOCK_US] = _ENTRY_US
        s[_DRIVABLE] = s[_OUTPUTS]
        s[_IN_CALLBACK] = 1
        _heap_lock()
        try:
            self.callback(self.handle)
            _heap_unlock()
        except BaseException as error:
            _heap_unlock()
            self._died(error)
        self._after(start_us)

    @micropython.native
    def _after(self, start_us):
        """The callback that began at `start_us` has ended."""
        s = _state
        s[_IN_CALLBACK] = 0
        s[_DRIVABLE] = 0
        _times[_NOW] = start_us + s[_CLOCK_US]
        s[_CLOCK_US] = 0
        if s[_BEAT_US]:
            self._beat(start_us + s[_BEAT_US])
            s[_BEAT_US] = 0
        if s[_RING_COUNT]:
            self._drain(start_us)

    def _died(self, error):
        self.stop_timer()
        if isinstance(error, Reset):
            self.pending = error.cause
            self._quiet()
            return
        sys.print_exception(error)
        self.truth.event(_times[_START], "timer_died")
        self.errors.append("the hard timer died: its callback raised %r" % error)

    @micropython.native
    def _drain(self, start_us):
        s = _state
        ring = _ring
        count = s[_RING_COUNT]
        s[_RING_COUNT] = 0
        if _plain[_ON]:
            _leave(self.stage)
        if count > bus.RING_SLOTS:
            self.fail("more than %d changes of pins and DAC in one callback" % bus.RING_SLOTS)
        i = 0
        end = 3 * count
        while i < end:
            at_us = start_us + ring[i]
            signal = ring[i + 1]
            if _times[_LIMIT] <= at_us:
                self.fire_until(at_us)
            if signal == _HEARTBEAT:
                self.interlock.edge(at_us)
                _times[_EDGE] = self.interlock.last_edge_us
            elif signal != _SIGNAL_DAC_A or not self.stage.nudge(ring[i + 2]):
                self.board.on_signal(at_us, signal, ring[i + 2])
            i += 3


kernel = Kernel()
