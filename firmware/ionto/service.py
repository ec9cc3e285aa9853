"""SERVICE on the board's side: ranges, zeros, voltages, and the raw readings that a calibration is made from.

Imported when SERVICE is entered. What may be driven, and for how long, is session_service.py's.
"""

from ionto import limits, messages, raw_limits
from ionto.builtin_calibration import BuiltinCalibrationStore
from ionto.calibration import MAX_ZERO_RAW
from ionto.link_service import ServiceRequests
from ionto.sampler import AMPLIFIER, DAC, LIMIT_WORDS
from ionto.session_service import UNCALIBRATED_PERCENT, VOLTAGE
from ionto.session_table import DRIVE_OFF, DRIVE_PROBE

SETTLED_UA = 10  # more than a count of sense A in BODY range
RESTART_ROUNDS = 5  # the reply to SERVICE_LEAVE needs one of them
_MASK = 0x3FFFFFFF
_HIGHEST_CODE = 4095


def voltage_limits(mode, calibration, voltage_mv):
    """A table as of raw_limits.build, whose probe rises to `voltage_mv`: within the mode's, or ValueError. [REQ-SRV-3]

    All limits are the mode's; what differs is where the probe ends.
    """
    if not 0 <= voltage_mv <= mode.max_electrode_mv:
        raise ValueError("voltage_mv is %d, limit %d" % (voltage_mv, mode.max_electrode_mv))
    m = raw_limits.build(mode, calibration)
    code = min(_HIGHEST_CODE, voltage_mv * 1000 // calibration.of(mode).dac_uv_per_lsb)
    m[raw_limits.regulator.PROBE_CODE] = code
    m[raw_limits.regulator.PROBE_CODE + LIMIT_WORDS] = code ^ _MASK
    return m


class AppService:
    """Takes the place of the app's `obey` once the session is in SERVICE, and counts the readings of every round."""

    def __init__(self, app):
        self.app = app
        self.service = app.session.service
        self._row = None  # the limits.Mode that is armed
        self._is_ready = False  # armed with the zeros of this drive
        self._voltage_mv = None  # that is armed
        self._restart_in = 0
        self.calibration = app.calibration or BuiltinCalibrationStore().load()
        self.zeros = (0, 0)
        self.rounds = 0
        self.sum_dac = 0
        self.sum_amplifier = 0
        app.inputs.is_service = False
        app.obey = self.obey
        self.take_calibration()
        app.link.learn(ServiceRequests(self).handlers())

    def take_calibration(self):
        """Uses what the memory holds now; without one the nominal factors and lower limits."""
        app = self.app
        found = app.keeper.reload()
        app.calibration = found
        app.source = app.inputs.calibration = found.source if found else messages.CALIBRATION_NONE
        self.calibration = found or BuiltinCalibrationStore().load()
        self.service.percent = 100 if found else UNCALIBRATED_PERCENT
        self.service.choose(self.service.range)
        self._row = None

    def restart(self):
        """The chip restarts once the reply is out."""
        self._restart_in = RESTART_ROUNDS

    def obey(self, outputs):
        """Hands the session's wishes to the drive and the board, once a round."""
        drive = self.app.drive
        self.rounds = (self.rounds + 1) & _MASK
        self.sum_dac = (self.sum_dac + drive.copy[DAC]) & _MASK
        self.sum_amplifier = (self.sum_amplifier + drive.copy[AMPLIFIER]) & _MASK
        if outputs.drive == DRIVE_OFF:
            drive.off()
            self._is_ready = False
            self._select()
            self._count_down()
        elif not drive.is_tripped():
            if outputs.drive == DRIVE_PROBE:
                self._probe()
            elif self._is_ready:
                drive.current(outputs.target_ua, outputs.ramp_up_ua_per_s, outputs.ramp_down_ua_per_s)

    def _count_down(self):
        if self._restart_in and not self.app.drive.is_on():
            self._restart_in -= 1
            if self._restart_in == 0:
                self.app.board.restart()

    def _select(self):
        """Range, trip and limits of what was asked for; only with the output off."""
        app = self.app
        row = app.session.settings.mode
        if row is self._row or app.drive.is_on():
            return
        app.drive.arm(row, self.calibration)
        app.board.select_range(row.range, row.trip_high)
        if self._row is None or row.range != self._row.range:
            app.zero.reset()
        self._row = row

    def _probe(self):
        """On, with the zeros measured at rest; a voltage is a probe that rises further."""
        app = self.app
        row = app.session.settings.mode
        if not self._is_ready:
            self._select()
            zeros = app.zero.zeros()
            if zeros is None:
                return
            if max(zeros) > MAX_ZERO_RAW:
                app.bad_zero_raw = max(zeros)
                return
            self._arm(row, self.calibration.zeroed(row, zeros[0], zeros[1]))
            self.zeros = zeros
            self._is_ready = True
        service = self.service
        level_ua = row.probe_limit_ua if service.kind == VOLTAGE else min(service.value, row.max_ua)
        app.drive.probe(level_ua)

    def _arm(self, row, calibration):
        service = self.service
        if service.kind == VOLTAGE:
            self.app.drive.arm(row, calibration, service.value, voltage_limits)
        else:
            self.app.drive.arm(row, calibration)

    def is_settled(self):
        """Whether what was asked for has been reached."""
        service, drive, inputs = self.service, self.app.drive, self.app.inputs
        if service.is_pending():
            return False
        if service.kind == VOLTAGE:
            code = service.value * 1000 // self.calibration.of(self._row).dac_uv_per_lsb
            return drive.is_on() and drive.copy[DAC] == min(_HIGHEST_CODE, code)
        is_near = -SETTLED_UA <= inputs.setpoint_ua - service.value <= SETTLED_UA
        return service.kind != DRIVE_OFF and inputs.at_target and is_near

    def range_row(self):
        """The calibration in use for the chosen range."""
        return self.calibration.ranges[self.service.range]

    def limits(self):
        """(highest current in uA, highest voltage in mV) in the chosen range."""
        mode = limits.MODES[limits.HANDS if self.service.range == limits.RANGE_BODY else limits.FACE]
        percent = self.service.percent
        return mode.max_ua * percent // 100, mode.max_electrode_mv * percent // 100
