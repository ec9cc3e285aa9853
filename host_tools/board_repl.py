"""MicroPython's prompt on a board's own USB, through mpremote: come to it whatever runs there, and run code.

A running controller ends with a fault at Ctrl-C, and its watchdog then resets the chip. After that reset boot.py waits
for two seconds, and Ctrl-C there gives a prompt without a watchdog. So `open_repl` goes on until it has that.
"""

import io
import re
import struct
import time
from contextlib import redirect_stdout, suppress
from typing import Protocol

import serial
import serial.tools.list_ports
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from host_tools.errors import IontoError, PortError
from host_tools.transport import SerialTransport as ProbeTransport

MICROPYTHON_USB = (0x2E8A, 0x0005)  # vendor and product of official MicroPython on the RP2040
OPEN_S = 20.0  # a watchdog of 0.5 s, the port's return, the window of 2 s, and once again
ANSWER_S = 10.0

_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
_NEVER = b"\0never\0"
_KNOCK_S = 0.3
_QUIET_S = 0.1
_LONG_S = 1000
_LOST = (OSError, TransportError, struct.error, TypeError)  # pyserial raises TypeError for a port closed meanwhile
# Bit 30 of the watchdog's CTRL register is ENABLE.
_WATCHDOG_RUNS = "import machine\nprint(machine.mem32[0x40058000] >> 30 & 1)"
_RESET = "import machine\nmachine.reset()"


class BoardError(IontoError):
    """Code on the board raised an exception. `errno` is its number if it was an OSError."""

    def __init__(self, text: str) -> None:
        lines = text.strip().splitlines() or ["no reason given"]
        found = re.match(r"OSError: (?:\[Errno )?(\d+)", lines[-1])
        self.errno = int(found[1]) if found else None
        super().__init__(f"MicroPython on the board says: {lines[-1]}")


class Repl(Protocol):
    """A prompt. Every method may raise PortError."""

    def run(self, code: str) -> str:
        """What `code` printed. Raises BoardError if it raised."""
        ...

    def reset(self) -> None:
        """Resets the chip; the prompt is gone then."""
        ...

    def wait_for(self, text: str, timeout_s: float) -> bool:
        """After a reset: whether the board prints `text` in that time."""
        ...

    def close(self) -> None:
        """Lets go of the port."""
        ...


class SerialRepl:
    """The prompt on a serial port. `patience` stretches every time-out, for a board that is slower than a real one."""

    def __init__(self, port: str, patience: float = 1.0) -> None:
        self.port = port
        self._patience = patience
        self._serial_number = next(
            (p.serial_number for p in serial.tools.list_ports.comports() if p.device == port), None
        )
        self._transport: SerialTransport | None = None

    def open(self) -> None:
        """Comes to a prompt with no watchdog running. Raises PortError if there is none to be had."""
        ProbeTransport(self.port).close()  # says why, if the port cannot be opened at all
        deadline_s = time.monotonic() + OPEN_S * self._patience
        while time.monotonic() < deadline_s:
            with suppress(*_LOST, PortError):  # a reset takes the port away; it comes back
                if self._knock() and not self._has_watchdog():
                    return
            self.close()
            time.sleep(0.05)
        raise PortError(
            f"no MicroPython prompt on {self.port}: is this the service USB of the board (the Pico's own port), "
            "and is MicroPython on it?"
        )

    def _knock(self) -> bool:
        """Ctrl-C, then Ctrl-A; whether the prompt for programs came."""
        port = self._open_port()
        port.serial.write(b"\r\x03\r\x03\r\x01")
        if not self._read_until(_PROMPT, _KNOCK_S):
            return False
        self._read_until(_NEVER, _QUIET_S)  # what earlier knocks still bring
        port.serial.write(b"\x01")
        return self._read_until(_PROMPT[:-1], ANSWER_S)  # mpremote itself waits for the last character

    def _read_until(self, ending: bytes, within_s: float) -> bool:
        within_s *= self._patience
        data = self._open_port().read_until(1, ending, timeout=_LONG_S, timeout_overall=within_s)
        return data.endswith(ending)

    def _open_port(self) -> SerialTransport:
        if self._transport is None:
            self._transport = SerialTransport(self._where(), timeout=ANSWER_S * self._patience)
        return self._transport

    def _where(self) -> str:
        """The port's name now: after a reset it may have another."""
        found = [
            port.device for port in serial.tools.list_ports.comports() if port.serial_number == self._serial_number
        ]
        return found[0] if self._serial_number and found else self.port

    def _has_watchdog(self) -> bool:
        """Whether the controller's watchdog runs; then the chip is reset at once, into its window."""
        if self.run(_WATCHDOG_RUNS).strip() == "0":
            return False
        self.reset()
        return True

    def run(self, code: str) -> str:
        """What `code` printed. Raises BoardError if it raised, PortError if the port is lost."""
        try:
            with redirect_stdout(io.StringIO()):  # mpremote prints what it does not understand
                printed, raised = self._open_port().exec_raw(code, timeout=int(ANSWER_S * self._patience))
        except _LOST as error:
            raise PortError(f"{self.port} was lost: was the cable pulled, or the board switched off?") from error
        if raised:
            raise BoardError(raised.decode(errors="replace"))
        return printed.decode(errors="replace")

    def reset(self) -> None:
        """Resets the chip and lets go of the port."""
        with suppress(*_LOST):
            self._open_port().exec_raw_no_follow(_RESET)
        self.close()

    def wait_for(self, text: str, timeout_s: float) -> bool:
        """Whether the board prints `text` on its USB in that time, as it starts."""
        deadline_s = time.monotonic() + timeout_s * self._patience
        while time.monotonic() < deadline_s:
            try:
                if self._read_until(text.encode(), timeout_s):
                    return True
            except _LOST:  # it is not back yet
                self.close()
                time.sleep(0.05)
        return False

    def close(self) -> None:
        """Lets go of the port. May be called twice."""
        port, self._transport = self._transport, None
        if port is not None:
            with suppress(*_LOST):
                port.close()


def open_repl(port: str) -> Repl:
    """The prompt on `port`. Raises PortError."""
    repl = SerialRepl(port)
    try:
        repl.open()
    except BaseException:
        repl.close()
        raise
    return repl


def service_ports() -> list[str]:
    """The ports on which official MicroPython for the RP2040 answers, as far as USB tells."""
    found = serial.tools.list_ports.comports()
    return sorted(port.device for port in found if (port.vid, port.pid) == MICROPYTHON_USB)
