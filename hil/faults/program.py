"""Faults of timer, main loop and RAM."""

from __future__ import annotations

import random

from hil.faults import flips
from hil.faults.model import BORNE, NOW, RESET, Expect, Fault, Inject, over
from hil.faults.sense import heal, put
from hil.rig import Rig
from ionto import faults as f

_DEAD = Expect(NOW, (f.TICKS_STOPPED,), ms=10.0, restarts=True)
_HALT_MS = 1.2  # a tick and K1, as test_program_failures.py has it, and the way of a call
_ROUNDS = 400  # statements of a few rounds


def _stall(us: int) -> Inject:
    return lambda rig, _source: rig.board.stall(us)


def _statement(kind: str) -> Inject:
    """One of the next statements that the main loop comes to fails."""

    def inject(rig: Rig, source: random.Random) -> None:
        rig.board.fault("statement", [source.randint(1, _ROUNDS), kind])

    return inject


FAULTS = (
    Fault(
        "timer dies",
        "the hard timer fires no more",
        put("timer_dies", 1),
        None,
        {"*": _DEAD},
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "timer late",
        "a tick comes 1.2 ms late",
        _stall(1200),
        over,
        {"*": Expect(NOW, (f.TICK_LATE,), late_ms=1.5)},
    ),
    Fault(
        "timer very late",
        "a tick comes 20 ms late",
        _stall(20_000),
        over,
        {"*": Expect(NOW, (f.TICK_LATE,), late_ms=5.0)},
    ),
    Fault(
        "timer a little late",
        "a tick comes 0.35 ms late",
        _stall(350),
        over,
        {"*": Expect(BORNE, why="up to 0.5 ms is allowed")},
    ),
    Fault(
        "timer slow",
        "1.6 ms from tick to tick",
        put("timer_us", 1600),
        heal("timer_us", 500),
        {"*": Expect(NOW, (f.TICK_LATE,), late_ms=1.5)},
    ),
    Fault(
        "timer rather slow",
        "0.9 ms from tick to tick",
        put("timer_us", 900),
        heal("timer_us", 500),
        {"*": Expect(NOW, (f.TICK_RATE,), late_ms=40 * 0.4)},
    ),
    Fault("timer twice", "every alarm fires twice", put("timer_twice", 1), None, {"*": Expect(NOW, (f.TICK_RATE,))}),
    Fault(
        "main loop hangs",
        "it never comes back; the ticks go on",
        put("main_hangs", 1),
        over,
        {"*": Expect(RESET, rule=f.MAIN_LATE)},
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "chip frozen",
        "the main loop hangs with interrupts off",
        put("chip_frozen", 1),
        over,
        {"*": Expect(RESET, ms=10.0)},
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "statement raises ValueError",
        "one of the main loop, chosen at random",
        _statement("ValueError"),
        over,
        {"*": Expect(RESET, ms=_HALT_MS, shown=f.INTERNAL)},
        program="statements",
        is_service=True,
        is_twice=True,
    ),
    Fault(
        "statement raises MemoryError",
        "one of the main loop, chosen at random",
        _statement("MemoryError"),
        over,
        {"*": Expect(RESET, ms=_HALT_MS, shown=f.INTERNAL)},
        program="statements",
    ),
    Fault(
        "statement never ends",
        "one of the main loop, chosen at random",
        _statement("hang"),
        over,
        {"*": Expect(RESET, rule=f.MAIN_LATE)},
        program="statements",
    ),
    *flips.FAULTS,
)
