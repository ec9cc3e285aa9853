"""Every trip rule end to end: a defect under current ends the output within the rule's time, and it is said.

A converter that sticks stands for everything behind it. What A's own channels do has effects on the regulation first,
so the same defect may cut as a contact change or an open circuit a few ticks earlier: that is as good.
"""

import pytest

from hil.rig import Rig
from hil.tests.chip import some_on_chip
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    JITTER_US,
    K1_US,
    RC,
    TICK_US,
    arm,
    assert_off,
    events,
    hold,
    k1_open_us,
    state,
    until,
)
from hil.tests.firmware.variants import MARK_HZ
from ionto import faults, messages
from tools.requirements.numbers import worst_cases_ms

FACE_TRIP_A = int(3350 / 1.25)
LOAD = {"load": RC, "load_arguments": {"rs_ohm": 400, "rp_ohm": 9000, "cp_f": 3e-7}}


def _stick(channel, code):
    return lambda rig: rig.board.stick_adc(channel, code)


def _fault(name, value):
    return lambda rig: rig.board.fault(name, value)


# (defect, fault, the requirement whose time holds)
RULES = {
    "sense A above the maximum": (_stick(0, FACE_TRIP_A + 20), faults.OVERCURRENT_A, "REQ-TRP-4"),
    "sense B above the maximum": (_stick(4, 480), faults.OVERCURRENT_B, "REQ-TRP-5"),
    "sense A at full scale": (_stick(0, 4095), faults.OVERCURRENT_A, "REQ-TRP-4"),
    "sense B at full scale": (_stick(4, 4095), faults.OVERCURRENT_B, "REQ-TRP-5"),
    # The drive is taken back, which counts as a contact change: see below for an excess that flows.
    "sense A above the setpoint": (_stick(0, 640), faults.EXCESS_CURRENT, "REQ-TRP-9"),
    "voltage above the maximum": (_stick(1, 860), faults.OVERVOLTAGE, "REQ-TRP-7"),
    "sense B without current": (_stick(4, 0), faults.SENSE_MISMATCH, "REQ-TRP-9"),
    "sense B adrift": (_fault("b_offset_a", 0.0006), faults.SENSE_MISMATCH, "REQ-TRP-9"),
    "amplifier sense wrong": (_fault("amplifier_sense_gain", 0.6), faults.AMPLIFIER, "REQ-TRP-12"),
    "amplifier above the DAC": (_fault("amplifier_offset_v", 6.0), faults.AMPLIFIER, "REQ-TRP-12"),
    "reference low": (_stick(2, 1950), faults.REFERENCE, "REQ-TRP-10"),
    "reference high": (_stick(2, 2150), faults.REFERENCE, "REQ-TRP-10"),
    "ground high": (_stick(3, 10), faults.GROUND, "REQ-TRP-11"),
    "voltage stuck at zero": (_stick(1, 0), faults.STUCK_SENSE, "REQ-TRP-13"),
    "latch": (_fault("latch_tripped", 1), faults.LATCH, "REQ-TRP-3"),
}


def _within_us(requirement):
    """A requirement's time, the tick's own until its outputs, and K1's."""
    return float(worst_cases_ms()[requirement]) * 1000 + JITTER_US + K1_US


@pytest.fixture
def treated(make_rig) -> Rig:
    """0.3 mA into a load that stays as it is."""
    rig = make_rig(**LOAD)
    hold(rig, level_ua=300)
    events(rig)
    return rig


@pytest.mark.requirement("REQ-TRP-4", "REQ-TRP-7", "REQ-TRP-8", "REQ-TRP-9")
@pytest.mark.requirement("REQ-TRP-10", "REQ-TRP-11", "REQ-TRP-12", "REQ-TRP-13", "REQ-TRP-3")
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.emu
def test_trip_rule_ends_the_output_in_time_and_stays(treated, rule):
    rig = treated
    defect, number, requirement = RULES[rule]
    rig.expect_fault(number)
    defect(rig)
    broken_us = rig.now_us
    rig.advance(200)
    opened_us = k1_open_us(rig, broken_us)
    assert opened_us - broken_us <= _within_us(requirement)
    off = rig.truth.between(opened_us + TICK_US, rig.now_us)
    assert off["current_ua"].max() == 0
    assert off["dac"].max() == 0
    assert rig.truth.max_current_ua() < 3300
    status = rig.host.status()
    assert (state(rig), status.fault) == ("FAULT", number)
    assert number in [event.a for event in events(rig, messages.EVENT_FAULT)]
    assert shows(rig, f"FAULT {number}", faults.fault(number).name)
    rig.advance(1500)
    assert state(rig) == "FAULT"
    assert rig.truth.now["dac"] == 0
    assert not rig.truth.k1_closed


@pytest.mark.requirement("REQ-TRP-8")
@pytest.mark.parametrize("factor", [1.8, 2.6])
def test_excess_that_flows_ends_within_its_requirement(treated, factor):
    rig = treated
    rig.expect_fault(faults.EXCESS_CURRENT)
    rig.board.stick_adc(5, 10)  # blind for it too: else the amplifier is seen not to follow
    rig.board.fault("amplifier_held_v", rig.truth.amplifier_mv / 1000 * factor)
    broken_us = rig.now_us
    rig.advance(100)
    assert 10_000 < k1_open_us(rig, broken_us) - broken_us <= _within_us("REQ-TRP-8")
    assert rig.truth.between(broken_us + 10_000, broken_us + 20_000)["current_ua"].min() > 500
    assert rig.host.status().fault == faults.EXCESS_CURRENT
    assert rig.truth.current_ua == 0


@pytest.mark.requirement("REQ-TRP-8")
def test_excess_that_sense_a_alone_reads_leaves_no_current_after_10_ms(treated):
    rig = treated
    rig.expect_fault(faults.EXCESS_CURRENT)
    rig.board.stick_adc(0, 640)
    broken_us = rig.now_us
    rig.advance(100)
    since = rig.truth.between(broken_us, rig.now_us)
    assert since["current_ua"].max() < 330
    assert since["current_ua"][since["time_us"] > broken_us + 10_000].max() < 50


@pytest.mark.requirement("REQ-TRP-15")
@pytest.mark.parametrize("period_us", [250, 440, 570, 900, 980])
def test_ticks_at_a_wrong_rate_end_the_output(treated, period_us):
    rig = treated
    rig.expect_fault(faults.TICK_RATE)
    rig.board.fault("timer_us", period_us)
    broken_us = rig.now_us
    rig.advance(100)
    assert k1_open_us(rig, broken_us) - broken_us <= _within_us("REQ-TRP-15")
    assert rig.host.status().fault == faults.TICK_RATE
    assert_off(rig)


@pytest.mark.requirement("REQ-TRP-2")
@pytest.mark.parametrize("late_us", [1100, 2300, 20_000])
@pytest.mark.emu
def test_late_tick_ends_the_output(treated, late_us):
    rig = treated
    rig.expect_fault(faults.TICK_LATE)
    rig.board.stall(late_us)
    stalled_us = rig.now_us
    rig.advance(100)
    # The heartbeat's pump ends the output within 5 ms where the firmware cannot.
    opened_us = k1_open_us(rig, stalled_us)
    assert opened_us - stalled_us <= min(late_us + 2 * TICK_US + K1_US, 5000) + TICK_US
    assert rig.host.status().fault == faults.TICK_LATE
    assert rig.host.status().fault_value >= late_us
    assert_off(rig)


@pytest.mark.requirement("REQ-TRP-2")
@pytest.mark.emu
def test_tick_that_is_late_by_less_than_the_limit_is_no_fault(treated):
    treated.board.stall(350)
    treated.advance(300)
    assert treated.truth.k1_closed
    assert state(treated) == "HOLD"


@pytest.mark.requirement("REQ-TRP-1")
@pytest.mark.emu
def test_limit_that_changes_in_memory_ends_the_output(variant):
    rig = variant(
        """
from ionto import sampler
done = []
def corrupt(app):
    if under_current(app.view) and not done:
        done.append(1)
        app.board.frontend.limits[sampler.TRIP_A] += 100
        mark()
before(App, "step", corrupt)
""",
        **LOAD,
    )
    rig.expect_fault(faults.LIMITS_CORRUPT)
    arm(rig)
    rig.person.contact(1.0)
    until(rig, "FAULT", timeout_ms=8000)
    marked_us = next(event.time_us for event in rig.truth.named("tone") if event.value == MARK_HZ)
    assert k1_open_us(rig, marked_us) - marked_us <= 2 * TICK_US + K1_US + 200
    assert rig.host.status().fault == faults.LIMITS_CORRUPT
    assert rig.host.status().fault_value == 8
    assert_off(rig)


@pytest.mark.requirement("REQ-TRP-3")
@pytest.mark.parametrize("mode", some_on_chip(["FACE", "UNDERARMS"], "FACE"))
def test_jolt_above_the_latch_opens_the_relay_by_hardware(make_rig, mode):
    rig = make_rig(load=RC, load_arguments={"rs_ohm": 100, "rp_ohm": 20000, "cp_f": 1e-6})
    hold(rig, mode)
    rig.advance(300)
    rig.board.fault("latch_gain", 0.02)  # the threshold falls below what flows
    broken_us = rig.now_us
    rig.advance(200)
    assert rig.truth.times_us("latch_trip", broken_us)
    assert k1_open_us(rig, broken_us) - broken_us <= 1000 + TICK_US
    assert rig.host.status().fault == faults.LATCH
    rig.expect_fault(faults.LATCH)
