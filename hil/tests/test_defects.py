"""Defects of the board are physical: what breaks shows in the truth and at the converters, and mends."""

import pytest

from hil.tests.remote import PROGRAM, Remote


@pytest.fixture
def remote(make_rig):
    options = {"load": "hil.person:Resistor", "load_arguments": {"ohm": 4700}, "area": 1.0, "tolerance_sigma": 0}
    remote = Remote(make_rig(program=PROGRAM, **options))
    yield remote
    remote.off()


def readings(remote):
    return [int(text) for text in remote.ask("list(seen)").strip("[]").split(", ")]


def break_(remote: Remote, name: str, value: object = 1, ms: float = 5.0) -> None:
    remote.rig.board.fault(name, value)
    remote.rig.advance(ms)


def test_channel_astray_reads_another_and_its_own_again(remote):
    break_(remote, "adc_astray", [0, 2, 1])
    assert abs(readings(remote)[0] - 2048) < 8
    break_(remote, "adc_astray", [0, None, 1])
    assert readings(remote)[0] < 8


def test_glitch_is_as_many_samples_and_no_more(remote):
    break_(remote, "adc_glitch", [0, 3000, 200])
    assert readings(remote)[0] == 3000
    remote.rig.advance(120)
    assert readings(remote)[0] < 8


def test_bus_that_is_stuck_sticks_every_channel_of_a_and_none_of_b(remote):
    break_(remote, "adc_bus", 4095)
    values = readings(remote)
    assert values[:4] == [4095] * 4
    assert values[4] < 50
    break_(remote, "adc_bus", None)
    assert readings(remote)[0] < 8


@pytest.mark.parametrize(
    ("name", "value", "code", "whole"),
    [
        ("dac_stuck", 500, 500, None),
        ("dac_bits", [0x80, 0], 800 & ~0x80, [0, 0]),
        ("dac_bits", [0, 0x400], 800 | 0x400, [0, 0]),
    ],
)
def test_dac_with_a_defect_gives_what_it_says_and_the_right_code_again(remote, name, value, code, whole):
    remote.drive(800)
    assert abs(remote.rig.truth.amplifier_mv - 3200) < 40
    break_(remote, name, value)
    assert abs(remote.rig.truth.amplifier_mv - 4 * code) < 40
    break_(remote, name, whole)
    assert abs(remote.rig.truth.amplifier_mv - 3200) < 40


def test_defect_of_the_dac_acts_on_the_code_of_the_latest_small_change(remote):
    remote.drive(800)
    for code in (810, 820, 830):
        remote.drive(code)
    since_us = remote.rig.now_us
    break_(remote, "dac_bits", [0x2, 0])
    codes = remote.rig.truth.between(since_us, remote.rig.now_us)["dac"]
    assert set(codes.tolist()) <= {830, 828}
    break_(remote, "dac_bits", [0, 0])


def test_dac_that_takes_nothing_keeps_its_code(remote):
    remote.drive(800)
    break_(remote, "dac_frozen")
    remote.drive(100)
    assert abs(remote.rig.truth.amplifier_mv - 3200) < 40
    break_(remote, "dac_frozen", 0)
    assert abs(remote.rig.truth.amplifier_mv - 400) < 40


def test_amplifier_held_at_a_voltage_never_exceeds_its_rail(remote):
    remote.drive(800)
    break_(remote, "amplifier_held_v", 99.0)
    assert 16_900 < remote.rig.truth.amplifier_mv < 17_100
    break_(remote, "amplifier_held_v", 0.0)
    assert remote.rig.truth.amplifier_mv < 10
    break_(remote, "amplifier_held_v", None)
    assert abs(remote.rig.truth.amplifier_mv - 3200) < 40


def test_relay_stuck_open_lets_nothing_through_and_a_slow_one_takes_its_time(remote):
    rig = remote.rig
    break_(remote, "k1_stuck_open")
    remote.drive(800)
    assert not rig.truth.k1_closed
    break_(remote, "k1_stuck_open", 0)
    assert rig.truth.k1_closed
    break_(remote, "k1_delay_us", 3000)
    remote.do("k1(0)", 20)
    asked_us = [event.time_us for event in rig.truth.named("k1_request") if not event.value][-1]
    assert rig.truth.times_us("k1_open")[-1] - asked_us == 3000
    rig.board.fault("k1_delay_us", 500)


def test_pump_that_is_stuck_keeps_the_relay_closed_without_edges(remote):
    remote.drive(800)
    break_(remote, "pump_stuck")
    remote.do("timer.deinit()", 50)
    assert remote.rig.truth.k1_closed
    break_(remote, "pump_stuck", 0)
    assert not remote.rig.truth.k1_closed


def test_latch_that_is_dead_does_not_trip_and_one_that_is_stuck_cannot_be_reset(remote):
    rig = remote.rig
    break_(remote, "latch_dead")
    break_(remote, "latch_tripped")
    assert not rig.truth.times_us("latch_trip")
    break_(remote, "latch_dead", 0)
    break_(remote, "latch_stuck")
    assert rig.truth.times_us("latch_trip")
    assert not rig.truth.now["flags"] & 8


def test_defect_that_nobody_knows_is_named(remote):
    remote.rig.expect_error("no fault 'nonsense'")
    break_(remote, "nonsense")
    assert any("no fault 'nonsense'" in text for text in remote.rig.errors)


IDLE_PROGRAM = "import time\nwhile True:\n    time.sleep_ms(10)\n"


@pytest.mark.parametrize(("held_v", "is_over"), [(11.0, False), (12.0, True)])
def test_time_above_the_latch_s_threshold_is_kept_without_a_single_tick(tmp_path, make_rig, held_v, is_over):
    program = tmp_path / "idle.py"
    program.write_text(IDLE_PROGRAM)
    rig = make_rig(program=program, load="hil.person:Resistor", load_arguments={"ohm": 600}, tolerance_sigma=0)
    for name, value in (("latch_dead", 1), ("amplifier_held_v", held_v), ("k1_welded", 1)):
        rig.board.fault(name, value)
    rig.advance(20)
    rig.person.contact(1.0)  # 3.93 or 4.29 mA; FACE trips at 4
    rig.advance(30)
    rig.person.lift()
    rig.advance(20)
    rig.person.contact(1.0)
    rig.advance(10)
    assert len(rig.truth.samples) == 0
    assert 29_000 * is_over <= rig.truth.longest_over_latch_us() <= 31_000 * is_over
    rig.board.fault("amplifier_held_v", 0.0)
    rig.board.fault("k1_welded", 0)
    rig.advance(20)
