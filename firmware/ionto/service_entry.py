"""The way to SERVICE: after the self-test, MODE and DOWN still held, the circuit must be seen open.

Half a volt stands at the electrodes for half a second, with the current limit of the self-test. Imported only when both
buttons are down at power-on. [REQ-SRV-1]
"""

from ionto import faults
from ionto.builtin_calibration import BuiltinCalibrationStore
from ionto.buttons import DOWN, MODE
from ionto.calibration import MAX_ZERO_RAW
from ionto.selftest import PASSED, PROOF_MV, RUNNING

SETTLE_MS = 150  # ramp to the proof voltage, K1, the output's capacitance
LOOK_MS = 500
OPEN_UA = 10  # PROOF_MV across 50 kOhm, the resistance from which on FACE sees contact
TIMEOUT_MS = 2000  # of the zeros


class ServiceEntry:
    """Stands in for the self-test (selftest.py has the interface): PASSED opens SERVICE, a fault says why not.

    `app` is the App.
    """

    resets_latch = False
    test = 0

    def __init__(self, app):
        self._app = app
        self._elapsed_ms = 0
        self._sum_ua = 0
        self._rounds = 0
        self.is_on = False
        self.value = 0
        self.limit = 0

    def step(self, elapsed_ms, ticks, cause, measured, board):
        """One round: RUNNING, PASSED or a fault number."""
        if cause:
            return self._ended(cause, 0, 0)
        app = self._app
        if app.board.buttons_raw() != DOWN | MODE:
            return self._ended(*(app.keeper.calibration_fault or (PASSED, 0, 0)))
        if not board.stop_closed():
            return self._ended(faults.STOP_LOOP, 0, 1)
        self._elapsed_ms += elapsed_ms
        if self.is_on:
            return self._look(measured)
        zeros = app.zero.zeros()
        if zeros is None:
            return RUNNING if self._elapsed_ms < TIMEOUT_MS else self._ended(faults.TICKS_STOPPED, 0, 1)
        if max(zeros) > MAX_ZERO_RAW:
            return self._ended(faults.ZERO_OFFSET, max(zeros), MAX_ZERO_RAW)
        calibration = app.calibration or BuiltinCalibrationStore().load()
        app.zeroed = calibration.zeroed(app.armed, zeros[0], zeros[1])
        self._elapsed_ms = 0
        self.is_on = True
        return RUNNING

    def abandon(self):
        """Ends the output at once."""
        self.is_on = False

    def _look(self, measured):
        if self._elapsed_ms >= SETTLE_MS:
            self._sum_ua += measured.current_ua
            self._rounds += 1
        if self._elapsed_ms < SETTLE_MS + LOOK_MS:
            return RUNNING
        mean_ua = self._sum_ua // max(1, self._rounds)
        if mean_ua >= OPEN_UA:
            return self._ended(faults.SERVICE_CIRCUIT, mean_ua, OPEN_UA)
        if measured.voltage_mv < PROOF_MV // 2:
            return self._ended(faults.K1_OPEN, measured.voltage_mv, PROOF_MV // 2)
        self._app.inputs.is_service = True
        return self._ended(PASSED, 0, 0)

    def _ended(self, verdict, value, limit):
        self.is_on = False
        self.value = value
        self.limit = limit
        return verdict
