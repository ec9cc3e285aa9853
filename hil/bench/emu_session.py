"""A treatment on the emulated chip, under every load that its main loop can have. Times in ms unless they say so.

The firmware is that of emu_load.py, which collects several times a second. A collection takes 40 ms, so buttons are
pressed for longer than that.
"""

from __future__ import annotations

from pathlib import Path

from hil.rig import Rig
from ionto.states import STATES

PROGRAM = Path(__file__).with_name("emu_load.py")
LOAD = "hil.person:RC"
LOAD_ARGUMENTS = {"rs_ohm": 400, "rp_ohm": 1700, "cp_f": 1e-7}
LEVEL_STEPS = -4  # from FACE's 0.5 mA to its lowest, 0.1 mA, which is reached soonest
TELEMETRY_HZ = 100

# The words that emu_load.py keeps: two to find them by, rounds, bytes free, then bytes used by state.
_MARK = [0x494F4E54, 0x48454150]
_WORDS = 20
_ROUNDS, _FREE, _USED = 2, 3, 4


def press(rig: Rig, *names: str) -> None:
    """One after another."""
    for name in names:
        rig.buttons.press(name, ms=150, settle_ms=100)


def wait(rig: Rig, name: str, timeout_ms: float = 4000) -> None:
    """Lets time pass until the device says that it is in the state `name`."""
    rig.advance_until(lambda: STATES[rig.host.status().state] == name, timeout_ms, step_ms=20)


def start(rig: Rig) -> None:
    """From power-on to IDLE."""
    rig.advance_until(lambda: rig.truth.named("heartbeat_alive"), 3000, step_ms=100)
    wait(rig, "IDLE")


def treat(rig: Rig) -> None:
    """From IDLE to HOLD."""
    press(rig, "START", "START")
    wait(rig, "ARMED")
    rig.person.contact(1.0)
    wait(rig, "HOLD", timeout_ms=8000)


def finish(rig: Rig) -> None:
    """From HOLD to IDLE, with the circuit open."""
    press(rig, "START")
    wait(rig, "DONE")
    rig.person.lift()
    press(rig, "START")
    wait(rig, "IDLE")


def looked_on(seed: int) -> Rig:
    """A board in IDLE at the lowest level, with a host that has telemetry at full rate."""
    rig = Rig(seed, program=PROGRAM, load=LOAD, load_arguments=LOAD_ARGUMENTS)
    rig.is_firmware = True
    try:
        start(rig)
        rig.host.hello()
        rig.host.subscribe(TELEMETRY_HZ)
        press(rig, *["DOWN"] * -LEVEL_STEPS)
    except BaseException:
        rig.close()
        raise
    return rig


def held(seed: int) -> Rig:
    """The same in HOLD."""
    rig = looked_on(seed)
    try:
        treat(rig)
    except BaseException:
        rig.close()
        raise
    return rig


def heap(rig: Rig) -> dict[str, int]:
    """Bytes of the chip's heap, as of the last collections: `free`, and what was used in each state so far."""
    found = rig.request({"peek": _MARK, "words": _WORDS})["words"]
    used = {name: found[_USED + number] for number, name in enumerate(STATES) if found[_USED + number]}
    return {"rounds": found[_ROUNDS], "free": found[_FREE], **used}
