"""The board's own rules: each condition of K1, its delays, the latch, STOP's second pole, K2."""

import pytest

from hil.tests.remote import PROGRAM, Remote


@pytest.fixture
def remote(make_rig):
    options = {"load": "hil.person:Resistor", "load_arguments": {"ohm": 4700}, "area": 1.0, "tolerance_sigma": 0}
    remote = Remote(make_rig(program=PROGRAM, **options))
    yield remote
    remote.off()


def last(rig, name):
    return rig.truth.times_us(name)[-1]


def test_k1_closes_half_a_millisecond_after_its_last_condition(remote):
    remote.do("k1(1)")
    rig = remote.rig
    assert rig.truth.k1_closed
    assert last(rig, "k1_closed") - last(rig, "k1_request") == 500


def test_k1_opens_half_a_millisecond_after_its_request_ends(remote):
    remote.do("k1(1)")
    remote.do("k1(0)")
    assert last(remote.rig, "k1_open") - last(remote.rig, "k1_request") == 500


@pytest.mark.emu
def test_k1_opens_within_5_ms_of_the_last_heartbeat(remote):
    remote.drive(500)
    rig = remote.rig
    rig.board.fault("heartbeat_cut")
    start_us = rig.now_us
    rig.advance(10)
    assert 4000 < last(rig, "k1_open") - start_us <= 5000


@pytest.mark.emu
def test_k1_stays_open_without_a_heartbeat(remote):
    remote.do("wanted[2] = 0", 20)
    remote.do("k1(1)", 50)
    assert not remote.rig.truth.k1_closed


def test_stop_opens_k1_after_one_and_a_half_seconds_whatever_the_code_does(remote):
    remote.drive(500)
    rig = remote.rig
    rig.buttons.stop_press()
    start_us = rig.now_us
    rig.advance(1400)
    assert rig.truth.k1_closed
    rig.advance(200)
    assert last(rig, "k1_open") - start_us == 1_500_500
    rig.buttons.stop_release()
    rig.advance(5)
    assert rig.truth.k1_closed
    remote.do("k1(0)")


@pytest.mark.emu
def test_the_stop_sense_reads_high_while_pressed(remote):
    assert remote.ask("stop_sense()") == "0"
    remote.rig.buttons.stop_press()
    assert remote.ask("stop_sense()") == "1"


@pytest.mark.parametrize(
    ("body", "trip", "ohm", "limit_ua"), [(0, 0, 470, 4000), (0, 1, 470, 4000), (1, 0, 1000, 7000), (1, 1, 1000, 25000)]
)
def test_the_latch_opens_k1_within_1_ms_above_its_threshold(make_rig, body, trip, ohm, limit_ua):
    options = {"load": "hil.person:Resistor", "load_arguments": {"ohm": ohm}, "area": 1.0, "tolerance_sigma": 0}
    rig = make_rig(program=PROGRAM, **options)
    remote = Remote(rig)
    remote.do(f"select_range({body}); select_trip({trip})")
    volts_per_code, series_ohm = ((0.004, 2200), (0.01, 470))[body]
    below = int(0.97e-6 * limit_ua * (ohm + series_ohm) / volts_per_code)
    remote.drive(below)
    assert rig.truth.named("latch_trip") == []
    assert rig.truth.current_ua == pytest.approx(0.97 * limit_ua, rel=0.01)
    remote.do(f"wanted[0] = {int(below * 1.06)}")
    assert last(rig, "k1_open") - last(rig, "latch_trip") <= 1000
    assert remote.ask("latch_ok()") == "0"
    assert rig.truth.max_current_ua() < 1.1 * limit_ua
    remote.off()


@pytest.mark.emu
def test_the_latch_is_reset_only_without_current(remote):
    rig = remote.rig
    rig.board.fault("latch_tripped")
    remote.do("wanted[0] = 100")
    assert remote.ask("latch_ok()") == "0"
    remote.do("latch_reset(1); latch_reset(0)")
    assert remote.ask("latch_ok()") == "1"
    remote.drive(500)
    rig.board.fault("k1_welded")
    rig.board.fault("latch_tripped")
    remote.do("latch_reset(1); latch_reset(0)")
    assert rig.truth.named("latch_reset_ignored")
    assert remote.ask("latch_ok()") == "0"
    rig.board.fault("k1_welded", 0)
    rig.advance(10)


@pytest.mark.emu
def test_dac_channel_b_trips_the_latch_without_current(remote):
    remote.do("dac_b(2900)", 30)
    assert remote.ask("latch_ok()") == "1"
    remote.do("dac_b(3100)", 30)
    assert remote.ask("latch_ok()") == "0"
    remote.do("latch_reset(1); latch_reset(0)")
    assert remote.ask("latch_ok()") == "0"


@pytest.mark.emu
def test_k2_under_current_is_a_violation(remote):
    remote.drive(500)
    remote.do("k2(1)", 30)
    assert [event.name for event in remote.rig.truth.violations()] == ["violation:k2_switched_with_k1_closed"]
    remote.rig.expect_error("violation:k2")


@pytest.mark.emu
def test_k2_takes_10_ms_and_turns_the_load_but_not_the_readings(remote):
    remote.do("k2(1)", 5)
    assert not remote.rig.truth.named("k2_switch")
    remote.rig.advance(10)
    assert remote.rig.truth.named("k2_switch")
    remote.drive(500)
    assert remote.rig.truth.current_ua == pytest.approx(2e6 / 6900, rel=0.001)
    assert remote.rig.truth.now["electrode_mv"] > 1000


@pytest.mark.emu
def test_break_to_zero_is_timed_from_the_physical_break(remote):
    remote.drive(1000)
    rig = remote.rig
    rig.person.lift()
    rig.advance(5)
    remote.do("wanted[0] = 0")
    (zero_us,) = rig.truth.break_to_zero_us()
    # The statement takes the chip a few ms.
    assert 5000 < zero_us == last(rig, "drive_at_zero") - last(rig, "break") < 15000
    assert rig.truth.amplifier_mv < 50
