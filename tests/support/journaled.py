"""A journal on a memory, the view that it watches, and what happens to it."""

from typing import Any

from ionto import messages, states
from ionto import store_records as records
from ionto.store import Store
from ionto.store_journal import Journal
from ionto.view import View
from tests.support.fram import Fram
from tests.support.store_parts import BOARD, VERSION

ROUND_MS = 10


class Device:
    """A journal on a memory, and the view that it watches."""

    def __init__(self, fram: Fram, cause: int = 1) -> None:
        self.fram = fram
        self.store = Store(fram, BOARD, VERSION)
        self.store.open()
        self.view: Any = View()
        self.view.minutes, self.view.remaining_s, self.view.level_ua = 10, 600, 500
        self.journal = Journal(self.store, self.view, cause, VERSION)
        self.interrupted = self.journal.power_on()
        self.now_ms = 0

    def run(self, ms: int) -> None:
        """Rounds of ROUND_MS."""
        for _ in range(ms // ROUND_MS):
            self.now_ms += ROUND_MS
            self.journal.step(ROUND_MS)

    def event(self, kind: int, a: int = 0, b: int = 0) -> None:
        self.journal.event(self.now_ms, kind, a, b)

    def state(self, state: int) -> None:
        """The session comes to another state."""
        old, self.view.state = self.view.state, state
        self.event(messages.EVENT_STATE, state, old)

    def settle(self) -> None:
        """Until all of it is in the memory."""
        while not (self.journal.is_idle() and self.store.writer.is_idle()):
            self.run(ROUND_MS)

    def events(self) -> list:
        self.settle()
        found = [self.store.events.read(sequence) for sequence in range(self.store.events.newest + 1)]
        return [records.EVENT.unpack(payload) for payload in found if payload]

    def session(self):
        """The newest session's record."""
        self.settle()
        payload = self.store.sessions.read(self.store.sessions.newest)
        assert payload is not None
        return records.SESSION.unpack(payload)

    def trace(self) -> list:
        self.settle()
        found = [self.store.trace.read(sequence) for sequence in range(self.store.trace.newest + 1)]
        return [records.TRACE.unpack(payload) for payload in found if payload]


def begin(device: Device) -> None:
    """Half a second after power-on, the first ramp of a session."""
    device.run(500)
    device.state(states.ARMED)
    device.state(states.RAMP_UP)


def interrupted_fram(seconds: int) -> Fram:
    """The memory of a device that was reset so long after the first ramp, at 300 uA."""
    device = Device(Fram())
    begin(device)
    device.view.current_ua = 300
    device.run(1000 * seconds)
    return device.fram
