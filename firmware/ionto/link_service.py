"""Requests of SERVICE: drive a dummy load, read what the converters say, write a calibration. [REQ-SRV-4]

Imported when SERVICE is entered; elsewhere the link refuses these requests with the state.
"""

from ionto import faults, limits
from ionto import messages_service as ms
from ionto.calibration import FIELDS, NOMINAL, CalibrationError, RangeCalibration, bounds
from ionto.link_log import ok, refused
from ionto.messages import NO_FIELD, message, pack
from ionto.sampler import SUM_CURRENT, SUM_CURRENT_B, SUM_VOLTAGE, TICKS
from ionto.session_service import CURRENT, VOLTAGE
from ionto.states import SERVICE
from ionto.store_map import SETTINGS
from ionto.store_records import default_settings, pack_settings
from ionto.store_slots import StoreError


class ServiceRequests:
    """Answers them for `host`, an AppService."""

    def __init__(self, host):
        self._host = host

    def handlers(self):
        """What answers each request, by its type."""
        return {
            ms.SERVICE_OFF: self._off,
            ms.SERVICE_RANGE: self._range,
            ms.SERVICE_CURRENT: self._current,
            ms.SERVICE_VOLTAGE: self._voltage,
            ms.SERVICE_READ: self._read,
            ms.SERVICE_SAVE: self._save,
            ms.SERVICE_ADOPT: self._adopt,
            ms.SERVICE_LEAVE: self._leave,
            ms.SERVICE_SETTINGS: self._settings,
        }

    def _off(self):
        refusal = self._host.app.request_stop()
        return _answer(ms.SERVICE_OFF, refusal, NO_FIELD)

    def _range(self, range_):
        if range_ > limits.RANGE_BODY:
            return refused(ms.SERVICE_RANGE, faults.ABOVE_MAXIMUM, 0, range_, limits.RANGE_BODY)
        return _answer(ms.SERVICE_RANGE, self._idle() or self._host.service.choose(range_), 0, range_)

    def _current(self, current_ua):
        return self._drive(ms.SERVICE_CURRENT, CURRENT, current_ua)

    def _voltage(self, voltage_mv):
        return self._drive(ms.SERVICE_VOLTAGE, VOLTAGE, voltage_mv)

    def _drive(self, request, kind, value):
        return _answer(request, self._host.service.ask(kind, value, self._host.app.inputs), 0, value)

    def _idle(self):
        """None in SERVICE with the output off, else the refusal."""
        app = self._host.app
        if app.session.state != SERVICE:
            return faults.NOT_IN_STATE, app.session.state, 0
        if self._host.service.is_on() or app.drive.is_on():
            return faults.OUTPUT_ACTIVE, self._host.service.kind, 0
        return None

    def _read(self):
        """The running sums, which the host takes differences of; and a sign of life."""
        host = self._host
        app, service = host.app, host.service
        service.heard()
        copy = app.drive.copy
        view = app.view
        max_ua, max_mv = host.limits()
        values = (
            app.uptime_ms() & 0xFFFFFFFF, service.range, service.kind, service.value, int(host.is_settled()),
            service.cut, view.fault, max_ua, max_mv, int(service.percent == 100),
            copy[TICKS], copy[SUM_CURRENT], copy[SUM_VOLTAGE], copy[SUM_CURRENT_B],
            host.rounds, host.sum_dac, host.sum_amplifier,
            host.zeros[0], host.zeros[1], host.range_row().v_zero_raw,
            view.current_ua, view.voltage_mv,
        )  # fmt: skip
        return ms.SERVICE_READINGS, pack(message(ms.SERVICE_READINGS), values)

    def _save(self, *values):
        """Writes a calibration, reads it back, and uses it from now on. [REQ-SRV-5]"""
        refusal = self._idle()
        if refusal:
            return _answer(ms.SERVICE_SAVE, refusal, NO_FIELD)
        width = len(FIELDS)
        for index, value in enumerate(values):
            low, high = bounds(NOMINAL[index // width], FIELDS[index % width])
            if value < low:
                return refused(ms.SERVICE_SAVE, faults.BELOW_MINIMUM, index, value, low)
            if value > high:
                return refused(ms.SERVICE_SAVE, faults.ABOVE_MAXIMUM, index, value, high)
        store = self._host.app.store
        try:
            store.save(tuple([RangeCalibration(*values[at : at + width]) for at in range(0, len(values), width)]))
        except StoreError as error:
            return refused(ms.SERVICE_SAVE, faults.MEMORY_REFUSED, NO_FIELD, error.fault, error.value)
        except CalibrationError:  # every value is within its bounds: there is nothing left that it could say
            return refused(ms.SERVICE_SAVE, faults.MEMORY_REFUSED, NO_FIELD, faults.MEMORY_RANGE, 1)
        self._host.take_calibration()
        return ok(ms.SERVICE_SAVE)

    def _adopt(self, board_id):
        """Makes the memory this board's, if the host names the board. Its calibration has to be made anew."""
        app = self._host.app
        refusal = self._idle()
        if refusal:
            return _answer(ms.SERVICE_ADOPT, refusal, NO_FIELD)
        if board_id != app.board.board_id:
            return refused(ms.SERVICE_ADOPT, faults.OTHER_BOARD, 0, 0, 0)
        try:
            app.store.adopt()
        except StoreError as error:
            return refused(ms.SERVICE_ADOPT, faults.MEMORY_REFUSED, NO_FIELD, error.fault, error.value)
        self._host.take_calibration()
        return ok(ms.SERVICE_ADOPT)

    def _settings(self, mode, level_ua, minutes, is_reversing):
        """Writes what a mode begins with, and reads it back; it counts from the next power-on. [REQ-SRV-6]"""
        refusal = self._idle()
        if refusal:
            return _answer(ms.SERVICE_SETTINGS, refusal, NO_FIELD)
        refusal = _not_of_mode(mode, level_ua, minutes, is_reversing)
        if refusal:
            return refused(ms.SERVICE_SETTINGS, *refusal)
        store = self._host.app.store
        rows = list(store.settings or default_settings())
        rows[mode] = (level_ua, minutes, is_reversing)
        try:
            _save_settings(store, rows)
        except StoreError as error:
            return refused(ms.SERVICE_SETTINGS, faults.MEMORY_REFUSED, NO_FIELD, error.fault, error.value)
        return ok(ms.SERVICE_SETTINGS)

    def _leave(self):
        refusal = self._idle()
        if refusal is None:
            self._host.restart()
        return _answer(ms.SERVICE_LEAVE, refusal, NO_FIELD)


def _save_settings(store, rows):
    """Saves settings and waits until they have been read back. Raises StoreError; the old ones then still stand."""
    if store.refusal:
        raise StoreError(*store.refusal)
    writer = store.writer
    writer.flush()
    store.place(SETTINGS).save(pack_settings(rows))
    writer.flush()
    if writer.fault:
        raise StoreError(writer.fault, writer.region)
    store.settings = rows


def _not_of_mode(mode, level_ua, minutes, is_reversing):
    """None if a mode may have these settings, else (code, index of the field, value, limit)."""
    rows = [row for row in limits.MODES if row.number == mode]
    if not rows:
        return faults.ABOVE_MAXIMUM, 0, mode, len(limits.MODES) - 1
    row = rows[0]
    for index, value, low, high in (
        (1, level_ua, row.step_ua, row.max_ua),
        (2, minutes, limits.MIN_MINUTES, row.max_min),
        (3, is_reversing, 0, int(row.can_reverse)),
    ):
        if value < low:
            return faults.BELOW_MINIMUM, index, value, low
        if value > high:
            return faults.ABOVE_MAXIMUM, index, value, high
    return None


def _answer(request, refusal, field, value=0):
    """OK, or what a refusal of (code, value, limit) says of this field."""
    if refusal is None:
        return ok(request, value)
    code, found, limit = refusal
    is_of_field = code in (faults.ABOVE_MAXIMUM, faults.BELOW_MINIMUM)
    return refused(request, code, field if is_of_field else NO_FIELD, found, limit)
