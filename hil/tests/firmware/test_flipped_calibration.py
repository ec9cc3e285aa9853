"""A bit that flips in the calibration in RAM: a fault before anything new is worked out from it."""

import pytest

from hil.faults.programs import program
from hil.tests.firmware.steps import assert_off, closings_us, hold, power_on, state, tap, until
from ionto import faults

pytestmark = pytest.mark.requirement("REQ-TRP-14")

CALIBRATION_WORD = 202  # as docs/trip-rules.md says


@pytest.fixture
def flipping(make_rig):
    rig = make_rig(program=program("variables"))
    rig.is_firmware = True
    return rig


def told(rig) -> tuple[int, int]:
    rig.expect_fault(faults.STATE_CORRUPT)
    until(rig, "FAULT", timeout_ms=200)
    status = rig.host.status()
    return status.fault, status.fault_value


def test_flipped_bit_at_rest_is_a_fault_before_a_session_and_switching_off_and_on_mends_it(flipping):
    rig = flipping
    power_on(rig)
    rig.board.fault("ram_flip", ["calibration._seal", None, 9])
    rig.advance(300)
    assert state(rig) == "IDLE"  # nothing new
    since_us = rig.now_us
    tap(rig, "START")
    assert told(rig) == (faults.STATE_CORRUPT, CALIBRATION_WORD)
    assert not closings_us(rig, since_us)
    rig.buttons.press("START", ms=3200, settle_ms=2000)
    assert state(rig) == "FAULT"  # it is still there
    rig.board.power_off()
    rig.advance(200)
    rig.board.power_on()
    power_on(rig)
    assert rig.host.status().fault == 0


def test_flipped_bit_under_current_ends_it_at_the_next_press(flipping):
    rig = flipping
    hold(rig, "FACE", 200)
    rig.board.fault("ram_flip", ["zeroed._seal", None, 9])
    rig.advance(300)
    assert state(rig) == "HOLD"
    before_ua = rig.truth.max_current_ua()
    tap(rig, "UP")
    assert told(rig) == (faults.STATE_CORRUPT, CALIBRATION_WORD)
    rig.advance(20)
    assert_off(rig)
    assert rig.truth.max_current_ua() == before_ua
