"""The clock of something on the other end of a cable, in terms of this computer's."""

from __future__ import annotations

from collections import deque

_KEPT = 200


class RemoteClock:
    """Follows a remote clock in ms from what it stamped and when that arrived.

    What comes over a cable is late, never early: the smallest difference of the last few hundred is the best one.
    """

    def __init__(self) -> None:
        self._offsets_s: deque[float] = deque(maxlen=_KEPT)
        self._offset_s = 0.0
        self.last_ms: int | None = None

    def saw(self, remote_ms: int, arrived_s: float) -> None:
        """It said `remote_ms`, and that arrived at `arrived_s` of this computer's clock."""
        self.last_ms = remote_ms
        self._offsets_s.append(arrived_s - remote_ms / 1000)
        self._offset_s = min(self._offsets_s)

    def forget(self) -> None:
        """It has begun anew."""
        self._offsets_s.clear()
        self.last_ms = None

    def to_local_s(self, remote_ms: float) -> float:
        """When it was `remote_ms` there, by this computer's clock."""
        return remote_ms / 1000 + self._offset_s

    def to_remote_ms(self, local_s: float) -> float:
        """What it shows when this computer's clock is at `local_s`."""
        return (local_s - self._offset_s) * 1000
