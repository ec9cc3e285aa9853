"""Telemetry and events of one device for as long as somebody watches, with silences noticed. [REQ-HST-2]"""

from collections.abc import Callable

from host_tools.client import Client
from host_tools.errors import IontoError, NoReplyError
from host_tools.records import Record, Telemetry

_ASK_AGAIN_S = 2.0


class SilentError(IontoError):
    """A device that was subscribed to has stopped sending."""


class Feed:
    """Subscribes to a device and hands out what it sends.

    A device that has restarted has forgotten its subscription. So after two seconds without telemetry, and every two
    seconds from then on, the feed says hello and subscribes again. `silent_s` tells how long nothing has come.
    """

    def __init__(self, client: Client, rate_hz: int, clock: Callable[[], float]) -> None:
        self._client = client
        self._rate_hz = rate_hz
        self._clock = clock
        client.subscribe(rate_hz)
        self._heard_s = self._asked_s = clock()

    @property
    def silent_s(self) -> float:
        """Seconds since the last telemetry, or since the subscription if there was none yet."""
        return self._clock() - self._heard_s

    @property
    def lost(self) -> int:
        """Telemetry and events that the device sent and that did not arrive."""
        return self._client.lost_telemetry + self._client.lost_events

    def next(self, timeout_s: float) -> list[Record]:
        """What has come, waiting at most `timeout_s` for the first; empty if nothing has.

        Raises PortError if the port is lost, VersionMismatchError if the device came back with other tables.
        """
        records = self._client.poll(timeout_s)
        now_s = self._clock()
        if any(isinstance(record, Telemetry) for record in records):
            self._heard_s = now_s
        elif now_s - max(self._heard_s, self._asked_s) >= _ASK_AGAIN_S:
            self._ask_again()
            self._asked_s = self._clock()
        return records

    def _ask_again(self) -> None:
        try:
            self._client.hello()
            self._client.subscribe(self._rate_hz)
        except NoReplyError:
            pass  # still away: asked again in two seconds
