"""SERVICE: what a host may drive, when that ends, and that there is no way from it to a treatment."""

import random

import pytest

from ionto import faults, limits, messages, states
from ionto import session_events as ev
from ionto import session_table as t
from ionto.session_service import CURRENT, KEEP_ALIVE_MS, OFF, VOLTAGE, row_of
from tests.support.service_session import DUMMY_OHM, ServiceBench

FACE, BODY = limits.RANGE_FACE, limits.RANGE_BODY
HANDS = limits.MODES[limits.HANDS]
BUTTONS = (
    t.PRESS_UP, t.PRESS_DOWN, t.PRESS_MODE, t.PRESS_MODE_HELD, t.PRESS_START, t.PRESS_START_HELD,
)  # fmt: skip


@pytest.mark.requirement("REQ-SRV-3")
@pytest.mark.parametrize("percent", [100, 80])
@pytest.mark.parametrize("range_", [FACE, BODY])
@pytest.mark.parametrize("is_voltage", [False, True])
def test_rows_are_within_the_limits_of_hands_and_of_the_mode_that_has_the_range(
    range_: int, is_voltage: bool, percent: int
) -> None:
    row = row_of(range_, is_voltage, percent)
    base = limits.MODES[limits.FACE] if range_ == FACE else HANDS
    assert row.max_ua <= base.max_ua * percent / 100 <= HANDS.max_ua
    assert row.max_electrode_mv == base.max_electrode_mv * percent // 100 <= HANDS.max_electrode_mv
    assert row.probe_limit_ua == base.probe_limit_ua
    assert (row.range, row.can_reverse) == (range_, False)
    thresholds = {(FACE, 0): 4000, (BODY, 0): 7000, (BODY, 1): 25000}
    assert row.latch_ua == thresholds[range_, row.trip_high]
    assert row.max_ua * 1.1 + 50 < row.latch_ua
    if is_voltage:
        assert row.latch_ua <= 7000
    # As docs/calibration.md says; down to zero from the maximum in 2 and 3 s.
    assert (row.ramp_up_ua_per_s, row.ramp_down_ua_per_s) == ((500, 1500) if range_ == FACE else (2500, 5000))


@pytest.mark.requirement("REQ-SRV-3")
@pytest.mark.parametrize(
    ("percent", "range_", "kind", "highest"),
    [
        (100, FACE, CURRENT, 3000), (100, FACE, VOLTAGE, 10000), (100, BODY, CURRENT, 15000),
        (100, BODY, VOLTAGE, 36000), (80, FACE, CURRENT, 2400), (80, BODY, CURRENT, 12000), (80, BODY, VOLTAGE, 28800),
    ],
)  # fmt: skip
def test_more_than_the_limit_is_refused_with_it(percent: int, range_: int, kind: int, highest: int) -> None:
    bench = ServiceBench(percent)
    bench.service.choose(range_)
    lowest = 200 if kind == VOLTAGE else 100
    assert bench.ask(kind, highest + 1) == (faults.ABOVE_MAXIMUM, highest + 1, highest)
    assert bench.ask(kind, lowest - 1) == (faults.BELOW_MINIMUM, lowest - 1, lowest)
    assert not bench.service.is_on()
    assert bench.ask(kind, highest) is None
    other = ServiceBench(percent)
    other.service.choose(range_)
    assert other.ask(kind, lowest) is None


@pytest.mark.requirement("REQ-SRV-3")
def test_current_is_ramped_from_the_probe_once_the_load_is_seen() -> None:
    bench = ServiceBench()
    bench.service.choose(BODY)
    bench.ask(CURRENT, 5000)
    bench.advance(1200)
    assert bench.outputs.drive == t.DRIVE_PROBE
    bench.advance(800)
    assert bench.outputs.drive == t.DRIVE_CURRENT
    assert 0 < bench.view.setpoint_ua < 5000
    bench.advance(3000)
    assert bench.view.setpoint_ua == 5000
    assert bench.ask(CURRENT, 2000) is None
    bench.advance(2000)
    assert bench.view.setpoint_ua == 2000


def test_current_into_an_open_circuit_stays_a_probe_and_a_voltage_does_so_into_a_load() -> None:
    bench = ServiceBench()
    bench.ohm = None
    bench.ask(CURRENT, 500)
    bench.advance(5000)
    assert bench.outputs.drive == t.DRIVE_PROBE
    bench.inputs.host_stop = True
    bench.advance(200)
    bench.ohm = DUMMY_OHM
    assert bench.ask(VOLTAGE, 5000) is None
    bench.advance(5000)
    assert bench.outputs.drive == t.DRIVE_PROBE


@pytest.mark.requirement("REQ-SES-4")
def test_load_that_is_a_short_is_told_and_gets_no_current() -> None:
    bench = ServiceBench()
    bench.ohm = 250
    bench.ask(CURRENT, 500)
    bench.advance(5000)
    assert bench.outputs.drive == t.DRIVE_PROBE
    assert bench.refusals == [(faults.ELECTRODES_SHORT, 250, limits.SHORT_OHM)]


@pytest.mark.requirement("REQ-SRV-3")
@pytest.mark.parametrize("start_ms", [0, (1 << 30) - 20_000])
def test_current_without_a_sign_of_life_is_ramped_to_off(start_ms: int) -> None:
    bench = ServiceBench(start_ms=start_ms).driving(15000)
    bench.is_alive = False
    bench.advance(KEEP_ALIVE_MS - 10)
    assert bench.view.setpoint_ua == 15000
    bench.advance(500)
    assert 0 < bench.view.setpoint_ua < 10000, "ramped, not cut"
    bench.advance(480)
    assert bench.outputs.drive == t.DRIVE_OFF
    bench.is_alive = True
    bench.advance(2000)
    assert (bench.outputs.drive, bench.service.kind) == (t.DRIVE_OFF, OFF), "nothing comes back by itself"


@pytest.mark.requirement("REQ-SRV-3")
def test_voltage_or_probe_without_a_sign_of_life_is_off_at_once() -> None:
    for kind, value in ((VOLTAGE, 8000), (CURRENT, 500)):
        bench = ServiceBench()
        bench.ohm = None
        bench.ask(kind, value)
        bench.advance(1000)
        assert bench.outputs.drive == t.DRIVE_PROBE
        bench.is_alive = False
        bench.advance(KEEP_ALIVE_MS + 10)
        assert bench.outputs.drive == t.DRIVE_OFF


@pytest.mark.requirement("REQ-SRV-3", "REQ-SES-5")
@pytest.mark.parametrize("how", ["stop_pressed", "vbus", "host"])
def test_stop_the_service_usb_and_the_host_end_a_current_within_a_second(how: str) -> None:
    bench = ServiceBench().driving(15000)
    if how == "host":
        assert bench.session.would_stop() is None
        bench.inputs.host_stop = True
    else:
        setattr(bench.inputs, how, True)
    bench.advance(450)
    assert 0 < bench.view.setpoint_ua < 10000
    bench.advance(505)
    assert bench.outputs.drive == t.DRIVE_OFF
    if how != "host":
        code = faults.STOP_PRESSED if how == "stop_pressed" else faults.SERVICE_USB_PRESENT
        assert bench.ask(CURRENT, 500) == (code, 1, 0)
    assert bench.state == "SERVICE"


def test_what_is_on_must_end_before_anything_else_begins() -> None:
    bench = ServiceBench().driving(2000, FACE)
    assert bench.ask(VOLTAGE, 1000) == (faults.OUTPUT_ACTIVE, CURRENT, 0)
    assert bench.service.choose(BODY) == (faults.OUTPUT_ACTIVE, CURRENT, 0)
    bench.inputs.host_stop = True
    bench.advance(20)
    assert bench.ask(CURRENT, 500) == (faults.OUTPUT_ACTIVE, OFF, 0), "on its way down"
    bench.advance(1000)
    assert bench.service.choose(BODY) is None
    assert bench.ask(VOLTAGE, 9000) is None
    bench.advance(500)
    assert bench.ask(VOLTAGE, 12000) == (faults.OUTPUT_ACTIVE, VOLTAGE, 0)
    assert bench.ask(VOLTAGE, 9000) is None


@pytest.mark.requirement("REQ-SRV-3")
def test_circuit_that_opens_ends_the_drive_and_says_so() -> None:
    bench = ServiceBench().driving(2000, FACE)
    bench.ohm = None
    bench.press()
    assert bench.outputs.clear_trip
    assert (bench.outputs.drive, bench.service.kind, bench.service.cut) == (t.DRIVE_OFF, OFF, faults.CUT_OPEN)
    assert bench.kinds(messages.EVENT_CUT) == [(faults.CUT_OPEN, 2000)]
    bench.ohm = DUMMY_OHM
    bench.advance(3000)
    assert bench.outputs.drive == t.DRIVE_OFF
    assert bench.ask(CURRENT, 500) is None


@pytest.mark.requirement("REQ-SRV-2")
def test_fault_in_service_is_cleared_back_to_service_and_never_to_idle() -> None:
    bench = ServiceBench().driving(2000, FACE)
    bench.inputs.fault = faults.SENSE_MISMATCH
    bench.press()
    assert (bench.state, bench.outputs.drive) == ("FAULT", t.DRIVE_OFF)
    assert bench.ask(CURRENT, 500) == (faults.NOT_IN_STATE, states.FAULT, 0)
    bench.inputs.fault = 0
    bench.press(t.PRESS_START_HELD)
    assert bench.state == "SERVICE"
    bench.advance(2000)
    assert (bench.outputs.drive, bench.service.kind) == (t.DRIVE_OFF, OFF)


@pytest.mark.requirement("REQ-SRV-2")
@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_is_pressed_asked_or_happens_leads_from_service_to_a_treatment(seed: int) -> None:
    rng = random.Random(seed)
    bench = ServiceBench()
    for _ in range(400):
        inputs = bench.inputs
        inputs.fault = rng.choice((0, 0, 0, faults.OVERVOLTAGE))
        inputs.stop_pressed = rng.random() < 0.1
        inputs.vbus = rng.random() < 0.1
        inputs.host_stop = rng.random() < 0.05
        inputs.host_level_ua = rng.choice((None, None, 300))
        bench.is_alive = rng.random() < 0.9
        bench.ohm = rng.choice((None, 500, DUMMY_OHM, 100_000))
        bench.ask(rng.choice((CURRENT, VOLTAGE)), rng.choice((500, 1500, 9000)))
        bench.press(*rng.choices(BUTTONS, k=rng.randrange(3)))
        bench.advance(rng.choice((10, 200, 1500)))
        assert bench.state in ("SERVICE", "FAULT")
    assert not bench.session.run.is_open
    assert bench.session.run.treated_ms == 0
    assert not bench.kinds(messages.EVENT_END)


@pytest.mark.requirement("REQ-SRV-2")
def test_table_has_no_way_from_service_to_anything_but_a_fault() -> None:
    rows = {
        state: {row[0] for row in (t.find(state, event) for event in range(ev.COUNT)) if row}
        for state in range(len(states.STATES))
    }
    assert rows[states.SERVICE] == {states.SERVICE, states.FAULT}
    into = {state for state, targets in rows.items() if states.SERVICE in targets}
    assert into == {states.SELF_TEST, states.SERVICE, states.FAULT}


@pytest.mark.requirement("REQ-SRV-3", "REQ-SES-5")
def test_ramp_to_zero_that_never_arrives_is_switched_off_within_a_second() -> None:
    bench = ServiceBench().driving(5000)
    bench.down_never = True
    bench.inputs.host_stop = True
    bench.press()
    bench.advance(945)
    assert bench.outputs.drive == t.DRIVE_CURRENT
    bench.press()
    assert bench.outputs.drive == t.DRIVE_OFF


def test_what_was_just_asked_for_is_pending_until_the_next_round() -> None:
    bench = ServiceBench().driving(5000)
    assert bench.ask(CURRENT, 2000) is None
    assert bench.service.is_pending()
    bench.advance(10)
    assert not bench.service.is_pending()
