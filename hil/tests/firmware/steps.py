"""What a person does with the device, step by step, and what tests ask about the truth.

Times are in ms unless they say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hil.rig import Rig, RigFailure
from host_tools.client import Event
from ionto import limits, messages
from ionto.states import STATES

# Levels that are reached soon: the ramp is the longest part of a session.
QUICK_UA = {"FACE": 200, "UNDERARMS": 300, "HANDS": 500, "FEET": 500}
RESISTOR = "hil.person:Resistor"
RC = "hil.person:RC"
K1_US = 500  # the relay's own delay
TICK_US = 500
JITTER_US = 150  # a tick's own time until its outputs, and the timer's jitter


def state(rig: Rig) -> str:
    """The state's name, as the device says over the link."""
    return STATES[rig.host.status().state]


def until(rig: Rig, *names: str, timeout_ms: float = 4000) -> str:
    """Lets time pass until the device is in one of these states; returns which. Raises RigFailure after `timeout_ms`.

    Looks every 20 ms, later every tenth of the time that it has waited, at last every 100 ms: a long ramp is waited for
    in half the computer's time.
    """
    began_us = rig.now_us
    while (found := state(rig)) not in names:
        waited_ms = (rig.now_us - began_us) / 1000
        if waited_ms >= timeout_ms:
            raise RigFailure(f"not {' or '.join(names)} within {timeout_ms:g} ms, but {found}\n{rig.describe()}")
        rig.advance(min(100, max(20, waited_ms / 10), timeout_ms - waited_ms + 1))
    return found


def tap(rig: Rig, name: str, times: int = 1) -> None:
    """Presses and releases a button, a quick press. The chip takes up to 80 ms to draw what a press leads to."""
    for _ in range(times):
        rig.buttons.press(name, ms=80, settle_ms=80)


def power_on(rig: Rig) -> None:
    """Lets the device come to IDLE. Nobody answers before the ticks run, and on a chip that takes a second."""
    rig.board.await_start()
    until(rig, "IDLE", timeout_ms=3000)


def started_us(rig: Rig) -> float:
    """The µs at which the app began: with a reset of the latch, right before the ticks."""
    return rig.truth.named("latch_reset")[0].time_us


def set_level(rig: Rig, level_ua: int) -> None:
    """Presses UP or DOWN until the level is `level_ua`."""
    status = rig.host.status()
    steps, rest = divmod(level_ua - status.level_ua, limits.MODES[int(status.mode)].step_ua)
    assert rest == 0, f"{level_ua} uA is no whole step"
    tap(rig, "UP" if steps > 0 else "DOWN", abs(steps))
    assert rig.host.status().level_ua == level_ua


def set_minutes(rig: Rig, minutes: int) -> None:
    """In CONFIRM, ARMING or ARMED: switches to minutes, presses UP or DOWN, and switches back to the level."""
    tap(rig, "MODE")
    steps = minutes - rig.host.status().minutes
    tap(rig, "UP" if steps > 0 else "DOWN", abs(steps))
    tap(rig, "MODE")
    assert rig.host.status().minutes == minutes


def confirm(rig: Rig, mode: str = "FACE", level_ua: int | None = None, minutes: int | None = None) -> None:
    """From power-on to CONFIRM."""
    power_on(rig)
    tap(rig, "MODE", limits.mode_named(mode).number)
    set_level(rig, level_ua or QUICK_UA[mode])
    tap(rig, "START")
    assert state(rig) == "CONFIRM"
    if minutes:
        set_minutes(rig, minutes)


def arm(rig: Rig, mode: str = "FACE", level_ua: int | None = None, minutes: int | None = None) -> None:
    """From power-on to ARMED, with the circuit open."""
    confirm(rig, mode, level_ua, minutes)
    tap(rig, "START")
    until(rig, "ARMED")


def treat(rig: Rig, mode: str = "FACE", level_ua: int | None = None, minutes: int | None = None) -> int:
    """From power-on to the beginning of the ramp, which ends at once if the probe gives the level.

    Returns the µs of the contact.
    """
    arm(rig, mode, level_ua, minutes)
    contact_us = rig.now_us
    rig.person.contact(1.0)
    until(rig, "RAMP_UP", "HOLD")
    return contact_us


def hold(rig: Rig, mode: str = "FACE", level_ua: int | None = None, minutes: int | None = None) -> None:
    """From power-on to the set current."""
    treat(rig, mode, level_ua, minutes)
    until(rig, "HOLD", timeout_ms=60000)


def events(rig: Rig, kind: int | None = None) -> list[Event]:
    """The events that the device has sent since the last call, of one kind or all. The first call says HELLO."""
    rig.host.hello()
    records = list(rig.host.records(0.03))
    return [one for one in records if isinstance(one, Event) and kind in (None, one.kind)]


def states_passed(rig: Rig) -> list[str]:
    """The names of the states that were entered since the last call of this or `events`."""
    return [STATES[event.a] for event in events(rig, messages.EVENT_STATE)]


# The truth.


def assert_off(rig: Rig) -> None:
    """K1 is open, the amplifier at zero, and nothing flows."""
    now: dict[str, Any] = rig.truth.now
    assert not rig.truth.k1_closed
    assert now["dac"] == 0
    assert now["amplifier_mv"] < 50
    assert rig.truth.current_ua == 0


def closings_us(rig: Rig, since_us: float = 0) -> list[int]:
    """When K1 closed, but for the self-tests: those end, within half a second, with the latch's reset."""
    resets = rig.truth.times_us("latch_reset")
    closed = rig.truth.times_us("k1_closed", round(since_us))
    return [at_us for at_us in closed if not any(at_us < reset_us <= at_us + 500_000 for reset_us in resets)]


def k1_open_us(rig: Rig, since_us: float) -> int:
    """When K1 opened after `since_us`; it must have, and must have stayed open until now."""
    opened = rig.truth.times_us("k1_open", round(since_us))
    assert opened, f"K1 has not opened since {since_us} us\n{rig.describe()}"
    closed = closings_us(rig, opened[0])
    assert not closed, f"K1 closed again at {closed} us\n{rig.describe()}"
    return opened[0]


def mean_ua(rig: Rig, ms: float = 200) -> float:
    """The mean true current of the last `ms`."""
    return float(rig.truth.between(rig.now_us - round(ms * 1000), rig.now_us)["current_ua"].mean())


def peak_ua(rig: Rig, since_us: float) -> float:
    """The highest sample of the true current since then."""
    return float(rig.truth.between(round(since_us), rig.now_us)["current_ua"].max())


def slope_ua_per_s(samples: np.ndarray) -> float:
    """The slope of the true current: a straight line through the samples."""
    return float(np.polyfit(samples["time_us"] / 1e6, samples["current_ua"], 1)[0])


def assert_regulated(rig: Rig, level_ua: float, ms: float = 500) -> None:
    """The true current has been within 3 % (the spread of the board's parts, then the regulator's 2 %) or 30 µA."""
    samples = rig.truth.between(rig.now_us - round(ms * 1000), rig.now_us)
    allowed_ua = max(30.0, 0.03 * level_ua)
    assert abs(samples["current_ua"] - level_ua).max() <= allowed_ua
