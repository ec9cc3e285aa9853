"""The same treatment into other loads: whatever is across the electrodes, the current is what was set."""

import pytest

from hil.tests.firmware.steps import RC, RESISTOR, assert_off, assert_regulated, hold, peak_ua, tap, until

PERSON = "hil.person:Person"


def short_session(rig):
    hold(rig, level_ua=300)
    held_us = rig.now_us
    rig.advance(1000)
    assert_regulated(rig, 300)
    assert rig.truth.max_current_ua() < 800
    assert peak_ua(rig, held_us) < 330
    tap(rig, "START")
    until(rig, "DONE", timeout_ms=6000)
    assert_off(rig)


@pytest.mark.requirement("REQ-REG-2")
@pytest.mark.parametrize(
    ("load", "arguments"),
    [
        (RESISTOR, {"ohm": 500}),
        (RESISTOR, {"ohm": 20000}),
        (RC, {"rs_ohm": 500, "rp_ohm": 9500, "cp_f": 2e-6}),
        (PERSON, {"site": "HANDS", "polarisation_v": 0.5}),
    ],
    ids=["500 ohm", "20 kohm", "2 uF", "polarised"],
)
def test_load_is_driven_at_the_level(make_rig, load, arguments):
    short_session(make_rig(load=load, load_arguments=arguments))


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_load_is_driven_at_the_level_by_any_board(make_rig, seed):
    short_session(make_rig(seed=seed))


def test_load_named_by_the_environment_is_driven_at_the_level(make_rig, monkeypatch):
    monkeypatch.setenv("IONTO_LOAD", RESISTOR)
    rig = make_rig()
    short_session(rig)
    volts = rig.truth.samples["electrode_mv"].max() / 1000
    assert volts == pytest.approx(0.3 * 4.7, rel=0.1)  # that resistor, and no person
