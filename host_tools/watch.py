"""Keeps a LiveView up to date from a device, and hands it a STOP when somebody asks for one."""

import threading
from collections.abc import Callable
from contextlib import suppress

from host_tools.cli_context import Connection
from host_tools.errors import NoReplyError, RefusedError
from host_tools.feed import Feed
from host_tools.live import LiveView
from host_tools.records import Telemetry

RATE_HZ = 20
STATUS_S = 1.0
STOP_ROUNDS = 3  # each asks as often as the client does before it gives up

_PRESS = "Press STOP on the device."


class Watch:
    """One device that is watched. `step` belongs to one thread; `want_stop` may come from any.

    Who reads `view` from another thread holds `lock`.
    """

    def __init__(self, connection: Connection, window_s: float, clock: Callable[[], float]) -> None:
        self.view = LiveView(connection.identity, connection.port, window_s)
        self.clock = clock
        self.lock = threading.Lock()
        self._stop_wanted = threading.Event()
        self._client = connection.client
        self.view.status(self._client.status())
        self._asked_s = clock()
        self._feed = Feed(self._client, RATE_HZ, clock)

    def want_stop(self) -> None:
        """Has the next step tell the device to stop."""
        self.view.stop_text = "STOP: telling the device …"
        self._stop_wanted.set()

    def step(self, timeout_s: float) -> None:
        """Takes in what has come, after a STOP that somebody wants. Raises PortError if the port is lost."""
        if self._stop_wanted.is_set():
            self._stop_wanted.clear()
            self.view.stop_text = self._stop()
        records = self._feed.next(timeout_s)
        with self.lock:
            for record in records:
                if isinstance(record, Telemetry):
                    self.view.telemetry(record)
                else:
                    self.view.event(record)
            self.view.silent_s = self._feed.silent_s
            self.view.lost = self._feed.lost
        if self.view.silent_s < STATUS_S and self.clock() - self._asked_s >= STATUS_S:
            self._ask_status()

    def _stop(self) -> str:
        """Tells the device to stop. Returns what is known of it: nothing is called stopped that did not answer."""
        for _ in range(STOP_ROUNDS):
            try:
                self._client.stop()
            except RefusedError as error:
                return f"{error}."
            except NoReplyError:
                continue
            return "STOP: the device took it and ramps to zero."
        return f"NOT STOPPED: the device does not answer. {_PRESS}"

    def _ask_status(self) -> None:
        # A device that does not answer is noticed by its silence; watching goes on.
        with suppress(NoReplyError):
            status = self._client.status()
            with self.lock:
                self.view.status(status)
        self._asked_s = self.clock()
