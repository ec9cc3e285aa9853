"""Means and peaks of what the box measures, with the zero of its current found while its circuit is open."""

_ZERO_SHIFT = 8  # the zero follows with 1/256 of the difference at each reading


class Meter:
    """`add` readings, `take` what they were since the last `take`. Currents in µA, voltages in mV."""

    def __init__(self):
        self._zero = 0  # in 1/256 µA
        self._count = 0
        self._sum_ua = 0
        self._sum_mv = 0
        self._peak_ua = 0
        self._last = (0, 0, 0)

    def add(self, current_ua, electrode_mv, is_open):
        """One reading; `is_open` says that no current can flow."""
        if is_open:
            self._zero += current_ua - (self._zero >> _ZERO_SHIFT)
        current_ua -= self._zero >> _ZERO_SHIFT
        self._count += 1
        self._sum_ua += current_ua
        self._sum_mv += electrode_mv
        self._peak_ua = max(self._peak_ua, abs(current_ua))

    def take(self):
        """(mean current, mean voltage, highest current of either sign) since the last call; the same again if none."""
        if self._count:
            self._last = (self._sum_ua // self._count, self._sum_mv // self._count, self._peak_ua)
            self._count = self._sum_ua = self._sum_mv = self._peak_ua = 0
        return self._last
