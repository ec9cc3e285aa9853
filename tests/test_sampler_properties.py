"""Whatever is read and whatever is asked: the arithmetic stays in 32 bits, and the output within its limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto import faults, limits, regulator, sampler
from ionto.drive import Drive, DriveError
from tests.support.tick import Tick

RAW = st.integers(0, 4095)
NEAR = st.sampled_from([0, 1, 7, 8, 375, 840, 2400, 2680, 2681, 4094, 4095])
READING = st.one_of(RAW, NEAR)
TICK = st.tuples(
    st.just("tick"), READING, READING, READING, st.one_of(st.none(), READING), st.sampled_from([1, 1, 1, 1, 0]),
    st.one_of(st.just(500), st.sampled_from([0, 1000, 1001, 2**30 - 1])),
)  # fmt: skip
# A load of some ohms, seen for a while: gets the regulator to where random readings never would.
LOAD = st.tuples(st.just("load"), st.integers(0, 60000), st.integers(1, 40))
# uA/s; the tables' steepest is 1000, and 22,000 down for STOP. Beyond 20,000 up, the feed-forward leaves 32 bits.
UP, DOWN = st.integers(0, 20_000), st.integers(0, 30_000)
COMMAND = st.one_of(
    st.tuples(st.just("probe"), st.integers(-1, 101)),
    st.tuples(st.just("current"), st.integers(-1, 101), UP, DOWN),
    st.tuples(st.just("off")),
    st.tuples(st.just("clear")),
    st.tuples(st.just("arm"), st.sampled_from(limits.MODES)),
)
# Words that only a defect elsewhere could write: the tick must take them.
STRAY = st.one_of(
    st.tuples(st.just("mode"), st.integers(0, 2**30 - 1)),
    st.tuples(st.just("drive"), st.integers(0, 4095 << 16)),
    st.tuples(st.just("setpoint"), st.integers(0, 3555 << 16)),
)


class Machine:
    """A Tick and its Drive, held to what must always be true."""

    def __init__(self, mode: limits.Mode) -> None:
        self.tick = Tick(mode)
        self.drive = Drive(self.tick)
        self.mode = mode
        self.standing = 0  # ticks for which the DAC stood after the output was switched off

    def regulating(self, percent: int) -> "Machine":
        """Arrived at `percent` of the mode's maximum; nothing for 0."""
        self.drive.arm(self.mode, self.tick.calibration)
        net = self.tick.limits[regulator.SETPOINT_MAX] * percent // 100
        if net >= regulator.MIN_SETPOINT:
            self.tick.regulate_at(net, ticks=1)
        return self

    def act(self, action: tuple) -> None:
        name, *values = action
        if name == "tick":
            self.step(*values)
        elif name == "load":
            ohm, ticks = values
            for _ in range(ticks):
                self.step(*self.through(ohm))
        elif name in ("mode", "drive", "setpoint"):
            words = {"mode": self.tick.state, "drive": self.tick.regulator, "setpoint": self.tick.regulator}[name]
            index = {"mode": sampler.MODE, "drive": regulator.DRIVE_Q, "setpoint": regulator.SETPOINT_Q}[name]
            words[index] = values[0]
        else:
            self.command(name, values)

    def command(self, name: str, values: list) -> None:
        try:
            if name in ("current", "probe"):
                getattr(self.drive, name)(self.mode.max_ua * values[0] // 100, *values[1:])
            elif name == "arm":
                self.drive.arm(values[0], self.tick.calibration)
                self.mode, self.tick.row = values[0], self.tick.calibration.of(values[0])
            else:
                getattr(self.drive, name)()
        except DriveError:
            assert name in ("current", "probe", "arm")

    def through(self, ohm: int) -> tuple[int, int, int]:
        """What is read with the present code through `ohm` of skin."""
        row = self.tick.row
        na = self.tick.code * row.dac_uv_per_lsb * 1_000_000 // (row.series_mohm + ohm * 1000)
        a, b = min(4095, na // row.a_na_per_lsb), min(4095, na // row.b_na_per_lsb)
        return a, min(4095, na * ohm // (row.v_uv_per_lsb * 1000)), b

    def step(self, a: int, v: int, b: int, aux: int | None = None, latch: int = 1, period_us: int = 500) -> None:
        tick = self.tick
        before, code_before = tick.state[sampler.CAUSE], tick.code
        cause = tick.step(a, v, b, aux, latch, period_us)
        s = tick.state
        assert 0 <= tick.code <= 4095
        assert tick.regulator[regulator.SETPOINT_Q] >> 16 <= 3555
        if s[sampler.MODE] == sampler.DRIVE:
            assert s[sampler.SETPOINT] <= tick.limits[regulator.SETPOINT_MAX]
        elif s[sampler.MODE] == sampler.PROBE:
            assert s[sampler.SETPOINT] == tick.limits[regulator.PROBE_MAX]
        else:
            assert (tick.k1, s[sampler.SETPOINT]) == (0, 0)
            assert tick.code <= code_before
            self.standing = self.standing + 1 if tick.code else 0
            assert self.standing <= 2
        assert s[sampler.DAC] == (0 if cause else tick.code)
        assert s[sampler.CAUSE] == (before or cause)
        if s[sampler.CAUSE]:
            assert (tick.k1, s[sampler.MODE]) == (0, sampler.OFF)
            # Only in the tick that cuts for a contact change, and with K1 open already.
            assert tick.code == 0 or (cause == faults.CUT_CONTACT_CHANGE and not before)
        assert all(0 <= word < 2**31 for words in (s, tick.history, tick.regulator) for word in words)


@pytest.mark.requirement("REQ-LIM-1")
@settings(max_examples=80)
@given(
    mode=st.sampled_from(limits.MODES),
    start=st.integers(0, 100),
    actions=st.lists(st.one_of(TICK, LOAD, COMMAND, STRAY), min_size=5, max_size=60),
)
def test_any_readings_and_commands_keep_the_output_within_its_limits(
    mode: limits.Mode, start: int, actions: list[tuple]
) -> None:
    machine = Machine(mode).regulating(start)
    for action in actions:
        machine.act(action)


@pytest.mark.requirement("REQ-REG-1")
@settings(max_examples=30)
@given(
    mode=st.sampled_from(limits.MODES),
    start=st.integers(1, 100),
    percent=st.integers(1, 100),
    ohms=st.lists(st.tuples(st.integers(300, 60000), st.integers(1, 30)), min_size=1, max_size=6),
)
def test_setpoint_moves_by_at_most_one_slope_a_tick_on_any_loads(
    mode: limits.Mode, start: int, percent: int, ohms: list[tuple[int, int]]
) -> None:
    machine = Machine(mode).regulating(start)
    if not machine.drive.is_on():
        return
    machine.drive.current(mode.max_ua * percent // 100, 5000, 5000)
    r = machine.tick.regulator
    for ohm, ticks in ohms:
        for _ in range(ticks):
            before = r[regulator.SETPOINT_Q]
            drive_before = r[regulator.DRIVE_Q]
            machine.step(*machine.through(ohm))
            if machine.drive.is_tripped():
                return
            assert r[regulator.SETPOINT_Q] - before <= r[regulator.UP_Q]
            assert r[regulator.DRIVE_Q] - drive_before <= 2 << 16


@pytest.mark.requirement("REQ-TCK-2")
@settings(max_examples=30)
@given(
    mode=st.sampled_from(limits.MODES),
    ticks=st.lists(st.tuples(READING, READING, READING), max_size=20),
    commands=st.lists(COMMAND, max_size=20),
)
def test_after_any_cause_nothing_but_clear_gives_drive(
    mode: limits.Mode, ticks: list[tuple], commands: list[tuple]
) -> None:
    machine = Machine(mode)
    machine.command("arm", [mode])
    machine.drive.probe(mode.max_ua)
    machine.step(0, 5, 0)
    machine.step(0, 5, 0, latch=0)
    assert machine.drive.is_tripped()
    for index, readings in enumerate(ticks):
        if index < len(commands) and commands[index][0] != "clear":
            machine.command(commands[index][0], list(commands[index][1:]))
        machine.tick.state[sampler.MODE] = index % 4  # a stray write on top
        machine.step(*readings)
        assert machine.tick.code == 0
