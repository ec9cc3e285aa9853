"""The board's link, for a rig: a host_tools client that also follows the board's clock by its telemetry.

A test sees of it what it would see on any rig: no telemetry that it did not ask for, no event from before its HELLO.
"""

from __future__ import annotations

from collections.abc import Callable

from hil.bench_rig.clocks import RemoteClock
from host_tools.client import Client, Identity, Record, Telemetry
from host_tools.errors import NoReplyError
from host_tools.transport import Transport
from ionto import messages

TELEMETRY_HZ = messages.MAX_TELEMETRY_HZ
_JUMP_MS = 1000


class BoardClient(Client):
    """A client whose link carries telemetry all the time. `uptime` is the board's clock."""

    def __init__(self, transport: Transport, clock: Callable[[], float]) -> None:
        super().__init__(transport, clock)
        self.uptime = RemoteClock()
        self.heard_s = clock()  # when the board last said how late it is
        self.restarts = 0
        self.on_telemetry: Callable[[Telemetry, float], None] = lambda row, arrived_s: None
        self._wants_telemetry = False
        self._wants_events = False

    # What a test calls.

    def hello(self) -> Identity:
        """As Client.hello: events from now on, no telemetry until it is asked for."""
        self._wants_events = True
        self._wants_telemetry = False
        return self.begin()

    def subscribe(self, rate_hz: int) -> None:
        """As Client.subscribe; the rig's own telemetry goes on beside it."""
        super().subscribe(rate_hz)
        self._wants_telemetry = rate_hz > 0
        if not rate_hz:
            super().subscribe(TELEMETRY_HZ)

    # What the rig calls.

    def begin(self) -> Identity:
        """HELLO, and the rig's own telemetry."""
        identity = super().hello()
        super().subscribe(TELEMETRY_HZ)
        return identity

    def pump(self, timeout_s: float) -> None:
        """Takes in what has come; waits at most `timeout_s` for it."""
        self._receive(self._clock() + timeout_s)

    def look(self) -> bool:
        """Asks for the board's uptime if its telemetry has ended. Returns whether there was an answer."""
        try:
            self._follow(self.status().uptime_ms)
            if not self._wants_telemetry and not self.restarts:
                super().subscribe(TELEMETRY_HZ)
        except NoReplyError:
            return False
        return True

    def switched_on(self) -> None:
        """The board has been switched off and on: its clock begins anew, and that is no restart."""
        self.uptime.forget()
        self.restarts = 0

    def _follow(self, uptime_ms: int) -> None:
        last_ms = self.uptime.last_ms
        if last_ms is not None and uptime_ms + _JUMP_MS < last_ms:
            self.restarts += 1
            self.uptime.forget()
        self.heard_s = self._clock()
        self.uptime.saw(uptime_ms, self.heard_s)

    def _keep(self, record: Record) -> None:
        if isinstance(record, Telemetry):
            self._follow(record.time_ms)
            self.on_telemetry(record, self.heard_s)
            wanted = self._wants_telemetry
        else:
            wanted = self._wants_events
        if wanted:
            super()._keep(record)
