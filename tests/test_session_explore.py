"""Everything that can be reached, in steps of half a second, with one happening a step: what must never be, never is.

The exploration is exhaustive over the session's own data. Three things keep it finite: a mode of two levels and one
minute, waits of two or three seconds instead of minutes, and time under current that passes in half minutes or not
at all.
"""

from collections import Counter, deque
from operator import attrgetter

import pytest

from ionto import faults, limits, messages, session_senses, states
from ionto import session_table as t
from ionto.contact import LiftWatch
from ionto.session import Inputs, Session
from ionto.view import View
from tests.test_session_support import DRIVEN, PROBED, watch

STEP_MS = 500
HALF_MINUTE_MS = 30000
WAIT_MS = 2000
REVERSING_MS = 3000
WRAP_MS = 1 << 30
SMALL = limits.MODES[limits.HANDS]._replace(number=0, max_ua=1000, default_ua=500, default_min=1, max_min=1)

PRESSES = {
    "up": t.PRESS_UP, "down": t.PRESS_DOWN, "mode": t.PRESS_MODE, "mode held": t.PRESS_MODE_HELD,
    "start": t.PRESS_START, "start held": t.PRESS_START_HELD,
}  # fmt: skip
SETTINGS = {
    "nothing": {},
    "stop": {"stop_pressed": True},
    "start held with the cause there": {"cause_gone": False, "presses": (t.PRESS_START_HELD,)},
    "start without calibration": {"calibration": messages.CALIBRATION_NONE, "presses": (t.PRESS_START,)},
    "usb": {"vbus": True},
    "start with a low battery": {"battery_mv": 3499, "presses": (t.PRESS_START,)},
    "start with usb": {"vbus": True, "presses": (t.PRESS_START,)},
    "start with stop": {"stop_pressed": True, "presses": (t.PRESS_START,)},
    "host stop": {"host_stop": True},
    "host lowers": {"host_level_ua": 500},
    "host raises": {"host_level_ua": 5000},
    "cut": {"cut": faults.CUT_OPEN},
    "fault": {"fault": faults.OVERVOLTAGE},
    "arrived": {"at_target": True, "at_zero": True},
    "charge cap": {"charge_ua_ms": SMALL.max_charge_ua_ms},
    "half a minute": {},
    **{name: {"presses": (number,)} for name, number in PRESSES.items()},
}


REFERENCES = {
    "view", "inputs", "outputs", "settings", "run", "timers", "contact", "lift", "mode", "events", "refusals",
    "_minima_ohm",
}  # fmt: skip


class World:
    """A session that can be put back to any point it has been at, and the observer that judges what it does."""

    def __init__(self) -> None:
        self.session = Session(View())
        s = self.session
        self.parts = (s, s.settings, s.run, s.timers, s.contact, s.lift, s.outputs)
        self.read = [attrgetter(*[name for name in vars(part) if name not in REFERENCES]) for part in self.parts]
        self.proof = (False, 0, 0)  # went through CONFIRM, ms of open circuit in ARMING, ms of contact under probe

    def save(self) -> tuple:
        made = [dict(vars(part)) for part in self.parts]
        made[5]["_minima_ohm"] = list(self.session.lift._minima_ohm)
        return made, self.proof

    def load(self, saved: tuple) -> None:
        made, self.proof = saved
        for part, values in zip(self.parts, made, strict=True):
            vars(part).update(values)
        self.session.lift._minima_ohm = list(made[5]["_minima_ohm"])
        self.session.outputs.begin()

    def key(self) -> tuple:
        plain = [read(part) for read, part in zip(self.read, self.parts, strict=True)]
        return (*plain, *self.session.lift._minima_ohm, self.proof)

    def step(self, happening: str, ohm: int | None) -> None:
        s = self.session
        before = (s.state, s.outputs.drive, s.settings.level_ua)
        inputs = Inputs()
        is_driven = s.outputs.drive == t.DRIVE_CURRENT
        values = {
            "self_test": 0, "cause_gone": True, "calibration": 1, "output_open": s.outputs.drive == t.DRIVE_OFF,
            "resistance_ohm": ohm, "at_zero": not is_driven, "setpoint_ua": 500 * is_driven,
            "current_ua": 500 * is_driven, **SETTINGS[happening],
        }  # fmt: skip
        vars(inputs).update(values)
        treated_ms = s.run.treated_ms
        s.step(HALF_MINUTE_MS if happening == "half a minute" else STEP_MS, inputs)
        self.observe(before, happening, ohm)
        if happening != "half a minute" and s.run.treated_ms:
            s.run.treated_ms = treated_ms
        self.normalise()

    def observe(self, before: tuple, happening: str, ohm: int | None) -> None:
        s = self.session
        was, had_drive, level_ua = before
        out = s.outputs
        name = states.STATES[s.state]
        watch(s.state, SMALL, out)
        is_contact = had_drive == t.DRIVE_PROBE and ohm is not None and 300 <= ohm < 20000
        confirmed, open_ms, contact_ms = self.proof
        contact_ms = min(1000, contact_ms + STEP_MS) if is_contact else 0
        if had_drive == t.DRIVE_PROBE and was == states.ARMING and ohm is None:
            open_ms = min(500, open_ms + STEP_MS)
        if out.drive == t.DRIVE_CURRENT and had_drive != t.DRIVE_CURRENT:
            assert had_drive == t.DRIVE_PROBE
            assert confirmed
            assert (open_ms, contact_ms) == (500, 1000)
            assert not s.run.needs_start
        if name not in PROBED + DRIVEN:
            confirmed, open_ms = False, 0
        if was == states.CONFIRM and name == "ARMING":
            confirmed = "start" in happening
        self.proof = (confirmed, open_ms, contact_ms)
        if SETTINGS[happening].get("stop_pressed") or "usb" in happening or happening == "host stop":
            assert out.drive == t.DRIVE_OFF or (name == "RAMP_DOWN" and out.target_ua == 0)
        if happening == "fault":
            assert name == "FAULT"
        if happening.startswith("host"):
            assert s.settings.level_ua <= level_ua
        if not SETTINGS[happening].get("presses") and "host" not in happening and happening != "usb" and ohm != 200:
            assert out.refusals == [], "what happens by itself is never refused"

    def normalise(self) -> None:
        """Forgets what can no longer make a difference, and sets the clock back to 0."""
        s = self.session
        now_ms = s._last_ms or 0
        s._last_ms = 0
        s.inputs = Inputs()
        s.outputs.begin()  # what holds for one round only, and was judged
        s._sealed = None  # what a test writes is no flipped bit
        s.refusal = s.last_current_ua = 0
        s.detail = (0, 0, 0)
        s.retargeted = False
        s._reasons = s.circuit = 0
        timers = s.timers
        timers.limited_left_ms = timers.refusal_left_ms = 0
        timers.wait_ms = min(timers.wait_ms, REVERSING_MS) if s.state in session_senses._TIMEOUT_MS else 0
        for name in ("open_ms", "probe_ms", "polarity_ms"):
            setattr(timers, name, min(getattr(timers, name), STEP_MS))
        s.run.ramp_ms = min(s.run.ramp_ms, 3000) if s.outputs.drive == t.DRIVE_CURRENT else 0
        if s.state not in (states.RAMP_DOWN, states.REVERSING):
            s.run.ramp_ms = s.run.ramp_limit_ms = 0
        s.run.charge_capped = False
        s.run.end = min(s.run.end, 1)
        s.run.ramp_down_ua_per_s = 0
        if states.STATES[s.state] in ("DONE", "FAULT", "RAMP_DOWN"):
            # All that is left of the treatment is reported, never asked again.
            s.run.reconnects = s.run.treated_ms = s.run.charge_ua_s = 0
            s.run.needs_start = False
        s.run.charge_ua_s = min(s.run.charge_ua_s, s.settings.max_charge_ua_s)
        s.contact.steady_ms = min(s.contact.steady_ms, 1000)
        s.contact._since_ms = -s.contact.steady_ms % WRAP_MS
        lift = s.lift
        if states.STATES[s.state] not in ("RAMP_UP", "HOLD"):
            vars(lift).update(vars(LiftWatch()))
        lift._minima_ohm = lift._minima_ohm[lift._index + 1 :] + lift._minima_ohm[: lift._index + 1]
        lift._index = len(lift._minima_ohm) - 1
        if lift._sample_ms is not None:
            lift._sample_ms = (lift._sample_ms - now_ms) % WRAP_MS
        if lift._recovered_from_ms is not None:
            lift._recovered_from_ms = -min((now_ms - lift._recovered_from_ms) % WRAP_MS, 1000) % WRAP_MS

    def choices(self) -> list[tuple[str, int | None]]:
        drive = self.session.outputs.drive
        ohms = {t.DRIVE_OFF: [None], t.DRIVE_PROBE: [None, 5000, 200], t.DRIVE_CURRENT: [5000, 7000, 11000]}[drive]
        skipped = {"half a minute", "arrived", "charge cap"} if drive != t.DRIVE_CURRENT else set()
        choices = [("nothing", ohm) for ohm in ohms]
        choices += [(name, ohms[0]) for name in SETTINGS if name not in skipped and name != "nothing"]
        if drive == t.DRIVE_PROBE:
            choices += [(name, 5000) for name in ("start", "stop", "cut", "down")]
        return choices


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MODES", (SMALL,))
    monkeypatch.setattr(limits, "SEALS", (limits.seal(SMALL),))
    monkeypatch.setattr(limits, "MAX_SELF_RECONNECTS", 1)
    waits_ms = {**dict.fromkeys(session_senses._TIMEOUT_MS, WAIT_MS), states.REVERSING: REVERSING_MS}
    monkeypatch.setattr(session_senses, "_TIMEOUT_MS", waits_ms)


def explore(world: World) -> tuple[Counter, set[tuple[str, str]]]:
    """Goes everywhere. Returns how many points there are in each state, and which state led to which."""
    seen = {world.key()}
    queue = deque([world.save()])
    found: Counter = Counter()
    edges = set()
    while queue:
        here = queue.popleft()
        world.load(here)
        was = states.STATES[world.session.state]
        found[was] += 1
        for happening, ohm in world.choices():
            world.load(here)
            world.step(happening, ohm)
            edges.add((was, states.STATES[world.session.state]))
            key = world.key()
            if key not in seen:
                seen.add(key)
                queue.append(world.save())
        world.load(here)
        for _ in range(3):  # pressed, then 1 s of a ramp that never arrives
            world.step("stop", None)
        assert world.session.outputs.drive == t.DRIVE_OFF, "STOP leads to off from everywhere, ramp or no ramp"
    return found, edges


@pytest.mark.requirement("REQ-SES-2")
@pytest.mark.requirement("REQ-SES-4")
@pytest.mark.requirement("REQ-SES-5")
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("small")
def test_nothing_that_can_be_reached_drives_what_it_must_not() -> None:
    found, edges = explore(World())
    assert set(found) == set(states.STATES) - {"SERVICE"}, "no way into SERVICE yet, a way into every other state"
    assert sum(found.values()) > 2000
    into_current = {was for was, now in edges if now in ("RAMP_UP", "HOLD") and was not in ("RAMP_UP", "HOLD")}
    assert into_current == {"ARMED", "PAUSED", "REVERSING"}
    assert {now for was, now in edges if was == "FAULT"} == {"FAULT", "IDLE", "SELF_TEST"}
