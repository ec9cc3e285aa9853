"""The whole device on any rig: what a load box can see at a real board, and the simulated boards show as well.

These look at the current and the voltage at the electrodes, at the link, and at nothing inside the board.
"""

import numpy as np
import pytest

from hil.tests.firmware.steps import arm, events, hold, power_on, set_level, state, states_passed, tap, treat, until
from host_tools.client import Telemetry
from host_tools.errors import RefusedError
from ionto import faults, limits, messages, states

pytestmark = pytest.mark.bench

RESISTOR = "hil.person:Resistor"
FACE = limits.MODES[limits.FACE]


def mean_ua(rig, ms=300):
    """The mean true current of the last `ms`."""
    return float(rig.truth.between(rig.now_us - ms * 1000, rig.now_us)["current_ua"].mean())


def assert_level(rig, level_ua, ms=300):
    """The mean current is the level, by the board's tolerance and the rig's own."""
    allowed_ua = max(30, 0.03 * level_ua) + rig.truth.uncertainty_ua(level_ua)
    assert mean_ua(rig, ms) == pytest.approx(level_ua, abs=allowed_ua)


def assert_nothing_flowed(rig, since_us):
    """No mean of 10 ms above what the rig can see, since then."""
    samples = rig.truth.between(since_us, rig.now_us)["current_ua"]
    means = samples[: len(samples) // 20 * 20].reshape(20, -1).mean(axis=0)
    assert len(means)
    assert abs(means).max() <= max(1, rig.truth.uncertainty_ua(0))


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


@pytest.mark.rig(load=RESISTOR)
def test_start_under_current_ramps_down_and_is_done(rig):
    rig.host.hello()
    hold(rig)
    tap(rig, "START")
    until(rig, "DONE", timeout_ms=5000)
    rig.advance(100)
    assert rig.truth.output_is_off()
    assert states_passed(rig)[-3:] == ["HOLD", "RAMP_DOWN", "DONE"]


@pytest.mark.parametrize("reach", [arm, treat, hold], ids=["ARMED", "RAMP_UP", "HOLD"])
def test_stop_ends_the_output_within_a_second(make_rig, reach):
    rig = make_rig(load=RESISTOR)
    reach(rig)
    rig.buttons.stop_press()
    rig.advance(1000)
    ended_us = rig.now_us
    assert rig.truth.output_is_off()
    assert state(rig) in ("IDLE", "DONE")
    tap(rig, "START", 2)
    rig.person.contact(1.0)
    rig.advance(1500)
    assert state(rig) in ("IDLE", "DONE")
    assert_nothing_flowed(rig, ended_us)


def test_stop_at_power_on_is_a_fault_until_start_is_held(rig):
    power_on(rig)
    rig.buttons.stop_press()
    rig.board.power_off()
    rig.advance(600)
    rig.board.power_on()
    until(rig, "FAULT")
    assert rig.host.status().fault == faults.STOP_LOOP
    rig.buttons.stop_release()
    rig.advance(200)
    assert state(rig) == "FAULT"
    rig.buttons.hold("START")
    rig.advance(3300)
    rig.buttons.release("START")
    until(rig, "IDLE")
    assert rig.truth.output_is_off()


@pytest.mark.rig(load=RESISTOR)
def test_power_that_fails_under_current_comes_back_off(rig):
    hold(rig)
    rig.board.power_off()
    rig.advance(600)
    off_us = rig.now_us
    rig.board.power_on()
    until(rig, "IDLE")
    rig.advance(500)
    assert_nothing_flowed(rig, off_us)  # with the contact still closed
    status = rig.host.status()
    assert (status.mode, status.level_ua) == (limits.FACE, FACE.default_ua)


@pytest.mark.rig(load=RESISTOR)
def test_host_lowers_and_stops_and_cannot_raise(rig):
    hold(rig, level_ua=400)
    with pytest.raises(RefusedError) as caught:
        rig.host.lower_level(500)
    assert caught.value.code == faults.WOULD_RAISE
    rig.host.lower_level(200)
    until(rig, "HOLD", timeout_ms=5000)
    rig.advance(600)
    assert_level(rig, 200)
    rig.host.stop()
    rig.advance(1000)
    assert rig.truth.output_is_off()
    assert state(rig) == "DONE"


def test_host_in_idle_starts_nothing(rig):
    power_on(rig)
    rig.person.contact(1.0)
    began_us = rig.now_us
    with pytest.raises(RefusedError):
        rig.host.stop()
    rig.host.lower_level(300)
    rig.advance(1500)
    assert (state(rig), rig.host.status().level_ua) == ("IDLE", 300)
    assert_nothing_flowed(rig, began_us)


@pytest.mark.rig(load=RESISTOR)
def test_telemetry_follows_the_true_current(rig):
    hold(rig, level_ua=300)
    rig.host.hello()
    rig.host.subscribe(100)
    rig.advance(2000)
    rows = [one for one in rig.host.poll(0.01) if isinstance(one, Telemetry)]
    rig.host.subscribe(0)
    assert len(rows) == pytest.approx(200, abs=10)
    assert rig.host.lost_telemetry == 0
    told_ua = np.mean([row.current_ua for row in rows])
    assert told_ua == pytest.approx(mean_ua(rig, 2000), abs=20 + rig.truth.uncertainty_ua(300))


def test_garbage_on_the_line_is_counted_and_starts_nothing(rig):
    power_on(rig)
    set_level(rig, 300)
    for data in (bytes(range(256)) * 4, b"\x03" * 40, b"x" * 300 + b"\0"):
        rig.transport.write(data)
        rig.advance(100)
    rig.transport.write(b"\0")
    rig.advance(100)
    status = rig.host.status()
    assert status.bad_frames >= 3
    assert (status.state, status.level_ua) == (states.IDLE, 300)
    assert rig.truth.output_is_off()
