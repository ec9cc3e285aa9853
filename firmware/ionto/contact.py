"""What a resistance says about the circuit, at once and over time. Pure: time is an argument.

`ContactWatch` tells open, closed and short apart while the probe looks for contact; `LiftWatch` notices an electrode
that lifts while current flows. Times are `ticks_ms`-like and may wrap.
"""

from ionto.limits import (
    CONTACT_STEADY_MS,
    LOST_RISE_PERCENT,
    OPEN_OHM,
    PARTIAL_RISE_PERCENT,
    PARTIAL_WINDOW_MS,
    SHORT_OHM,
)
from ionto.session_time import elapsed_ms, later
from ionto.view import CIRCUIT_BETWEEN, CIRCUIT_CLOSED, CIRCUIT_OPEN, CIRCUIT_SHORT, CIRCUIT_UNKNOWN

LIFT_NONE = 0
LIFT_PARTIAL = 1
LIFT_LOST = 2

SAMPLE_MS = 100
RECOVERED_PERCENT = 125  # of the resistance before the lift
_NOTHING_OHM = (1 << 30) - 1  # no reading
_SAMPLES = PARTIAL_WINDOW_MS // SAMPLE_MS + 1  # ten whole ones and the one that is being taken


def classify(resistance_ohm, mode):
    """CIRCUIT_* for a resistance that a settled probe measured; None is a probe without current. [REQ-CON-1]"""
    if resistance_ohm is None or resistance_ohm > OPEN_OHM:
        return CIRCUIT_OPEN
    if resistance_ohm < SHORT_OHM:
        return CIRCUIT_SHORT
    if resistance_ohm < mode.contact_ohm:
        return CIRCUIT_CLOSED
    return CIRCUIT_BETWEEN


class ContactWatch:
    """What the circuit is, and for how long it has been that without a break. [REQ-CON-2]"""

    def __init__(self):
        self.circuit = CIRCUIT_UNKNOWN
        self.steady_ms = 0
        self._since_ms = 0

    def reset(self):
        """Forgets everything: the probe is off or has not settled."""
        self.circuit = CIRCUIT_UNKNOWN
        self.steady_ms = 0

    def update(self, now_ms, resistance_ohm, mode):
        """Takes one reading of the settled probe (None: no current). Returns CIRCUIT_*; `steady_ms` says since when."""
        circuit = classify(resistance_ohm, mode)
        if circuit != self.circuit:
            self.circuit = circuit
            self._since_ms = now_ms
        self.steady_ms = elapsed_ms(now_ms, self._since_ms)
        return circuit


class LiftWatch:
    """An electrode that lifts: the resistance rises fast above its minimum of the last second. [REQ-CON-3]

    Only rises count, and only fast ones: the resistance of skin falls while the current ramps up, and rises slowly by
    itself once the current is reduced.
    """

    def __init__(self):
        self.reference_ohm = 0  # minimum of the window when a lift was first noticed; 0: none was
        self._minima_ohm = [_NOTHING_OHM] * _SAMPLES
        self._lowest_ohm = _NOTHING_OHM  # of all these
        self._index = 0
        self._sample_ms = None
        self._risen = False
        self._recovered_from_ms = None

    def reset(self):
        """Starts afresh: what is measured next is the new normal."""
        self.reference_ohm = 0
        for i in range(_SAMPLES):
            self._minima_ohm[i] = _NOTHING_OHM
        self._lowest_ohm = _NOTHING_OHM
        self._sample_ms = None
        self._risen = False
        self._recovered_from_ms = None

    def update(self, now_ms, resistance_ohm):
        """Takes one reading (None: no meaning now). Returns LIFT_LOST while doubled, LIFT_PARTIAL once a rise."""
        if self._sample_ms is None or elapsed_ms(now_ms, self._sample_ms) >= SAMPLE_MS:
            self._advance(now_ms)
        if resistance_ohm is None:
            return LIFT_NONE
        # Below SHORT_OHM a ratio says nothing: a few counts of noise would double it.
        if resistance_ohm < SHORT_OHM:
            resistance_ohm = SHORT_OHM
        if resistance_ohm < self._minima_ohm[self._index]:
            self._minima_ohm[self._index] = resistance_ohm
        lowest_ohm = self._lowest_ohm
        if resistance_ohm < lowest_ohm:
            lowest_ohm = self._lowest_ohm = resistance_ohm
        risen_percent_ohm = (resistance_ohm - lowest_ohm) * 100
        was_risen = self._risen
        self._risen = risen_percent_ohm >= lowest_ohm * PARTIAL_RISE_PERCENT
        if not self._risen:
            return LIFT_NONE
        if risen_percent_ohm >= lowest_ohm * LOST_RISE_PERCENT:
            return LIFT_LOST
        if not was_risen:
            self.reference_ohm = self.reference_ohm or lowest_ohm
            return LIFT_PARTIAL
        return LIFT_NONE

    def recovered(self, now_ms, resistance_ohm):
        """After a partial lift: True once the resistance has been near its value before the lift for 1 s."""
        if resistance_ohm is None or resistance_ohm * 100 > self.reference_ohm * RECOVERED_PERCENT:
            self._recovered_from_ms = None
            return False
        if self._recovered_from_ms is None:
            self._recovered_from_ms = now_ms
        return elapsed_ms(now_ms, self._recovered_from_ms) >= CONTACT_STEADY_MS

    def _advance(self, now_ms):
        """Lets go of the samples that are older than the window."""
        if self._sample_ms is None:
            self._sample_ms = now_ms
            return
        steps = elapsed_ms(now_ms, self._sample_ms) // SAMPLE_MS
        self._sample_ms = later(self._sample_ms, steps * SAMPLE_MS)
        for _ in range(min(steps, _SAMPLES)):
            self._index = (self._index + 1) % _SAMPLES
            self._minima_ohm[self._index] = _NOTHING_OHM
        self._lowest_ohm = min(self._minima_ohm)
