"""SERVICE on the board: how it is entered and left, and what a host may drive into a dummy load, by the truth."""

import pytest

from hil.board_config import draw_spread
from hil.memory import calibration_for
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import RESISTOR, assert_off, closings_us, events, power_on, state, tap, until
from hil.tests.firmware.test_link_requests import refused
from ionto import faults, messages, states, store_map
from ionto import store_records as records

DUMMY = {"load": RESISTOR, "load_arguments": {"ohm": 2000}}
BODY = 1


def enter(rig):
    """Power-on with MODE and DOWN held, circuit open, until SERVICE; both are then let go."""
    rig.buttons.hold("MODE", "DOWN", bounce=False)
    rig.board.await_start()
    until(rig, "SERVICE", timeout_ms=4000)
    rig.buttons.release("MODE", "DOWN")
    rig.advance(200)


def keep(rig, ms):
    """Lets time pass with a sign of life every 100 ms; the last readings."""
    for _ in range(round(ms / 100)):
        rig.advance(90)
        rig.host.service_read()
    return rig.host.service_read()


def drive(rig, current_ua, range_=BODY):
    """A current into the dummy load, arrived."""
    rig.person.contact(1.0)
    rig.host.service_range(range_)
    rig.host.service_current(current_ua)
    for _ in range(120):
        if keep(rig, 100).is_settled:
            return
    raise AssertionError(rig.host.service_read())


def values_of(seed, factor=1.0):
    """The fields of SERVICE_SAVE of a board's own calibration, its sense A current `factor` off."""
    rows = calibration_for(draw_spread(seed, 1.0))
    rows = [row._replace(a_na_per_lsb=round(row.a_na_per_lsb * factor)) for row in rows]
    return [value for row in rows for value in row]


@pytest.mark.requirement("REQ-SRV-1", "REQ-SRV-2")
@pytest.mark.rig(**DUMMY)
@pytest.mark.emu
def test_service_is_entered_by_two_buttons_at_power_on_and_treats_nobody(rig):
    enter(rig)
    assert not closings_us(rig)[1:], "only the look at the circuit closes K1"
    for button in ("START", "START", "MODE", "UP", "START"):
        tap(rig, button)
        assert state(rig) == "SERVICE"
    rig.advance(2500)  # the refusal of the last press covers the bottom line for a while
    assert shows(rig, "SERVICE", "no treatment", "output off", "dummy load only, no person")
    assert refused(rig.host.lower_level, 300)[:3] == (faults.NOT_IN_STATE, None, states.SERVICE)
    assert_off(rig)


@pytest.mark.requirement("REQ-SRV-1")
@pytest.mark.rig(area=1.0, **DUMMY)
def test_service_stays_shut_while_the_circuit_is_closed(rig):
    rig.expect_fault(faults.SERVICE_CIRCUIT)
    rig.buttons.hold("MODE", "DOWN", bounce=False)
    until(rig, "FAULT", timeout_ms=4000)
    status = rig.host.status()
    assert (status.fault, status.fault_limit) == (faults.SERVICE_CIRCUIT, 10)
    assert status.fault_value > 80
    assert rig.truth.max_current_ua() < 250
    rig.buttons.release("MODE", "DOWN")
    rig.person.lift()
    rig.advance(300)
    rig.buttons.press("START", ms=3200)
    until(rig, "IDLE", timeout_ms=3000)


@pytest.mark.requirement("REQ-SRV-1")
@pytest.mark.parametrize(
    ("held", "fram", "ends"),
    [
        (("MODE",), "calibrated", faults.STUCK_BUTTON),
        (("MODE", "DOWN", "UP"), "calibrated", faults.STUCK_BUTTON),
        (("MODE", "DOWN"), "calibrated", 0),  # let go too early
        (("MODE", "DOWN"), "blank", faults.NO_CALIBRATION),
    ],
)
def test_service_wants_both_buttons_and_no_other_until_it_shows(make_rig, held, fram, ends):
    rig = make_rig(fram=fram)
    rig.expect_fault(ends)
    rig.buttons.hold(*held, bounce=False)
    rig.advance(700)
    if ends in (0, faults.NO_CALIBRATION):
        rig.buttons.release(*held)
    until(rig, "FAULT" if ends else "IDLE", timeout_ms=3000)
    assert rig.host.status().fault == ends
    assert refused(rig.host.service_read)[0] == faults.NOT_IN_STATE


@pytest.mark.requirement("REQ-SRV-3")
@pytest.mark.rig(**DUMMY)
def test_current_whose_host_falls_silent_is_ramped_to_off(rig):
    enter(rig)
    drive(rig, 5000)
    keep(rig, 300)
    assert rig.truth.current_ua == pytest.approx(5000, rel=0.02)
    silent_us = rig.now_us
    rig.advance(2000)
    assert_off(rig)
    opened_us = rig.truth.times_us("k1_open", silent_us)[0]
    assert 500_000 <= opened_us - silent_us + 20_000 <= 1_500_000
    before = rig.truth.between(silent_us, opened_us)["current_ua"]
    assert abs(before[400:] - before[:-400]).max() < 0.3 * 5000, "no jump within 200 ms"
    assert rig.host.service_read().kind == 0
    assert state(rig) == "SERVICE"


@pytest.mark.requirement("REQ-SRV-3")
@pytest.mark.rig(**DUMMY)
def test_voltage_is_what_was_asked_without_a_load_and_the_limit_of_the_probe_with_one(rig):
    enter(rig)
    rig.host.service_range(BODY)
    rig.host.service_voltage(12_000)
    assert keep(rig, 1200).is_settled
    assert rig.truth.now["electrode_mv"] == pytest.approx(12_000, rel=0.005)
    rig.person.contact(1.0)
    keep(rig, 500)
    assert rig.truth.current_ua < 1300
    asked_us = rig.now_us
    rig.advance(700)
    assert_off(rig)
    assert rig.truth.times_us("k1_open", asked_us)[0] - asked_us <= 530_000


@pytest.mark.requirement("REQ-SRV-3")
@pytest.mark.parametrize("how", ["latch", "mismatch", "open", "stop"])
@pytest.mark.rig(**DUMMY)
def test_latch_trip_rules_and_stop_end_the_drive_as_in_a_treatment(rig, how):
    enter(rig)
    drive(rig, 3000)
    since_us = rig.now_us
    if how == "latch":
        rig.expect_fault(faults.LATCH)
        rig.board.fault("latch_tripped")
    elif how == "mismatch":
        rig.expect_fault(faults.SENSE_MISMATCH)
        rig.board.fault("b_gain", 0.5)
    elif how == "open":
        rig.person.lift()
    else:
        rig.buttons.stop_press()
    within_us = {"latch": 2_000, "mismatch": 60_000, "open": 5_000, "stop": 1_000_000}[how]
    rig.advance(within_us / 1000)
    assert rig.truth.times_us("k1_open", since_us)
    rig.advance(300)
    assert_off(rig)
    assert rig.host.service_read().cut == (faults.CUT_OPEN if how == "open" else 0)
    if how in ("latch", "mismatch"):
        assert state(rig) == "FAULT"
        rig.board.fault("b_gain", 1.0)
        rig.buttons.press("START", ms=3200)
    assert state(rig) == "SERVICE"


@pytest.mark.requirement("REQ-SRV-5", "REQ-CAL-2")
@pytest.mark.rig(**DUMMY)
def test_calibration_that_is_saved_is_read_back_and_used_at_once_and_after_a_restart(rig):
    enter(rig)
    drive(rig, 3000)
    assert refused(rig.host.service_save, values_of(1))[0] == faults.OUTPUT_ACTIVE
    rig.host.service_off()
    rig.advance(1200)
    wrong = values_of(1)
    wrong[9] = 7000
    assert refused(rig.host.service_save, wrong) == (faults.ABOVE_MAXIMUM, "body_a_na_per_lsb", 7000, 6875)
    rig.host.service_save(values_of(1, 1.02))
    stored = rig.host.read_records(store_map.CALIBRATION)
    payload = stored.data[: rig.host.region_info(store_map.CALIBRATION).payload_bytes]
    assert [value for row in records.unpack_calibration(payload) for value in row] == values_of(1, 1.02)
    drive(rig, 3000)
    assert rig.truth.current_ua == pytest.approx(3000 / 1.02, rel=0.005)
    rig.host.service_off()
    rig.advance(1200)
    rig.host.service_leave()
    rig.advance(100)
    until(rig, "IDLE", timeout_ms=4000)
    identity = rig.host.hello()
    assert (identity.calibration, identity.reset_cause) == (messages.CALIBRATION_STORED, 5)
    counters = rig.host.read_records(store_map.COUNTERS).payloads(records.COUNTERS.size_bytes)[0]
    assert counters is not None
    row = records.COUNTERS.unpack(counters)
    assert (row.power_ons, row.watchdog_resets) == (2, 0)  # nothing had gone wrong
    assert refused(rig.host.service_save, values_of(1))[0] == faults.NOT_IN_STATE


@pytest.mark.requirement("REQ-SRV-1", "REQ-SRV-3", "REQ-SRV-5")
def test_board_without_a_calibration_gets_one_under_lower_limits(make_rig):
    rig = make_rig(fram="blank", seed=4, **DUMMY)
    enter(rig)
    rig.host.service_range(BODY)
    readings = rig.host.service_read()
    assert (readings.is_calibrated, readings.max_ua, readings.max_mv) == (0, 12_000, 28_800)
    assert refused(rig.host.service_current, 12_001) == (faults.ABOVE_MAXIMUM, "current_ua", 12_001, 12_000)
    drive(rig, 2000)
    assert rig.truth.current_ua == pytest.approx(2000, rel=0.03)
    rig.host.service_off()
    rig.advance(1000)
    rig.host.service_save(values_of(4))
    rig.host.service_range(BODY)
    assert rig.host.service_read().max_ua == 15_000
    rig.board.power_off()
    rig.advance(100)
    rig.board.power_on()
    power_on(rig)


@pytest.mark.requirement("REQ-SRV-5", "REQ-MEM-3")
@pytest.mark.rig(fram="foreign")
def test_memory_of_another_board_is_written_only_once_it_has_been_adopted_by_name(rig):
    enter(rig)
    refusal = (faults.MEMORY_REFUSED, None, faults.MEMORY_BOARD, store_map.LABEL)
    assert refused(rig.host.service_save, values_of(1)) == refusal
    assert refused(rig.host.service_adopt, b"NOT MINE")[0] == faults.OTHER_BOARD
    assert refused(rig.host.service_save, values_of(1)) == refusal
    rig.host.service_adopt(b"SIMBOARD")
    rig.host.service_save(values_of(1))
    assert rig.host.hello().calibration == messages.CALIBRATION_STORED
    assert events(rig, messages.EVENT_STATE)
