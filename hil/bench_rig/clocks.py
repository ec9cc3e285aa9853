"""The clock of something on the other end of a cable, by what it last said of it."""

from __future__ import annotations

_AHEAD_MS = 40.0  # how far it is believed to have gone on since then: a little more than it is silent for


class RemoteClock:
    """Follows a remote clock in ms. It never runs ahead of what was heard of it by more than 40 ms, nor backwards."""

    def __init__(self) -> None:
        self.last_ms: int | None = None
        self._arrived_s = 0.0
        self._told_ms = 0.0

    def saw(self, remote_ms: int, arrived_s: float) -> None:
        """It said `remote_ms`, and that arrived at `arrived_s` of this computer's clock."""
        self.last_ms = remote_ms
        self._arrived_s = arrived_s

    def forget(self) -> None:
        """It begins anew."""
        self.last_ms = None
        self._told_ms = 0.0

    def now_ms(self, local_s: float) -> float:
        """What it shows when this computer's clock is at `local_s`; 0 as long as nothing was heard."""
        if self.last_ms is not None:
            since_ms = (local_s - self._arrived_s) * 1000
            self._told_ms = max(self._told_ms, self.last_ms + min(_AHEAD_MS, since_ms))
        return self._told_ms
