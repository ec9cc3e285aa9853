"""A drive and a person, as simple as can be, around a Session. Runs on MicroPython too; has no tests of its own.

Every round is checked against what must hold whatever happens; `watch` says it in words of its own.
"""

from ionto import faults, limits, messages, states
from ionto import session_table as t
from ionto.session import Inputs, Session
from ionto.view import View

ROUND_MS = 5
WRAP_MS = 1 << 30
OPEN = None
BODY_OHM = 5000
NEVER_DRIVEN = ("BOOT", "SELF_TEST", "IDLE", "CONFIRM", "DONE", "FAULT")
PROBED = ("ARMING", "ARMED", "PAUSED", "REVERSING", "SERVICE")
DRIVEN = ("RAMP_UP", "HOLD", "RAMP_DOWN", "REVERSING", "SERVICE")


def watch(state, mode, outputs):
    """Raises AssertionError if a round drives what it must not."""
    name = states.STATES[state]
    assert outputs.mode == mode.number
    if name in NEVER_DRIVEN:
        assert outputs.drive == t.DRIVE_OFF, name
    if outputs.drive == t.DRIVE_PROBE:
        assert name in PROBED, name
    if outputs.drive == t.DRIVE_CURRENT:
        assert name in DRIVEN, name
        assert 0 <= outputs.target_ua <= mode.max_ua, outputs.target_ua
        assert outputs.ramp_up_ua_per_s == mode.ramp_up_ua_per_s
        assert outputs.ramp_down_ua_per_s >= mode.ramp_down_ua_per_s
        if name in ("RAMP_DOWN", "REVERSING"):
            assert outputs.target_ua == 0
    else:
        assert outputs.target_ua is None, "off and probe have no target"
    if not outputs.happened:
        is_special = outputs.clear_trip or outputs.reset_latch or outputs.run_self_test or outputs.sound
        assert not any((is_special, outputs.events, outputs.refusals)), "nobody will look"


class Bench:
    """A session with a drive that ramps, a tick that cuts when the circuit opens, and a circuit of so many ohm."""

    def __init__(self, start_ms=0):
        self.view = View()
        self.session = Session(self.view)
        self.inputs = Inputs()
        self.inputs.self_test = 0
        self.inputs.calibration = messages.CALIBRATION_BUILTIN
        self.inputs.cause_gone = True
        self.now_ms = start_ms
        self.elapsed_ms = 0
        self.ohm: int | None = OPEN
        self.drive = t.DRIVE_OFF
        self.on_ms = 0
        self.off_ms = 1000
        self.setpoint_na = 0
        self.target_ua = 0
        self.up = 0
        self.down = 0
        self.cut = 0
        self.charge_ua_ms = 0  # since power-on
        self.events = []
        self.refusals = []
        self.sounds = []
        self.polarity = False
        self.outputs = self.session.outputs

    @property
    def state(self):
        return states.STATES[self.view.state]

    @property
    def mode(self):
        return limits.MODES[self.view.mode] if self.session.service is None else self.session.settings.mode

    def advance(self, ms, *presses):
        """Rounds for `ms`; the presses come in the first."""
        for _ in range(ms // ROUND_MS):
            self.round(presses)
            presses = ()
        return self

    def press(self, *presses):
        return self.advance(ROUND_MS, *presses)

    def until(self, state, limit_ms):
        """Rounds until the state is reached; returns the ms it took. Raises AssertionError after `limit_ms`."""
        began_ms = self.elapsed_ms
        while self.state != state:
            assert self.elapsed_ms - began_ms < limit_ms, (self.state, state)
            self.round(())
        return self.elapsed_ms - began_ms

    def round(self, presses):
        self._plant()
        self.inputs.presses = presses
        self.outputs = self.session.step(self.now_ms, self.inputs)
        watch(self.view.state, self.mode, self.outputs)
        self.events += [(self.elapsed_ms, kind, a, b) for kind, a, b in self.outputs.events]
        self.refusals += self.outputs.refusals
        if self.outputs.sound:
            self.sounds.append(t.SOUNDS[self.outputs.sound])
        self._apply()
        self.inputs.host_stop = False
        self.inputs.host_level_ua = None
        self.now_ms = (self.now_ms + ROUND_MS) % WRAP_MS
        self.elapsed_ms += ROUND_MS

    def kinds(self, kind):
        """(a, b) of every event of a kind so far."""
        return [(a, b) for _, k, a, b in self.events if k == kind]

    def path(self):
        """The states entered so far."""
        return [states.STATES[a] for a, _ in self.kinds(messages.EVENT_STATE)]

    def _current_ua(self):
        if self.ohm is None or self.cut:
            return 0
        if self.drive == t.DRIVE_PROBE:
            return min(limits.PROBE_MV * 1000 // max(self.ohm, 1), self.mode.probe_limit_ua)
        return self.setpoint_na // 1000 if self.drive == t.DRIVE_CURRENT else 0

    def _plant(self):
        i = self.inputs
        if self.drive == t.DRIVE_CURRENT:
            slope = self.up if self.setpoint_na < self.target_ua * 1000 else self.down
            gap_na = self.target_ua * 1000 - self.setpoint_na
            move_na = min(abs(gap_na), slope * ROUND_MS)
            self.setpoint_na += move_na if gap_na > 0 else -move_na
            if self.ohm is None and self.setpoint_na > limits.OPEN_FLOOR_UA * 1000:
                self.cut = 64
        if self.cut:
            self.setpoint_na = 0
        is_on = self.drive != t.DRIVE_OFF and not self.cut
        self.on_ms = self.on_ms + ROUND_MS if is_on else 0
        i.cut = self.cut
        i.output_open = not is_on
        i.setpoint_ua = self.setpoint_na // 1000
        i.at_zero = self.setpoint_na == 0
        i.at_target = is_on and self.drive == t.DRIVE_CURRENT and self.setpoint_na == self.target_ua * 1000
        i.current_ua = i.current_b_ua = self._current_ua()
        i.charge_ua_ms = i.current_ua * ROUND_MS
        self.charge_ua_ms += i.charge_ua_ms
        i.resistance_ohm = self.ohm if self.on_ms >= 200 else None

    def _apply(self):
        o = self.outputs
        if o.clear_trip:
            self.cut = 0
        if o.polarity_reversed != self.polarity:
            assert o.drive == t.DRIVE_OFF, "polarity moves only with the output off"
            assert self.off_ms >= 50, self.off_ms
            self.polarity = o.polarity_reversed
        if o.drive == t.DRIVE_CURRENT:
            assert self.drive != t.DRIVE_OFF, "from off only to the probe"
            if self.drive == t.DRIVE_PROBE:
                self.setpoint_na = self._current_ua() * 1000
            self.target_ua = o.target_ua or 0
            self.up, self.down = o.ramp_up_ua_per_s, o.ramp_down_ua_per_s
        else:
            self.setpoint_na = 0
        if o.drive == t.DRIVE_PROBE:
            assert self.drive != t.DRIVE_CURRENT, "from current only to off"
        self.off_ms = self.off_ms + ROUND_MS if o.drive == t.DRIVE_OFF else 0
        self.drive = o.drive

    # Shorthands: how a person gets there.

    def to_idle(self, mode=limits.FACE):
        self.until("IDLE", 100)
        while self.view.mode != mode:
            self.press(t.PRESS_MODE)
        return self

    def to_armed(self, mode=limits.FACE):
        self.to_idle(mode).press(t.PRESS_START).press(t.PRESS_START)
        self.until("ARMED", 2000)
        return self

    def to_ramp_up(self, mode=limits.FACE, ohm=BODY_OHM):
        self.to_armed(mode)
        self.ohm = ohm
        self.until("RAMP_UP", 3000)
        return self

    def to_hold(self, mode=limits.FACE, ohm=BODY_OHM):
        self.to_ramp_up(mode, ohm)
        self.until("HOLD", 60000)
        return self

    def to_paused(self, mode=limits.FACE):
        self.to_hold(mode)
        self.ohm = OPEN
        self.until("PAUSED", 20)
        return self


def _bench_in(state, mode):
    bench = Bench()
    if state == "BOOT":
        return bench
    if state == "SELF_TEST":
        bench.inputs.self_test = None
        return bench.press()
    if state == "REVERSING_AT_REST":
        bench = _bench_in("REVERSING", mode)
        while bench.outputs.drive == t.DRIVE_CURRENT:
            bench.press()
        return bench
    if state == "REVERSING":
        bench.to_idle(mode).press(t.PRESS_MODE_HELD)
        bench.to_hold(mode)
        bench.session.run.treated_ms = bench.view.minutes * 30000
        bench.session._sealed = None  # what a test writes is no flipped bit
        bench.press()
    elif state == "FAULT":
        bench.to_idle(mode)
        bench.inputs.fault = faults.OVERVOLTAGE
        bench.press()
        bench.inputs.fault = 0
    elif state in ("RAMP_DOWN", "DONE"):
        bench.to_hold(mode).press(t.PRESS_START)
        bench.until(state, 30000)
    elif state == "CONFIRM":
        bench.to_idle(mode).press(t.PRESS_START)
    elif state == "ARMING":
        bench.to_idle(mode).press(t.PRESS_START).press(t.PRESS_START)
    else:
        getattr(bench, "to_" + state.lower())(mode)
    assert bench.state == state
    return bench


_MADE = {}


def bench_in(state, mode=limits.HANDS):
    """A Bench in a state: REVERSING_AT_REST is REVERSING with the output off."""
    import copy  # MicroPython has none

    if (state, mode) not in _MADE:
        _MADE[state, mode] = _bench_in(state, mode)
    return copy.deepcopy(_MADE[state, mode])


def reach(bench, state):
    """From IDLE, by the presses that lead there."""
    for _ in range({"IDLE": 0, "CONFIRM": 1, "ARMING": 2, "ARMED": 2}[state]):
        bench.press(t.PRESS_START)
    bench.ohm = BODY_OHM if state == "ARMING" else OPEN
    bench.until(state, 2000)
