"""What the session is told and what it asks for: what holds before anybody has filled it in, and for one round only."""

from ionto import faults, messages, states
from ionto import session_table as t
from ionto.session import Inputs, Session
from ionto.view import CIRCUIT_UNKNOWN, View


class Told:
    """A session that is told only what a test says, in rounds of any length."""

    def __init__(self) -> None:
        self.view = View()
        self.session = Session(self.view)
        self.inputs = Inputs()
        self.now_ms = 0
        self.events: list[tuple[int, int, int]] = []

    def step(self, after_ms: int, *presses: int) -> str:
        """Returns the state after a round."""
        self.now_ms += after_ms
        self.inputs.presses = presses
        outputs = self.session.step(self.now_ms, self.inputs)
        self.events += outputs.events
        return states.STATES[self.view.state]


def test_inputs_that_nobody_has_filled_in_are_a_device_at_rest_that_tests_itself() -> None:
    told = Told()
    for _ in range(10):
        assert told.step(500) == "SELF_TEST"
        outputs = told.session.outputs
        assert (outputs.drive, outputs.target_ua, outputs.polarity_reversed) == (t.DRIVE_OFF, None, False)
        assert outputs.refusals == []
    assert told.events == [(messages.EVENT_STATE, states.SELF_TEST, states.BOOT)]


def test_of_what_is_not_filled_in_nothing_is_seen_wished_or_delivered() -> None:
    told = Told()
    view = told.view
    told.inputs.self_test = 0
    assert told.step(0, t.PRESS_START) == "IDLE"
    assert told.session.outputs.refusals == [(faults.NOT_CALIBRATED, 0, 0)]
    told.inputs.calibration = messages.CALIBRATION_BUILTIN
    assert told.step(0, t.PRESS_START, t.PRESS_START) == "ARMING"
    told.step(100)
    assert told.session.outputs.drive == t.DRIVE_PROBE, "the output was open"
    told.inputs.output_open = False
    assert [told.step(250), told.step(500)] == ["ARMING", "ARMED"], "no resistance is an open circuit"
    told.inputs.resistance_ohm = 5000
    assert [told.step(5), told.step(1000)] == ["ARMED", "RAMP_UP"]
    assert {told.step(1) for _ in range(1000)} == {"RAMP_UP"}, "not at its target"
    assert (view.setpoint_ua, view.current_ua, view.current_b_ua, view.voltage_mv) == (0, 0, 0, 0)
    assert (view.remaining_s, view.charge_ua_s, view.reasons) == (600, 0, faults.RAMPING)
    assert told.step(5, t.PRESS_START) == "RAMP_DOWN"
    assert told.step(5) == "DONE", "the setpoint was at zero"
    told.inputs.fault = faults.LATCH
    assert told.step(5, t.PRESS_START_HELD) == "FAULT"
    assert told.session.outputs.refusals == [(faults.CAUSE_PRESENT, faults.LATCH, 0)]
    assert (view.fault, view.fault_value, view.fault_limit, view.hold_ms) == (faults.LATCH, 0, 0, 0)
    assert (view.circuit, view.resistance_ohm) == (CIRCUIT_UNKNOWN, None)
    kinds = {kind for kind, _, _ in told.events}
    others = {messages.EVENT_STATE, messages.EVENT_REASON, messages.EVENT_REFUSED, messages.EVENT_FAULT}
    assert kinds == {*others, messages.EVENT_END}
    assert (messages.EVENT_END, messages.END_START, 0) in told.events
