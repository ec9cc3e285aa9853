"""The slotted readings (reference, ground, amplifier), stuck readings, and the order in which slots come round."""

from fractions import Fraction

import pytest

from ionto import faults, limits, sampler
from tests.support.tick import REFERENCE_RAW, Tick, calibration_with

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
CODE_MV = (4, 10)
AMPLIFIER_MV = Fraction(12891, 1000)
STUCK_CODE = (250, 100)


def quiet(mode: limits.Mode = limits.MODES[limits.FACE], dac: int = 0) -> Tick:
    """A tick in off, with the DAC at `dac`."""
    tick = Tick(mode)
    tick.state[sampler.DAC] = dac
    return tick


def slotted(tick: Tick, slot: int, aux_raw: int, most: int = 400) -> tuple[int, int, int]:
    """`aux_raw` in every tick of `slot`, healthy readings in others: (cause, readings until it, ticks until it)."""
    tick.find_slot(slot, (0, 10, 0))
    readings = 0
    for n in range(1, most + 1):
        is_its = tick.state[sampler.SLOT] == slot
        readings += is_its
        cause = tick.check(0, 10, 0, aux_raw if is_its else None)
        if cause:
            return cause, readings, n
    return 0, readings, most


def test_slots_come_round_every_20_ticks_as_planned() -> None:
    tick = quiet()
    seen = []
    for _ in range(3 * sampler.SLOT_PERIOD):
        seen.append(tick.state[sampler.SLOT])
        tick.check(0, 10, 0)
    period = seen[:20]
    assert seen == 3 * period
    at = {slot: [n for n in range(20) if period[n] == slot] for slot in range(5)}
    assert at[sampler.SLOT_REFERENCE] == [0, 10]
    assert at[sampler.SLOT_GROUND] == [5, 15]
    assert at[sampler.SLOT_RAIL] == [1]
    assert at[sampler.SLOT_BATTERY] == [11]
    assert len(at[sampler.SLOT_AMPLIFIER]) == 14


@pytest.mark.parametrize("phase", [20, 21, 2**29])
def test_phase_that_no_period_has_begins_a_new_one(phase: int) -> None:
    tick = quiet()
    tick.state[sampler.PHASE] = phase
    tick.check(0, 10, 0)
    assert (tick.state[sampler.PHASE], tick.state[sampler.SLOT]) == (0, sampler.SLOT_REFERENCE)


@pytest.mark.parametrize(
    ("slot", "word"),
    [
        (sampler.SLOT_AMPLIFIER, sampler.AMPLIFIER),
        (sampler.SLOT_RAIL, sampler.RAIL),
        (sampler.SLOT_BATTERY, sampler.BATTERY),
    ],
)
def test_slotted_reading_is_kept_for_the_main_loop(slot: int, word: int) -> None:
    tick = quiet()
    tick.find_slot(slot, (0, 10, 0))
    tick.check(0, 10, 0, 7)
    assert tick.state[word] == 7


@MODES
@pytest.mark.requirement("REQ-TRP-10")
@pytest.mark.parametrize("aux_raw", [2008, 2009, 2048, 2087, 2088])
def test_reference_within_two_percent_passes(mode: limits.Mode, aux_raw: int) -> None:
    assert abs(aux_raw - REFERENCE_RAW) <= REFERENCE_RAW * Fraction(2, 100)
    assert slotted(quiet(mode), sampler.SLOT_REFERENCE, aux_raw)[0] == 0


@MODES
@pytest.mark.requirement("REQ-TRP-10")
@pytest.mark.parametrize(("aux_raw", "limit"), [(2007, 2008), (2089, 2088), (0, 2008), (4095, 2088)])
def test_reference_beyond_two_percent_cuts_with_its_second_reading(mode: limits.Mode, aux_raw: int, limit: int) -> None:
    tick = quiet(mode)
    assert slotted(tick, sampler.SLOT_REFERENCE, aux_raw) == (faults.REFERENCE, 2, 11)
    assert (tick.state[sampler.VALUE], tick.state[sampler.LIMIT]) == (aux_raw, limit)


@MODES
@pytest.mark.requirement("REQ-TRP-11")
def test_ground_of_8_counts_passes_and_of_9_cuts_with_its_second_reading(mode: limits.Mode) -> None:
    assert slotted(quiet(mode), sampler.SLOT_GROUND, 7)[0] == 0
    assert slotted(quiet(mode), sampler.SLOT_GROUND, 8)[0] == 0
    tick = quiet(mode)
    assert slotted(tick, sampler.SLOT_GROUND, 9) == (faults.GROUND, 2, 11)
    assert (tick.state[sampler.VALUE], tick.state[sampler.LIMIT]) == (9, 8)


@MODES
@pytest.mark.requirement("REQ-TRP-12")
@pytest.mark.parametrize("dac", [0, 100, 1500, 4095])
def test_amplifier_beyond_half_a_volt_and_five_percent_of_the_dac_cuts(mode: limits.Mode, dac: int) -> None:
    want = dac * CODE_MV[mode.range] / AMPLIFIER_MV
    allowed = 500 / AMPLIFIER_MV + want / 20
    # Rounding is towards less tolerance above, and within two counts below.
    for aux_raw, is_within in (
        (int(want + allowed) - 2, True),
        (int(want + allowed) + 1, False),
        (int(want - allowed) + 2, True),
        (int(want - allowed) - 2, False),
    ):
        if not 0 <= aux_raw <= 4095:
            continue
        tick = quiet(mode, dac)
        cause, readings, _ = slotted(tick, sampler.SLOT_AMPLIFIER, aux_raw, most=60)
        if is_within:
            assert cause == 0, aux_raw
        else:
            assert (cause, readings) == (faults.AMPLIFIER, 14), aux_raw
            assert tick.state[sampler.VALUE] == aux_raw


@pytest.mark.parametrize(
    ("slot", "bad", "fault", "confirm"),
    [
        pytest.param(sampler.SLOT_REFERENCE, 0, faults.REFERENCE, 2, marks=pytest.mark.requirement("REQ-TRP-10")),
        pytest.param(sampler.SLOT_GROUND, 100, faults.GROUND, 2, marks=pytest.mark.requirement("REQ-TRP-11")),
        pytest.param(sampler.SLOT_AMPLIFIER, 200, faults.AMPLIFIER, 14, marks=pytest.mark.requirement("REQ-TRP-12")),
    ],
)
def test_slotted_violation_is_taken_back_by_a_good_reading(slot: int, bad: int, fault: int, confirm: int) -> None:
    tick = quiet()

    def read(aux_raw: int | None) -> int:
        tick.find_slot(slot, (0, 10, 0))
        return tick.check(0, 10, 0, aux_raw)

    assert [read(bad) for _ in range(confirm - 1)] == [0] * (confirm - 1)
    assert [read(None) for _ in range(confirm + 3)] == [0] * (confirm + 3)  # never below zero
    assert [read(bad) for _ in range(confirm - 1)] == [0] * (confirm - 1)
    assert read(None) == 0
    assert read(bad) == 0
    assert read(bad) == fault


@MODES
@pytest.mark.requirement("REQ-TRP-13")
def test_voltage_stuck_at_zero_with_drive_cuts_in_20_ticks(mode: limits.Mode) -> None:
    code = STUCK_CODE[mode.range]
    for dac, v, cause in ((code - 1, 0, 0), (code, 1, 0), (code, 0, faults.STUCK_SENSE), (4095, 0, faults.STUCK_SENSE)):
        tick = quiet(mode, dac)
        tick.state[sampler.MODE] = sampler.PROBE
        assert tick.checks_to_cause((0, 1, 0), 30) == (0, 30)
        assert tick.checks_to_cause((0, v, 0), 60) == (cause, 20 if cause else 60), (dac, v)


@MODES
@pytest.mark.requirement("REQ-TRP-13")
def test_voltage_at_zero_in_the_first_10_ms_of_output_is_not_stuck(mode: limits.Mode) -> None:
    tick = quiet(mode, STUCK_CODE[mode.range])
    tick.state[sampler.MODE] = sampler.PROBE
    assert tick.checks_to_cause((0, 0, 0), 60) == (faults.STUCK_SENSE, 40)


@pytest.mark.requirement("REQ-TRP-13")
def test_voltage_at_zero_with_the_output_off_is_not_stuck() -> None:
    assert quiet(dac=4095).checks_to_cause((0, 0, 0), 60) == (0, 60)


@pytest.mark.requirement("REQ-TRP-13")
def test_stuck_reading_is_taken_back_by_a_good_one() -> None:
    tick = quiet(dac=300)
    tick.state[sampler.MODE] = sampler.PROBE
    assert tick.checks_to_cause((0, 1, 0), 30) == (0, 30)
    assert tick.checks_to_cause((0, 0, 0), 19) == (0, 19)
    assert tick.checks_to_cause((0, 1, 0), 1) == (0, 1)
    assert tick.checks_to_cause((0, 0, 0), 9) == (faults.STUCK_SENSE, 2)


@MODES
@pytest.mark.requirement("REQ-TRP-13")
@pytest.mark.parametrize(("channel", "fault", "ticks"), [(0, faults.OVERCURRENT_A, 1), (1, faults.OVERVOLTAGE, 2),
                                                         (2, faults.OVERCURRENT_B, 1)])  # fmt: skip
def test_reading_stuck_at_full_scale_cuts_by_its_own_limit_first(
    mode: limits.Mode, channel: int, fault: int, ticks: int
) -> None:
    # On every board that a calibration allows, the limits are below full scale.
    for percent, zero_raw in ((90, 20), (100, 0), (110, 0)):
        tick = Tick(mode)
        row = tick.row
        board = calibration_with(
            a_zero_raw=zero_raw, b_zero_raw=zero_raw, v_zero_raw=zero_raw,
            b_na_per_lsb=row.b_na_per_lsb * percent // 100, v_uv_per_lsb=row.v_uv_per_lsb * percent // 100,
        )  # fmt: skip
        tick = Tick(mode, board)
        readings = [0, 0, 0]
        readings[channel] = 4095
        tick.find_slot(sampler.SLOT_RAIL, (0, 10, 0))
        assert tick.checks_to_cause(tuple(readings), 30) == (fault, ticks)
