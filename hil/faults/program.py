"""Faults of timer, main loop and RAM."""

from __future__ import annotations

import random
import re

from hil.faults.model import BORNE, FLOW, NOW, PROBE, RESET, UNSEEN, Expect, Fault, Inject
from hil.faults.sense import heal, put
from hil.process import ROOT
from hil.rig import Rig
from ionto import faults as f


def _words(module: str) -> dict[str, int]:
    """The words of an array of the tick, by name: its module needs MicroPython to be imported."""
    text = (ROOT / "firmware" / "ionto" / f"{module}.py").read_text()
    return {name: int(value) for name, value in re.findall(r"^([A-Z_]+) = const\((\d+)\)", text, re.MULTILINE)}


_S, _R = _words("sampler"), _words("regulator")
_DEAD = Expect(NOW, (f.TICKS_STOPPED, f.TICK_LATE), ms=10.0)
_ROUNDS = 400  # statements of a few rounds
_RATE = ("REQ-TRP-15",)
_LIMIT_WORDS = 2 * _S["LIMIT_WORDS"]
_GUARDED = tuple(_R[name] for name in ("DRIVE_Q", "SETPOINT_Q", "TARGET_Q", "UP_Q", "DOWN_Q"))
_WORDS = tuple(word for word in range(_S["STATE_WORDS"]) if word not in (_S["MODE"], _S["TEST"]))
_SESSION = ("state", "drive", "settings.level_ua", "settings.minutes", "run.treated_ms", "run.charge_ua_s")


def _stall(us: int) -> Inject:
    return lambda rig, _source: rig.board.stall(us)


def _statement(kind: str) -> Inject:
    """One of the next statements that the main loop comes to fails."""

    def inject(rig: Rig, source: random.Random) -> None:
        rig.board.fault("statement", [source.randint(1, _ROUNDS), kind])

    return inject


def _flip(path: str, words: tuple[int, ...] | None, bits: int = 30) -> Inject:
    """A bit of one of these words of an array; without any, of the number itself."""

    def inject(rig: Rig, source: random.Random) -> None:
        index = source.choice(words) if words else None
        rig.board.fault("ram_flip", [path, index, source.randrange(bits)])

    return inject


def _flip_session(rig: Rig, source: random.Random) -> None:
    rig.board.fault("ram_flip", [f"session.{source.choice(_SESSION)}", None, source.randrange(24)])


def _nothing(_rig: Rig) -> None:
    """Mended by what follows from it."""


_CORRUPT = Expect(NOW, (f.STATE_CORRUPT,), ("REQ-TRP-14",))
_AT_REST = "at rest the main loop writes OFF anew in every round; a tick that comes before finds it"
# Words that are written anew in every tick, counters and sums: a flip is gone with the next tick, or found.
_ANY = (f.STATE_CORRUPT, f.TICK_LATE, f.TICK_RATE, f.MAIN_LATE, f.CUT_OPEN, f.CUT_CONTACT_CHANGE, f.SENSE_MISMATCH)
_ANY += tuple(row.number for row in f.FAULTS)

FAULTS = (
    Fault("timer dies", "the hard timer fires no more", put("timer_dies", 1), None, {"*": _DEAD}),
    Fault("timer late", "a tick comes 1.2 ms late", _stall(1200), _nothing, {"*": Expect(NOW, (f.TICK_LATE,), ms=4.0)}),
    Fault(
        "timer very late",
        "a tick comes 20 ms late",
        _stall(20_000),
        _nothing,
        {"*": Expect(NOW, (f.TICK_LATE,), ms=10.0)},
    ),
    Fault(
        "timer a little late",
        "a tick comes 0.35 ms late",
        _stall(350),
        _nothing,
        {"*": Expect(BORNE, why="up to 0.5 ms is allowed")},
    ),
    Fault(
        "timer slow",
        "1.6 ms from tick to tick",
        put("timer_us", 1600),
        heal("timer_us", 500),
        {"*": Expect(NOW, (f.TICK_LATE,), ms=4.0)},
    ),
    Fault(
        "timer rather slow",
        "0.9 ms from tick to tick",
        put("timer_us", 900),
        heal("timer_us", 500),
        {"*": Expect(NOW, (f.TICK_RATE,), ms=40 * 0.9 + 1.2)},
    ),
    Fault(
        "timer twice", "every alarm fires twice", put("timer_twice", 1), None, {"*": Expect(NOW, (f.TICK_RATE,), _RATE)}
    ),
    Fault(
        "main loop hangs",
        "it never comes back; the ticks go on",
        put("main_hangs", 1),
        _nothing,
        {"*": Expect(RESET, (f.MAIN_LATE,), ("REQ-TRP-16",))},
    ),
    Fault(
        "chip frozen",
        "the main loop hangs with interrupts off",
        put("chip_frozen", 1),
        _nothing,
        {"*": Expect(RESET, ms=10.0)},
    ),
    Fault(
        "statement raises ValueError",
        "one of the main loop, chosen at random",
        _statement("ValueError"),
        _nothing,
        {"*": Expect(RESET, (f.INTERNAL,), ms=40.0)},
        program="statements",
    ),
    Fault(
        "statement raises MemoryError",
        "one of the main loop, chosen at random",
        _statement("MemoryError"),
        _nothing,
        {"*": Expect(RESET, (f.INTERNAL,), ms=40.0)},
        program="statements",
    ),
    Fault(
        "statement never ends",
        "one of the main loop, chosen at random",
        _statement("hang"),
        _nothing,
        {"*": Expect(RESET, (f.MAIN_LATE,), ms=100.0)},
        program="statements",
    ),
    Fault(
        "bit flips in the limits",
        "of the tick, any word",
        _flip("board.frontend.limits", tuple(range(_LIMIT_WORDS))),
        None,
        {"*": Expect(NOW, (f.LIMITS_CORRUPT,), ("REQ-TRP-1",))},
        program="variables",
    ),
    Fault(
        "bit flips in drive or setpoint",
        "or target or slope",
        _flip("board.frontend.regulator", _GUARDED),
        _nothing,
        {"*": _CORRUPT},
        (*PROBE, *FLOW),
        program="variables",
    ),
    Fault(
        "bit flips in the mode",
        "of the tick",
        _flip("board.frontend.state", (_S["MODE"],)),
        _nothing,
        {
            "REST": Expect(UNSEEN, (f.STATE_CORRUPT,), why=_AT_REST),
            "REVERSING": Expect(UNSEEN, (f.STATE_CORRUPT,), why=f"between its ramps is a rest: {_AT_REST}"),
            "*": _CORRUPT,
        },
        program="variables",
    ),
    Fault(
        "bit flips in the self-test's wishes",
        "of the tick",
        _flip("board.frontend.state", (_S["TEST"],)),
        _nothing,
        {"*": _CORRUPT},
        program="variables",
    ),
    Fault(
        "bit flips in the tick's state",
        "any other word",
        _flip("board.frontend.state", _WORDS),
        _nothing,
        {"*": Expect(UNSEEN, _ANY, why="written anew in every tick, or found: rate, lateness, sums", above_ua=150)},
        program="variables",
    ),
    Fault(
        "bit flips in the session",
        "state, wish, level, minutes, time or charge",
        _flip_session,
        _nothing,
        {"*": Expect(NOW, (f.STATE_CORRUPT,), ms=100.0)},
        program="variables",
    ),
)
