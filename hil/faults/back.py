"""The way out of a fault: no press, START held with its cause gone, or a restart that resumes nothing."""

from __future__ import annotations

from hil.faults.model import FLOWING, NEXT_TEST, NOW, OFF_UA, REST, over
from hil.faults.run import Run, name_of
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import closings_us
from ionto import faults, states

_PROOF_MV = 750.0  # half a volt and what a part may be off; a probe has 1.5 V after a tenth of a second
PROOF_UA = 130.0  # a self-test's 100 uA and what a sense may be off
_HOLD_MS = 3300
_OPEN_SESSION = ("RAMP_UP", "HOLD", "PAUSED", "REVERSING")


def look_early(run: Run) -> None:
    """A fault that was told has brought it into FAULT by now."""
    if (told := run.faults()) and not run.is_latched():
        run.wrong(f"told {told[-1]} {name_of(told[-1])}, and in {run.journey.state()!r} soon after")


def look_at_fault(run: Run) -> None:
    """Panel, link and log say the same."""
    number = run.journey.fault()
    deaf = run.fault.deaf
    if "panel" not in deaf and not shows(run.rig, f"FAULT {number}", faults.fault(number).name):
        run.wrong(f"the panel does not show fault {number}")
    if "log" not in deaf and number not in run.log.faults():
        run.wrong(f"fault {number} is not in the memory's events")


def _is_seen_at_rest(run: Run) -> bool:
    """Whether the firmware can see the cause while nothing is driven."""
    expect = run.fault.expect
    at_rest = next((expect[name] for name in ("IDLE", "REST", "*") if name in expect), run.expect)
    is_lasting = not (at_rest.is_transient or at_rest.comes_and_goes) and not at_rest.restarts and at_rest.seen == NOW
    return (
        is_lasting
        and run.fault.mend is not over
        and run.expect.seen == NOW
        and any(state in run.fault.states for state in REST)
    )


def try_to_get_back(run: Run) -> None:
    """No press leads out of a fault; START held does, with the cause gone; and nothing begins by itself."""
    rig, journey = run.rig, run.journey
    since_us = rig.now_us
    rig.person.contact(1.0)
    for name in ("START", "MODE", "UP"):
        journey.tap(name)
    if journey.state() != "FAULT":
        run.wrong("a press led out of the fault")
    _hold_with_the_cause(run)
    _begins_nothing(run, since_us)
    if journey.state() == "IDLE" and run.cell.state == "HOLD" and not run.person.is_full:
        _session_with_the_cause(run)
        since_us = rig.now_us
    if run.fault.mend is not None:
        _hold_without_it(run)
    rig.advance(300)
    _begins_nothing(run, since_us)


def _begins_nothing(run: Run, since_us: float) -> None:
    if any(_drives(run, at_us) for at_us in closings_us(run.rig, since_us)) and run.cell.state != "SERVICE":
        run.wrong("K1 closed after the fault without a new session")


def _hold_start(run: Run) -> str:
    run.rig.buttons.press("START", ms=_HOLD_MS, settle_ms=300)
    return run.journey.state()


def _hold_with_the_cause(run: Run) -> None:
    """Where the cause can be seen it stays in FAULT; elsewhere it may go."""
    number = run.journey.fault()
    state = _hold_start(run)
    if state == "FAULT":
        return
    if _is_seen_at_rest(run):
        run.wrong(f"START held led from fault {number} to {state!r} with the cause still there")
    run.journey.until("IDLE", "SERVICE", "FAULT", timeout_ms=2500)


def _session_with_the_cause(run: Run) -> None:
    """Out of the fault with a cause that nobody sees at rest: it is told again, or no session comes about."""
    if run.expect.is_transient or run.fault.mend in (None, over) or run.expect.seen not in (NOW, FLOWING, NEXT_TEST):
        return
    is_complete = run.journey.go_on()
    again = run.journey.fault()
    run.rig.person.contact(1.0)
    known = {code for one in run.fault.expect.values() for code in (*one.codes, *one.final)}
    if is_complete or (again and again not in known):
        run.wrong(f"a session with the cause still there: {run.journey.state()!r}, fault {again}")


def _hold_without_it(run: Run) -> None:
    """Mended: START held leads to where a fault in this state leads."""
    rig, journey = run.rig, run.journey
    assert run.fault.mend is not None
    run.fault.mend(rig)
    rig.advance(400)
    if journey.state() != "FAULT":
        return
    _hold_start(run)
    home = "SERVICE" if run.cell.state == "SERVICE" else "IDLE"
    if journey.until(home, timeout_ms=2500) != home:
        run.wrong(f"START held did not lead to {home} but to {journey.state()!r}, fault {journey.fault()}")


def _drives(run: Run, closed_us: int) -> bool:
    """Whether more than a self-test's half a volt followed; one that fails ends without the latch's reset."""
    return float(run.rig.truth.between(closed_us, closed_us + 500_000)["electrode_mv"].max(initial=0)) > _PROOF_MV


def restarts(run: Run) -> list[int]:
    """When the chip has started since the fault."""
    return run.rig.truth.times_us("chip_start", run.watch.start_us)


def after_a_restart(run: Run) -> bool:
    """The chip starts again: off, in IDLE, nothing resumed though the circuit is closed. False if it does not start."""
    rig, journey, expect = run.rig, run.journey, run.expect
    end_us = rig.now_us + 1_500_000
    while not restarts(run) and rig.now_us < end_us:
        run.watch.on(50)
    run.end_us = rig.now_us
    if not restarts(run):
        return False
    run.restart_us = restarts(run)[0]
    rig.person.contact(1.0)
    state = journey.until("IDLE", "FAULT", timeout_ms=4000)
    number = journey.fault()
    if not run.row.code:
        run.row.code, run.row.name = number, name_of(number) or "restart"
    if state == "FAULT" and number not in expect.finals():
        run.wrong(f"after the restart it tells {number} {name_of(number)}")
    elif state not in ("IDLE", "FAULT"):
        run.wrong(f"after the restart it is in {state!r}, fault {number}")
    run.watch.on(1500, step_ms=100)
    if journey.state() != state:
        run.wrong(f"after the restart it went from {state!r} to {journey.state()!r}")
    _nothing_resumed(run)
    if state == "FAULT":
        run.is_fault = True
        run.row.final, run.row.final_name = number, name_of(number)
        look_at_fault(run)
        try_to_get_back(run)
    return True


def _nothing_resumed(run: Run) -> None:
    rig = run.rig
    if any(_drives(run, at_us) for at_us in closings_us(rig, run.restart_us)):
        run.wrong("K1 closed after the restart without a session")
    since = run.watch.current()
    if (most_ua := since.lasting_ua(run.restart_us)) > PROOF_UA:
        run.wrong(f"{most_ua:.0f} uA after the restart without a session, {OFF_UA:.0f} are off")
    if "log" in run.fault.deaf:
        return
    if not run.log.boots():
        run.wrong("the restart is not in the memory's events")
    if run.cell.state in _OPEN_SESSION and states.FAULT not in run.log.states() and not run.log.interrupted():
        run.wrong("the session that the restart ended is not in the memory's events")
