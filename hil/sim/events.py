"""What falls due besides ticks: physical events, the heartbeat's pump, resets, the end of the rig's grant."""

from micropython import const

from hil.sim import facts, plain
from hil.sim.chip_state import NEVER, ChipState

# Words of plain.py; a test keeps them equal.
_TICK = const(1)
_LIMIT = const(2)
_QUIET = const(3)
_EDGE = const(6)
_PUMP = const(7)
_EVENT = const(8)

_times = plain.times


class Events(ChipState):
    """The queue of what falls due; `Kernel` adds the flow of time."""

    def later(self, at_us, name, value=0):
        """Queues a physical event. The pump's end has a place of its own: every edge of the heartbeat puts it off."""
        if name == "pump":
            _times[_PUMP] = at_us
            self._quiet()
            return
        self.order += 1
        item = (at_us, self.order, name, value)
        queue = self.queue
        i = len(queue)
        while i and queue[i - 1][0] > at_us:
            i -= 1
        queue.insert(i, item)
        self.queue_us = queue[0][0]
        self._quiet()

    def schedule(self, function, argument):
        """micropython.schedule(): the main code calls it at its next call of a part."""
        self.scheduled.append((function, argument))
        self._quiet()

    def run_scheduled(self):
        """What was scheduled: at the main code's next call of a part."""
        jobs, self.scheduled = self.scheduled, []
        for function, argument in jobs:
            function(argument)

    def _quiet(self):
        """Recomputes until when nothing but ticks happens, and until when nothing at all does."""
        t = _times
        event_us = self.queue_us if self.queue_us < self.grant_us else self.grant_us
        if self.pending is not None:
            event_us = 0
        t[_EVENT] = event_us
        limit_us = t[_PUMP] if t[_PUMP] < event_us else event_us
        t[_LIMIT] = limit_us
        tick_us = NEVER if self.irq_off else t[_TICK]
        t[_QUIET] = 0 if self.scheduled else tick_us if tick_us < limit_us else limit_us

    def _beat(self, t_us):
        _times[_EDGE] = t_us
        self.interlock.last_edge_us = t_us

    def fire_until(self, t_us):
        """Physical events up to `t_us`, each at its own time."""
        while True:
            if _times[_PUMP] <= t_us and _times[_PUMP] <= self.queue_us:
                at_us, name, value = _times[_PUMP], "pump", 0
                _times[_PUMP] = max(_times[_EDGE] + facts.HEARTBEAT_HOLD_US, at_us)
                if _times[_PUMP] > at_us:
                    continue
                _times[_PUMP] = NEVER
            elif self.queue_us <= t_us:
                at_us, _, name, value = self.queue.pop(0)
                self.queue_us = self.queue[0][0] if self.queue else NEVER
            else:
                break
            self.stage.sync(at_us)
            self.board.on_event(at_us, name, value)
            self._comparator()
        self._quiet()

    def _comparator(self):
        stage = self.stage
        if stage.overloaded:
            self.interlock.check_comparator(stage.t_us)
