"""What is proven at power-on before IDLE. Pure: readings in, a verdict out.

It proves what needs no energy: the loop runs in time, reference, ground and both senses agree at zero, the amplifier
is at zero, the latch is set, nothing stands at the electrodes with K1 open, no button is stuck, STOP is released, the
service USB is out, and there is a calibration. [REQ-SLF-1]
"""

from ionto import faults

SETTLE_TICKS = 500  # 250 ms: every slotted check has confirmed several times over
TIMEOUT_MS = 1000
LEAK_MV = 500
_COUNTER_MASK = 0x3FFFFFFF

RUNNING = None
PASSED = 0


class SelfTest:
    """`step` until it returns PASSED or a fault number; `value` and `limit` then say what was wrong."""

    def __init__(self, start_ticks):
        self._start_ticks = start_ticks  # of the tick counter
        self._elapsed_ms = 0
        self.value = 0
        self.limit = 0

    def step(self, elapsed_ms, ticks, cause, voltage_mv, board):
        """RUNNING, PASSED or a fault number.

        `elapsed_ms` since the last step; `ticks` and `cause` of the sampling loop; `voltage_mv` at the electrodes;
        `board` is any object with stop_closed, vbus, stuck_buttons and calibration_fault (all callables;
        the last gives (fault number, value, limit), or None with a calibration).
        """
        self._elapsed_ms += elapsed_ms
        if cause:
            return cause
        ran = (ticks - self._start_ticks) & _COUNTER_MASK
        if ran < SETTLE_TICKS:
            if self._elapsed_ms > TIMEOUT_MS:
                return self._failed(faults.TICKS_STOPPED, ran, SETTLE_TICKS)
            return RUNNING
        if voltage_mv > LEAK_MV:
            return self._failed(faults.K1_LEAK, voltage_mv, LEAK_MV)
        if board.calibration_fault():
            return self._failed(*board.calibration_fault())
        if board.stuck_buttons():
            return self._failed(faults.STUCK_BUTTON, board.stuck_buttons(), 0)
        if not board.stop_closed():
            return self._failed(faults.STOP_LOOP, 0, 1)
        if board.vbus():
            return self._failed(faults.SERVICE_USB, 1, 0)
        return PASSED

    def _failed(self, number, value, limit):
        self.value = value
        self.limit = limit
        return number
