"""The hardware's own rules: what closes K1, the latch, the heartbeat's pump, STOP's delay, K2's travel.

Every rule acts by itself, whatever the firmware does. Times in µs.
"""

import micropython

from hil.sim import bus, facts


class Interlock:
    """Moves the relays of `stage`. `kernel` keeps the time: `later(t_us, name, value)`, and `truth` for events."""

    def __init__(self, kernel, stage):
        self.kernel = kernel
        self.stage = stage
        self.request = 0
        self.latch_ok = 1
        self.edges = 0
        self.last_edge_us = -(10**9)
        self.beating = 0
        self.cut = 0  # a defect: edges do not reach the pump
        self.stop_pressed = 0
        self.stop_open = 0
        self.stop_since_us = 0
        self.k1_goal = 0
        self.k1_due_us = 0
        self.k2_goal = 0
        self.k2_due_us = 0
        self.k1_welded = 0  # from here on defects
        self.k1_stuck_open = 0
        self.k1_delay_us = facts.K1_DELAY_US
        self.k2_half = 0  # hangs between its contacts
        self.k2_stuck = 0  # does not move
        self.pump_stuck = 0  # gives its voltage without edges
        self.latch_dead = 0  # never trips
        self.latch_loose = 0  # trips, but does not reach K1
        self.latch_stuck = 0  # cannot be reset
        self.stop_deaf = 0  # the chip's pole of STOP stays closed; the hardware's does not
        self.flags = 0
        self._note_flags()

    def update(self, t_us):
        """K1 follows its four conditions after its delay."""
        is_latched = not (self.latch_ok or self.latch_loose)
        is_alive = self.beating or self.pump_stuck
        goal = 1 if self.request and is_alive and not is_latched and not self.stop_open else 0
        if self.k1_welded:
            goal = 1
        elif self.k1_stuck_open:
            goal = 0
        if goal != self.k1_goal:
            self.k1_goal = goal
            self.k1_due_us = t_us + self.k1_delay_us
            self.kernel.later(self.k1_due_us, "k1", goal)
        self._note_flags()

    def on_k1(self, t_us, goal):
        stage = self.stage
        if t_us != self.k1_due_us or goal == stage.k1:
            return
        stage.k1 = goal
        stage.jump()
        self._note_flags()
        self.kernel.truth.event(t_us, "k1_closed" if goal else "k1_open")
        if not goal and stage.watch_zero:
            stage.watch_zero = 0
            if stage.zero_at_us < 0 or stage.zero_at_us > t_us:
                self.kernel.truth.event(t_us, "drive_at_zero", 1)
            else:
                self.kernel.truth.event(stage.zero_at_us, "drive_at_zero")

    @micropython.native
    def edge(self, t_us):
        """An edge on the heartbeat pin."""
        if self.cut:
            return
        if self.beating:
            self.last_edge_us = t_us
            return
        gap_us = t_us - self.last_edge_us
        self.last_edge_us = t_us
        self.edges = self.edges + 1 if gap_us <= facts.HEARTBEAT_HOLD_US else 1
        if self.edges >= facts.HEARTBEAT_EDGES:
            self.beating = 1
            self.kernel.truth.event(t_us, "heartbeat_alive")
            self.kernel.later(t_us + facts.HEARTBEAT_HOLD_US, "pump")
            self.update(t_us)

    def on_pump(self, t_us):
        """The pump was last known to hold until now: it dies, or its new end is looked at later."""
        end_us = self.last_edge_us + facts.HEARTBEAT_HOLD_US
        if t_us < end_us:
            self.kernel.later(end_us, "pump")
            return
        self.beating = 0
        self.edges = 0
        self.kernel.truth.event(t_us, "heartbeat_dead")
        self.update(t_us)

    def check_comparator(self, t_us):
        """The latch trips on `stage.overloaded` or on DAC channel B."""
        stage = self.stage
        test = stage.codes_ab[1] > facts.LATCH_TEST_CODE and stage.gains_ab[1] > 0.0
        if self.latch_ok and (stage.overloaded or test) and not self.latch_dead:
            self.latch_ok = 0
            bus.levels[facts.LATCH_STATE] = 0
            self.kernel.truth.event(t_us, "latch_trip", int(stage.current_a * 1e6))
            self.update(t_us)
        stage.overloaded = 0

    def reset_latch(self, t_us):
        """A rising edge on the reset pin. Ignored while current flows; the comparator wins over it."""
        if abs(self.stage.current_a) > facts.LATCH_RESET_MAX_A:
            self.kernel.truth.event(t_us, "latch_reset_ignored")
            return
        if self.latch_stuck:
            return
        self.latch_ok = 1
        bus.levels[facts.LATCH_STATE] = 1
        self.kernel.truth.event(t_us, "latch_reset")
        self.check_comparator(t_us)
        self.update(t_us)

    def set_stop(self, t_us, pressed):
        if pressed == self.stop_pressed:
            return
        self.stop_pressed = pressed
        bus.levels[facts.STOP_SENSE] = 0 if self.stop_deaf else pressed
        self.kernel.truth.event(t_us, "stop_pressed" if pressed else "stop_released")
        self.stop_since_us = t_us
        if pressed:
            self.kernel.later(t_us + facts.STOP_DELAY_US, "stop_delay")
        else:
            self.stop_open = 0
        self.update(t_us)

    def on_stop_delay(self, t_us):
        if self.stop_pressed and t_us - self.stop_since_us >= facts.STOP_DELAY_US:
            self.stop_open = 1
            self.kernel.truth.event(t_us, "stop_loop_open")
            self.update(t_us)

    def set_k2(self, t_us, level, by_reset):
        stage = self.stage
        self.k2_goal = level
        if by_reset:
            self.kernel.truth.event(t_us, "k2_dropped_by_reset")
        elif stage.k1:
            self.kernel.truth.event(t_us, "violation:k2_switched_with_k1_closed", int(stage.current_a * 1e6))
        elif abs(stage.current_a) > facts.K2_MAX_A:
            self.kernel.truth.event(t_us, "violation:k2_switched_under_current", int(stage.current_a * 1e6))
        if self.k2_stuck:
            return
        stage.k2_moving = 1
        stage.jump()
        self.k2_due_us = t_us + facts.K2_TRAVEL_US
        self.kernel.later(self.k2_due_us, "k2", level)

    def on_k2(self, t_us, level):
        if t_us != self.k2_due_us or self.k2_half:
            return
        self.stage.k2 = level
        self.stage.k2_moving = 0
        self.stage.jump()
        self.kernel.truth.event(t_us, "k2_switch", level)
        self._note_flags()

    def _note_flags(self):
        flags = facts.FLAG_K1 if self.stage.k1 else 0
        flags |= facts.FLAG_K2 if self.stage.k2 else 0
        flags |= facts.FLAG_HEARTBEAT if self.beating else 0
        flags |= facts.FLAG_LATCH_OK if self.latch_ok else 0
        flags |= facts.FLAG_K1_REQUEST if self.request else 0
        flags |= facts.FLAG_STOP_PRESSED if self.stop_pressed else 0
        self.flags = flags
        bus.state[bus.FLAGS] = flags
        bus.state[bus.IS_BEATING] = 1 if self.beating and not self.cut else 0
