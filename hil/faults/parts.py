"""Faults of buttons, display, memory, link and supply."""

from __future__ import annotations

import random

from hil.faults.model import BORNE, RESET, UNSEEN, Expect, Fault, Inject, Mend
from hil.faults.sense import heal, put
from hil.rig import Rig
from host_tools.framing import encode
from ionto import faults as f
from ionto import messages
from ionto.store_map import CALIBRATION, EVENT_RING, slot_address

_DISPLAY = "treatment goes on without a display: LED and sounds tell, buttons and STOP work"
_MEMORY = "what is in use was read at power-on; it is said as an event and a notice"
_FLOOD_BYTES = 92_160  # a second at full rate


def _stick(name: str) -> Inject:
    return lambda rig, _source: rig.buttons.stick(name)


def _free(name: str) -> Mend:
    return lambda rig: rig.buttons.release(name)


def _bounce(rig: Rig, source: random.Random) -> None:
    """UP makes and breaks 200 times within a second: some of it looks like a press."""
    for index in range(200):
        rig.at(index * 5 + source.uniform(0, 2), "button", ["UP", index & 1])
    rig.at(1005, "button", ["UP", 0])


def _flood(rig: Rig, source: random.Random) -> None:
    rig.send_uart(source.randbytes(_FLOOD_BYTES))


def _flood_of_requests(rig: Rig, source: random.Random) -> None:
    """Whole requests, one after the other: whoever answers all of them does nothing else."""
    del source
    request = encode(messages.STATUS, 1, b"")
    rig.send_uart(request * (_FLOOD_BYTES // len(request)))


def _flip_memory(rig: Rig, source: random.Random) -> None:
    """Bits flip in calibration, settings and events."""
    for _ in range(8):
        rig.board.fault("fram_flip", 8 * source.randrange(EVENT_RING.address) + source.randrange(8))
    rig.board.fault("fram_flip", 8 * (slot_address(CALIBRATION, 0) + 40))


def _scramble_display(rig: Rig, source: random.Random) -> None:
    for _ in range(50):
        rig.board.fault("oled_flip", source.randrange(8192))


def _sag(rig: Rig, source: random.Random) -> None:
    """3.9 to 2.9 V within half a second."""
    del source
    for step in range(1, 51):
        rig.board.fault("battery_v", 3.9 - step * 0.02, after_ms=step * 10)


def _nothing(_rig: Rig) -> None:
    """Over by itself."""


def _cut_power(rig: Rig, _source: random.Random) -> None:
    rig.at(0, "power", 0)
    rig.at(400, "power", 1)


def _reset(cause: int) -> Inject:
    return lambda rig, _source: rig.at(0, "reset", cause)


_CAP = "a press raises by one step, within the mode's limits and slope; stuck for 30 s it is ignored; STOP works"

FAULTS = (
    Fault(
        "UP stuck",
        "its contact stays closed",
        _stick("UP"),
        _free("UP"),
        {"*": Expect(UNSEEN, (f.STUCK_BUTTON,), why=_CAP, above_ua=20_000)},
    ),
    Fault(
        "DOWN stuck",
        "its contact stays closed",
        _stick("DOWN"),
        _free("DOWN"),
        {"*": Expect(UNSEEN, (f.STUCK_BUTTON,), why="it only lowers; stuck for 30 s it is ignored; STOP works")},
    ),
    Fault(
        "MODE stuck",
        "its contact stays closed",
        _stick("MODE"),
        _free("MODE"),
        {
            "*": Expect(
                UNSEEN,
                (f.STUCK_BUTTON,),
                why="one press at most; START shows the mode and asks",
                above_ua=20_000,
            )
        },
    ),
    Fault(
        "START stuck",
        "its contact stays closed",
        _stick("START"),
        _free("START"),
        {
            "*": Expect(
                UNSEEN, (f.STUCK_BUTTON,), why="held, START only ends or goes back; one press is all that it gives"
            )
        },
    ),
    Fault(
        "UP bounces",
        "200 times in a second, as a contact that is loose",
        _bounce,
        _nothing,
        {"*": Expect(UNSEEN, (f.STUCK_BUTTON,), why=_CAP, above_ua=20_000)},
    ),
    Fault(
        "STOP loop broken",
        "the loop opens, as if pressed",
        lambda rig, _source: rig.buttons.stop_press(),
        lambda rig: rig.buttons.stop_release(),
        {"*": Expect(UNSEEN, (f.STOP_LOOP,), why="it is STOP: a ramp of 1 s, and no START until it closes")},
    ),
    Fault(
        "service USB",
        "plugged in under way",
        lambda rig, _source: rig.board.vbus(True),
        lambda rig: rig.board.vbus(False),
        {"*": Expect(UNSEEN, (f.SERVICE_USB,), why="a ramp of 1 s, then a fault")},
    ),
    Fault(
        "display absent",
        "it does not answer",
        put("oled_absent", 1),
        heal("oled_absent", 0),
        {"*": Expect(BORNE, why=_DISPLAY)},
        deaf=("panel",),
    ),
    Fault(
        "display frozen",
        "it answers and takes nothing",
        put("oled_frozen", 1),
        heal("oled_frozen", 0),
        {"*": Expect(UNSEEN, why=_DISPLAY)},
        deaf=("panel",),
    ),
    Fault(
        "display loses its content",
        "its supply dips",
        put("oled_reset", 1),
        _nothing,
        {"*": Expect(BORNE, why="it is set up anew and sent a page at a time")},
    ),
    Fault(
        "display bit errors",
        "50 pixels flip",
        _scramble_display,
        _nothing,
        {"*": Expect(BORNE, why="every page is sent again within seconds")},
    ),
    Fault(
        "I2C stuck",
        "every transfer ends with a timeout",
        put("i2c_stuck", 1),
        heal("i2c_stuck", 0),
        {"*": Expect(BORNE, why=f"{_DISPLAY}; {_MEMORY}")},
        deaf=("panel", "log"),
    ),
    Fault(
        "FRAM absent",
        "it does not answer",
        put("fram_absent", 1),
        heal("fram_absent", 0),
        {"*": Expect(BORNE, why=_MEMORY)},
        deaf=("log",),
    ),
    Fault(
        "FRAM stuck",
        "it keeps what it has",
        put("fram_protected", 1),
        heal("fram_protected", 0),
        {"*": Expect(BORNE, why=_MEMORY)},
        deaf=("log",),
    ),
    Fault(
        "FRAM bit errors",
        "9 bits flip in calibration, settings and logs",
        _flip_memory,
        _nothing,
        {"*": Expect(BORNE, why=_MEMORY)},
    ),
    Fault(
        "battery sags",
        "to 2.9 V within half a second",
        _sag,
        heal("battery_v", 3.9),
        {"*": Expect(UNSEEN, (f.BATTERY,), why="a second below the limit, then a normal ramp and a fault")},
    ),
    Fault(
        "UART flooded",
        "a second of random bytes at full rate",
        _flood,
        _nothing,
        {"*": Expect(BORNE, why="what does not fit is dropped; a round takes what a round can")},
        deaf=("link",),
    ),
    Fault(
        "UART flooded with requests",
        "a second of whole requests at full rate",
        _flood_of_requests,
        _nothing,
        {"*": Expect(BORNE, why="a round answers what a round can; the rest is dropped")},
        deaf=("link",),
    ),
    Fault("power cut", "for 0.4 s", _cut_power, _nothing, {"*": Expect(RESET, ms=3.0)}),
    Fault("watchdog reset", "out of nothing", _reset(3), _nothing, {"*": Expect(RESET, ms=10.0)}),
    Fault("reset pin", "touched", _reset(1), _nothing, {"*": Expect(RESET, ms=10.0)}),
)
