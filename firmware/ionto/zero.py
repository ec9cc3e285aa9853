"""The readings without current: measured before every session, while K1 is open and the DAC at zero.

An offset of a few counts is 20 uA in BODY range: with 1.5 V across it that reads as a circuit that is not quite open.
The electrode voltage is not among them: a person may hold a voltage of their own. Pure. [REQ-CAL-3]
"""

from ionto.sampler import A_CURRENT, B_CURRENT, CAUSE

SETTLE_MS = 50  # after the output went off
SAMPLES = 16


class ZeroWatch:
    """Means of sense A and B over the last SAMPLES rounds in which the output was off and at rest."""

    def __init__(self):
        self._a = [0] * SAMPLES
        self._b = [0] * SAMPLES
        self.reset()

    def reset(self):
        """Forgets everything, as when the output is switched on, or the range."""
        self._off_ms = 0
        self._at = 0  # where the next reading goes
        self._missing = SAMPLES

    def update(self, elapsed_ms, copy):
        """Takes one round with the output off: `copy` is a snapshot of the tick's state (drive.copy)."""
        if copy[CAUSE]:
            self.reset()
            return
        if self._off_ms < SETTLE_MS:
            self._off_ms += elapsed_ms
            if self._off_ms < SETTLE_MS:
                return
        at = self._at
        self._a[at] = copy[A_CURRENT]
        self._b[at] = copy[B_CURRENT]
        self._at = (at + 1) % SAMPLES
        if self._missing:
            self._missing -= 1

    def zeros(self):
        """(A, B) in raw counts, rounded to nearest; None until there are SAMPLES rounds."""
        if self._missing:
            return None
        return (sum(self._a) + SAMPLES // 2) // SAMPLES, (sum(self._b) + SAMPLES // 2) // SAMPLES

    def a_part(self, zero_raw):
        """How far A's mean lies above `zero_raw`, in counts of 1/SAMPLES; 0 until there are SAMPLES rounds.

        The tick takes off whole counts, and one is 6.25 uA in BODY range: what it leaves is taken off by Measure. Of a
        zero at or below 0 nothing finer is known: the readings end at 0, so their mean lies above it.
        """
        if self._missing or zero_raw <= 0:
            return 0
        return sum(self._a) - zero_raw * SAMPLES
