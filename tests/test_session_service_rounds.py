"""SERVICE, round by round: what is taken, shown and forgotten, and to the millisecond when a drive begins and ends."""

import pytest

from ionto import faults, limits
from ionto import session_table as t
from ionto.session_service import CURRENT, OFF, VOLTAGE
from tests.support.service_session import DUMMY_OHM, ServiceBench
from tests.test_session_support import ROUND_MS, Bench

FACE, BODY = limits.RANGE_FACE, limits.RANGE_BODY


@pytest.mark.requirement("REQ-SRV-3")
def test_service_just_entered_is_off_in_the_face_range_a_fifth_below_its_limits() -> None:
    bench = Bench()
    bench.inputs.is_service = True
    bench.until("SERVICE", 100)
    service, row = bench.session.service, bench.session.settings.mode
    assert service is not None
    assert bench.view.service == (FACE, OFF, 0)
    assert (service.range, service.cut, service.is_on()) == (FACE, 0, False)
    assert (row.range, row.max_ua, row.max_electrode_mv) == (FACE, 2400, 8000)


@pytest.mark.requirement("REQ-SRV-3")
def test_range_that_is_chosen_is_taken_and_shown_in_the_next_round() -> None:
    bench = ServiceBench()
    for range_, mode, max_ua in ((BODY, limits.HANDS, 15000), (FACE, limits.FACE, 3000)):
        bench.press()
        assert bench.service.choose(range_) is None
        bench.press()
        row = bench.session.settings.mode
        assert (bench.outputs.mode, row.range, row.max_ua) == (mode, range_, max_ua)
        assert bench.view.service == (range_, OFF, 0)


def test_service_at_rest_has_nothing_happen_however_long_the_host_is_silent() -> None:
    bench = ServiceBench().press()
    bench.is_alive = False
    for _ in range(300):
        assert not bench.press().outputs.happened


def test_current_that_flows_steadily_has_nothing_happen() -> None:
    bench = ServiceBench().driving(2000)
    for _ in range(300):
        assert not bench.press().outputs.happened


@pytest.mark.requirement("REQ-SRV-3")
def test_voltage_has_the_limits_of_the_probe_and_a_current_after_it_its_own() -> None:
    bench = ServiceBench()
    bench.service.choose(BODY)
    for kind, value, expected in ((VOLTAGE, 9000, (5000, 0)), (CURRENT, 8000, (15000, 1)), (VOLTAGE, 200, (5000, 0))):
        assert bench.ask(kind, value) is None
        for _ in range(200):
            row = bench.press().session.settings.mode
            assert (row.max_ua, row.trip_high) == expected
        bench.inputs.host_stop = True
        bench.press()


def test_current_changed_while_it_flows_leaves_the_row_that_is_armed() -> None:
    bench = ServiceBench().driving(5000)
    row = bench.session.settings.mode
    assert bench.ask(CURRENT, 2000) is None
    bench.advance(2000)
    assert bench.view.setpoint_ua == 2000
    assert bench.session.settings.mode is row


def test_what_is_asked_for_is_shown_from_its_first_round_to_its_last() -> None:
    bench = ServiceBench()
    bench.service.choose(BODY)
    assert bench.ask(CURRENT, 3000) is None
    assert bench.press().view.service == (BODY, CURRENT, 3000)
    bench.advance(4000)
    assert bench.ask(CURRENT, 2000) is None
    assert bench.press().view.service == (BODY, CURRENT, 2000)
    bench.inputs.host_stop = True
    assert bench.press().view.service == (BODY, OFF, 0)
    assert (bench.outputs.drive, bench.outputs.target_ua) == (t.DRIVE_CURRENT, 0), "on its way to zero"
    bench.advance(1000)
    assert bench.ask(VOLTAGE, 4000) is None
    assert bench.press().view.service == (BODY, VOLTAGE, 4000)


@pytest.mark.requirement("REQ-SRV-3")
@pytest.mark.parametrize("start_ms", [0, (1 << 30) - 2000])
def test_host_heard_every_half_second_keeps_the_output_on_and_one_round_later_does_not(start_ms: int) -> None:
    bench = ServiceBench(start_ms=start_ms)
    bench.ohm = None
    bench.is_alive = False
    assert bench.ask(VOLTAGE, 5000) is None
    for _ in range(5):
        bench.advance(500)
        assert bench.outputs.drive == t.DRIVE_PROBE
        bench.service.heard()
    bench.advance(500)
    assert bench.outputs.drive == t.DRIVE_PROBE
    bench.press()
    assert (bench.outputs.drive, bench.service.kind) == (t.DRIVE_OFF, OFF)


@pytest.mark.requirement("REQ-SRV-3")
def test_request_to_drive_is_a_sign_of_life_of_its_own() -> None:
    bench = ServiceBench()
    bench.ohm = None
    bench.is_alive = False
    for _ in range(2):
        assert bench.ask(VOLTAGE, 5000) is None
        bench.advance(400)
        assert bench.outputs.drive == t.DRIVE_PROBE
        assert bench.ask(VOLTAGE, 5000) is None
        bench.advance(400)
        assert bench.outputs.drive == t.DRIVE_PROBE
        bench.advance(200)
        assert bench.outputs.drive == t.DRIVE_OFF


def test_probe_begins_once_the_output_has_been_open_for_100_ms() -> None:
    bench = ServiceBench()
    bench.ohm = None
    bench.ask(VOLTAGE, 5000)
    bench.advance(500)
    bench.inputs.host_stop = True
    assert bench.press().outputs.drive == t.DRIVE_OFF
    assert bench.ask(VOLTAGE, 5000) is None
    for _ in range(ROUND_MS, 100, ROUND_MS):
        assert bench.press().outputs.drive == t.DRIVE_OFF
    assert bench.press().outputs.drive == t.DRIVE_PROBE


@pytest.mark.requirement("REQ-SES-5")
def test_ramp_of_a_small_current_is_off_as_soon_as_it_is_at_zero() -> None:
    bench = ServiceBench().driving(600, FACE)
    bench.inputs.host_stop = True
    bench.press()
    while bench.view.setpoint_ua > 0:
        assert bench.outputs.drive == t.DRIVE_CURRENT
        bench.press()
    assert bench.outputs.drive == t.DRIVE_OFF


@pytest.mark.requirement("REQ-SRV-3", "REQ-SES-5")
def test_stop_of_a_later_drive_is_ramped_as_that_of_the_first() -> None:
    bench = ServiceBench()
    for current_ua in (500, 15000, 15000):
        bench.driving(current_ua)
        bench.inputs.host_stop = True
        bench.advance(800)
        assert (bench.outputs.drive == t.DRIVE_CURRENT) == (current_ua == 15000)
        assert bench.view.setpoint_ua < 2500
        bench.advance(110)
        assert bench.outputs.drive == t.DRIVE_OFF


def test_cut_is_told_until_the_next_drive_begins() -> None:
    bench = ServiceBench().driving(2000, FACE)
    bench.ohm = None
    bench.advance(1000)
    assert bench.service.cut == faults.CUT_OPEN
    bench.ohm = DUMMY_OHM
    assert bench.ask(CURRENT, 1000) is None
    bench.press()
    assert bench.service.cut == 0


@pytest.mark.requirement("REQ-SRV-3", "REQ-SES-5", "REQ-SES-16")
@pytest.mark.parametrize("how", ["stop_pressed", "vbus", "host_stop", "fault"])
@pytest.mark.parametrize(("kind", "value"), [(CURRENT, 500), (VOLTAGE, 5000)])
def test_what_was_asked_for_in_the_round_of_a_stop_or_a_fault_never_begins(how: str, kind: int, value: int) -> None:
    bench = ServiceBench().press()
    assert bench.ask(kind, value) is None
    setattr(bench.inputs, how, faults.SENSE_MISMATCH if how == "fault" else True)
    bench.press()
    setattr(bench.inputs, how, 0)
    bench.press(t.PRESS_START_HELD)
    for _ in range(200):
        bench.press()
        assert (bench.state, bench.outputs.drive, bench.view.service) == ("SERVICE", t.DRIVE_OFF, (FACE, OFF, 0))
    assert not bench.service.is_on()
