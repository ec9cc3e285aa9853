"""The whole device on any rig: what a load box can see at a real board, and the simulated boards show as well.

These look at the current and the voltage at the electrodes, at the link, and at nothing inside the board.
"""

import numpy as np
import pytest

from hil.tests.electrodes import RESISTOR, assert_level, assert_nothing_flowed, mean_ua, tap
from hil.tests.firmware.steps import arm, events, hold, power_on, state, treat, until
from ionto import faults, limits, messages, states

pytestmark = pytest.mark.bench

FACE = limits.MODES[limits.FACE]


def test_power_on_is_face_with_the_output_off(rig):
    power_on(rig)
    status = rig.host.status()
    assert (status.mode, status.level_ua, status.minutes, status.fault) == (limits.FACE, FACE.default_ua, 10, 0)
    assert rig.truth.output_is_off()


def test_hello_tells_the_table_of_this_commit(rig):
    power_on(rig)
    identity = rig.host.hello()
    assert identity.table_hash == messages.TABLE_HASH
    assert (identity.major, identity.minor, identity.patch) == messages.VERSION
    assert len(identity.board_id) == 8


def test_buttons_change_level_and_mode_in_idle(rig):
    power_on(rig)
    tap(rig, "UP", 3)
    assert rig.host.status().level_ua == FACE.default_ua + 3 * FACE.step_ua
    tap(rig, "DOWN", 5)
    assert rig.host.status().level_ua == FACE.default_ua - 2 * FACE.step_ua
    for mode in (limits.UNDERARMS, limits.HANDS, limits.FEET, limits.FACE):
        tap(rig, "MODE")
        assert rig.host.status().mode == mode
    assert rig.truth.output_is_off()


def test_buttons_pressed_at_once_do_nothing(rig):
    power_on(rig)
    before = rig.host.status()
    rig.person.contact(1.0)
    began_us = rig.now_us
    for names in (("UP", "DOWN"), ("MODE", "START"), ("UP", "DOWN", "MODE", "START")):
        rig.buttons.press(*names, ms=200)
    rig.advance(300)
    after = rig.host.status()
    assert (after.state, after.mode, after.level_ua) == (states.IDLE, before.mode, before.level_ua)
    assert_nothing_flowed(rig, began_us)


@pytest.mark.parametrize("ohm", [150, 4700])
def test_start_into_a_closed_circuit_never_starts(make_rig, ohm):
    rig = make_rig(load=RESISTOR, load_arguments={"ohm": ohm}, area=1.0)
    power_on(rig)
    tap(rig, "START", 2)
    rig.advance(2500)
    for _ in range(2):
        tap(rig, "START")
        rig.advance(500)
    assert state(rig) == "ARMING"
    assert rig.truth.between(0, rig.now_us)["current_ua"].max() < 700  # the probe, and nothing beyond it


def test_contact_of_less_than_a_second_does_not_start(rig):
    arm(rig)
    for _ in range(2):
        rig.person.contact(1.0)
        rig.person.at(800, 0.0)
        rig.advance(1500)
        assert state(rig) == "ARMED"


def test_electrodes_that_touch_while_armed_do_not_start(make_rig):
    rig = make_rig(load=RESISTOR, load_arguments={"ohm": 150})
    arm(rig)
    armed_us = rig.now_us
    rig.person.contact(1.0)
    rig.advance(3000)
    assert state(rig) == "ARMED"
    assert rig.truth.between(armed_us + 100_000, rig.now_us)["current_ua"].max() < 700


@pytest.mark.parametrize("ohm", [1000, 4700, 10000, 22000])
def test_load_is_driven_at_the_level(make_rig, ohm):
    rig = make_rig(load=RESISTOR, load_arguments={"ohm": ohm})
    hold(rig, level_ua=300)
    rig.advance(1000)
    assert_level(rig, 300)
    status = rig.host.status()
    assert (status.level_ua, status.reasons, status.fault) == (300, 0, 0)
    assert status.current_ua == pytest.approx(mean_ua(rig), abs=20 + rig.truth.uncertainty_ua(300))
    assert status.resistance_ohm == pytest.approx(ohm, rel=0.08)
    electrode_mv = rig.truth.between(rig.now_us - 300_000, rig.now_us)["electrode_mv"].mean()
    assert electrode_mv == pytest.approx(0.3 * ohm, rel=0.08, abs=150)


@pytest.mark.rig(load=RESISTOR)
def test_ramp_rises_at_the_slope_of_its_mode(rig):
    treat(rig, level_ua=700)
    rig.advance(1200)
    began_us = rig.now_us
    rig.advance(4000)
    samples = rig.truth.between(began_us, rig.now_us)
    slope = float(np.polyfit(samples["time_us"] / 1e6, samples["current_ua"], 1)[0])
    assert slope == pytest.approx(FACE.ramp_up_ua_per_s, rel=0.1)


def test_body_range_is_regulated_at_milliamperes(make_rig):
    rig = make_rig(load=RESISTOR, load_arguments={"ohm": 2200})
    hold(rig, "HANDS", 2500)
    rig.advance(1000)
    assert_level(rig, 2500)
    assert rig.host.status().fault == 0


def test_voltage_limit_holds_the_current_back_and_says_so(make_rig):
    rig = make_rig(load=RESISTOR, load_arguments={"ohm": 22000})
    treat(rig, level_ua=600)
    rig.advance_until(lambda: rig.host.status().reasons & faults.V_LIMIT, 15000, step_ms=100)
    rig.advance(2000)
    wanted_ua = FACE.max_electrode_mv / 22
    assert mean_ua(rig) == pytest.approx(wanted_ua, abs=0.05 * wanted_ua + rig.truth.uncertainty_ua(wanted_ua))
    assert rig.host.status().fault == 0


@pytest.mark.rig(load=RESISTOR)
def test_contact_lost_pauses_and_contact_that_returns_ramps_again(rig):
    hold(rig, level_ua=300)
    events(rig)
    rig.person.lift()
    rig.advance(100)
    lost_us = rig.now_us
    rig.advance(800)
    assert state(rig) == "PAUSED"
    assert [one.a for one in events(rig, messages.EVENT_CUT)] == [faults.CUT_OPEN]
    assert_nothing_flowed(rig, lost_us)
    rig.person.contact(1.0)
    until(rig, "HOLD", timeout_ms=12000)
    rig.advance(500)
    assert_level(rig, 300)
