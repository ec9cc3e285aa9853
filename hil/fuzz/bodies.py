"""Bodies of requests: some that are right, some at and beyond a limit, and some of any bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from ionto import limits, messages, session_service, store_map
from ionto import messages_service as ms
from ionto.calibration import NOMINAL

BOARD_ID = b"SIMBOARD"
OTHER_ID = b"NOT MINE"
_HANDS = limits.MODES[limits.HANDS]


class Bodies:
    """Draws from `dice`. `values` are those of a calibration, in the order of SERVICE_SAVE; without any, nominal."""

    def __init__(self, dice: random.Random, values: Sequence[int] | None = None) -> None:
        self._dice = dice
        self._values = list(values or [value for row in NOMINAL for value in row])
        self._makers: dict[int, Callable[[], Sequence[int | bytes]]] = {
            messages.HELLO: lambda: (messages.TABLE_HASH, *messages.VERSION),
            messages.SUBSCRIBE: lambda: (self._around(messages.MAX_TELEMETRY_HZ),),
            messages.LOWER_LEVEL: lambda: (self._around(1000),),
            ms.READ_INFO: lambda: (self._region(),),
            ms.READ: lambda: (self._region(), self._dice.choice((0, self._dice.randrange(64), 65535))),
            ms.READ_RAW: lambda: (self._around(store_map.SIZE_BYTES - ms.RAW_BYTES),),
            ms.SERVICE_RANGE: lambda: (self._dice.randrange(3),),
            ms.SERVICE_CURRENT: lambda: (self._around(_HANDS.max_ua, session_service.MIN_UA),),
            ms.SERVICE_VOLTAGE: lambda: (self._around(_HANDS.max_electrode_mv, session_service.MIN_MV),),
            ms.SERVICE_SAVE: self._calibration,
            ms.SERVICE_ADOPT: lambda: (self._dice.choice((BOARD_ID, OTHER_ID)),),
            ms.SERVICE_SETTINGS: self._settings,
        }

    def body(self, kind: int) -> bytes:
        """A body of the right length."""
        row = messages.message(kind)
        assert row is not None
        maker = self._makers.get(kind)
        if maker and self._dice.random() < 0.75:
            return messages.pack(row, maker())
        pool = (0, 0, 1, 255, self._dice.getrandbits(8))
        return bytes(self._dice.choice(pool) for _ in range(messages.body_size(row)))

    def _around(self, limit: int, least: int = 0) -> int:
        """Within the limit, or just at or beyond one of its ends."""
        inside = self._dice.randint(least, limit)
        return self._dice.choice((inside, inside, inside, least, max(0, least - 1), limit, limit + 1, 65535))

    def _region(self) -> int:
        return self._dice.randrange(len(store_map.REGIONS) + 1)

    def _calibration(self) -> list[int]:
        """This board's own, or one with a value that cannot be true."""
        values = list(self._values)
        if self._dice.random() < 0.6:
            values[self._dice.randrange(len(values))] = self._dice.choice((-1_000_000, 100_000_000))
        return values

    def _settings(self) -> tuple[int, int, int, int]:
        """What a mode may begin with, or one value that it may not."""
        mode = self._dice.choice(limits.MODES)
        values = [mode.number, self._dice.randint(mode.step_ua, mode.max_ua), self._dice.randint(1, mode.max_min), 0]
        if self._dice.random() < 0.6:
            values[self._dice.randrange(4)] = self._dice.choice((0, 255))
        return values[0], values[1], values[2], values[3]
