"""What was physically so, against what a cell expects: times to off, currents, slopes."""

from __future__ import annotations

from hil.faults.back import PROOF_UA
from hil.faults.current import Current, Episode
from hil.faults.model import BORNE, ENDS, FLOWING, NEXT_TEST, NOW, OFF_UA, PRESSED, RESET, UNSEEN
from hil.faults.run import Run
from hil.sim import facts
from ionto import limits

LATCH_MAX_MS = 2.0
DARK_MS = 10.0
_END_US = 50_000
_SOON_US = 20_000
_SPREAD = 1.03  # of a board
_NEAR_UA, _NEAR_SHARE = 75.0, 0.02
_SLOPE = 1.25  # a ramp's, and what a sense may be off
_SERVICE_UA_PER_S = 2500  # in BODY range


def measure(run: Run) -> None:
    """Fills in the row, and notes what is not as promised."""
    row = run.row
    whole = run.watch.current()
    current = run.watch.current(run.end_us or None)
    row.peak_ua = round(run.watch.peak_ua(), 1)
    row.back_ua = round(current.back_ua(), 1)
    row.charge_uc = round(current.charge_uc(), 3)
    row.above_latch_ms = run.rig.truth.longest_over_latch_us() / 1000
    if row.above_latch_ms > LATCH_MAX_MS:
        run.wrong(f"{row.above_latch_ms:.1f} ms above the latch's threshold")
    _most(run, whole)
    _rise(run, current)
    _dark(run, current)
    if run.expect.dark:
        return
    if run.expect.seen == NEXT_TEST:
        _before_the_session(run, current)
    elif run.expect.seen in (NOW, FLOWING, RESET):
        _off(run, current)


def _most(run: Run, current: Current) -> None:
    """Charging the skin as a contact is made, or as the stage jumps, lasts less than a tick: not counted here."""
    expect, person = run.expect, run.person
    max_ua = limits.mode_named(person.mode).max_ua
    level_ua = max_ua if expect.seen == PRESSED else person.level_ua
    above_ua = min(expect.above_ua, person.jump_ua(expect.jump_codes)) if expect.jump_codes else expect.above_ua
    allowed_ua = level_ua * 1.1 + above_ua
    if person.level_ua * 2 > max_ua and expect.seen in (NOW, FLOWING):  # a rule ends it at 110 % of the maximum
        allowed_ua = max(allowed_ua, max_ua * 1.1 * _SPREAD + above_ua)
    if (lasting_ua := current.lasting_ua()) > allowed_ua:
        run.wrong(f"a true current of {lasting_ua:.0f} uA, allowed {allowed_ua:.0f}")


def _rise(run: Run, current: Current) -> None:
    """Where no rule ends it, nobody is to be startled by it either."""
    if run.expect.seen not in (BORNE, UNSEEN, ENDS, PRESSED):
        return
    slope = _SERVICE_UA_PER_S if run.cell.state == "SERVICE" else limits.mode_named(run.person.mode).ramp_up_ua_per_s
    allowed_ua = slope * 0.1 * _SLOPE + run.expect.rise_ua
    allowed_ua += run.expect.rise_share * run.person.level_ua
    if (rise_ua := current.rise_ua()) > allowed_ua:
        run.wrong(f"the true current rose by {rise_ua:.0f} uA within 100 ms, allowed {allowed_ua:.0f}")


def _dark(run: Run, current: Current) -> None:
    start_us = run.watch.start_us
    if run.expect.dark and (last_us := current.last_on_us()) > start_us + DARK_MS * 1000:
        run.wrong(f"a current {(last_us - start_us) / 1000:.0f} ms after the fault")
    if run.is_fault and not run.restart_us and current.last_on_us() > run.end_us - _END_US:
        run.wrong(f"in FAULT, and {OFF_UA:.0f} uA or more to the end")


def _before_the_session(run: Run, current: Current) -> None:
    """Silent until the self-test: that has found it, and nothing but its own half a volt was on."""
    since_us = run.journey.session_us if run.journey.session_us > run.watch.start_us else run.watch.start_us
    if run.row.code and (most_ua := current.lasting_ua(since_us)) > PROOF_UA:
        run.wrong(f"{most_ua:.0f} uA flowed in the session before it was told")


def _since_us(run: Run) -> float:
    """From when on every current is a violation, where that is so."""
    truth, start_us = run.rig.truth, run.watch.start_us
    for name in ("statement", "hang", "power_off"):
        if named := truth.times_us(name, start_us):
            return named[0]
    return start_us + run.expect.delay_ms * 1000


def _astray_us(run: Run, start_us: float, end_us: float) -> float | None:
    """When the amplifier's output was first not what the DAC was asked for, of this time."""
    reach = limits.mode_named(run.person.mode).range
    mv_per_code = facts.DAC_V_PER_CODE * facts.AMPLIFIER_GAIN[reach] * 1000
    ignored_us = run.watch.first_ignored_us(mv_per_code)
    if ignored_us is not None:
        return max(ignored_us, start_us) if ignored_us <= end_us else None
    return run.watch.first_astray_us(mv_per_code, start_us, end_us)


def _apart(run: Run, current: Current) -> Current:
    """How far A and B were beyond what they may differ by."""
    assert run.expect.apart is not None
    return Current(current.time_us, run.expect.apart(current.time_us - run.watch.start_us, abs(current.current_ua)))


def _may_be_one(run: Run, current: Current) -> bool:
    """Whether a rule could see it, though it was none yet: of a ramp it sees a little less, or while nothing flows."""
    if run.expect.astray:
        return _astray_us(run, run.watch.start_us, run.rig.now_us) is not None
    return _apart(run, current).first_above_us(-_NEAR_UA - _NEAR_SHARE * run.person.level_ua) is not None


def _violation_us(run: Run, current: Current, episode: Episode) -> float | None:
    """When it became a violation within an episode; None: it did not."""
    expect = run.expect
    start_us, end_us = episode
    if expect.seen != FLOWING:
        return max(_since_us(run), start_us)
    if expect.astray:
        return _astray_us(run, start_us, end_us or run.rig.now_us)
    apart = _apart(run, current.between(start_us, end_us))
    at_us = apart.first_above_us(0.0)
    if at_us is None and end_us is not None:  # cut before it lasted
        at_us = next((float(one) for one in apart.time_us[apart.current_ua > 0] if end_us - one < _SOON_US), None)
    return at_us


def _episodes(run: Run, current: Current) -> list[Episode]:
    """The currents that count: all, but of a fault that is over by itself, and before a restart's self-test."""
    since_us = run.watch.start_us if run.expect.seen == FLOWING else _since_us(run)
    found = current.episodes(since_us)
    if run.restart_us:
        found = [one for one in found if one.start_us < run.restart_us]
    if run.expect.is_transient:
        found = [one for one in found[:1] if one.start_us < since_us + _SOON_US]
    return found


def _off(run: Run, current: Current) -> None:
    """The time from the violation to the output's end: of the first current, and of any that comes back."""
    row, expect = run.row, run.expect
    row.bound_ms = expect.bound_ms(row.code)
    again_ms = max([row.bound_ms, *(expect.bound_ms(code) for code in run.log.told())])
    found = _episodes(run, current)
    is_first = True
    for number, episode in enumerate(found):
        since_us = _violation_us(run, current, episode)
        if since_us is None or (number and current.between(*episode).lasting_ua() < expect.probe_ua):
            continue
        if episode.end_us is None:
            run.wrong(f"{OFF_UA:.0f} uA or more to the end")
            return
        off_ms = round((episode.end_us - since_us) / 1000, 3)
        bound_ms = again_ms if number else row.bound_ms
        if is_first:
            row.off_ms = off_ms
        is_first = False
        if off_ms > bound_ms:
            run.wrong(f"off after {off_ms:.2f} ms (current number {number + 1}), allowed {bound_ms:.2f}")
    if found and is_first and expect.seen == FLOWING and not _may_be_one(run, current):
        run.wrong("it never became a violation")
