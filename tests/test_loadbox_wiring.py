"""The box's net list: its loads are what they are called, nothing shorts, every resistor bears the worst case."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from loadbox import wiring

DOCUMENT = (Path(__file__).parents[1] / "docs" / "loadbox.md").read_text(encoding="utf-8")
RAIL_V, SERIES_OHM = 48.0, 470.0  # Ionto-1's BODY range, with the amplifier at its rail and K1 welded
ALWAYS_OHM = wiring.LIMITER_OHM + wiring.SHUNT_OHM + wiring.RELAYS_OHM


def ladder_ohm(load):
    """The resistance of the branches that are closed for a load."""
    closed = wiring.BRANCHES_OHM[: load + 1]
    return 0.0 if 0 in closed else 1 / sum(1 / ohm for ohm in closed)


@pytest.mark.parametrize("load", range(8))
def test_load_is_what_it_is_called(load):
    assert ALWAYS_OHM + ladder_ohm(load) == pytest.approx(wiring.LOADS_OHM[load], rel=0.005)


def test_loads_fall_from_branch_to_branch():
    assert all(above > below for above, below in pairwise(wiring.LOADS_OHM))
    assert len(wiring.LOADS_OHM) == len(wiring.BRANCHES_OHM) == len(wiring.BRANCH_PINS) == 8


def test_no_pin_has_two_duties_and_none_is_missing():
    pins = [*wiring.OUTPUT_PINS, wiring.SERVICE, wiring.ADC_SHUNT, wiring.ADC_LOW, wiring.ADC_ELECTRODE]
    assert len(set(pins)) == len(pins)
    assert set(pins) <= {*range(2, 23), 25, 26, 27, 28}


def test_every_combination_of_relays_leaves_enough_to_bear_the_rail():
    shorted_a = RAIL_V / (SERIES_OHM + ALWAYS_OHM)
    assert shorted_a < 0.1  # what the relays are rated for


def rated_w():
    """The ratings that the document asks for, by the resistance they belong to."""
    rows = re.findall(r"^\| R\d+ \| ([\d ]+) Ω \|.*\| ([\d.]+) W \|", DOCUMENT, re.MULTILINE)
    return {int(ohm.replace(" ", "")): float(watt) for ohm, watt in rows}


def worst_w():
    """The most that each resistor can take for good, over all loads, by its resistance."""
    worst = dict.fromkeys((wiring.LIMITER_OHM, wiring.SHUNT_OHM, *wiring.BRANCHES_OHM[:-1]), 0.0)
    for load in range(8):
        ladder = ladder_ohm(load)
        current_a = RAIL_V / (SERIES_OHM + ALWAYS_OHM + ladder)
        for ohm in (wiring.LIMITER_OHM, wiring.SHUNT_OHM):
            worst[ohm] = max(worst[ohm], current_a**2 * ohm)
        for ohm in wiring.BRANCHES_OHM[: load + 1]:
            if ohm:
                worst[ohm] = max(worst[ohm], (current_a * ladder) ** 2 / ohm)
    return worst


def test_document_rates_every_resistor_at_twice_what_it_can_ever_take():
    rated, worst = rated_w(), worst_w()
    assert set(rated) == set(worst)
    assert not {ohm: watt for ohm, watt in worst.items() if rated[ohm] < 2 * watt}


def test_document_names_every_pin():
    rows = dict(re.findall(r"^\| GP(\d+) \| ([^|]+) \|", DOCUMENT, re.MULTILINE))
    named = {int(pin): duty for pin, duty in rows.items()}
    for name, pin in wiring.BUTTONS:
        assert name in named[pin]
    assert "contact" in named[wiring.CONTACT]
    assert "supply" in named[wiring.POWER]
    assert "jumper" in named[wiring.SERVICE]
    for load, pin in enumerate(wiring.BRANCH_PINS):
        assert f"branch {load}" in named[pin]
    assert {wiring.ADC_SHUNT, wiring.ADC_LOW, wiring.ADC_ELECTRODE, wiring.LED} <= set(named)


def test_range_of_the_converter_holds_the_highest_current_and_voltage():
    half_v = wiring.SUPPLY_UV / 2e6
    assert half_v > 0.025 * wiring.SHUNT_OHM
    assert half_v > RAIL_V * wiring.DIVIDER_BOTTOM_KOHM / (wiring.DIVIDER_TOP_KOHM + wiring.DIVIDER_BOTTOM_KOHM)
