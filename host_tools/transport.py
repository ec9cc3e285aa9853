"""How bytes get to a device and back: the Transport protocol, and the serial port.

Opening a serial port is passive: nothing is sent, and DTR and RTS are left low. [REQ-LNK-1]
"""

import errno
from typing import NamedTuple, Protocol

import serial
import serial.tools.list_ports

from host_tools.errors import PortError

BAUD = 921600
_WRITE_TIMEOUT_S = 2.0


class Transport(Protocol):
    """A stream of bytes to one device and back. Every method may raise PortError."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """What has come in; waits at most `timeout_s` for the first byte, and returns b"" if none came."""
        ...

    def close(self) -> None:
        """Let go of the device. May be called twice."""
        ...


class Port(NamedTuple):
    """A serial port of this computer."""

    name: str
    description: str


def list_ports() -> list[Port]:
    """The serial ports of this computer, by name."""
    return sorted(Port(port.device, port.description or "") for port in serial.tools.list_ports.comports())


class SerialTransport:
    """A device behind a serial port. Raises PortError that says why the port cannot be had."""

    def __init__(self, port: str) -> None:
        self.port = port
        self._serial = serial.Serial()
        self._serial.port = port
        self._serial.baudrate = BAUD
        self._serial.timeout = 0
        self._serial.write_timeout = _WRITE_TIMEOUT_S
        # No handshake, and both lines set low before opening: on many boards a change of them is a reset.
        self._serial.rtscts = False
        self._serial.dsrdtr = False
        self._serial.dtr = False
        self._serial.rts = False
        self._serial.exclusive = True
        try:
            self._serial.open()
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise PortError(_why_not_open(port, error)) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`. Raises PortError if the port is lost or takes no data."""
        try:
            self._serial.write(data)
        except serial.SerialTimeoutException as error:
            raise PortError(f"{self.port} takes no data: unplug the cable and plug it in again") from error
        except OSError as error:
            raise self._lost() from error

    def read(self, timeout_s: float) -> bytes:
        """What has come in; waits at most `timeout_s` for the first byte. Raises PortError if the port is lost."""
        try:
            self._serial.timeout = max(0.0, timeout_s)
            first = self._serial.read(1)
            return first + self._serial.read(self._serial.in_waiting) if first else b""
        except (OSError, TypeError) as error:  # pyserial raises TypeError for a port closed under its hands
            raise self._lost() from error

    def close(self) -> None:
        """Let go of the port. May be called twice."""
        self._serial.close()

    def _lost(self) -> PortError:
        return PortError(f"{self.port} was lost: was the cable pulled, or the device switched off?")


def _why_not_open(port: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT or isinstance(error, FileNotFoundError):
        names = ", ".join(found.name for found in list_ports()) or "none"
        return f"no serial port named {port}; ports of this computer: {names}"
    if number in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY):
        return f"{port} is in use by another program: close that one first"
    if number in (errno.EACCES, errno.EPERM):
        return (
            f"permission denied on {port}: join the group that owns it "
            "(on most Linux systems: sudo usermod -aG dialout $USER), then log in again"
        )
    return f"{port} cannot be opened: {error}"
