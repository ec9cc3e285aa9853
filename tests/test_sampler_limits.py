"""The mode's own limits in the tick: current by A and by B, open circuit, electrode voltage; below, at and above."""

from fractions import Fraction
from math import ceil

import pytest

from ionto import faults, limits, regulator, sampler
from ionto.calibration import NOMINAL, bounds
from tests.support.tick import Tick, calibration_with

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
A_UA = (Fraction(5, 4), Fraction(25, 4))
B_UA = Fraction(73, 10)
V_MV = Fraction(25, 2)


def trip_ua(mode: limits.Mode) -> Fraction:
    return Fraction(mode.max_ua * 110, 100) + 50


def driven(mode: limits.Mode, net: int | None = None, **zeros: int) -> Tick:
    """A tick that holds the mode's maximum, or `net` counts."""
    tick = Tick(mode, calibration_with(**zeros) if zeros else None)
    tick.hold(net or tick.limits[0])
    return tick


@MODES
@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.parametrize("a_zero_raw", [0, 15])
def test_current_a_below_and_at_the_limit_passes_and_above_cuts_in_one_tick(mode: limits.Mode, a_zero_raw: int) -> None:
    tick = driven(mode, a_zero_raw=a_zero_raw)
    net = trip_ua(mode) // A_UA[mode.range]
    for below in (1, 0):
        a, v, b = tick.healthy(net - below)
        assert a == net - below + a_zero_raw
        assert tick.checks_to_cause((a, v, b), 3) == (0, 3)
    a, v, b = tick.healthy(net + 1)
    assert (net + 1) * A_UA[mode.range] > trip_ua(mode)
    assert tick.check(a, v, b - 2) == faults.OVERCURRENT_A
    assert (tick.state[sampler.VALUE], tick.state[sampler.LIMIT]) == (a, a - 1)


@MODES
@pytest.mark.requirement("REQ-TRP-5")
@pytest.mark.parametrize("b_zero_raw", [0, 15])
def test_current_b_below_and_at_the_limit_passes_and_above_cuts_in_one_tick(mode: limits.Mode, b_zero_raw: int) -> None:
    tick = driven(mode, b_zero_raw=b_zero_raw)
    a, v, _ = tick.healthy(tick.limits[0])
    b = trip_ua(mode) // B_UA + b_zero_raw
    assert (b - b_zero_raw + 1) * B_UA > trip_ua(mode) >= (b - b_zero_raw) * B_UA
    assert tick.checks_to_cause((a, v, b - 1), 3) == (0, 3)
    assert tick.checks_to_cause((a, v, b), 3) == (0, 3)
    assert tick.check(a, v, b + 1) == faults.OVERCURRENT_B
    assert (tick.state[sampler.VALUE], tick.state[sampler.LIMIT]) == (b + 1, b)


@MODES
@pytest.mark.requirement("REQ-TRP-4")
@pytest.mark.parametrize("word", [sampler.OFF, sampler.PROBE, sampler.DRIVE])
def test_current_above_the_limit_cuts_in_every_mode_word(mode: limits.Mode, word: int) -> None:
    tick = Tick(mode)
    tick.state[sampler.MODE] = word
    assert tick.check(4095, 0, 0) == faults.OVERCURRENT_A
    assert tick.check(0, 0, 4095) == faults.OVERCURRENT_B


@MODES
@pytest.mark.requirement("REQ-TRP-7")
@pytest.mark.parametrize("v_zero_raw", [0, 15])
def test_voltage_at_the_limit_passes_and_above_cuts_in_two_ticks(mode: limits.Mode, v_zero_raw: int) -> None:
    tick = driven(mode, net=100, v_zero_raw=v_zero_raw)
    a, _, b = tick.healthy(100)
    v = Fraction(mode.max_electrode_mv * 105, 100) // V_MV + v_zero_raw
    assert (v - v_zero_raw + 1) * V_MV > Fraction(mode.max_electrode_mv * 105, 100)
    assert tick.checks_to_cause((a, v - 1, b), 10) == (0, 10)
    assert tick.checks_to_cause((a, v, b), 10) == (0, 10)
    tick.find_slot(sampler.SLOT_RAIL, (a, v, b))
    assert tick.checks_to_cause((a, v + 1, b), 10) == (faults.OVERVOLTAGE, 2)
    assert (tick.state[sampler.VALUE], tick.state[sampler.LIMIT]) == (v + 1, v)


@MODES
@pytest.mark.requirement("REQ-TRP-7")
def test_voltage_above_the_limit_in_every_other_reading_never_cuts(mode: limits.Mode) -> None:
    tick = driven(mode, net=100)
    a, v, b = tick.healthy(100)
    readings = 0
    for _ in range(60):
        is_read = tick.state[sampler.SLOT] >= sampler.SLOT_AMPLIFIER
        readings += is_read
        assert tick.check(a, 4000 if readings % 2 else v, b) == 0
    assert readings == 48


@MODES
@pytest.mark.requirement("REQ-TRP-7")
@pytest.mark.parametrize("slot", [sampler.SLOT_REFERENCE, sampler.SLOT_GROUND])
def test_voltage_that_another_channel_kept_from_being_read_counts_once(mode: limits.Mode, slot: int) -> None:
    tick = driven(mode, net=100)
    a, v, b = tick.healthy(100)
    tick.find_slot(slot, (a, v, b))
    for _ in range(sampler.SLOT_PERIOD // 2 - 1):
        assert tick.check(a, v, b) == 0
    assert tick.check(a, 4000, b) == 0
    assert tick.state[sampler.SLOT] == slot
    assert tick.check(a, 4000, b) == 0  # the same reading still
    assert tick.check(a, v, b) == 0
    assert tick.checks_to_cause((a, 4000, b), 5) == (faults.OVERVOLTAGE, 2)


@MODES
@pytest.mark.requirement("REQ-TRP-7")
@pytest.mark.parametrize("word", [sampler.OFF, sampler.PROBE])
def test_voltage_above_the_limit_cuts_when_not_driving_too(mode: limits.Mode, word: int) -> None:
    tick = Tick(mode)
    tick.state[sampler.MODE] = word
    tick.find_slot(sampler.SLOT_RAIL, (0, 10, 0))
    assert tick.checks_to_cause((0, 4000, 0), 5) == (faults.OVERVOLTAGE, 2)


def open_floor(mode: limits.Mode, net: int) -> Fraction:
    """Net counts below which a circuit is open; below 100 uA of setpoint, half of it (decision 2)."""
    floor = min(Fraction(net, 2), 50 / A_UA[mode.range])
    return max(floor, Fraction(net, 5))


@MODES
@pytest.mark.requirement("REQ-TRP-6")
def test_circuit_open_at_every_kind_of_setpoint_cuts_in_two_ticks(mode: limits.Mode) -> None:
    tick = driven(mode)
    top = tick.limits[0]
    for net in (8, 9, 15, 16, 17, 39, 40, 41, 79, 80, 81, 199, 200, 201, 400, top // 2, top - 1, top):
        tick.state[sampler.SETPOINT] = net
        healthy = tick.healthy(net)
        floor = open_floor(mode, net)
        for counts in (0, ceil(floor) - 1):
            assert tick.check(*healthy) == 0
            assert tick.checks_to_cause((counts, *healthy[1:]), 5) == (faults.CUT_OPEN, 2), (net, counts)
        # Rounding to the safe side may take one count more.
        for counts in (ceil(floor) + 1, ceil(floor) + 2):
            assert tick.check(*healthy) == 0
            assert tick.checks_to_cause((counts, *healthy[1:]), 5) == (0, 5), (net, counts)


@MODES
@pytest.mark.requirement("REQ-TRP-6")
def test_circuit_open_in_every_other_tick_never_cuts(mode: limits.Mode) -> None:
    tick = driven(mode)
    healthy = tick.healthy(tick.limits[0])
    for _ in range(20):
        assert tick.check(0, *healthy[1:]) == 0
        assert tick.check(*healthy) == 0


@MODES
@pytest.mark.requirement("REQ-TRP-6")
@pytest.mark.parametrize("word", [sampler.OFF, sampler.PROBE])
def test_circuit_open_without_drive_does_not_cut(mode: limits.Mode, word: int) -> None:
    tick = Tick(mode)
    tick.state[sampler.MODE] = word
    tick.state[sampler.SETPOINT] = tick.limits[7]
    assert tick.checks_to_cause((0, 100, 0), 200) == (0, 200)


@MODES
@pytest.mark.requirement("REQ-TRP-6")
def test_circuit_open_with_the_setpoint_at_zero_does_not_cut(mode: limits.Mode) -> None:
    tick = Tick(mode)
    tick.state[sampler.MODE] = sampler.DRIVE
    assert tick.checks_to_cause((0, 0, 0), 200) == (0, 200)


@MODES
@pytest.mark.requirement("REQ-TRP-6")
@pytest.mark.requirement("REQ-TRP-7")
def test_open_circuit_above_the_voltage_limit_is_open_and_not_overvoltage(mode: limits.Mode) -> None:
    tick = driven(mode)
    assert tick.checks_to_cause((0, 4000, 0), 5) == (faults.CUT_OPEN, 2)


@MODES
@pytest.mark.requirement("REQ-TRP-6")
@pytest.mark.requirement("REQ-TRP-7")
def test_overvoltage_waits_at_most_one_tick_for_the_open_circuit(mode: limits.Mode) -> None:
    # Above the voltage limit first, then open: open has its own two ticks.
    tick = driven(mode)
    a, _, b = tick.healthy(tick.limits[0])
    assert tick.check(a, 4000, b) == 0
    assert tick.checks_to_cause((0, 4000, 0), 5) == (faults.CUT_OPEN, 2)
    # Closed again in the third tick: overvoltage after all.
    tick = driven(mode)
    assert tick.check(a, 4000, b) == 0
    assert tick.check(0, 4000, 0) == 0
    assert tick.check(a, 4000, b) == faults.OVERVOLTAGE


@pytest.mark.requirement("REQ-TRP-6", "REQ-CAL-2")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_circuit_that_opens_is_seen_with_the_lowest_zero_that_a_calibration_may_have(mode: limits.Mode) -> None:
    lowest, _ = bounds(NOMINAL[mode.range], "a_zero_raw")
    for net in (regulator.MIN_SETPOINT, 9, 16, 40, 400):
        tick = driven(mode, net=net, a_zero_raw=lowest)
        assert tick.checks_to_cause((0, 4000, 0), 5) == (faults.CUT_OPEN, 2), net
