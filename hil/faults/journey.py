"""The way of a person through a session: to the state in which a fault strikes, and on from there."""

from __future__ import annotations

from hil.faults.persons import Person
from hil.rig import Rig, RigFailure
from hil.technician import enter_service
from hil.tests.firmware import steps
from host_tools.errors import IontoError
from ionto import limits
from ionto.states import STATES

_TAP_MS = 80
_LONGEST_MS = {"REVERSING": 15_000, "ARMING": 3000, "ARMED": 4000, "PAUSED": 3500}
_CYCLE = 30  # steps of a whole session and the beginning of the next
_HELD_MS = 700
_STAYS = 2  # waits in one state without getting anywhere
_KEEP_MS = 100


class Journey:
    """Presses, lifts and touches. `state()` is what the device says; "" if it says nothing.

    `session_us`: when the latest session was asked for, 0: none was.
    """

    def __init__(self, rig: Rig, person: Person):
        self.rig = rig
        self.person = person
        self.session_us = 0.0
        self._longest_ms = {
            **_LONGEST_MS,
            "RAMP_UP": person.ramp_ms(is_up=True),
            "RAMP_DOWN": person.ramp_ms(is_up=False),
        }

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
        """Waits for one of these states; what it is then, if it never came too. A long ramp is looked at less often."""
        began_us = self.rig.now_us
        end_us = began_us + timeout_ms * 1000
        state = self.state()
        while state not in names and self.rig.now_us < end_us:
            self.rig.advance(min(100, max(20, (self.rig.now_us - began_us) / 10_000)))
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
        self.until("HOLD", timeout_ms=self._longest_ms["RAMP_UP"])

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
        self.until("DONE", timeout_ms=self._longest_ms["RAMP_DOWN"])

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

    def _to_fault(self) -> None:
        """The latch has tripped, once, in a treatment; the person is still in contact."""
        self._to_hold()
        self.rig.board.fault("latch_tripped")
        self.until("FAULT")
        self.rig.advance(300)

    def _to_service(self) -> None:
        """A host drives the level into a dummy load."""
        enter_service(self.rig)
        self.rig.person.contact(1.0)
        self.rig.host.service_range(limits.mode_named(self.person.mode).range)
        self._serve()

    def _serve(self) -> bool:
        """The host asks for the level; True once it flows."""
        self.rig.host.service_current(self.person.level_ua)
        for _ in range(_CYCLE * 4):
            self.rig.advance(_KEEP_MS)
            readings = self.rig.host.service_read()
            if readings.is_settled or not readings.kind:
                return bool(readings.is_settled)
        return False

    def keep(self) -> None:
        """In SERVICE: a sign of life."""
        try:
            self.rig.host.service_read()
        except IontoError:
            return

    # -- and on -----------------------------------------------------------------------------------------------------

    def go_on(self, is_touching: bool = False) -> bool:
        """On to a current that is held and to the next session; ends where a fault is told or the chip is silent.

        `is_touching`: the circuit is closed as a session is asked for. Returns True if all of it was reached.
        """
        has_held = False
        before, again = "", 0
        for _ in range(_CYCLE):
            state = self.state()
            again = again + 1 if state == before else 0
            before = state
            if again > _STAYS or state in ("", "FAULT"):
                return False
            if state == "SERVICE":
                return self._go_on_in_service()
            if state == "ARMED" and has_held:
                return True
            self._one(state, is_touching)
            has_held = has_held or state == "HOLD"
        return False

    def _go_on_in_service(self) -> bool:
        """What a cut has ended is asked for again, twice."""
        for _ in range(_STAYS):
            try:
                if not self._serve():
                    continue
                for _ in range(round(_HELD_MS / _KEEP_MS)):
                    self.rig.advance(_KEEP_MS)
                    if not self.rig.host.service_read().is_settled:
                        break
                else:
                    return True
            except IontoError:
                return False
        return False

    def _one(self, state: str, is_touching: bool) -> None:
        rig = self.rig
        if state in ("IDLE", "CONFIRM", "DONE"):
            rig.person.contact(1.0 if is_touching and state == "CONFIRM" else 0.0)
            rig.advance(300)
            if state == "IDLE":
                self._choose()
            elif state == "CONFIRM":
                self.session_us = rig.now_us
            self.tap("START")
        elif state == "ARMING":
            if not (is_touching and self.session_us):
                rig.person.lift()
            self.until("ARMED", "FAULT", "IDLE", timeout_ms=_LONGEST_MS[state])
        elif state in ("ARMED", "PAUSED"):
            rig.person.contact(1.0)
            self.until("RAMP_UP", "HOLD", "FAULT", "DONE", timeout_ms=_LONGEST_MS[state])
        elif state == "HOLD":
            rig.advance(_HELD_MS)
            if self.state() == "HOLD":
                self.tap("START")
        elif state in self._longest_ms:
            others = [name for name in STATES if name != state]
            self.until(*others, timeout_ms=self._longest_ms[state])
        else:
            rig.advance(500)
