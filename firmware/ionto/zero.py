"""The readings without current: measured before every session, while K1 is open and the DAC at zero.

An offset of a few counts is 20 uA in BODY range: with 1.5 V across it that reads as a circuit that is not quite open.
The electrode voltage is not among them: a person may hold a voltage of their own. Pure.
"""

from ionto import sampler

SETTLE_MS = 50  # after the output went off
SAMPLES = 16


class ZeroWatch:
    """Means of sense A and B over the last SAMPLES rounds in which the output was off and at rest."""

    def __init__(self):
        self._a = []
        self._b = []
        self._off_ms = 0

    def reset(self):
        """Forgets everything, as when the range changes."""
        self._a = []
        self._b = []
        self._off_ms = 0

    def update(self, elapsed_ms, is_off, copy):
        """Takes one round: `copy` is a snapshot of the tick's state (drive.copy)."""
        if not is_off:
            self.reset()
            return
        self._off_ms += elapsed_ms
        if self._off_ms < SETTLE_MS:
            return
        self._a.append(copy[sampler.A_CURRENT])
        self._b.append(copy[sampler.B_CURRENT])
        if len(self._a) > SAMPLES:
            self._a.pop(0)
            self._b.pop(0)

    def zeros(self):
        """(A, B) in raw counts, rounded to nearest; None until there are SAMPLES rounds."""
        if len(self._a) < SAMPLES:
            return None
        return (sum(self._a) + SAMPLES // 2) // SAMPLES, (sum(self._b) + SAMPLES // 2) // SAMPLES
