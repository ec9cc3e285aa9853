"""A load that writes down every step of the plant around a change of contact: peaks between two ticks count too.

Runs on MicroPython, in the board's process. `steps` (records.py) reads what it wrote.
"""

from array import array

from hil import person
from hil.compat import micropython

_WORDS = 4  # a record: contact number, µs since it, length of the step in µs, current in nA
_SIZE = 512 * _WORDS


class Watched:
    """The load `kind` of hil.person with `arguments`, and a file `log` with its steps.

    Written are all steps within `window_us` of a change of contact, and those with more than `over_ua`, or `against_ua`
    (the same by default) the other way, whenever they happen. The file is complete up to the latest change of contact.
    """

    def __init__(self, kind="RC", arguments=None, log="", window_us=0, over_ua=1e9, against_ua=None):
        self.load = getattr(person, kind)(**(arguments or {}))
        self.window_us = window_us
        self.over_a = over_ua * 1e-6
        self.under_a = -1e-6 * (over_ua if against_ua is None else against_ua)
        self._step = self.load.step
        self._since_us = 0
        self._contact = -1  # the first call only says how the run begins
        self._words = array("i", [0] * _SIZE)
        self._index = 0
        self._file = open(log, "wb")  # noqa: PTH123, SIM115

    def contact(self, area):
        """As the load's own; begins a new window."""
        self.load.contact(area)
        self._flush()
        self._contact += 1
        self._since_us = 0

    @micropython.native
    def step(self, dt_us, source_v, series_ohm):
        """As the load's own."""
        since_us = self._since_us + dt_us
        self._since_us = since_us
        result = self._step(dt_us, source_v, series_ohm)
        current_a = result[0]
        if since_us <= self.window_us or current_a > self.over_a or current_a < self.under_a:
            self._note(since_us, dt_us, current_a)
        return result

    def _note(self, since_us, dt_us, current_a):
        w = self._words
        i = self._index
        w[i] = self._contact
        w[i + 1] = since_us
        w[i + 2] = dt_us
        w[i + 3] = int(current_a * 1e9)
        self._index = i + _WORDS
        if self._index == _SIZE:
            self._flush()

    def _flush(self):
        if self._index:
            self._file.write(memoryview(self._words)[: self._index])
            self._file.flush()
        self._index = 0
