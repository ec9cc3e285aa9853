"""Bytes into lines, and lines into checked actions. docs/loadbox.md has the commands."""

from loadbox import wiring
from loadbox.wiring import Refused

LINE_MAX = 80
PRESS_MAX_MS = 10000
AFTER_MAX_MS = 60000
STREAM_MAX_HZ = 100
COMMANDS = ("identify", "alive", "read", "stream", "load", "open", "press", "hold", "release", "stop", "power")
COMMANDS += ("after", "rest")
ACTIONS = ("load", "open", "press", "hold", "release", "stop", "power")


class LineReader:
    """Collects bytes; what is longer than a line is dropped whole."""

    def __init__(self):
        self._held = bytearray()
        self._length = 0

    def feed(self, byte):
        """The line that this byte ends, as text, or None. Raises Refused for one that is too long."""
        if byte not in (10, 13):
            self._length += 1
            if self._length <= LINE_MAX:
                self._held.append(byte)
            return None
        held, self._held = self._held, bytearray()
        length, self._length = self._length, 0
        if length > LINE_MAX:
            raise Refused("line", length, LINE_MAX)
        return printable(held).strip()


def printable(data):
    """Bytes as text, with a `?` for whatever is no printable ASCII."""
    return "".join([chr(byte) if 32 <= byte < 127 else "?" for byte in data])


def number(field, text, limit):
    """A whole number from 0 to `limit`. Raises Refused."""
    if not text.isdigit() or len(text) > 8 or int(text) > limit:
        raise Refused(field, text[:20], limit)
    return int(text)


def words_of(line, count):
    """The words after the command. Raises Refused unless there are `count`."""
    words = line.split()
    if len(words) != count + 1:
        raise Refused("words", len(words), count + 1)
    return words[1:]


def action_of(line):
    """(kind, value) of a line that changes an output. Raises Refused."""
    kind = line.split()[0]
    if kind == "load":
        (text,) = words_of(line, 1)
        for index, ohm in enumerate(wiring.LOADS_OHM):
            if text == str(ohm):
                return kind, index
        raise Refused("load", text[:20], ",".join([str(ohm) for ohm in wiring.LOADS_OHM]))
    if kind == "press":
        names, ms = words_of(line, 2)
        return kind, (wiring.button_mask(names), number("press.ms", ms, PRESS_MAX_MS))
    if kind in ("hold", "release"):
        (names,) = words_of(line, 1)
        return kind, wiring.button_mask(names)
    if kind == "power":
        (text,) = words_of(line, 1)
        if text not in ("on", "off"):
            raise Refused("power", text[:20], "on,off")
        return kind, text == "off"
    if kind in ("open", "stop"):
        words_of(line, 0)
        return ("open", 0) if kind == "open" else ("hold", wiring.button_mask("STOP"))
    raise Refused("action", kind[:20], ",".join(ACTIONS))
