"""The regulator around electrodes and skin, against the truth of the plant, which runs on MicroPython."""

import functools

import pytest

from ionto import faults, limits
from tests.support.on_micropython import run

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
V_LSB_MV = 12.5
TRIP_UA = {mode.number: mode.max_ua * 1.1 + 50 for mode in limits.MODES}


@functools.cache
def closed_loop(case: str, mode: limits.Mode) -> list[dict]:
    rows = run("closed_loop.py", case, mode.number)
    assert rows
    return rows


def tolerance_ua(setpoint_ua: float, percent: float, floor_ua: float) -> float:
    return max(floor_ua, setpoint_ua * percent / 100)


@MODES
@pytest.mark.requirement("REQ-REG-2")
@pytest.mark.requirement("REQ-REG-4")
def test_steady_current_is_within_two_percent_or_at_the_voltage_limit(mode: limits.Mode) -> None:
    rows = closed_loop("steady", mode)
    held = 0
    for row in rows:
        assert row["cause"] == 0, row
        assert row["high_mv"] <= mode.max_electrode_mv + V_LSB_MV, row
        reachable_ua = mode.max_electrode_mv * 1000 / (row["load"][0] + row["load"][1])
        # Near the corner, what the stage's last code gives counts: 4,095 codes are less than the voltage limit's sum.
        stage_ua = (16380, 40950)[mode.range] * 1000 / ((2200, 470)[mode.range] + row["load"][0] + row["load"][1])
        if row["target_ua"] < 0.97 * min(reachable_ua, stage_ua):
            held += 1
            assert abs(row["mean_ua"] - row["target_ua"]) <= tolerance_ua(row["target_ua"], 2, 30), row
            assert row["high_ua"] - row["low_ua"] <= tolerance_ua(row["target_ua"], 2, 30), row
        else:
            # The setpoint has come down to what flows: no wind-up.
            assert 0 <= row["setpoint_ua"] - row["mean_ua"] <= tolerance_ua(row["mean_ua"], 3, 60), row
            assert row["mean_ua"] >= 0.95 * min(reachable_ua, stage_ua, row["target_ua"]), row
    assert held >= len(rows) / 3


@MODES
@pytest.mark.requirement("REQ-REG-1")
def test_ramp_keeps_the_modes_slopes_within_five_percent(mode: limits.Mode) -> None:
    for row in closed_loop("ramps", mode):
        assert row["cause"] == 0
        assert row["up"] == pytest.approx(mode.ramp_up_ua_per_s, rel=0.05), row
        assert row["down"] == pytest.approx(mode.ramp_down_ua_per_s, rel=0.05), row


@MODES
@pytest.mark.requirement("REQ-REG-3")
def test_contact_area_that_grows_is_cut_as_contact_or_is_regulated_out_in_10_ms(mode: limits.Mode) -> None:
    grown = [row for row in closed_loop("changes", mode) if row["area"][1] > row["area"][0]]
    regulated = 0
    for row in grown:
        assert row["started"] == 0
        if row["cause"]:
            # Only what passed the mode's own limit is cut, and never as a fault.
            assert row["cause"] == faults.CUT_CONTACT_CHANGE, row
            assert row["first_ua"] > TRIP_UA[mode.number] - 10, row
        elif mode.range == limits.RANGE_FACE or not row["is_charged"] or row["load"][1] == 0:
            regulated += 1
            low_ua, high_ua = row["next_ua"]
            assert high_ua <= row["setpoint_ua"] + tolerance_ua(row["setpoint_ua"], 5, 50), row
            assert low_ua >= row["setpoint_ua"] - tolerance_ua(row["setpoint_ua"], 8, 50), row
            assert row["last_ua"] <= row["last_setpoint_ua"] + tolerance_ua(row["last_setpoint_ua"], 5, 50), row
    assert regulated >= len(grown) / 2


@MODES
@pytest.mark.requirement("REQ-REG-2")
def test_contact_area_that_shrinks_neither_cuts_nor_overshoots(mode: limits.Mode) -> None:
    shrunk = [row for row in closed_loop("changes", mode) if row["area"][1] < row["area"][0]]
    assert shrunk
    for row in shrunk:
        assert row["cause"] == 0, row
        high_ua = max(row["next_ua"][1], row["last_ua"])
        assert high_ua <= row["before_ua"] + tolerance_ua(row["before_ua"], 5, 50), row


@MODES
@pytest.mark.requirement("REQ-TRP-6")
def test_contact_area_that_wobbles_is_never_an_open_circuit(mode: limits.Mode) -> None:
    for row in closed_loop("wobbles", mode):
        assert row["cause"] in (0, faults.CUT_CONTACT_CHANGE), row
        if row["cause"]:
            assert not row["is_charged"], row
            assert row["high_ua"] > TRIP_UA[mode.number] - 10, row


@MODES
@pytest.mark.requirement("REQ-TRP-6")
def test_circuit_that_breaks_is_cut_in_two_ticks_at_every_setpoint(mode: limits.Mode) -> None:
    rows = closed_loop("breaks", mode)
    assert min(row["setpoint"] for row in rows) == 8
    for row in rows:
        assert row["cause"] == faults.CUT_OPEN, row
        assert row["ticks"] == 2, row
        assert row["rise"] <= 4.001, row


@pytest.mark.requirement("REQ-LIM-4")
@MODES
def test_electrodes_that_touch_keep_the_probe_within_its_limit_and_are_no_fault(mode: limits.Mode) -> None:
    for row in closed_loop("shorts", mode):
        assert row["high_ua"] <= mode.probe_limit_ua + tolerance_ua(mode.probe_limit_ua, 5, 75), row
        assert row["cause"] == 0, row
