"""What leaves the device over the link: an account of the UART's buffer, and telemetry without making objects."""

from struct import pack_into

from ionto.framing import body_view, finish
from ionto.messages import MAX_FRAME_BYTES, TELEMETRY, body_size, message, places

TX_BUFFER_BYTES = 512
TX_BYTES_PER_MS = 92  # 921,600 baud, 10 bits a byte

_BODY_BYTES = body_size(message(TELEMETRY))
_READINGS = places(message(TELEMETRY))[1:]  # what follows the time: the View's


class Transmitter:
    """What goes out, with an account of what the UART has not sent yet: it cannot be asked, nor waited for."""

    def __init__(self, uart):
        self._uart = uart
        self._in_flight_bytes = 0
        self._unsent = b""  # the end of a frame that the UART would not take

    def has_room(self, frames):
        """Whether this many frames of any size can be sent now without waiting."""
        return not self._unsent and self._in_flight_bytes + frames * MAX_FRAME_BYTES <= TX_BUFFER_BYTES

    def send(self, frame):
        taken = self._uart.write(frame) or 0
        self._in_flight_bytes += taken
        self._unsent = b"" if taken == len(frame) else bytes(frame[taken:])

    def elapse(self, elapsed_ms):
        """Account for what the UART sent in this time, and finish a frame that it took only in part."""
        if self._in_flight_bytes:
            self._in_flight_bytes = max(0, self._in_flight_bytes - elapsed_ms * TX_BYTES_PER_MS)
        if self._unsent:
            self.send(self._unsent)


def telemetry(sequence, time_ms, view):
    """The frame of one sample, which holds until the next frame is made.

    Made in place: `pack` would make a dozen objects, 100 times a second.
    """
    pack_into("<I", body_view, 0, time_ms)
    for name, form, lowest, highest, at in _READINGS:
        value = getattr(view, name)
        if value is None or value > highest:
            value = highest
        elif value < lowest:
            value = lowest
        pack_into(form, body_view, at, value)
    return finish(TELEMETRY, sequence, _BODY_BYTES)
