"""Faults that end a session by a ramp, those of buttons, and those that come on top of a fault."""

from __future__ import annotations

from hil.faults.back import PROOF_UA, after_a_restart, look_at_fault, try_to_get_back
from hil.faults.model import FLOW, NOW, PROBE, RESET
from hil.faults.run import Run, name_of
from hil.tests.firmware.screen import shows
from ionto import faults

_STOP_MS = 1000.0
_SETTLE_MS = 250.0
_RAMPED_UA = 110.0  # what a ramp to zero ends with: 8 counts of sense A, 50 uA in BODY range
_PRESSED_MS = 1500.0
_SOON_FELT = ("UP stuck", "DOWN stuck")  # these two answer as they go down


def stays(run: Run) -> None:
    """A fault that was told stands until START is held."""
    told = run.faults()
    run.is_fault = run.is_latched()
    if told and not run.is_fault:
        run.wrong(f"told {told[-1]} {name_of(told[-1])}, and at the end in {run.journey.state()!r}")
    if run.is_fault:
        look_at_fault(run)
        try_to_get_back(run)


def after_an_end(run: Run) -> None:
    """The output ends by a ramp within its time, for the right reason, and no session begins."""
    expect, rig, row = run.expect, run.rig, run.row
    run.watch.on(max(0.0, expect.ms - (rig.now_us - run.watch.start_us) / 1000) + 20)
    by_us = run.watch.start_us + expect.ms * 1000
    is_under_way = run.cell.state in (*FLOW, "PAUSED")
    if is_under_way:
        _by_a_ramp(run)
        if not set(expect.ends) & set(run.log.ends()):
            run.wrong(f"no session ended for {expect.ends}, but for {run.log.ends()}")
    run.watch.on(_SETTLE_MS)
    run.journey.go_on()
    run.watch.on(_SETTLE_MS)
    run.end_us = rig.now_us
    current = run.watch.current()
    if (last_us := current.last_on_us()) > by_us:
        run.wrong(f"a current {(last_us - run.watch.start_us) / 1000:.0f} ms after the fault, allowed {expect.ms:.0f}")
    row.bound_ms = expect.ms
    if run.cell.state in FLOW:
        row.off_ms = round((current.last_on_us() - run.watch.start_us) / 1000, 3)
    row.code = run.told()
    row.name = name_of(row.code)
    row.final = next(iter(reversed(run.faults())), 0)
    row.final_name = name_of(row.final)
    if row.code and row.code not in expect.codes:
        run.wrong(f"told {row.code} {row.name}")
    if run.log.begun():
        run.wrong("a session began")
    stays(run)


def _by_a_ramp(run: Run) -> None:
    """As K1 opens, next to nothing flows any more."""
    opened = run.rig.truth.times_us("k1_open", run.watch.start_us)
    if not opened:
        return
    before = run.rig.truth.between(opened[0] - 2000, opened[0])["current_ua"]
    if len(before) and abs(before).max() > _RAMPED_UA:
        run.wrong(f"no ramp: {abs(before).max():.0f} uA as K1 opened")


def after_a_button(run: Run) -> None:
    """It raises or lowers as the button does, by the ramp, and STOP ends it all the same."""
    rig, row = run.rig, run.row
    run.watch.on(_PRESSED_MS)
    if run.fault.name in _SOON_FELT and run.cell.state in (*PROBE, *FLOW) and not run.log.pressed():
        run.wrong("nothing came of the press")
    pressed_us = rig.now_us
    rig.buttons.stop_press()
    run.watch.on(_STOP_MS + 20)
    current = run.watch.current()
    if (last_us := current.last_on_us()) > pressed_us + _STOP_MS * 1000:
        run.wrong(f"a current {(last_us - pressed_us) / 1000:.0f} ms after STOP")
    if run.cell.state in (*FLOW, *PROBE):
        row.bound_ms = _STOP_MS
        row.off_ms = round(max(0.0, current.last_on_us() - pressed_us) / 1000, 3)
        if rig.truth.k1_closed:
            run.wrong("K1 is closed after STOP")
    run.watch.on(_SETTLE_MS)
    run.end_us = rig.now_us
    row.code = row.final = run.told()
    row.name = row.final_name = name_of(row.code)
    if row.code and row.code not in run.expect.codes:
        run.wrong(f"told {row.code} {row.name}")
    rig.buttons.stop_release()
    rig.advance(100)
    stays(run)


def in_fault(run: Run) -> None:
    """The fault that is there stays, with its own name; a restart leads to IDLE. Nothing flows in either."""
    like = run.fault.expected("HOLD")
    if like.seen == RESET or like.restarts:
        if not after_a_restart(run):
            run.wrong("the chip was not started again")
        return
    run.watch.on(_SETTLE_MS)
    run.end_us = run.rig.now_us
    row = run.row
    row.code = row.final = run.journey.fault()
    row.name = row.final_name = name_of(row.code)
    if row.code != faults.LATCH:
        run.wrong(f"the fault that was there became {row.code} {row.name}")
    run.is_fault = run.is_latched()
    if not run.is_fault:
        run.wrong(f"it left FAULT for {run.journey.state()!r}")
        return
    if "panel" not in run.fault.deaf and not shows(run.rig, f"FAULT {faults.LATCH}"):
        run.wrong("the panel does not show the fault that was there")
    _out_of_both(run, like.seen == NOW)


def _out_of_both(run: Run, is_seen: bool) -> None:
    """No press leads out; START held, with both causes gone, does."""
    rig, journey = run.rig, run.journey
    for name in ("START", "MODE", "UP"):
        journey.tap(name)
    if journey.state() != "FAULT":
        run.wrong("a press led out of the fault")
    if run.fault.mend is None:
        return
    run.fault.mend(rig)
    rig.advance(400)
    for _ in range(2 if is_seen else 1):  # the second fault may be told once the first is cleared
        rig.buttons.press("START", ms=3300, settle_ms=300)
        if journey.until("IDLE", "FAULT", timeout_ms=2500) == "IDLE":
            break
    if journey.state() != "IDLE":
        run.wrong(f"START held did not lead to IDLE but to {journey.state()!r}, fault {journey.fault()}")
    if (most_ua := run.watch.current().lasting_ua(run.end_us)) > PROOF_UA:
        run.wrong(f"{most_ua:.0f} uA after the second fault")
