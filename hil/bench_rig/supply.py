"""The board's supply, which the box interrupts: every test begins with it off and on."""

from __future__ import annotations

from collections.abc import Callable

from hil.bench_rig.ports import Desk
from hil.process import RigError
from host_tools import describe
from host_tools.errors import NoReplyError
from ionto import states

DRAIN_MS = 50  # what the board sent before it was switched off has come in
OFF_MS = 500  # without supply: every capacitor of the board is empty then
BOOT_S = 6.0  # until IDLE; the board's own limit is 3 s


class Supply:
    """`on` is whether the board is supplied. `pump` carries bytes for a moment, `advance` for some ms."""

    def __init__(self, desk: Desk, pump: Callable[[], None], advance: Callable[[float], None]):
        self.on = True
        self._desk = desk
        self._pump = pump
        self._advance = advance

    def switch(self, on: bool) -> None:
        """Interrupts the supply, or gives it back and waits until the link answers. Raises RigError if it does not."""
        if on == self.on:
            return
        self._desk.box.ask(f"power {'on' if on else 'off'}")
        if not on:
            self.on = False
            self._advance(DRAIN_MS)
            return
        self._desk.board.switched_on()
        self._await_link()
        self.on = True

    def cycle(self) -> None:
        """Off, on, IDLE. Raises RigError if it does not come to that."""
        self.switch(False)
        self._advance(OFF_MS)
        self.switch(True)
        ends_s = self._desk.clock() + BOOT_S
        while (status := self._desk.board.status()).state != states.IDLE:
            if status.state == states.FAULT or self._desk.clock() > ends_s:
                fault = describe.fault_text(status.fault, status.fault_value, status.fault_limit)
                raise RigError(f"the board is in {describe.state_name(status.state)} after power-on: {fault}")
            self._pump()

    def needs_cycle(self) -> bool:
        """The board is off, silent, or in another state than IDLE."""
        try:
            return not self.on or self._desk.board.status().state != states.IDLE
        except NoReplyError:
            return True

    def _await_link(self) -> None:
        ends_s = self._desk.clock() + BOOT_S
        while True:
            try:
                self._desk.board.begin()
                return
            except NoReplyError as error:
                self._pump()
                if self._desk.clock() > ends_s:
                    raise RigError(f"the board does not come back after power-on: {error}") from error
