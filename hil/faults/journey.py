"""The way of a person through a session: to the state in which a fault strikes, and on from there."""

from __future__ import annotations

from hil.faults.model import Person
from hil.rig import Rig, RigFailure
from hil.tests.firmware import steps
from host_tools.errors import IontoError
from ionto import limits
from ionto.states import STATES

_TAP_MS = 80
_LONGEST_MS = {
    "RAMP_UP": 25_000,
    "REVERSING": 15_000,
    "ARMING": 3000,
    "ARMED": 4000,
    "PAUSED": 3500,
    "RAMP_DOWN": 15_000,
}
_CYCLE = 30  # steps of a whole session and the beginning of the next
_HELD_MS = 700
_STAYS = 2  # waits in one state without getting anywhere


class Journey:
    """Presses, lifts and touches. `state()` is what the device says; "" if it says nothing."""

    def __init__(self, rig: Rig, person: Person):
        self.rig = rig
        self.person = person

    def state(self) -> str:
        """The state that the device tells."""
        try:
            return STATES[self.rig.host.status().state]
        except (IontoError, IndexError):
            return ""

    def fault(self) -> int:
        """The fault that it tells; 0: none, or it is silent."""
        try:
            return int(self.rig.host.status().fault)
        except IontoError:
            return 0

    def tap(self, name: str, times: int = 1) -> None:
        """Presses and releases."""
        for _ in range(times):
            self.rig.buttons.press(name, ms=_TAP_MS, settle_ms=80)

    def until(self, *names: str, timeout_ms: float = 4000) -> str:
        """Waits for one of these states; what it is then, even if it never came."""
        end_us = self.rig.now_us + timeout_ms * 1000
        state = self.state()
        while state not in names and self.rig.now_us < end_us:
            self.rig.advance(20)
            state = self.state()
        return state

    # -- there ------------------------------------------------------------------------------------------------------

    def reach(self, state: str) -> None:
        """From power-on to this state. Raises RigFailure if it is not reached."""
        getattr(self, "_to_" + state.lower())()
        if self.state() != state and state != "SELF_TEST":
            raise RigFailure(f"did not come to {state} but to {self.state()}\n{self.rig.describe()}")

    def _to_self_test(self) -> None:
        self.rig.board.await_start()

    def _to_idle(self) -> None:
        steps.power_on(self.rig)
        self._choose()

    def _choose(self) -> None:
        """In IDLE: the person's mode and level, as far as the device takes them."""
        rig, person = self.rig, self.person
        mode = limits.mode_named(person.mode)
        try:
            status = rig.host.status()
            if status.mode != mode.number:
                self.tap("MODE", (mode.number - status.mode) % len(limits.MODES))
                status = rig.host.status()
        except IontoError:
            return
        steps_to_go = (person.level_ua - status.level_ua) // mode.step_ua
        self.tap("UP" if steps_to_go > 0 else "DOWN", abs(steps_to_go))

    def _to_confirm(self) -> None:
        steps.confirm(self.rig, self.person.mode, self.person.level_ua)

    def _to_arming(self) -> None:
        """With the electrodes on: so it stays there, probing."""
        self._to_confirm()
        self.rig.person.contact(1.0)
        self.tap("START")
        self.rig.advance(700)

    def _to_armed(self) -> None:
        steps.arm(self.rig, self.person.mode, self.person.level_ua)

    def _to_ramp_up(self) -> None:
        self._to_armed()
        self.rig.person.contact(1.0)
        self.until("RAMP_UP", "HOLD")
        self.rig.advance(400)

    def _to_hold(self) -> None:
        self._to_ramp_up()
        self.until("HOLD", timeout_ms=30_000)

    def _to_ramp_down(self) -> None:
        self._to_hold()
        self.tap("START")
        self.until("RAMP_DOWN")

    def _to_paused(self) -> None:
        self._to_hold()
        self.rig.person.lift()
        self.until("PAUSED")
        self.rig.advance(300)

    def _to_done(self) -> None:
        self._to_ramp_down()
        self.until("DONE", timeout_ms=15_000)

    def _to_reversing(self) -> None:
        """A minute, and half of it is over."""
        rig, person = self.rig, self.person
        steps.power_on(rig)
        self.tap("MODE", limits.mode_named(person.mode).number)
        rig.buttons.press("MODE", ms=1100, settle_ms=100)
        steps.set_level(rig, person.level_ua)
        self.tap("START")
        steps.set_minutes(rig, limits.MIN_MINUTES)
        self.tap("START")
        self.until("ARMED")
        rig.person.contact(1.0)
        self.until("REVERSING", timeout_ms=limits.MIN_MINUTES * 35_000)

    # -- and on -----------------------------------------------------------------------------------------------------

    def go_on(self) -> bool:
        """On to a current that is held and to the next session; ends where a fault is told or the chip is silent.

        Returns True if all of it was reached.
        """
        has_held = False
        before, again = "", 0
        for _ in range(_CYCLE):
            state = self.state()
            again = again + 1 if state == before else 0
            before = state
            if again > _STAYS:
                return False
            if state in ("", "FAULT"):
                return False
            if state == "ARMED" and has_held:
                return True
            self._one(state)
            has_held = has_held or state == "HOLD"
        return False

    def _one(self, state: str) -> None:
        rig = self.rig
        if state in ("IDLE", "CONFIRM", "DONE"):
            rig.person.lift()
            rig.advance(300)
            if state == "IDLE":
                self._choose()
            self.tap("START")
        elif state == "ARMING":
            rig.person.lift()
            self.until("ARMED", "FAULT", "IDLE", timeout_ms=_LONGEST_MS[state])
        elif state in ("ARMED", "PAUSED"):
            rig.person.contact(1.0)
            self.until("RAMP_UP", "HOLD", "FAULT", "DONE", timeout_ms=_LONGEST_MS[state])
        elif state == "HOLD":
            rig.advance(_HELD_MS)
            if self.state() == "HOLD":
                self.tap("START")
        elif state in _LONGEST_MS:
            others = [name for name in STATES if name != state]
            self.until(*others, timeout_ms=_LONGEST_MS[state])
        else:
            rig.advance(500)
