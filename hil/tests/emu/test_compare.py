"""The same treatment on both rigs, tick by tick: what differs, by how much at most, and why.

Alike: what the tick does. With the same voltages and currents its DAC codes are the same, but for the converters'
noise: both rigs draw it from the same numbers, but start the ticks at another place in them.

Different: time. The chip takes a second to start where the simulated board says 0.1 s. Its ticks come within some µs of
their time, those of the simulated board to the µs. And a round of the main loop takes the chip up to 100 ms, when it
draws a new screen, where it costs nothing in simulation; so whatever a round decides (the ramp begins, the pause probes
again) comes at another tick. Within a tick, time on the chip is that of its statements and buses, so the contact falls
into another part of it: the skin is charged by then or not, and the probe taken back or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from hil.rig import Rig
from hil.tests.firmware.steps import TICK_US, events, power_on, tap, until
from hil.truth import Event
from ionto import messages
from ionto.states import STATES

pytestmark = [pytest.mark.emu, pytest.mark.only_emu]

RUN_TICKS = 3400  # 1.7 s: a second of probe and what it takes to be sure, then at least 0.3 s of ramp
ROUND_TICKS = 200  # 100 ms, the bound of the bench
CHARGED_TICKS = 20  # the skin is charged in less than a ms; then the probe rises again by 2 codes a tick
NOISE_CODES = 4  # one reading's noise, 0.6 LSB of 1.25 µA, moves the drive by less than a code; it adds up a little
NOISE_UA = 4.0


@dataclass
class Run:
    """From the contact on: samples (one a tick), events with their time since the contact, states with theirs in ms."""

    samples: np.ndarray
    events: list[Event]
    states: list[tuple[str, int]]
    start_us: int

    def times_us(self, name: str, value: int) -> list[int]:
        return [one.time_us for one in self.events if one.name == name and one.value == value]

    def since_break_us(self, name: str, value: int) -> int:
        break_us = RUN_TICKS * TICK_US
        return next(us for us in self.times_us(name, value) if us >= break_us) - break_us


def treat(rig: Rig) -> Run:
    """Power-on, arm, contact, 1.5 s, the break, a pause of 0.2 s."""
    power_on(rig)
    start_us = rig.now_us - rig.truth.times_us("chip_start")[-1]
    events(rig)
    for name in ("CONFIRM", "ARMED"):
        tap(rig, "START")
        until(rig, name)
    rig.advance(300)
    contact_us = rig.now_us
    rig.person.contact(1.0)
    rig.person.at(RUN_TICKS * TICK_US / 1000, 0.0)
    rig.advance(RUN_TICKS * TICK_US / 1000 + 200)
    samples = rig.truth.between(contact_us, rig.now_us)
    physical = [one._replace(time_us=one.time_us - contact_us) for one in rig.truth.events if one.time_us >= contact_us]
    told = [(STATES[one.a], one.time_ms) for one in events(rig, messages.EVENT_STATE)]
    return Run(samples, physical, told, start_us)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Run, Run]]:
    """The run on the simulated board, and on the emulated chip."""
    with pytest.MonkeyPatch.context() as patch:
        runs = []
        for kind in ("sim", "emu"):
            patch.setenv("IONTO_RIG", kind)
            with Rig(seed=3) as rig:
                runs.append(treat(rig))
                rig.prove_safe()
        yield runs[0], runs[1]


Both = tuple[Run, Run]


def codes(run: Run, first: int, last: int) -> np.ndarray:
    return run.samples["dac"][first:last].astype(int)


def far(one: np.ndarray, other: np.ndarray) -> float:
    return float(abs(one - other).max())


def test_states_are_the_same_and_last_as_long_but_for_rounds(both: Both) -> None:
    simulated, emulated = both
    names = [[name for name, _ in run.states] for run in both]
    assert names[0] == names[1] == ["CONFIRM", "ARMING", "ARMED", "RAMP_UP", "PAUSED"]
    ramp_ms = [run.states[4][1] - run.states[3][1] for run in both]
    assert min(ramp_ms) > 300
    assert far(np.array(ramp_ms[0]), np.array(ramp_ms[1])) <= ROUND_TICKS * TICK_US / 1000
    assert simulated.start_us < emulated.start_us < 3_000_000


def test_ticks_of_the_probe_are_the_same(both: Both) -> None:
    simulated, emulated = both
    probe = codes(simulated, CHARGED_TICKS, 2000)
    assert np.array_equal(probe, codes(emulated, CHARGED_TICKS, 2000))
    assert max(codes(run, 0, CHARGED_TICKS).max() for run in both) <= probe[0]
    currents = [run.samples["current_ua"][CHARGED_TICKS:2000] for run in both]
    assert far(*currents) < 0.1
    assert currents[0][-1] > 50


def test_ticks_of_the_ramp_are_the_same_but_for_its_start_and_noise(both: Both) -> None:
    simulated, emulated = both
    first, last = 2000 + 2 * ROUND_TICKS + 60, RUN_TICKS - ROUND_TICKS
    wanted = codes(simulated, first, last)
    shifts = range(-ROUND_TICKS, ROUND_TICKS)
    shift = min(shifts, key=lambda n: np.abs(codes(emulated, first + n, last + n) - wanted).sum())
    assert shift not in (shifts[0], shifts[-1])
    assert wanted[-1] - wanted[0] > 20  # there is a ramp
    assert far(codes(emulated, first + shift, last + shift), wanted) <= NOISE_CODES
    there, here = emulated.samples["current_ua"], simulated.samples["current_ua"]
    assert far(there[first + shift : last + shift], here[first:last]) <= NOISE_UA


def test_break_is_cut_in_the_same_tick_and_in_time(both: Both) -> None:
    zero_ticks = [int(np.argmax(run.samples["dac"][RUN_TICKS:] == 0)) for run in both]
    assert abs(zero_ticks[0] - zero_ticks[1]) <= 1  # the break falls into another part of the tick
    for run in both:
        assert run.since_break_us("k1_request", 0) <= 1500
        assert run.since_break_us("drive_at_zero", 0) <= 1500
    opened_us = [run.since_break_us("k1_open", 0) for run in both]
    assert abs(opened_us[0] - opened_us[1]) <= TICK_US
    probed_us = [run.since_break_us("k1_request", 1) for run in both]
    assert abs(probed_us[0] - probed_us[1]) <= ROUND_TICKS * TICK_US


@pytest.mark.parametrize(
    "name", ["make", "break", "k1_request", "k1_open", "k1_closed", "heartbeat_dead", "heartbeat_alive"]
)
def test_physical_events_are_as_many(both: Both, name: str) -> None:
    counts = [len([one for one in run.events if one.name == name]) for run in both]
    assert counts[0] == counts[1] > 0


def test_ticks_keep_their_period_on_both(both: Both) -> None:
    simulated, emulated = (np.diff(run.samples["time_us"]) for run in both)
    assert set(simulated) == {TICK_US}
    assert abs(emulated - TICK_US).max() <= 30
    assert abs(len(simulated) - len(emulated)) <= 1
