"""A host on the cable: it sees everything, may stop and lower, and starts or raises nothing."""

import numpy as np
import pytest

from hil.tests.firmware.steps import (
    arm,
    assert_off,
    assert_regulated,
    closings_us,
    hold,
    k1_open_us,
    mean_ua,
    power_on,
    started_us,
    state,
    until,
)
from host_tools.client import Telemetry
from host_tools.errors import RefusedError
from ionto import faults, messages, states


def refused(call, *arguments):
    """The refusal of a request: (code, field, value, limit)."""
    with pytest.raises(RefusedError) as caught:
        call(*arguments)
    error = caught.value
    return error.code, error.field, error.value, error.limit


@pytest.mark.rig(board_id=b"IONTO042")
def test_hello_says_who_it_is(rig):
    power_on(rig)
    identity = rig.host.hello()
    assert identity.board_id == b"IONTO042"
    assert (identity.major, identity.minor, identity.patch) == messages.VERSION
    assert identity.table_hash == messages.TABLE_HASH
    assert identity.calibration == messages.CALIBRATION_STORED
    assert identity.reset_cause == 1


def test_status_agrees_with_the_truth(rig):
    hold(rig, level_ua=300)
    rig.advance(1000)
    status = rig.host.status()
    assert status.current_ua == pytest.approx(mean_ua(rig, 20), abs=10)
    assert status.voltage_mv == pytest.approx(rig.truth.now["electrode_mv"], rel=0.03)
    assert status.resistance_ohm == pytest.approx(1000 * status.voltage_mv / status.current_ua, rel=0.03)
    assert status.ticks == pytest.approx((rig.now_us - started_us(rig)) / 500, abs=50)
    assert status.uptime_ms == pytest.approx((rig.now_us - started_us(rig)) / 1000, abs=30)
    assert (status.bad_frames, status.dropped_telemetry) == (0, 0)


@pytest.mark.requirement("REQ-LNK-7")
def test_telemetry_at_100_hz_is_whole_and_follows_the_truth(rig):
    hold(rig)
    rig.host.hello()
    rig.host.subscribe(100)
    rig.buttons.press("UP", settle_ms=0)
    rig.advance(2000)
    rows = [one for one in rig.host.poll(0.01) if isinstance(one, Telemetry)]
    assert len(rows) == pytest.approx(209, abs=4)
    assert rig.host.lost_telemetry == 0
    assert rig.host.status().dropped_telemetry == 0
    times_ms = np.array([row.time_ms for row in rows])
    assert np.diff(times_ms).max() <= 20
    told = np.array([row.current_ua for row in rows])
    truth = rig.truth.samples
    true = np.interp(times_ms * 1000 + 96_000, truth["time_us"], truth["current_ua"])
    assert abs(told - true).max() < 20
    rig.host.subscribe(0)
    rig.host.poll(0.05)
    assert rig.host.poll(0.3) == []


@pytest.mark.requirement("REQ-LNK-2", "REQ-SES-17")
@pytest.mark.emu
def test_stop_by_the_host_ends_the_output_within_a_second(rig):
    hold(rig, level_ua=400)
    rig.host.stop()
    asked_us = rig.now_us
    rig.advance(1000)
    assert k1_open_us(rig, asked_us) - asked_us <= 1_000_000
    assert_off(rig)
    assert state(rig) == "DONE"
    assert refused(rig.host.stop) == (faults.NOT_IN_STATE, None, states.DONE, 0)


@pytest.mark.requirement("REQ-LNK-2")
def test_lower_level_by_the_host_is_ramped(rig):
    hold(rig, level_ua=400)
    asked_us = rig.now_us
    rig.host.lower_level(200)
    until(rig, "HOLD", timeout_ms=5000)
    rig.advance(600)
    assert_regulated(rig, 200, ms=400)
    falling = rig.truth.between(asked_us, rig.now_us)
    steepest = np.diff(falling["current_ua"][::200]).min()
    assert steepest > -(150 * 0.1 + 15)
    assert rig.host.status().level_ua == 200


@pytest.mark.requirement("REQ-LNK-2", "REQ-LNK-4", "REQ-SES-17")
@pytest.mark.emu
def test_level_that_the_host_would_raise_is_refused_with_its_figures(rig):
    hold(rig)
    assert refused(rig.host.lower_level, 300) == (faults.WOULD_RAISE, "level_ua", 300, 200)
    assert refused(rig.host.lower_level, 65_535) == (faults.WOULD_RAISE, "level_ua", 65_535, 200)
    assert refused(rig.host.lower_level, 0) == (faults.BELOW_MINIMUM, "level_ua", 0, 100)
    assert refused(rig.host.subscribe, 101) == (faults.ABOVE_MAXIMUM, "rate_hz", 101, messages.MAX_TELEMETRY_HZ)
    rig.advance(1000)
    assert_regulated(rig, 200)
    assert (state(rig), rig.host.status().level_ua) == ("HOLD", 200)


@pytest.mark.requirement("REQ-LNK-2")
@pytest.mark.emu
def test_host_in_idle_starts_nothing(rig):
    power_on(rig)
    rig.person.contact(1.0)
    rig.host.hello()
    assert refused(rig.host.stop) == (faults.NOT_IN_STATE, None, states.IDLE, 0)
    rig.host.lower_level(300)
    rig.advance(500)
    assert rig.host.status().level_ua == 300
    assert state(rig) == "IDLE"
    assert not closings_us(rig)


def test_host_lowers_and_stops_while_armed(rig):
    arm(rig, level_ua=500)
    rig.host.lower_level(300)
    rig.advance(100)
    assert (state(rig), rig.host.status().level_ua) == ("ARMED", 300)
    rig.host.stop()
    rig.advance(200)
    assert state(rig) == "IDLE"
    assert_off(rig)


@pytest.mark.requirement("REQ-LNK-1")
def test_open_port_without_a_hello_stays_silent(rig):
    for _ in range(3):
        rig.buttons.press("MODE")
        rig.advance(400)
    assert rig.transport.read(0.5) == b""


def session(rig, with_host):
    """A quick session by buttons and clock alone; the host only looks on."""
    for at_ms, button in ((1000, "DOWN"), (1300, "DOWN"), (1600, "START"), (2000, "START")):
        rig.advance(at_ms - rig.now_us / 1000)
        rig.buttons.hold(button, bounce=False)
        rig.advance(100)
        rig.buttons.release(button, bounce=False)
        if with_host:
            rig.host.hello()
            rig.host.subscribe(100)
    rig.advance(3500 - rig.now_us / 1000)
    rig.person.contact(1.0)
    for at_ms in range(4000, 9000, 250):
        rig.advance(at_ms - rig.now_us / 1000)
        if with_host:
            rig.host.status()
            rig.host.poll()
    rig.person.lift()
    rig.advance(9500 - rig.now_us / 1000)
    return rig.truth.samples


@pytest.mark.requirement("REQ-LNK-1")
def test_host_that_looks_on_changes_nothing_physical(make_rig):
    alone = session(make_rig(seed=2), False)
    watched_rig = make_rig(seed=2)
    watched = session(watched_rig, True)
    count = min(len(alone), len(watched))
    assert count > 18_000
    assert alone["current_ua"].max() > 200
    # The host's frames take time of the main loop: a round, and with it a change of state, may come 20 ms later.
    assert (
        abs(alone["current_ua"][:count].mean() - watched["current_ua"][:count].mean()) < 2
    )  # rounds apart: 10 ms of the ramp
    far = abs(alone["current_ua"][:count] - watched["current_ua"][:count]) > 15
    assert np.count_nonzero(far) < 60  # ticks: those of one such shift
    assert state(watched_rig) == "PAUSED"
