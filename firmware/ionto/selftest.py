"""What is proven before IDLE, and again, shorter, before every session. Pure: readings in, a verdict and wishes out.

First what needs no energy: the loop runs in time, reference, ground and both senses agree at zero, the amplifier is
at zero, the latch is set, nothing stands at the electrodes with K1 open, no button is stuck, STOP is released, the
service USB is out, the battery is neither empty nor another supply, and there is a calibration. [REQ-SLF-1]

Then, at half a volt and 100 uA at most, each part that can end the output, one after the other: the amplifier follows
the DAC while K1 is not asked for; K1 stays open without heartbeat; K1 closes; the latch trips and opens K1; the latch
comes back. A closed circuit is no obstacle: what K1 lets through is then seen as a current.
[REQ-SLF-2] [REQ-SLF-3] [REQ-SLF-4]
"""

from ionto import faults
from ionto.limits import BATTERY_MAX_MV, BATTERY_MIN_MV
from ionto.sampler import TEST_DEAF, TEST_K1_OPEN, TEST_NO_BEAT, TEST_TRIP

SETTLE_TICKS = 500  # 250 ms: every slotted check has confirmed several times over
TIMEOUT_MS = 1000
LEAK_MV = 500
PROOF_MV = 500
PROOF_UA = 100  # the least that is felt on the face is above this
FOLLOW_MV = 150  # the amplifier at the proof voltage: offset of a stage, and a count of sense B
STEP_MS = 50  # 31 ms for the ramp to the proof voltage, 5 ms for the heartbeat's pump, a few for the discharge
CLOSED_MV = 250
CLOSED_UA = 30

RUNNING = None
PASSED = 0

# What a step wants of the tick, besides the output at the proof voltage.
_STEPS = (TEST_K1_OPEN, TEST_NO_BEAT, 0, TEST_TRIP | TEST_DEAF)
_AMPLIFIER, _BEAT, _CLOSED, _LATCH, _REST, _RESET = range(6)


class SelfTest:
    """`step` until it returns PASSED or a fault number; `value` and `limit` then say what was wrong.

    Between steps the board is to do what `is_on` (the output at PROOF_MV, PROOF_UA at most), `test` (bits for the
    tick) and `resets_latch` say. A short test (`is_whole` false) leaves out what the sampling loop and the session
    watch anyway.
    """

    def __init__(self, start_ticks, is_whole=True):
        self._start_ticks = start_ticks  # of the tick counter
        self._is_whole = is_whole
        self._elapsed_ms = 0
        self._is_fresh = not is_whole  # the wishes have not been served for a whole round yet
        self._verdict = PASSED  # once the latch has come back
        self._step = None if is_whole else _AMPLIFIER
        self.is_on = not is_whole
        self.test = 0 if is_whole else _STEPS[_AMPLIFIER]
        self.resets_latch = False
        self.value = 0
        self.limit = 0

    def step(self, elapsed_ms, ticks, cause, measured, board):
        """RUNNING, PASSED or a fault number.

        `elapsed_ms` since the last step; `ticks` and `cause` of the sampling loop; `measured` has voltage_mv at the
        electrodes and current_ua; `board` has, all of them callables, stop_closed, vbus, stuck_buttons, amplifier_mv,
        battery_mv, latch_ok, output_open and calibration_fault: (fault number, value, limit), or None with one.
        """
        self.resets_latch = False
        # The round before began before the wishes were served, and it may have been a long one: it does not count.
        if not self._is_fresh:
            self._elapsed_ms += elapsed_ms
        self._is_fresh = False
        if cause and self._verdict == PASSED:
            return self._ended(cause)
        if self._step is None:
            return self._rest(ticks, measured, board)
        if self.is_on and self._is_whole:
            if board.vbus():
                return self._failed(faults.SERVICE_USB, 1, 0)
            if not board.stop_closed():
                return self._failed(faults.STOP_LOOP, 0, 1)
        if self._step == _REST:
            return self._wait_for_rest(board)
        if self._elapsed_ms < STEP_MS:
            return RUNNING
        return self._prove(measured, board)

    def abandon(self):
        """Ends the output at once, and the test as soon as the latch is known to be well."""
        if self.is_on:
            self._begin(_REST)

    def _rest(self, ticks, measured, board):
        """What needs no energy."""
        ran = (ticks - self._start_ticks) & 0x3FFFFFFF
        if ran < SETTLE_TICKS:
            if self._elapsed_ms > TIMEOUT_MS:
                return self._failed(faults.TICKS_STOPPED, ran, SETTLE_TICKS)
            return RUNNING
        if measured.voltage_mv > LEAK_MV:
            return self._failed(faults.K1_LEAK, measured.voltage_mv, LEAK_MV)
        if board.calibration_fault():
            return self._failed(*board.calibration_fault())
        if board.stuck_buttons():
            return self._failed(faults.STUCK_BUTTON, board.stuck_buttons(), 0)
        if not board.stop_closed():
            return self._failed(faults.STOP_LOOP, 0, 1)
        if board.vbus():
            return self._failed(faults.SERVICE_USB, 1, 0)
        battery_mv = board.battery_mv()
        if battery_mv < BATTERY_MIN_MV:
            return self._failed(faults.BATTERY, battery_mv, BATTERY_MIN_MV)
        if battery_mv > BATTERY_MAX_MV:
            return self._failed(faults.BATTERY, battery_mv, BATTERY_MAX_MV)
        return self._begin(_AMPLIFIER)

    def _begin(self, step):
        self._step = step
        self._elapsed_ms = 0
        self._is_fresh = True
        self.is_on = step < _REST
        self.test = _STEPS[step] if self.is_on else TEST_DEAF
        return RUNNING

    def _prove(self, measured, board):
        """The end of a step: what it was for must be so."""
        step = self._step
        is_closed = measured.voltage_mv >= CLOSED_MV or measured.current_ua >= CLOSED_UA
        if step == _AMPLIFIER:
            # Asked first: through a welded K1 a low resistance keeps the amplifier below half a volt, at 100 uA.
            if is_closed:
                return self._failed(faults.K1_WELDED, measured.voltage_mv, CLOSED_MV)
            amplifier_mv = board.amplifier_mv()
            if not PROOF_MV - FOLLOW_MV <= amplifier_mv <= PROOF_MV + FOLLOW_MV:
                return self._failed(faults.AMPLIFIER, amplifier_mv, PROOF_MV)
        elif step == _BEAT:
            if is_closed:
                return self._failed(faults.HEARTBEAT, measured.voltage_mv, CLOSED_MV)
        elif step == _CLOSED:
            if not is_closed:
                return self._failed(faults.K1_OPEN, measured.voltage_mv, CLOSED_MV)
        elif step == _LATCH:
            if board.latch_ok():
                return self._failed(faults.LATCH_TEST, 1, 0)
            if is_closed:
                return self._failed(faults.LATCH_TEST, measured.voltage_mv, CLOSED_MV)
        elif not board.latch_ok():
            return self._failed(faults.LATCH, 0, 1)
        else:
            return self._ended(self._verdict)
        return self._begin(step + 1)

    def _wait_for_rest(self, board):
        """The latch is reset once the output has ended: its reset is ignored while current flows."""
        if not board.output_open():
            if self._elapsed_ms > TIMEOUT_MS:
                return self._failed(faults.TICKS_STOPPED, 0, 1)
            return RUNNING
        self.resets_latch = True
        return self._begin(_RESET)

    def _ended(self, verdict):
        # A latch that stayed tripped would keep everybody from clearing the fault.
        if verdict and self._verdict == PASSED and self._step in (_LATCH, _REST):
            self._verdict = verdict
            return self._begin(_REST)
        self.is_on = False
        self.test = 0
        return verdict

    def _failed(self, number, value, limit):
        self.value = value
        self.limit = limit
        return self._ended(number)
