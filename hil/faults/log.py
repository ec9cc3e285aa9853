"""What the device has written into its memory since a fault was put in."""

from __future__ import annotations

from typing import Any

from hil.rig import Rig
from ionto import messages, states, store_records
from ionto.store import Store
from ionto.version import VERSION

_BOARD = b"SIMBOARD"


class _Image:
    """The FRAM's content; nothing writes there."""

    def __init__(self, content: bytes):
        self._content = content

    def read_into(self, address: int, buffer: bytearray) -> None:
        buffer[:] = self._content[address : address + len(buffer)]

    def write(self, *_: object) -> None:
        raise OSError


class Log:
    """The event ring of a rig's memory, from now on."""

    def __init__(self, rig: Rig):
        self._rig = rig
        self._before = self._ring().newest

    def _ring(self) -> Any:
        store = Store(_Image(bytes.fromhex(self._rig.request({"fram": 1})["fram"])), _BOARD, VERSION)
        store.open()
        return store.events

    def events(self) -> list[Any]:
        """Records that were written since, oldest first; those that are damaged left out."""
        ring = self._ring()
        payloads = [ring.read(number) for number in range(self._before + 1, ring.newest + 1)]
        return [store_records.EVENT.unpack(payload) for payload in payloads if payload]

    def first(self) -> int:
        """The first fault or cut; 0: none."""
        return next(iter(self.told()), 0)

    def told(self) -> list[int]:
        """All faults and cuts, in order."""
        kinds = (messages.EVENT_FAULT, messages.EVENT_CUT)
        return [event.a for event in self.events() if event.kind in kinds]

    def faults(self) -> list[int]:
        """Numbers of all faults."""
        return [event.a for event in self.events() if event.kind == messages.EVENT_FAULT]

    def last(self) -> int:
        """The last fault; 0: none."""
        return next(iter(reversed(self.faults())), 0)

    def states(self) -> list[int]:
        """The states that were entered."""
        return [event.a for event in self.events() if event.kind == messages.EVENT_STATE]

    def begun(self) -> int:
        """How often current has begun, after a probe."""
        before = (states.ARMED, states.PAUSED, states.REVERSING)
        found = [event for event in self.events() if event.kind == messages.EVENT_STATE]
        return sum(event.a == states.RAMP_UP and event.b in before for event in found)

    def ends(self) -> list[int]:
        """Why sessions ended: messages.END_*."""
        return [event.a for event in self.events() if event.kind == messages.EVENT_END]

    def pressed(self) -> list[int]:
        """What came of presses: kinds of events."""
        kinds = (messages.EVENT_LEVEL, messages.EVENT_MINUTES, messages.EVENT_REFUSED)
        return [event.kind for event in self.events() if event.kind in kinds]

    def memory(self) -> list[int]:
        """What was said to be wrong with the memory: numbers of faults."""
        return [event.a for event in self.events() if event.kind == messages.EVENT_MEMORY]

    def boots(self) -> int:
        """How often the chip has started."""
        return sum(event.kind == messages.EVENT_BOOT for event in self.events())

    def interrupted(self) -> int:
        """How many sessions a restart has ended."""
        return sum(event.kind == messages.EVENT_INTERRUPTED for event in self.events())
