"""The regulator's arithmetic to the last bit, and its edges: what the law gives, worked out by hand for each case."""

# Viper takes arrays where it says ptr32.
# pyright: reportArgumentType=false

import pytest

from ionto import limits, regulator, sampler
from ionto.regulator import CORRUPT, CORRUPT_WORD, CUTS, DRIVE_CHECK, LIMITED, ORDER_CHECK, SETPOINT_CHECK
from tests.support.tick import seal
from tests.test_regulator import Bench

FACE = limits.MODES[limits.FACE]
FEET = limits.MODES[limits.FEET]


def moved(bench: Bench, current: int, voltage: int = 100) -> int:
    """By how much one tick moves the drive, 16 fractional bits."""
    before = bench.drive_q
    bench.regulate(current, voltage)
    return bench.drive_q - before


@pytest.mark.requirement("REQ-REG-2")
@pytest.mark.parametrize(
    ("setpoint", "current", "drive", "step"),
    [
        # error in sixteenths of a count * (code + 8) // counts of current, then 5 bits more: 1/128 of a code is 512
        (500, 499, 1000, (16 * 1008 // 499) << 5),
        (100, 99, 0, (16 * 8 // 99) << 5),
        (400, 0, 30, (6400 * 38 // 200) << 5),  # no current yet: by half of the setpoint
        (400, 199, 30, (3216 * 38 // 200) << 5),
        (400, 201, 30, (3184 * 38 // 201) << 5),
        (500, 500, 1000, 0),
        # above the setpoint, within the band: 8 times as fast
        (640, 643, 1500, -((48 * 1508 // 643) << 8)),
        (640, 649, 1500, -((144 * 1508 // 649) << 8)),
        (20, 24, 0, 0),  # never below nothing
    ],
)
def test_integral_is_exact(setpoint: int, current: int, drive: int, step: int) -> None:
    assert moved(Bench(FACE, setpoint, setpoint, drive), current) == step


@pytest.mark.requirement("REQ-REG-2")
def test_first_steps_from_nothing_divide_by_one_count() -> None:
    bench = Bench(FACE, 0, 8, 0, slope_q=4096)
    assert moved(bench, 0) == (1 * 8 // 1 << 5) + 4096 * 8 // 1
    assert bench.setpoint_q == 4096


@pytest.mark.requirement("REQ-REG-2")
def test_feed_forward_counts_where_the_error_is_nothing_and_at_the_maximum() -> None:
    assert moved(Bench(FACE, 500, 600, 1000, slope_q=100), 500) == 100 * 1008 // 500
    top = 3000 * 1000 // 1250
    # The last slope ends exactly at the maximum: it is still followed. Beyond it there is none.
    bench = Bench(FACE, 0, top + 9, 1000, slope_q=100)
    bench.r[regulator.SETPOINT_Q] = (top << 16) - 100
    seal(bench.r)
    assert moved(bench, top) == 100 * 1008 // top
    assert moved(bench, top) == 0
    assert bench.setpoint_q == top << 16
    # A large code for each count of current: the least rise of the setpoint would move the drive.
    assert moved(Bench(FACE, top, top + 9, 4000, slope_q=100), top) == 0


@pytest.mark.requirement("REQ-REG-1")
def test_target_of_a_few_counts_is_reached_and_not_taken_for_zero() -> None:
    bench = Bench(FACE, 13, 12, 300)
    for _ in range(3):
        bench.regulate(12)
    assert bench.setpoint_q == 12 << 16


@pytest.mark.requirement("REQ-REG-3")
@pytest.mark.parametrize("setpoint", [100, 640, 1500])
def test_cut_back_begins_one_count_above_the_band(setpoint: int) -> None:
    band = 4 + setpoint // 128
    within, beyond = Bench(FACE, setpoint, setpoint, 1500), Bench(FACE, setpoint, setpoint, 1500)
    moved(within, setpoint + band)
    assert within.r[CUTS] == 0
    assert moved(beyond, setpoint + band + 1) == -((band + 1) * beyond.m[regulator.CUT_Q8] << 8)
    assert beyond.r[CUTS] == 1


@pytest.mark.requirement("REQ-LIM-4")
def test_probe_rises_by_two_codes_and_forgets_the_cut_back_below_its_limit() -> None:
    bench = Bench(FACE, 0, 80, 0)
    bench.r[CUTS] = 3
    bench.probe(0)
    assert bench.drive_q == 2 << 16
    assert bench.r[CUTS] == 0
    band = Bench(FACE, 0, 80, 100)
    assert band.probe(84) == 100  # within the band
    assert band.r[CUTS] == 0
    assert band.probe(85) < 100
    assert band.r[CUTS] == 1


@pytest.mark.requirement("REQ-REG-4")
def test_drive_ends_at_the_last_code_and_says_that_it_is_limited() -> None:
    bench = Bench(FEET, 3000, 3000, 4095)
    assert bench.m[regulator.V_MAX_CODE] + (2990 * bench.m[regulator.SERIES_Q8] >> 8) > 4095
    assert bench.regulate(2990) == 4095
    assert bench.drive_q == 4095 << 16
    assert bench.r[LIMITED] > 0


@pytest.mark.requirement("REQ-REG-4")
@pytest.mark.parametrize(("above", "is_limited"), [(0, False), (1, True)])
def test_drive_exactly_at_its_cap_is_not_limited_and_the_least_above_is(above: int, is_limited: bool) -> None:
    bench = Bench(FACE, 160, 160, 0)
    cap_q = (bench.m[regulator.V_MAX_CODE] << 16) + (160 * bench.m[regulator.SERIES_Q8] << 8)
    bench.r[regulator.DRIVE_Q] = cap_q + above
    seal(bench.r)
    bench.regulate(160)
    assert bench.drive_q == cap_q
    assert (bench.r[LIMITED] > 0) == is_limited


@pytest.mark.requirement("REQ-REG-4")
def test_voltage_excess_of_less_than_a_sixteenth_of_the_drive_is_taken_whole() -> None:
    bench = Bench(FACE, 400, 400, 1000)
    over = 15  # 15 counts are 47 codes: more than 1/32 of 1,000, less than 1/16
    off_q = (over * bench.m[regulator.V_CODES_Q8]) << 8
    assert 1000 << 11 < off_q < 1000 << 12
    assert moved(bench, 400, bench.m[regulator.V_MAX] + over) == -off_q


def test_words_and_limits_of_the_regulator_are_numbered_without_a_gap() -> None:
    words = [getattr(regulator, name) for name in ("DRIVE_Q", "SETPOINT_Q", "TARGET_Q", "UP_Q", "DOWN_Q")]
    words += [CUTS, LIMITED, DRIVE_CHECK, SETPOINT_CHECK, ORDER_CHECK]
    assert words == list(range(regulator.REGULATOR_WORDS))
    names = ("SETPOINT_MAX", "V_MAX", "V_MAX_CODE", "SERIES_Q8", "CUT_Q8", "V_CODES_Q8", "PROBE_CODE", "PROBE_MAX")
    assert [getattr(regulator, name) for name in names] == list(range(regulator.REGULATOR_LIMITS))


@pytest.mark.requirement("REQ-TRP-8")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_what_is_regulated_to_is_told_to_the_checks_in_every_mode_of_the_tick(mode: limits.Mode) -> None:
    bench = Bench(mode, 100, 200, 300)
    bench.regulate(100)
    assert bench.s[sampler.SETPOINT] == 101
    bench.command(sampler.OFF, 0, 0)
    assert bench.s[sampler.SETPOINT] == 0
    for level in (80, 8):  # whatever the level: what is above the mode's limit for a probe is an excess
        probing = Bench(mode, 0, level, 0)
        probing.probe(0)
        assert probing.s[sampler.SETPOINT] == mode.probe_limit_ua * 1000 // (1250, 6250)[mode.range]
        assert probing.setpoint_q == 0


@pytest.mark.requirement("REQ-TRP-14")
def test_order_that_fits_its_check_is_followed() -> None:
    bench = Bench(FACE, 100, 150, 300)
    r = bench.r
    r[regulator.UP_Q], r[regulator.DOWN_Q] = 40000, 50000
    r[ORDER_CHECK] = (150 << 16) ^ 40000 ^ 50000 ^ regulator.CHECK_MASK
    assert bench.regulate(100) < CORRUPT
    assert bench.setpoint_q == (100 << 16) + 40000


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("bit", range(30))
def test_any_bit_that_flips_is_told_by_its_word(bit: int) -> None:
    words = {
        regulator.DRIVE_Q: regulator.DRIVE_Q, DRIVE_CHECK: regulator.DRIVE_Q,
        regulator.SETPOINT_Q: regulator.SETPOINT_Q, SETPOINT_CHECK: regulator.SETPOINT_Q,
        regulator.TARGET_Q: regulator.TARGET_Q, regulator.UP_Q: regulator.TARGET_Q,
        regulator.DOWN_Q: regulator.TARGET_Q, ORDER_CHECK: regulator.TARGET_Q,
    }  # fmt: skip
    for word, told in words.items():
        bench = Bench(FACE, 100, 100, 300)
        r = bench.r
        r[ORDER_CHECK] = r[regulator.TARGET_Q] ^ r[regulator.UP_Q] ^ r[regulator.DOWN_Q] ^ regulator.CHECK_MASK
        r[word] ^= 1 << bit
        for index in (sampler.LIMIT, sampler.QUIET_TICKS, sampler.VALUE):
            bench.s[index] = 77
        bench.s[sampler.MODE] = sampler.DRIVE
        assert regulator.command(bench.s, bench.r, bench.m) == CORRUPT
        assert bench.s[sampler.VALUE] == CORRUPT_WORD + told == 100 + told
        assert bench.s[sampler.LIMIT] == bench.s[sampler.QUIET_TICKS] == 0


@pytest.mark.requirement("REQ-TRP-14")
def test_checks_are_small_integers_and_the_cut_back_knows_its_largest() -> None:
    bench = Bench(FACE, 100, 100, 300)
    bench.regulate(100)
    for word in (DRIVE_CHECK, SETPOINT_CHECK, ORDER_CHECK):
        assert 0 <= bench.r[word] < 1 << 30, "more would be an object on the heap"
    bench.r[CUTS] = 6
    assert bench.regulate(100) < CORRUPT
    bench.r[CUTS] = 7
    bench.s[sampler.MODE] = sampler.DRIVE
    assert regulator.command(bench.s, bench.r, bench.m) == CORRUPT
    assert bench.s[sampler.VALUE] == 105


@pytest.mark.requirement("REQ-TRP-14")
def test_opening_lasts_two_ticks_and_a_longer_one_is_corrupt() -> None:
    bench = Bench(FACE, 100, 100, 300)
    bench.regulate(100)
    code = bench.s[sampler.DAC]
    assert [bench.command(sampler.OFF, 100, 100) for _ in range(3)] == [code, code, 0]
    for index in (sampler.LIMIT, sampler.QUIET_TICKS):
        bench.s[index] = 77
    bench.s[regulator._OPENING] = regulator.OPENING_TICKS + 1
    assert regulator.command(bench.s, bench.r, bench.m) == CORRUPT
    assert bench.s[sampler.VALUE] == regulator._OPENING
    assert bench.s[regulator._OPENING] == bench.s[sampler.LIMIT] == bench.s[sampler.QUIET_TICKS] == 0
