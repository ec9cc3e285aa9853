"""docs/trip-rules.md against the code: names, codes, confirmation, and the worst case as it is measured here."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ionto import faults, limits, sampler
from tests.support.tick import Tick

DOCUMENT = (Path(__file__).parents[1] / "docs" / "trip-rules.md").read_text(encoding="utf-8")
HEAD = ("Rule", "Cause", "Code", "Confirmed by", "Worst case, ticks", "Worst case, ms", "Requirement")
MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)


def table() -> dict[int, dict[str, str]]:
    """The document's table by code."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in DOCUMENT.splitlines() if line[:1] == "|"]
    assert tuple(rows[0]) == HEAD
    return {int(row[2]): dict(zip(HEAD, row, strict=True)) for row in rows[2:]}


TABLE = table()
CONFIRMED_BY = {
    faults.LIMITS_CORRUPT: "1 tick",
    faults.TICK_LATE: "1 tick",
    faults.LATCH: "1 tick",
    faults.OVERCURRENT_A: "1 tick",
    faults.OVERCURRENT_B: "1 tick",
    faults.CUT_CONTACT_CHANGE: "1 tick",
    faults.CUT_OPEN: f"{sampler.CONFIRM_OPEN} ticks in a row",
    faults.OVERVOLTAGE: f"{sampler.CONFIRM_VOLTAGE} readings in a row",
    faults.EXCESS_CURRENT: f"{sampler.CONFIRM_EXCESS} ticks",
    faults.SENSE_MISMATCH: f"{sampler.CONFIRM_MISMATCH} ticks",
    faults.REFERENCE: f"{sampler.CONFIRM_REFERENCE} readings",
    faults.GROUND: f"{sampler.CONFIRM_GROUND} readings",
    faults.AMPLIFIER: f"{sampler.CONFIRM_FOLLOW} readings",
    faults.STUCK_SENSE: f"{sampler.CONFIRM_STUCK} ticks",
    faults.STATE_CORRUPT: "1 tick",
    faults.TICK_RATE: f"{sampler.SLOT_PERIOD} ticks",
    faults.MAIN_LATE: f"{sampler.MAIN_TICKS} ticks",
}


def test_document_has_a_row_for_every_cause_of_the_tick_and_no_other() -> None:
    assert set(TABLE) == set(CONFIRMED_BY)


@pytest.mark.parametrize("code", TABLE)
def test_row_names_the_cause_and_its_confirmation_as_the_code_has_them(code: int) -> None:
    names = {row.number: row.name for row in faults.FAULTS} | dict(faults.CUTS)
    row = TABLE[code]
    assert row["Cause"] == names[code]
    assert row["Confirmed by"] == CONFIRMED_BY[code]
    # Ticks that are slow by not quite as much as is late.
    tick_us = limits.TICK_US + (limits.TICK_LATE_US if code == faults.TICK_RATE else 0)
    assert float(row["Worst case, ms"]) == int(row["Worst case, ticks"]) * tick_us / 1000
    firmware = Path(sampler.__file__).read_text(encoding="utf-8")
    assert f"[{row['Requirement']}]" in firmware or row["Requirement"] in ("REQ-TRP-5", "REQ-TRP-6")


def test_requirements_are_sixteen_without_a_gap() -> None:
    assert {row["Requirement"] for row in TABLE.values()} == {f"REQ-TRP-{n}" for n in range(1, 17)}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (faults.TICK_LATE, f"{limits.TICK_LATE_US} µs"),
        (
            faults.OVERCURRENT_A,
            f"{limits.OVERCURRENT_PERCENT} % of the mode's maximum + {limits.OVERCURRENT_MARGIN_UA} µA",
        ),
        (faults.CUT_OPEN, f"{limits.OPEN_FLOOR_UA} µA or {limits.OPEN_PERCENT} %"),
        (faults.OVERVOLTAGE, f"{limits.OVERVOLTAGE_PERCENT} %"),
        (faults.EXCESS_CURRENT, f"{limits.EXCESS_FLOOR_UA} µA or {limits.EXCESS_PERCENT} %"),
        (faults.SENSE_MISMATCH, f"{limits.MISMATCH_FLOOR_UA} µA + {limits.MISMATCH_PERCENT} %"),
        (faults.REFERENCE, f"{limits.REFERENCE_PERCENT} %"),
        (faults.GROUND, f"{limits.GROUND_MAX_RAW} counts"),
        (faults.AMPLIFIER, f"{limits.FOLLOW_FLOOR_MV / 1000} V + {limits.FOLLOW_PERCENT} %"),
    ],
)
def test_row_states_the_limit_of_the_table(code: int, words: str) -> None:
    assert words in TABLE[code]["Rule"]


# Worst cases, measured: each begins with a tick that has held for 30 ticks and gives the readings of every tick after.
Readings = Callable[[Tick, int], tuple[tuple[int, int, int], dict]]


def steady(change: dict[int, int], **others: int) -> Readings:
    """Healthy readings at the held setpoint with some channels (0 a, 1 v, 2 b) read as in `change`."""

    def read(tick: Tick, _n: int) -> tuple[tuple[int, int, int], dict]:
        readings = list(tick.healthy(tick.state[sampler.SETPOINT]))
        for channel, raw in change.items():
            readings[channel] = raw
        return (readings[0], readings[1], readings[2]), others

    return read


def same_resistance(tick: Tick, _n: int) -> tuple[tuple[int, int, int], dict]:
    _, v, b = tick.healthy(tick.state[sampler.SETPOINT])
    return (4095, v * 4095 // tick.state[sampler.SETPOINT], b), {}


def contact_then_excess(tick: Tick, _n: int) -> tuple[tuple[int, int, int], dict]:
    return tick.healthy(tick.state[sampler.SETPOINT] * 5 // 4, 1000), {}


def voltage_with_one_open_tick(tick: Tick, n: int) -> tuple[tuple[int, int, int], dict]:
    a, _, b = tick.healthy(tick.state[sampler.SETPOINT])
    return (0 if n == 2 else a, 4000, b), {}


def slot_reads(slot: int, aux_raw: int) -> Readings:
    def read(tick: Tick, _n: int) -> tuple[tuple[int, int, int], dict]:
        readings = tick.healthy(tick.state[sampler.SETPOINT])
        return readings, {"aux_raw": aux_raw} if tick.state[sampler.SLOT] == slot else {}

    return read


WORST: dict[int, Readings] = {
    faults.TICK_LATE: steady({}, period_us=1001),
    faults.LATCH: steady({}, latch=0),
    faults.OVERCURRENT_A: same_resistance,
    faults.OVERCURRENT_B: steady({2: 4095}),
    faults.CUT_CONTACT_CHANGE: steady({0: 4095}),
    faults.CUT_OPEN: steady({0: 0}),
    faults.OVERVOLTAGE: voltage_with_one_open_tick,
    faults.EXCESS_CURRENT: contact_then_excess,
    faults.SENSE_MISMATCH: steady({2: 200}),
    faults.REFERENCE: slot_reads(sampler.SLOT_REFERENCE, 0),
    faults.GROUND: slot_reads(sampler.SLOT_GROUND, 100),
    faults.AMPLIFIER: slot_reads(sampler.SLOT_AMPLIFIER, 4000),
}


def ticks_to(tick: Tick, code: int, read: Readings) -> int:
    for n in range(1, 200):
        readings, others = read(tick, n)
        cause = tick.check(*readings, **others)
        if cause:
            assert cause == code
            return n
    return 0


@pytest.mark.requirement("REQ-TRP-2", "REQ-TRP-3", "REQ-TRP-4", "REQ-TRP-5", "REQ-TRP-6", "REQ-TRP-7")
@pytest.mark.requirement("REQ-TRP-8", "REQ-TRP-9", "REQ-TRP-10", "REQ-TRP-11", "REQ-TRP-12")
@MODES
@pytest.mark.parametrize("code", WORST)
def test_worst_case_from_any_tick_of_the_slots_period_is_that_of_the_document(mode: limits.Mode, code: int) -> None:
    is_slotted = code in (faults.REFERENCE, faults.GROUND, faults.AMPLIFIER, faults.OVERVOLTAGE)
    seen = []
    for offset in range(sampler.SLOT_PERIOD) if is_slotted and mode.number == limits.FACE else range(1):
        tick = Tick(mode)
        tick.hold(tick.limits[0] * 6 // 10 if code != faults.SENSE_MISMATCH else 80, ticks=30 + offset)
        seen.append(ticks_to(tick, code, WORST[code]))
    assert max(seen) <= int(TABLE[code]["Worst case, ticks"])
    if len(seen) > 1 or not is_slotted:
        assert max(seen) == int(TABLE[code]["Worst case, ticks"])


@pytest.mark.requirement("REQ-TRP-1", "REQ-TRP-13")
@MODES
def test_worst_case_of_corrupt_limits_and_of_a_stuck_voltage_is_that_of_the_document(mode: limits.Mode) -> None:
    tick = Tick(mode)
    tick.hold(400)
    tick.limits[sampler.TRIP_A] ^= 1
    assert ticks_to(tick, faults.LIMITS_CORRUPT, steady({})) == int(TABLE[faults.LIMITS_CORRUPT]["Worst case, ticks"])
    tick = Tick(mode)
    tick.state[sampler.MODE] = sampler.PROBE
    tick.state[sampler.DAC] = tick.limits[sampler.STUCK_CODE]
    assert ticks_to(tick, faults.STUCK_SENSE, steady({1: 0})) == int(TABLE[faults.STUCK_SENSE]["Worst case, ticks"])
