"""From power-on to IDLE: nothing is energised, and what is wrong with the board is said."""

import pytest

from hil.tests.chip import some_on_chip
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import assert_off, closings_us, power_on, state, tap, until
from ionto import faults, limits

pytestmark = pytest.mark.requirement("REQ-SLF-1")


@pytest.mark.requirement("REQ-BRD-1")
@pytest.mark.rig(area=1.0)
@pytest.mark.emu
def test_power_on_electrodes_in_contact_nothing_is_energised_but_by_the_self_test(rig):
    rig.board.await_start()
    until(rig, "SELF_TEST")
    for _ in range(100):
        rig.advance(0.5)
        assert_off(rig)
    until(rig, "IDLE")
    rig.advance(2000)
    assert_off(rig)
    assert not closings_us(rig)
    # A few ms of half a volt charge the skin; then the proof's 100 uA are kept, and for less than a fifth of a second.
    assert rig.truth.max_current_ua() < 250
    requests = [event for event in rig.truth.events if event.name == "k1_request"]
    assert [event.value for event in requests] == [1, 0]
    assert requests[1].time_us - requests[0].time_us <= 200_000
    current_ua = rig.truth.samples["current_ua"]
    assert (current_ua > 110).sum() <= 10


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_power_on_reaches_idle_in_three_seconds_with_the_lowest_mode(make_rig, seed):
    rig = make_rig(seed=seed)
    power_on(rig)
    assert rig.now_us < 3_000_000
    status = rig.host.status()
    assert (status.mode, status.level_ua, status.minutes) == (limits.FACE, 500, 10)
    assert status.fault == 0
    rig.advance(300)
    assert shows(rig, "FACE", "IDLE", "at most 3.00 mA, 15 min")


@pytest.mark.requirement("REQ-SES-3")
@pytest.mark.emu
def test_power_off_and_on_after_another_mode_is_face_again(rig):
    power_on(rig)
    tap(rig, "MODE", 2)
    assert rig.host.status().mode == limits.HANDS
    rig.board.power_off()
    rig.advance(200)
    rig.board.power_on()
    rig.board.await_start()
    until(rig, "IDLE")
    assert (rig.host.status().mode, rig.host.status().level_ua) == (limits.FACE, 500)
    assert_off(rig)


def _hold_up(rig):
    rig.buttons.stick("UP")


def _trip_latch_for_ever(rig):
    for ms in range(90, 1000):
        rig.board.fault("latch_tripped", after_ms=ms)


# What is wrong from the start, the fault that it gives, and how it is put right.
DEFECTS = {
    "stuck button": (_hold_up, faults.STUCK_BUTTON, lambda rig: rig.buttons.release("UP")),
    "stop pressed": (lambda rig: rig.buttons.stop_press(), faults.STOP_LOOP, lambda rig: rig.buttons.stop_release()),
    "service usb": (lambda rig: rig.board.vbus(True), faults.SERVICE_USB, lambda rig: rig.board.vbus(False)),
    "reference low": (
        lambda rig: rig.board.stick_adc(2, 1900),
        faults.REFERENCE,
        lambda rig: rig.board.stick_adc(2, None),
    ),
    "ground high": (lambda rig: rig.board.stick_adc(3, 30), faults.GROUND, lambda rig: rig.board.stick_adc(3, None)),
    "voltage behind the open relay": (
        lambda rig: rig.board.stick_adc(1, 80),
        faults.K1_LEAK,
        lambda rig: rig.board.stick_adc(1, None),
    ),
    "amplifier on": (
        lambda rig: rig.board.fault("amplifier_offset_v", 2.0),
        faults.AMPLIFIER,
        lambda rig: rig.board.fault("amplifier_offset_v", 0.0),
    ),
    "senses disagree": (
        lambda rig: rig.board.fault("b_offset_a", 0.0008),
        faults.SENSE_MISMATCH,
        lambda rig: rig.board.fault("b_offset_a", 0.0),
    ),
    "latch that trips again and again": (_trip_latch_for_ever, faults.LATCH, lambda rig: None),
}


@pytest.mark.parametrize("defect", some_on_chip(DEFECTS, "stop pressed", "reference low", "amplifier on"))
def test_power_on_with_a_defect_is_a_fault_until_it_is_put_right(rig, defect):
    break_it, number, mend_it = DEFECTS[defect]
    break_it(rig)
    rig.advance_until(lambda: rig.truth.named("latch_reset"), 3000, step_ms=50)  # the program runs
    rig.advance(1200)
    assert not rig.truth.k1_closed
    assert not closings_us(rig)
    assert rig.truth.max_current_ua() == 0
    status = rig.host.status()
    assert state(rig) == "FAULT"
    assert status.fault == number
    rig.advance(300)
    assert shows(rig, f"FAULT {number}", faults.fault(number).name)
    mend_it(rig)
    rig.advance(500)
    assert state(rig) == "FAULT"  # it stays until START is held
    rig.buttons.hold("START")
    rig.advance(3200)
    rig.buttons.release("START")
    until(rig, "IDLE")
    assert rig.host.status().fault == 0


@pytest.mark.rig(fram="blank")
def test_power_on_uncalibrated_board_is_a_fault(rig):
    rig.expect_fault(faults.NO_CALIBRATION)
    rig.advance(1300)
    assert_off(rig)
    assert rig.host.status().fault == faults.NO_CALIBRATION
    assert rig.host.status().calibration == 0
    for _ in range(3):
        tap(rig, "START")
    rig.advance(2000)
    assert not closings_us(rig)
    assert shows(rig, "NOT CALIBRATED")
