"""The memory of one board: calibration, settings, counters, and rings of sessions, events and trace. docs/store.md.

Reading is done once, at power-on (`open`); writing is queued, and `step` does a little of it in every round. Whatever
is in the memory, it raises nothing that it does not say, and overwrites nothing that this board has not written.
[REQ-MEM-3]
"""

from ionto import faults, messages, store_map
from ionto import store_records as records
from ionto.calibration import Calibration, CalibrationError
from ionto.store_rings import Ring
from ionto.store_slots import BLANK, VALID, Slots, StoreError
from ionto.store_writer import Writer
from ionto.version import VERSION

_PROBE_BYTES = 16


class StoredCalibrationError(CalibrationError):
    """There is no calibration that may be used: `fault` (faults.py), `value` and `limit` say why."""

    def __init__(self, fault, value, limit, text):
        super().__init__(text)
        self.fault = fault
        self.value = value
        self.limit = limit


class Store:
    """The memory behind `part`, which has `read_into(address, buffer)` and `write(address, buffer)`.

    Both may raise OSError. `board_id` is 8 bytes, `version` that of the firmware. After `open`:

    problems   what is wrong, as (region, fault, value)
    refusal    (fault, value): why nothing of this memory is used; None if it is
    counters   a records.COUNTERS row, of zeros if there was none
    settings   as records.unpack_settings gives them; None if there were none
    """

    def __init__(self, part, board_id, version):
        self._part = part
        self._version = bytes(version)
        self.writer = Writer(part)
        self._label, self._calibration, self._settings, self._counters = [
            Slots(part, self.writer, region, board_id)
            for region in (store_map.LABEL, store_map.CALIBRATION, store_map.SETTINGS, store_map.COUNTERS)
        ]
        self.sessions, self.events, self.trace = [Ring(part, self.writer, place, board_id) for place in store_map.RINGS]
        # By region.
        self._places = (self._label, self._calibration, self._settings, self._counters)
        self._places += (self.sessions, self.events, self.trace)
        self._forget()

    def _forget(self):
        self.problems = []
        self.refusal = (faults.MEMORY_ABSENT, store_map.LABEL)
        self.settings = None
        self.counters = records.COUNTERS.unpack(bytes(records.COUNTERS.size_bytes))
        self._unsaved_counters = None
        self._unsaved_settings = None

    def open(self):
        """Reads what there is; labels a memory that is blank. Raises nothing."""
        self._forget()
        try:
            self._open()
        except OSError:
            self._refuse(store_map.LABEL, faults.MEMORY_ABSENT, store_map.LABEL)

    def _open(self):
        for slots in self._places[: store_map.SESSIONS]:
            slots.open()
        if self._label.verdict != VALID:
            fault, value = self._write_label()
            if fault:
                self._refuse(store_map.LABEL, fault, value)
                return
        for place, ring in zip(store_map.RINGS, (self.sessions, self.events, self.trace)):
            ring.open()
            if ring.has_gap:
                self.problems.append((place.region, faults.MEMORY_DAMAGED, place.region))
        self.refusal = None
        self.settings = self._take(store_map.SETTINGS, self._settings, records.unpack_settings)
        counters = self._take(store_map.COUNTERS, self._counters, records.unpack_counters)
        if counters is not None:
            self.counters = counters
        self._take(store_map.CALIBRATION, self._calibration, _calibration)

    def _take(self, region, slots, unpack):
        """What the record of a region says, or None; what is wrong with it becomes a problem."""
        if slots.verdict == VALID:
            try:
                return unpack(slots.payload)
            except ValueError:
                slots.refuse(faults.MEMORY_RANGE, region)
        # A first record that was cut leaves what was there before: nothing. Of the calibration a person must hear.
        if not slots.may_save() or (region == store_map.CALIBRATION and slots.verdict != BLANK):
            self.problems.append((region, slots.verdict, slots.value))
        return None

    def _write_label(self):
        """Labels a memory in which nothing else stands. Returns (fault, value), (0, 0) if it now has a label."""
        label = self._label
        if not (label.may_save() and self._is_empty()):
            return (faults.MEMORY_FOREIGN if label.verdict == BLANK else label.verdict), label.value
        label.save(self._version)
        self.writer.flush()
        return self.writer.fault, self.writer.region

    def _is_empty(self):
        """Whether the regions hold nothing, judged by their slots and by the first and last bytes of each ring."""
        for slots in (self._calibration, self._settings, self._counters):
            if slots.verdict != BLANK:
                return False
        buffer = bytearray(_PROBE_BYTES)
        for place in store_map.RINGS:
            end = place.address + place.records * place.record_bytes
            for address in (place.address, end - _PROBE_BYTES):
                self._part.read_into(address, buffer)
                if not store_map.is_blank(buffer, _PROBE_BYTES):
                    return False
        return True

    def _refuse(self, region, fault, value):
        self.refusal = (fault, value)
        self.problems.append((region, fault, value))

    def read_into(self, address, buffer):
        """Fills `buffer` with what stands from `address` on, whoever wrote it. Raises OSError."""
        self._part.read_into(address, buffer)

    def place(self, region):
        """The Slots or the Ring of a region (store_map.py), to read from."""
        return self._places[region]

    # Calibration: read by the app, saved by a technician.

    def load(self):
        """The Calibration of this board. Raises StoredCalibrationError: output is refused, there is no default."""
        slots = self._calibration
        fault, value = self.refusal or (slots.verdict, slots.value)
        if fault == BLANK:
            raise StoredCalibrationError(faults.NO_CALIBRATION, 0, 1, "the board has never been calibrated")
        if fault != VALID:
            raise StoredCalibrationError(fault, value, 0, "memory region calibration: " + faults.fault(fault).name)
        return _calibration(slots.payload)

    def is_calibration_due(self):
        """Whether the calibration that `load` returned should be made anew, or nobody can know. [REQ-CAL-6]"""
        return not self._counters.may_save() or records.since_calibration(self._calibration.payload, self.counters)[2]

    def save(self, ranges):
        """Saves a RangeCalibration for each range and waits until it has been read back: 5 ms of bus time, and more.

        Replaces whatever calibration there was: a technician's act, with the output off. Raises CalibrationError if the
        values cannot be true, StoreError if the memory does not take them; the old record then still stands.
        """
        Calibration(messages.CALIBRATION_STORED, ranges)
        self._want_use()
        self.writer.flush()
        self._calibration.save(records.pack_calibration(ranges, self.counters), True)
        self.writer.flush()
        self._want_use()
        self.problems = [problem for problem in self.problems if problem[0] != store_map.CALIBRATION]

    def adopt(self):
        """Makes a memory of another board, layout or maker this board's: a technician's act, once it has been read.

        Keeps what is this board's own; the rings begin anew over the old ones. Another board's calibration has to be
        saved anew; this board's own is due if its counters were not there. Raises StoreError if it cannot be written,
        or was not read: what is this board's own is then unknown.
        """
        if self.refusal and self.refusal[0] == faults.MEMORY_ABSENT:
            raise StoreError(*self.refusal)
        self.writer.flush()
        if self._counters.verdict != VALID and self._calibration.verdict == VALID:
            unknown = b"\xff" * records.USE_BYTES
            self._calibration.save(self._calibration.payload[: -records.USE_BYTES] + unknown)
        for slots, payload in (
            (self._settings, records.pack_settings(records.default_settings())),
            (self._counters, bytes(records.COUNTERS.size_bytes)),
            (self._label, self._version),
        ):
            if slots.verdict != VALID:
                slots.save(payload, True)
                self.writer.flush()
        self.open()
        self._want_use()

    def _want_use(self):
        if self.writer.fault:
            raise StoreError(self.writer.fault, self.writer.region)
        if self.refusal:
            raise StoreError(*self.refusal)

    # What the device keeps by itself.

    def keep_counters(self, counters):
        """Takes new counters (a records.COUNTERS row); they are saved as soon as the ones before are."""
        self.counters = self._unsaved_counters = counters

    def keep_settings(self, rows):
        """Takes new settings; they are saved as soon as the ones before are."""
        self.settings = rows
        self._unsaved_settings = records.pack_settings(rows)

    def has_unsaved(self):
        """Whether counters or settings wait for those before them to be saved."""
        return self._unsaved_counters is not None or self._unsaved_settings is not None

    def can_append(self):
        """Whether a ring's record can be queued now."""
        return self.refusal is None and self.writer.has_room()

    def append(self, ring, payload):
        """Queues a record for a ring. Returns False if it finds no room now, or this memory is not to be written."""
        return self.refusal is None and ring.append(payload)

    def step(self):
        """One round: at most 32 bytes written or read back. Raises nothing."""
        if self.refusal is not None:
            return
        if self.has_unsaved():
            self._unsaved_counters = _try(self._counters, self._unsaved_counters, records.COUNTERS.pack)
            self._unsaved_settings = _try(self._settings, self._unsaved_settings, bytes)
        writer = self.writer
        writer.step()
        if writer.fault:  # now, or while a technician waited for what was saved
            self._refuse(writer.region, writer.fault, writer.region)


def open_store(board):
    """The Store in a board's memory, opened. Raises nothing."""
    store = Store(board.memory, board.board_id, VERSION)
    store.open()
    return store


def _try(slots, unsaved, pack):
    """Saves what there is, packed only now, if it may be. Returns what remains to be saved."""
    if unsaved is None or not slots.may_save():
        return None
    return None if slots.has_room() and slots.save(pack(unsaved)) else unsaved


def _calibration(payload):
    return Calibration(messages.CALIBRATION_STORED, records.unpack_calibration(payload))
