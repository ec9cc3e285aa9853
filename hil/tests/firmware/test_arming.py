"""Before the current: a closed circuit never starts one, an open one does after a steady contact."""

import pytest

from hil.tests.chip import some_on_chip
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import (
    RC,
    RESISTOR,
    arm,
    assert_off,
    closings_us,
    confirm,
    events,
    peak_ua,
    power_on,
    set_level,
    set_minutes,
    state,
    states_passed,
    tap,
    until,
)
from ionto import faults, messages

PROBE_MV = 1500 * 1.03  # the board's spread on top


def assert_only_probed(rig):
    """Never more than the probe voltage at the amplifier, all the time since power-on."""
    assert rig.truth.samples["amplifier_mv"].max() <= PROBE_MV


@pytest.mark.requirement("REQ-SES-4")
@pytest.mark.parametrize(
    ("load", "arguments", "words"),
    [
        ("hil.person:Person", {}, "open the circuit"),
        (RESISTOR, {"ohm": 3000}, "open the circuit"),
        (RC, {"rs_ohm": 40, "rp_ohm": 60}, "electrodes touch"),
        (RESISTOR, {"ohm": 70000}, "open the circuit fully"),
    ],
    ids=["person", "resistor", "short", "poor contact"],
)
def test_start_into_a_closed_circuit_never_starts(make_rig, load, arguments, words):
    rig = make_rig(load=load, load_arguments=arguments, area=1.0)
    confirm(rig)
    tap(rig, "START")
    rig.advance(3000)
    for _ in range(3):
        tap(rig, "START")
        rig.advance(500)
    assert_only_probed(rig)
    assert rig.truth.max_current_ua() < 700  # the probe's own limit of 500 uA, and a jolt of one tick
    assert state(rig) == "ARMING"
    rig.advance(2500)
    assert shows(rig, "ARMING", words)


@pytest.mark.requirement("REQ-SES-4")
def test_start_into_a_closed_circuit_tells_a_host_why_not(make_rig):
    rig = make_rig(area=1.0)
    confirm(rig)
    tap(rig, "START")
    rig.advance(1500)
    tap(rig, "START")
    rig.advance(200)
    assert shows(rig, "the circuit is closed; open it first") or shows(rig, "the circuit is closed;")
    assert faults.CIRCUIT_CLOSED in [one.a for one in events(rig, messages.EVENT_REFUSED)]


@pytest.mark.requirement("REQ-SES-4")
@pytest.mark.emu
def test_circuit_that_opens_after_start_arms_after_half_a_second(make_rig):
    rig = make_rig(area=1.0)
    confirm(rig)
    tap(rig, "START")
    rig.advance(1500)
    assert state(rig) == "ARMING"
    rig.person.lift()
    opened_us = rig.now_us
    rig.advance(400)
    assert state(rig) == "ARMING"
    until(rig, "ARMED", timeout_ms=400)
    assert rig.now_us - opened_us >= 500_000
    assert_only_probed(rig)


@pytest.mark.requirement("REQ-SES-4")
def test_circuit_open_for_less_than_half_a_second_does_not_arm(make_rig):
    rig = make_rig(area=1.0)
    confirm(rig)
    tap(rig, "START")
    rig.advance(1500)
    rig.person.lift()
    rig.person.at(420, 1.0)
    rig.advance(3000)
    assert state(rig) == "ARMING"
    assert_only_probed(rig)


@pytest.mark.requirement("REQ-CON-2")
@pytest.mark.emu
def test_contact_of_less_than_a_second_does_not_start(rig):
    arm(rig)
    for _ in range(3):
        rig.person.contact(1.0)
        rig.person.at(900, 0.0)
        rig.advance(1300)
        assert state(rig) == "ARMED"
    assert_only_probed(rig)


@pytest.mark.requirement("REQ-CON-2")
@pytest.mark.parametrize("seed", some_on_chip([1, 2], 1))
def test_contact_of_a_second_starts(make_rig, seed):
    rig = make_rig(seed=seed)
    arm(rig)
    states_passed(rig)
    contact_us = rig.now_us
    rig.person.contact(1.0)
    rig.advance(1150)
    samples = rig.truth.between(contact_us, rig.now_us)
    beyond = samples["time_us"][samples["amplifier_mv"] > PROBE_MV]
    probed = samples["current_ua"][samples["time_us"] < contact_us + 1_000_000]
    rig.advance(1000)
    late = rig.truth.between(contact_us + 1_500_000, rig.now_us)["current_ua"].mean()
    assert late > probed.mean()  # the ramp has begun from the probe's current
    assert not len(beyond) or beyond[0] - contact_us >= 1_000_000
    assert state(rig) == "RAMP_UP"
    assert states_passed(rig) == ["RAMP_UP"]


@pytest.mark.requirement("REQ-SES-4")
def test_electrodes_that_touch_while_armed_do_not_start(make_rig):
    rig = make_rig(load=RC, load_arguments={"rs_ohm": 40, "rp_ohm": 60})
    arm(rig)
    armed_us = rig.now_us
    rig.person.contact(1.0)
    rig.advance(3000)
    assert_only_probed(rig)
    assert peak_ua(rig, armed_us + 50_000) < 600
    assert state(rig) == "ARMED"
    assert shows(rig, "ARMED", "electrodes touch")


@pytest.mark.requirement("REQ-SES-3")
def test_level_and_minutes_change_while_armed(rig):
    arm(rig, minutes=3)
    set_level(rig, 400)
    set_minutes(rig, 5)
    rig.advance(300)
    status = rig.host.status()
    assert (status.level_ua, status.minutes) == (400, 5)
    assert shows(rig, "ARMED", "touch water to start")
    assert_only_probed(rig)
    rig.person.contact(1.0)
    until(rig, "HOLD", timeout_ms=15000)
    rig.advance(500)
    assert abs(rig.truth.current_ua - 400) < 30
    assert 290 <= rig.host.status().remaining_s < 300


@pytest.mark.requirement("REQ-SES-2")
def test_idle_and_confirm_hold_the_output_off_whatever_is_touched(rig):
    power_on(rig)
    rig.person.bounce(times=10, over_ms=300)
    rig.advance(400)
    tap(rig, "START")
    rig.person.lift()
    rig.person.at(100, 1.0)
    rig.advance(1500)
    assert not closings_us(rig)
    assert_off(rig)
