"""The regulator's law, one call at a time: ramp, rise, cut-back, voltage limit, probe."""

# Viper takes arrays where it says ptr32.
# pyright: reportArgumentType=false

from array import array

import pytest

from ionto import limits, raw_limits, regulator, sampler
from tests.support.tick import nominal, seal

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
MAX_RISE_Q = 2 << 16


class Bench:
    """A regulator's state and limits; net counts and codes in, codes out."""

    def __init__(self, mode: limits.Mode, setpoint: int, target: int, drive: int, slope_q: int = 65536) -> None:
        self.s = array("i", [0] * sampler.STATE_WORDS)
        self.m = raw_limits.build(mode, nominal())
        self.r = array("i", [0] * regulator.REGULATOR_WORDS)
        self.r[regulator.SETPOINT_Q] = setpoint << 16
        self.r[regulator.TARGET_Q] = target << 16
        self.r[regulator.UP_Q] = self.r[regulator.DOWN_Q] = slope_q
        self.r[regulator.DRIVE_Q] = drive << 16
        seal(self.r)

    def command(self, mode: int, current: int, voltage: int, age: int = 0) -> int:
        self.s[sampler.MODE] = mode
        self.s[sampler.CURRENT] = current
        self.s[sampler.VOLTAGE] = voltage
        self.s[sampler.VOLTAGE_AGE] = age
        code = regulator.command(self.s, self.r, self.m)
        assert self.s[sampler.DAC] == code
        return code

    def regulate(self, current: int, voltage: int = 100, age: int = 0) -> int:
        return self.command(sampler.DRIVE, current, voltage, age)

    def probe(self, current: int) -> int:
        return self.command(sampler.PROBE, current, 100)

    setpoint_q = property(lambda self: self.r[regulator.SETPOINT_Q])
    drive_q = property(lambda self: self.r[regulator.DRIVE_Q])


def test_words_that_the_regulator_repeats_are_those_of_the_sampler() -> None:
    names = [name for name in vars(sampler) if name.isupper() and hasattr(regulator, f"_{name}")]
    assert len(names) >= 10
    for name in names:
        assert getattr(regulator, f"_{name}") == getattr(sampler, name), name


@MODES
@pytest.mark.requirement("REQ-REG-1")
def test_setpoint_rises_and_falls_by_one_slope_a_tick_and_stops_at_the_target(mode: limits.Mode) -> None:
    up = Bench(mode, 100, 102, 300, slope_q=40000)
    steps = []
    for _ in range(5):
        up.regulate(100)
        steps.append(up.setpoint_q - (100 << 16))
    assert steps == [40000, 80000, 120000, 2 << 16, 2 << 16]
    down = Bench(mode, 102, 100, 300, slope_q=40000)
    steps = []
    for _ in range(5):
        down.regulate(100)
        steps.append((102 << 16) - down.setpoint_q)
    assert steps == [40000, 80000, 120000, 2 << 16, 2 << 16]


@MODES
@pytest.mark.requirement("REQ-REG-1")
def test_setpoint_never_passes_the_modes_maximum(mode: limits.Mode) -> None:
    top = mode.max_ua * 1000 // (1250 if mode.range == limits.RANGE_FACE else 6250)
    for setpoint, target in ((top - 1, top + 50), (top, top + 1), (top + 30, top + 30), (top + 30, top + 90)):
        bench = Bench(mode, setpoint, target, 300, slope_q=5 << 16)
        for _ in range(3):
            bench.regulate(top)
            assert bench.setpoint_q == top << 16


@MODES
@pytest.mark.requirement("REQ-REG-2")
@pytest.mark.parametrize("setpoint", [20, 200, 800])
@pytest.mark.parametrize("drive", [0, 100, 2000])
def test_drive_never_rises_by_more_than_two_codes_a_tick(mode: limits.Mode, setpoint: int, drive: int) -> None:
    for current in (0, 1, setpoint // 2, setpoint - 1, setpoint):
        bench = Bench(mode, setpoint, setpoint + 5, drive, slope_q=3 << 16)
        bench.regulate(current)
        assert 0 <= bench.drive_q - (drive << 16) <= MAX_RISE_Q


@MODES
@pytest.mark.requirement("REQ-REG-2")
def test_drive_rises_by_one_128th_of_what_the_resistance_asks_for(mode: limits.Mode) -> None:
    setpoint, current, drive = 500, 495, 1000
    bench = Bench(mode, setpoint, setpoint, drive)
    bench.regulate(current)
    wanted = (setpoint - current) * (drive + 8) / current / 128 * 65536
    assert abs(bench.drive_q - (drive << 16) - wanted) <= 64


@MODES
@pytest.mark.requirement("REQ-REG-2")
def test_drive_follows_the_ramp_by_the_resistance_that_is_measured(mode: limits.Mode) -> None:
    bench = Bench(mode, 500, 600, 1000, slope_q=6553)
    bench.regulate(500)
    ramp_q = 6553 * 1008 // 500
    integral_q = 6553 * 1008 // 500 // 128
    assert abs(bench.drive_q - (1000 << 16) - ramp_q - integral_q) <= 64


@MODES
@pytest.mark.requirement("REQ-REG-3")
def test_current_within_the_band_is_taken_down_gently_and_beyond_it_in_the_same_tick(mode: limits.Mode) -> None:
    setpoint, drive = 640, 1500
    for current in (setpoint + 1, setpoint + 2):
        bench = Bench(mode, setpoint, setpoint, drive)
        bench.regulate(current)
        assert 0 <= (drive << 16) - bench.drive_q < 1 << 16
    # What the design calls an overshoot: 5 % or 50 uA.
    excess = max(setpoint * 5 // 100, 50000 // (1250, 6250)[mode.range])
    over = Bench(mode, setpoint, setpoint, drive)
    over.regulate(setpoint + excess)
    assert (drive << 16) - over.drive_q == (excess * over.m[regulator.CUT_Q8]) << 8


@MODES
@pytest.mark.requirement("REQ-REG-3")
def test_cut_back_is_in_proportion_to_the_excess_and_doubles_every_tick(mode: limits.Mode) -> None:
    series_ohm, code_mv = ((2200, 4), (470, 10))[mode.range]
    lsb_ua = (1.25, 6.25)[mode.range]
    bench = Bench(mode, 400, 400, 2000)
    cuts = []
    for _ in range(3):
        before = bench.drive_q
        bench.regulate(500)
        cuts.append((before - bench.drive_q) / 65536)
    smallest = 100 * lsb_ua * (series_ohm + 300) / 1000 / code_mv
    assert cuts == pytest.approx([smallest, 2 * smallest, 4 * smallest], rel=0.02)
    bench.regulate(402)  # above the setpoint, within the band: nothing is forgotten
    bench.regulate(400)  # a tick at the setpoint halves what the next excess meets
    before = bench.drive_q
    bench.regulate(500)
    assert (before - bench.drive_q) / 65536 == pytest.approx(4 * smallest, rel=0.1)
    for _ in range(4):
        bench.regulate(400)
    before = bench.drive_q
    bench.regulate(500)
    assert (before - bench.drive_q) / 65536 == pytest.approx(smallest, rel=0.02)


@MODES
@pytest.mark.requirement("REQ-REG-3")
def test_cut_back_never_exceeds_the_ratio_of_drive_to_current(mode: limits.Mode) -> None:
    for drive in (0, 5, 100, 1000, 4095):
        bench = Bench(mode, 400, 400, drive)
        for _ in range(40):  # doubling ends: 40 times would leave 32 bits
            before = bench.drive_q
            bench.regulate(800)
            assert bench.r[regulator.CUTS] <= 6
            assert 0 <= bench.drive_q <= before
            # At most the half of the drive that the half of the current needed, and a rounding.
            assert before - bench.drive_q <= before // 2 + 400 * 256


@MODES
@pytest.mark.requirement("REQ-REG-4")
def test_drive_is_held_to_what_gives_the_voltage_limit_with_the_current_that_flows(mode: limits.Mode) -> None:
    code_mv, series_ohm, lsb_ua = ((4, 2200, 1.25), (10, 470, 6.25))[mode.range]
    current = 160
    cap = (mode.max_electrode_mv + current * lsb_ua * series_ohm / 1000) / code_mv
    bench = Bench(mode, 400, 400, int(cap) + 3)
    code = bench.regulate(current)
    assert int(cap) - 1 <= code <= cap
    assert bench.r[regulator.LIMITED] > 0


@MODES
@pytest.mark.requirement("REQ-REG-4")
def test_voltage_reading_below_the_limit_leaves_the_drive_and_above_takes_it_down(mode: limits.Mode) -> None:
    v_max = mode.max_electrode_mv * 10 // 125
    for voltage, excess in ((v_max - 1, None), (v_max, 0), (v_max + 10, 10)):
        bench = Bench(mode, 400, 400, 1000)
        free = Bench(mode, 400, 400, 1000)
        free.regulate(400, 0)
        bench.regulate(400, voltage)
        off_q = 0 if excess is None else (excess * 12500 * 256 // (4000, 10000)[mode.range]) << 8
        assert free.drive_q - bench.drive_q == off_q
        assert (bench.r[regulator.LIMITED] > 0) == (excess is not None)


@MODES
@pytest.mark.requirement("REQ-REG-4", "REQ-TRP-7")
def test_voltage_reading_that_is_a_glitch_takes_a_sixteenth_of_the_drive_at_most(mode: limits.Mode) -> None:
    bench = Bench(mode, 400, 400, 1000)
    free = Bench(mode, 400, 400, 1000)
    free.regulate(400, 0)
    assert bench.regulate(400, 4095) >= 937
    assert bench.drive_q == free.drive_q - (free.drive_q >> 4)


@MODES
@pytest.mark.requirement("REQ-REG-4")
def test_setpoint_at_the_voltage_limit_is_pulled_to_the_current(mode: limits.Mode) -> None:
    bench = Bench(mode, 400, 400, 1000, slope_q=1)
    v_max = mode.max_electrode_mv * 10 // 125
    bench.regulate(160, v_max)
    assert bench.setpoint_q == (400 << 16) - (240 << 16) // 16
    for _ in range(150):
        bench.regulate(160, v_max)
    assert 160 << 16 <= bench.setpoint_q < 161 << 16
    # A current above the setpoint pulls nothing.
    higher = Bench(mode, 400, 400, 1000)
    higher.regulate(405, v_max)
    assert higher.setpoint_q == 400 << 16


@MODES
@pytest.mark.requirement("REQ-REG-4")
def test_voltage_limit_counts_as_met_for_20_ms(mode: limits.Mode) -> None:
    bench = Bench(mode, 400, 400, 1000)
    bench.regulate(400, mode.max_electrode_mv * 10 // 125)
    told = 0
    while bench.r[regulator.LIMITED] > 0:
        told += 1
        bench.regulate(400, 0)
    assert told == 40
    bench.regulate(400, 0)
    assert bench.r[regulator.LIMITED] == 0


@MODES
@pytest.mark.requirement("REQ-REG-1")
@pytest.mark.parametrize("target", [0, 1, 7, 8])
def test_ramp_down_ends_at_8_counts(mode: limits.Mode, target: int) -> None:
    bench = Bench(mode, 10, target, 300, slope_q=40000)
    for _ in range(6):
        assert bench.regulate(9) > 0
    assert bench.setpoint_q == 8 << 16
    below = Bench(mode, 4, 0, 300, slope_q=100)
    assert below.regulate(4) > 0
    assert below.setpoint_q == (4 << 16) + 100


@pytest.mark.requirement("REQ-LIM-4")
@MODES
def test_probe_rises_to_its_voltage_by_two_codes_a_tick_and_stays(mode: limits.Mode) -> None:
    top = 1500 // (4, 10)[mode.range]
    bench = Bench(mode, 0, 80, 0)
    codes = [bench.probe(0) for _ in range(top)]
    assert codes[:3] == [2, 4, 6]
    assert codes[-1] == top
    assert max(codes) == top


@pytest.mark.requirement("REQ-LIM-4")
@MODES
@pytest.mark.parametrize("above", [0, 100])
def test_probe_current_above_its_limit_is_cut_back(mode: limits.Mode, above: int) -> None:
    limit = mode.probe_limit_ua * 1000 // (1250, 6250)[mode.range]
    start = 1500 // (4, 10)[mode.range] - 4
    bench = Bench(mode, 0, limit + above, start)
    assert bench.probe(limit - 1) == start + 2
    assert bench.probe(limit) == start + 2  # neither rises nor falls at the limit
    assert bench.probe(limit + 1) == start + 2
    before = bench.drive_q
    bench.probe(limit + 20)
    assert before - bench.drive_q == (20 * bench.m[regulator.CUT_Q8]) << 8


@pytest.mark.requirement("REQ-LIM-4")
@MODES
@pytest.mark.parametrize("level", [0, 16, 80])
def test_probe_never_gives_more_than_the_level(mode: limits.Mode, level: int) -> None:
    bench = Bench(mode, 0, level, 100)
    assert bench.probe(level - 1 if level else 0) == (102 if level else 100)
    assert bench.probe(level) == (102 if level else 100)
    before = bench.drive_q
    bench.probe(level + 9)
    assert bench.drive_q < before


@MODES
@pytest.mark.requirement("REQ-REG-4")
def test_voltage_that_was_read_in_the_tick_before_does_not_cut_the_drive_again(mode: limits.Mode) -> None:
    over = mode.max_electrode_mv * 10 // 125 + 30
    fresh, old, free = Bench(mode, 400, 400, 300), Bench(mode, 400, 400, 300), Bench(mode, 400, 400, 300)
    fresh.regulate(400, over)
    old.regulate(400, over, age=1)
    free.regulate(400, 0)
    assert old.drive_q == free.drive_q > fresh.drive_q
    assert old.r[regulator.LIMITED] == 0 < fresh.r[regulator.LIMITED]
