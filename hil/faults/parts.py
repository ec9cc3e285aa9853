"""Faults of buttons, display, memory, link and supply."""

from __future__ import annotations

import random

from hil.faults.model import BORNE, RESET, Expect, Fault, Inject, over
from hil.faults.sense import heal, put
from hil.rig import Rig
from host_tools.framing import encode
from ionto import faults as f
from ionto import messages
from ionto.store_map import CALIBRATION, EVENT_RING, slot_address

_DISPLAY = "treatment goes on without a display: LED and sounds tell, buttons and STOP work"
_MEMORY = "what is in use was read at power-on; it is said as an event and a notice"
_FLOOD_BYTES = 92_160  # a second at full rate


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


def _cut_power(rig: Rig, source: random.Random) -> None:
    at_ms = source.uniform(0.0, 20.0)
    rig.at(at_ms, "power", 0)
    rig.at(at_ms + 400, "power", 1)


def _damage(rig: Rig, address: int, size: int) -> None:
    """Every eighth byte loses a bit."""
    for offset in range(0, size, 8):
        rig.board.fault("fram_flip", 8 * (address + offset) + offset // 8 % 8)
    rig.at(0, "reset", 1)


_HEAD_BYTES = 20  # of a slot: a board's name and the like, whose loss is told otherwise


def _damage_calibration(rig: Rig, source: random.Random) -> None:
    del source
    for slot in range(2):
        _damage(rig, slot_address(CALIBRATION, slot) + _HEAD_BYTES, 40)


def _damage_events(rig: Rig, source: random.Random) -> None:
    del source
    _damage(rig, EVENT_RING.address, 32)


def _reset(cause: int) -> Inject:
    return lambda rig, _source: rig.at(0, "reset", cause)


FAULTS = (
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
        {"*": Expect(BORNE, why=_DISPLAY)},
        deaf=("panel",),
        is_twice=True,
    ),
    Fault(
        "display loses its content",
        "its supply dips",
        put("oled_reset", 1),
        over,
        {"*": Expect(BORNE, why="it is set up anew and sent a page at a time")},
    ),
    Fault(
        "display bit errors",
        "50 pixels flip",
        _scramble_display,
        over,
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
        over,
        {"*": Expect(BORNE, why=_MEMORY)},
    ),
    Fault(
        "UART flooded",
        "a second of random bytes at full rate",
        _flood,
        over,
        {"*": Expect(BORNE, why="what does not fit is dropped; a round takes what a round can")},
        deaf=("link",),
    ),
    Fault(
        "UART flooded with requests",
        "a second of whole requests at full rate",
        _flood_of_requests,
        over,
        {"*": Expect(BORNE, why="a round answers what a round can; the rest is dropped")},
        deaf=("link",),
    ),
    Fault(
        "FRAM noisy",
        "in every 40th byte that is read a bit is wrong",
        put("fram_noise", 40),
        heal("fram_noise", 0),
        {"*": Expect(BORNE, why=_MEMORY)},
        deaf=("log",),
    ),
    Fault(
        "calibration damaged, then a restart",
        "bits flip in every slot; then the chip starts again",
        _damage_calibration,
        None,
        {"*": Expect(RESET, (f.MEMORY_DAMAGED,), ms=10.0)},
    ),
    Fault(
        "events damaged, then a restart",
        "bits flip in one record of the ring; then the chip starts again",
        _damage_events,
        over,
        {"*": Expect(RESET, ms=10.0)},
    ),
    Fault(
        "power cut",
        "for 0.4 s",
        _cut_power,
        over,
        {"*": Expect(RESET, ms=3.0)},
        is_service=True,
        is_twice=True,
        times=4,
    ),
    Fault("watchdog reset", "out of nothing", _reset(3), over, {"*": Expect(RESET, ms=10.0)}, is_service=True),
    Fault("reset pin", "touched", _reset(1), over, {"*": Expect(RESET, ms=10.0)}),
)
