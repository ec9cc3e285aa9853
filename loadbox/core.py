"""What the box does, as pure logic: lines and time in, pins out. Times are ms of a clock that never wraps."""

from loadbox import lines, wiring
from loadbox.meter import Meter
from loadbox.wiring import Refused

PROTOCOL = 1
KEEP_ALIVE_MS = 2000  # without a line for that long the box lets go
STOP_HOLD_MS = 2000  # and keeps STOP pressed for that long: the session at the board has ended then
CONTACT_MS = 2  # between a ladder that has settled and contact
OPEN_MS = 20  # after opening, until the current's zero may be taken
PENDING_MAX = 64


class Box:
    """The load box. `outputs` are the pins that are to be high, as bits."""

    def __init__(self, identity):
        self.meter = Meter()
        self.lost = 0  # how often a host fell silent
        self._identity = identity
        self._attended = False
        self._heard_ms = 0
        self._stream_ms = 0
        self._stream_due_ms = 0
        self._opened_ms = 0
        self._rest()

    def _rest(self):
        """As at power-on: open, nothing pressed, the board supplied, nothing to come."""
        self._load = -1
        self._closed = False
        self._pressed = 0
        self._unpowered = False
        self._pending = []

    # -- what goes out ----------------------------------------------------------------------------------------------

    @property
    def outputs(self):
        """The pins that are to be high, as bits."""
        mask = self._pressed
        if self._load >= 0:
            mask |= wiring.branch_mask(self._load)
        if self._closed:
            mask |= 1 << wiring.CONTACT
        if self._unpowered:
            mask |= 1 << wiring.POWER
        if self._attended:
            mask |= 1 << wiring.LED
        return mask

    def is_open(self, now_ms):
        """No current flows through the box, and has not for a while."""
        return not self._closed and now_ms - self._opened_ms > OPEN_MS

    def sample(self, now_ms):
        """The line of a stream that is due now, or None."""
        if not self._stream_ms or now_ms < self._stream_due_ms:
            return None
        self._stream_due_ms = max(self._stream_due_ms + self._stream_ms, now_ms - self._stream_ms)
        return "sample %d %d %d %d" % ((now_ms,) + self.meter.take())

    # -- time -------------------------------------------------------------------------------------------------------

    def step(self, now_ms):
        """Does what is due, and lets go of everything if the host has fallen silent."""
        while self._pending and self._pending[0][0] <= now_ms:
            due_ms, kind, value = self._pending.pop(0)
            self._do(due_ms, kind, value)
        if self._attended and now_ms - self._heard_ms >= KEEP_ALIVE_MS:
            self._attended = False
            self.lost += 1
            self._stream_ms = 0
            self._open(now_ms)
            self._rest()
            self._do(now_ms, "press", (wiring.button_mask("STOP"), STOP_HOLD_MS))

    def _later(self, due_ms, kind, value):
        if len(self._pending) >= PENDING_MAX:
            raise Refused("after", len(self._pending) + 1, PENDING_MAX)
        place = len(self._pending)
        while place and self._pending[place - 1][0] > due_ms:
            place -= 1
        self._pending.insert(place, (due_ms, kind, value))

    def _open(self, now_ms):
        if self._closed:
            self._opened_ms = now_ms
        self._closed = False
        self._pending = [one for one in self._pending if one[1] != "close"]

    def _do(self, now_ms, kind, value):
        """One action of lines.action_of, or `close`: the contact relay after the ladder."""
        if kind == "load":
            if not self._closed:
                self._later(now_ms + CONTACT_MS, "close", 0)
            self._load = value
        elif kind == "close":
            self._closed = True
        elif kind == "open":
            self._open(now_ms)
        elif kind == "press":
            mask, ms = value
            self._later(now_ms + ms, "release", mask)
            self._pressed |= mask
        elif kind == "hold":
            self._pressed |= value
        elif kind == "release":
            self._pressed &= ~value
        elif kind == "power":
            self._unpowered = value

    # -- lines ------------------------------------------------------------------------------------------------------

    def line(self, now_ms, text):
        """The reply to a line: `ok …`, or `error field value limit`. Empty for an empty line. [a host is there]"""
        if not text:
            return ""
        try:
            reply = self._answer(now_ms, text)
        except Refused as error:
            return error.text
        self._attended = True
        self._heard_ms = now_ms
        return "ok " + reply

    def _answer(self, now_ms, text):
        command = text.split()[0]
        if command in lines.ACTIONS:
            self._do(now_ms, *lines.action_of(text))
            return text
        if command == "after":
            return self._answer_after(now_ms, text)
        if command == "stream":
            (rate,) = lines.words_of(text, 1)
            rate_hz = lines.number("stream.hz", rate, lines.STREAM_MAX_HZ)
            self._stream_ms = 1000 // rate_hz if rate_hz else 0
            self._stream_due_ms = now_ms
            return text
        if command not in lines.COMMANDS:
            raise Refused("command", command[:20], ",".join(lines.COMMANDS))
        lines.words_of(text, 0)
        if command == "rest":
            self._open(now_ms)
            self._rest()
        elif command == "alive":
            return "alive %d %d" % (now_ms, self.lost)
        elif command == "read":
            return self._answer_read(now_ms)
        elif command == "identify":
            loads = ",".join([str(ohm) for ohm in wiring.LOADS_OHM])
            return "ionto-loadbox %d %s %s" % (PROTOCOL, self._identity, loads)
        return text

    def _answer_after(self, now_ms, text):
        words = text.split()
        if len(words) < 3:
            raise Refused("words", len(words), 3)
        ms = lines.number("after.ms", words[1], lines.AFTER_MAX_MS)
        kind, value = lines.action_of(" ".join(words[2:]))
        self._later(now_ms + ms, kind, value)
        return text

    def _answer_read(self, now_ms):
        load = str(wiring.LOADS_OHM[self._load]) if self._closed else "open"
        pressed = wiring.button_names(self._pressed)
        return "read %d %d %d %d %s %s" % ((now_ms,) + self.meter.take() + (load, pressed))
