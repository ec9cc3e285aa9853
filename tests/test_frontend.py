"""The tick around fake parts: the order of what it does, what it does on a violation, and when the heartbeat beats."""

import itertools

import pytest

from board import frontend, mcp4822
from board.frontend import Frontend
from ionto import faults, limits, raw_limits, regulator, sampler
from ionto.drive import Drive
from tests.support.fake_parts import Event, Parts
from tests.support.tick import nominal

MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
FACE = limits.MODES[limits.FACE]
FIRST_READS: list[Event] = [("clock", "read"), ("a", 0), ("b_current", "read")]


class Bench:
    """A Frontend on fake parts; `tick` returns what the parts saw."""

    def __init__(self, mode: limits.Mode = FACE) -> None:
        self.parts = Parts()
        self.frontend = Frontend(self.parts, mode, nominal())
        self.state = self.frontend.state
        self.drive = Drive(self.frontend)
        self.drive.arm(mode, nominal())

    def tick(self) -> list[Event]:
        self.parts.log.clear()
        code = self.state[sampler.DAC]
        row = nominal().of(FACE)
        self.parts.b_amplifier.raw = code * row.dac_uv_per_lsb // row.amp_uv_per_lsb
        assert self.frontend.tick(None) is None
        return list(self.parts.log)

    def probing(self, ticks: int = 3) -> "Bench":
        self.drive.probe(500)
        for _ in range(ticks):
            self.tick()
        assert self.parts.k1.level == 1
        return self


def test_words_that_the_frontend_repeats_are_those_of_the_sampler() -> None:
    names = ("A_CURRENT", "A_VOLTAGE", "B_CURRENT", "AUX", "LATCH_OK", "NOW_US", "MODE", "SLOT", "TICKS", "CAUSE")
    names += ("TEST", "TESTED", "TEST_K1_OPEN", "TEST_NO_BEAT", "TEST_TRIP")
    assert frontend._LAST_SLOT == sampler.SLOT_BATTERY
    assert frontend._STATE_CORRUPT == faults.STATE_CORRUPT
    repeated = [name for name in names if hasattr(frontend, f"_{name}")]
    assert len(repeated) >= 14
    for name in repeated:
        assert getattr(frontend, f"_{name}") == getattr(sampler, name), name
    assert frontend._AMPLIFIER == sampler.SLOT_AMPLIFIER
    assert frontend._HEAD_A == mcp4822.HEAD_A


def test_arrays_have_the_sizes_of_their_layouts() -> None:
    made = Bench().frontend
    sizes = (len(made.state), len(made.history), len(made.regulator), len(made.limits))
    assert sizes == (sampler.STATE_WORDS, sampler.RING_WORDS, regulator.REGULATOR_WORDS, 2 * sampler.LIMIT_WORDS)
    assert not any(made.state)
    assert made.limits == raw_limits.build(FACE, nominal())


@pytest.mark.requirement("REQ-TCK-1")
def test_tick_in_off_reads_checks_writes_zero_opens_k1_and_beats_last() -> None:
    assert Bench().tick() == [*FIRST_READS, ("a", 2), ("latch", "read"), ("dac", 0), ("k1", 0), ("heartbeat", 1)]


@pytest.mark.requirement("REQ-TCK-1")
def test_tick_while_probing_writes_the_dac_before_it_closes_k1() -> None:
    bench = Bench()
    bench.drive.probe(500)
    seen = bench.tick()
    assert seen[-3:] == [("dac", 2), ("k1", 1), ("heartbeat", 1)]
    assert bench.tick()[-3:] == [("dac", 4), ("k1", 1), ("heartbeat", 0)]


def test_tick_reads_the_slot_that_was_planned_and_by_a_the_voltage_or_that_slot() -> None:
    bench = Bench()
    read: list[list[Event]] = []
    for _ in range(sampler.SLOT_PERIOD):
        seen = bench.tick()
        assert seen[:3] == FIRST_READS
        latch = seen.index(("latch", "read"))
        read.append(seen[3:latch])
    reference, ground, amplifier = [("a", 2)], [("a", 3)], [("a", 1), ("b_amplifier", "read")]
    rail, battery = [("a", 1), ("b_rail", "read")], [("a", 1), ("b_battery", "read")]
    half = [amplifier] * 3 + [ground] + [amplifier] * 4
    assert read == [reference, rail, *half, reference, battery, *half]
    assert (bench.state[sampler.RAIL], bench.state[sampler.BATTERY]) == (1000, 2000)


def test_voltage_stays_the_last_one_read_where_another_channel_takes_its_place() -> None:
    bench = Bench()
    voltages: list[tuple[int, int]] = []
    for raw in range(100, 100 + sampler.SLOT_PERIOD):
        bench.parts.raw_a[1] = raw
        bench.tick()
        voltages.append((bench.state[sampler.A_VOLTAGE], bench.state[sampler.VOLTAGE_AGE]))
    ages = [1 if tick in (0, 5, 10, 15) else 0 for tick in range(sampler.SLOT_PERIOD)]
    assert [age for _, age in voltages] == ages
    assert [raw for raw, _ in voltages[1:]] == [100 + tick - ages[tick] for tick in range(1, sampler.SLOT_PERIOD)]


@pytest.mark.requirement("REQ-TCK-1")
@pytest.mark.parametrize("code", [4096, 0x9BB8, 100000])
def test_code_that_no_dac_has_is_written_as_zero(code: int) -> None:
    bench = Bench().probing()
    bench.drive.off()
    bench.state[sampler.DAC] = code  # K1 is opening: the DAC is to stand
    assert ("dac", 0) in bench.tick()


def test_readings_of_the_chips_adc_lose_their_lower_four_bits() -> None:
    bench = Bench()
    for raw in (0, 1, 400):
        bench.parts.b_current.raw = raw
        bench.tick()
        assert bench.state[sampler.B_CURRENT] == raw


@pytest.mark.requirement("REQ-TCK-1")
def test_heartbeat_has_an_edge_in_every_tick_across_the_wrap_of_the_counter() -> None:
    bench = Bench()
    bench.state[sampler.TICKS] = 2**30 - 4
    beats = [bench.tick()[-1] for _ in range(9)]
    assert all(name == "heartbeat" for name, _ in beats)
    levels = [level for _, level in beats]
    assert all(a != b for a, b in itertools.pairwise(levels))


VIOLATIONS = {
    "current a": lambda parts: parts.raw_a.__setitem__(0, 4095),
    "current b": lambda parts: setattr(parts.b_current, "raw", 4095),
    "latch": lambda parts: setattr(parts.latch, "level", 0),
    "late": lambda parts: setattr(parts, "now_us", parts.now_us + 2000),
}


@pytest.mark.requirement("REQ-TCK-1")
@pytest.mark.parametrize("name", VIOLATIONS)
def test_violation_drops_k1_first_then_the_dac_then_records_and_does_not_beat(name: str) -> None:
    bench = Bench().probing()
    VIOLATIONS[name](bench.parts)
    recorded_at_dac: list[int] = []
    bench.parts.on_dac = lambda: recorded_at_dac.append(bench.state[sampler.CAUSE])
    outputs = [event for event in bench.tick() if event[0] in ("k1", "dac", "heartbeat")]
    assert outputs == [("k1", 0), ("dac", 0)]
    assert recorded_at_dac == [0]  # nothing was recorded before K1 and DAC were down
    assert bench.state[sampler.CAUSE] != 0
    assert (bench.state[sampler.MODE], bench.state[sampler.DAC]) == (sampler.OFF, 0)


@pytest.mark.requirement("REQ-TCK-1")
@MODES
def test_no_beat_while_a_cause_stands_and_beats_again_after_clear(mode: limits.Mode) -> None:
    bench = Bench(mode).probing()
    bench.parts.latch.level = 0
    bench.tick()
    bench.parts.latch.level = 1
    for _ in range(6):
        bench.state[sampler.MODE] = sampler.DRIVE
        seen = bench.tick()
        assert seen[-2:] == [("dac", 0), ("k1", 0)]
        assert "heartbeat" not in dict(seen)
    bench.drive.clear()
    assert bench.tick()[-3:-1] == [("dac", 0), ("k1", 0)]
    assert bench.parts.log[-1][0] == "heartbeat"


@pytest.mark.requirement("REQ-TCK-1")
@MODES
def test_off_opens_k1_in_the_next_tick_and_takes_the_dac_to_zero_once_it_is_open(mode: limits.Mode) -> None:
    bench = Bench(mode).probing()
    code = bench.state[sampler.DAC]
    assert code > 0
    bench.drive.off()
    seen = [bench.tick()[-3:-1] for _ in range(4)]
    assert seen == [[("dac", code), ("k1", 0)]] * 2 + [[("dac", 0), ("k1", 0)]] * 2


@pytest.mark.requirement("REQ-TCK-1")
def test_contact_change_drops_k1_first_and_leaves_the_dac_for_one_tick() -> None:
    bench = Bench().probing()
    bench.parts.raw_a[:2] = [16, 40]
    for _ in range(60):
        bench.tick()
    code = bench.state[sampler.DAC]
    bench.parts.raw_a[:2] = [2690, 60]
    seen = bench.tick()
    assert bench.state[sampler.CAUSE] == faults.CUT_CONTACT_CHANGE
    assert [name for name, _ in seen[-2:]] == ["k1", "dac"]
    assert seen[-2] == ("k1", 0)
    assert 0 <= seen[-1][1] <= code
    bench.parts.raw_a[:2] = [0, 0]
    assert bench.tick()[-2:] == [("dac", 0), ("k1", 0)]


def test_limits_that_were_exchanged_count_from_the_next_tick_on() -> None:
    bench = Bench()
    bench.parts.raw_a[0] = 2681
    bench.drive.arm(limits.MODES[limits.FEET], nominal())
    bench.tick()
    assert bench.state[sampler.CAUSE] == 0
    bench.drive.arm(FACE, nominal())
    bench.tick()
    assert bench.state[sampler.CAUSE] == faults.OVERCURRENT_A


@MODES
def test_self_test_leaves_out_k1_and_heartbeat_as_it_is_told(mode: limits.Mode) -> None:
    bench = Bench(mode).probing()
    bench.state[sampler.TEST] = sampler.TEST_K1_OPEN
    bench.tick()
    assert bench.tick()[-2:] == [("k1", 0), ("heartbeat", bench.parts.heartbeat.level)]
    bench.state[sampler.TEST] = sampler.TEST_NO_BEAT
    for _ in range(3):
        outputs = [name for name, _ in bench.tick()]
        assert "heartbeat" not in outputs
        assert bench.parts.k1.level == 1
    bench.state[sampler.TEST] = 0
    bench.tick()
    assert bench.tick()[-1][0] == "heartbeat"


def test_self_test_trips_the_latch_by_channel_b_once_and_takes_it_back() -> None:
    bench = Bench().probing()
    bench.state[sampler.TEST] = sampler.TEST_TRIP | sampler.TEST_DEAF
    written = [[event for event in bench.tick() if event[0] == "dac_b"] for _ in range(3)]
    assert written == [[("dac_b", mcp4822.TRIP_CODE)], [], []]
    bench.parts.latch.level = 0
    bench.tick()
    assert (bench.state[sampler.CAUSE], bench.parts.k1.level) == (0, 1)  # the hardware is to open it by itself
    bench.state[sampler.TEST] = sampler.TEST_DEAF
    assert ("dac_b", 0) in bench.tick()
    assert bench.state[sampler.CAUSE] == 0
    bench.state[sampler.TEST] = 0
    bench.tick()
    assert (bench.state[sampler.CAUSE], bench.parts.k1.level) == (faults.LATCH, 0)


@pytest.mark.requirement("REQ-SLF-3", "REQ-TCK-1")
def test_fault_while_the_latch_is_tested_leaves_a_latch_that_can_be_reset() -> None:
    bench = Bench().probing()
    bench.state[sampler.TEST] = sampler.TEST_TRIP | sampler.TEST_DEAF
    assert ("dac_b", mcp4822.TRIP_CODE) in bench.tick()
    bench.parts.raw_a[0] = 4095  # and stays there
    assert ("dac_b", 0) in bench.tick()
    assert bench.state[sampler.CAUSE] == faults.OVERCURRENT_A
    assert not [event for event in bench.tick() if event[0] in ("dac_b", "heartbeat")]
    bench.parts.raw_a[0] = 0
    bench.tick()
    bench.state[sampler.TEST] = sampler.TEST_DEAF
    done = bench.tick()
    assert ("dac_b", 0) in done
    assert not [event for event in done if event[0] == "heartbeat"]


@pytest.mark.requirement("REQ-TRP-14", "REQ-TCK-1")
def test_drive_that_contradicts_its_complement_drops_k1_then_the_dac_in_that_tick() -> None:
    bench = Bench().probing(40)
    assert bench.state[sampler.DAC] > 50
    bench.frontend.regulator[regulator.DRIVE_Q] ^= 1 << 27
    outputs = [event for event in bench.tick() if event[0] in ("k1", "dac", "heartbeat")]
    assert outputs == [("k1", 0), ("dac", 0)]
    assert bench.state[sampler.CAUSE] == faults.STATE_CORRUPT
    assert bench.state[sampler.CAUSE_VALUE] == regulator.CORRUPT_WORD + regulator.DRIVE_Q
    assert ("heartbeat", 0) not in bench.tick()


@pytest.mark.requirement("REQ-TRP-14", "REQ-TCK-1")
@pytest.mark.parametrize("slot", [sampler.SLOT_BATTERY + 1, 64, 2**29])
def test_slot_that_nobody_defines_is_read_as_the_first(slot: int) -> None:
    bench = Bench().probing(3)
    bench.state[sampler.SLOT] = slot
    assert ("a", sampler.SLOT_REFERENCE + 2) in bench.tick()
    assert bench.state[sampler.CAUSE] == 0


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("bits", [sampler.TEST_NO_BEAT, sampler.TEST_TRIP | sampler.TEST_DEAF, 1, 2, 4, 8])
def test_nothing_is_driven_with_a_bit_of_the_self_test_set(bits: int) -> None:
    bench = Bench().probing(20)
    bench.drive.current(500, 50, 150)
    bench.tick()
    assert bench.state[sampler.MODE] == sampler.DRIVE
    bench.state[sampler.TEST] = bits
    bench.tick()
    assert (bench.state[sampler.MODE], bench.parts.k1.level) == (sampler.OFF, 0)


def test_trip_code_is_above_what_trips_the_latch_and_is_a_code() -> None:
    assert 3000 < mcp4822.TRIP_CODE <= 4095
