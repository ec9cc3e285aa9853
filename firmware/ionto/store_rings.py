"""Rings of records in the memory: what is appended overwrites the oldest.

A record is: sequence u16, payload, CRC-32 over both; little endian. It stands at sequence modulo the number of records,
so from any record that is whole, those that follow it can be counted up to the newest by halving: some ten reads.
[REQ-MEM-1, REQ-MEM-4]
"""

import struct
from binascii import crc32

from ionto.store_map import SEQUENCES, is_blank, is_newer, ring_seed

HEAD_BYTES = 2
CRC_BYTES = 4
SAMPLES = 4  # places in which a whole record is looked for at first
NEIGHBOURS = 4  # records that the search looks at in one place, until one is not damaged
BEYOND = 16  # and where it has ended at damaged ones

_BLANK = -1
_DAMAGED = -2


class Ring:
    """The ring at `place` (store_map.RingPlace) of `part`, written through `writer` (Writer).

    `newest` is the sequence of its newest record, -1 if there is none. `has_gap`, once it was opened: damaged ones
    stood before it, more than the search looks past at first.
    """

    def __init__(self, part, writer, place, board_id):
        self._part = part
        self._writer = writer
        self._place = place
        self._seed = ring_seed(place.region, board_id)
        self._buffer = bytearray(place.record_bytes)
        self._view = memoryview(self._buffer)
        self._crc_at = place.record_bytes - CRC_BYTES
        self.newest = -1

    def open(self):
        """Finds the newest record. Raises OSError if the part does not answer."""
        self.newest = -1
        self.has_gap = False
        records = self._place.records
        for index in range(0, records, records // SAMPLES):
            sequence = self._look(index, NEIGHBOURS)
            if sequence >= 0:
                self.newest, is_cut = self._climb(sequence)
                if is_cut:
                    self._climb_beyond()
                return

    def records(self):
        """How many records it holds."""
        return self._place.records

    def payload_bytes(self):
        """Bytes of a record's payload."""
        return self._crc_at - HEAD_BYTES

    def append(self, payload):
        """Queues `payload` as the newest record. Returns False if the writer has no room for it."""
        if len(payload) != self.payload_bytes():
            raise ValueError("a record of %d bytes, not %d" % (self.payload_bytes(), len(payload)))
        sequence = (self.newest + 1) % SEQUENCES
        body = struct.pack("<H", sequence) + payload
        data = body + struct.pack("<I", crc32(body, self._seed))
        if not self._writer.put(self._place.region, self._address(sequence), data):
            return False
        self.newest = sequence
        return True

    def read(self, sequence):
        """The payload of the record with this sequence, None if it is not there (any more). Raises OSError."""
        sequence %= SEQUENCES
        if self._read(sequence % self._place.records) != sequence:
            return None
        return bytes(self._view[HEAD_BYTES : self._crc_at])

    def read_run(self, sequence, count):
        """The payloads of `count` records from `sequence` on, None for each that is not there; at most one lap's.

        One transfer, two where the ring begins anew between them. Raises OSError.
        """
        index = sequence % self._place.records
        here = min(count, self._place.records - index)
        size = self._place.record_bytes
        raw = bytearray(here * size)
        self._part.read_into(self._address(index), raw)
        view = memoryview(raw)
        payloads = []
        for offset in range(here):
            record = view[offset * size :][:size]
            is_there = self._sequence_of(record, index + offset) == (sequence + offset) % SEQUENCES
            payloads.append(bytes(record[HEAD_BYTES : self._crc_at]) if is_there else None)
        return payloads + (self.read_run(sequence + here, count - here) if here < count else [])

    def _address(self, index):
        return self._place.address + index % self._place.records * self._place.record_bytes

    def _read(self, index):
        """The sequence of the record at `index`, or _BLANK or _DAMAGED."""
        self._part.read_into(self._address(index), self._buffer)
        return self._sequence_of(self._view, index)

    def _sequence_of(self, record, index):
        """The sequence of what stands at `index`, or _BLANK or _DAMAGED."""
        if is_blank(record, len(record)):
            return _BLANK
        sequence = struct.unpack_from("<H", record)[0]
        crc = struct.unpack_from("<I", record, self._crc_at)[0]
        if crc32(record[: self._crc_at], self._seed) != crc:
            return _DAMAGED
        return sequence if sequence % self._place.records == index % self._place.records else _DAMAGED

    def _look(self, index, count):
        """The sequence of the first whole one of `count` records from `index` on; a blank one ends the search."""
        found = _BLANK
        for offset in range(count):
            found = self._read(index + offset)
            if found != _DAMAGED:
                break
        return found

    def _climb_beyond(self):
        """Damaged records stand after the newest that was found: those that follow on them are newer still."""
        found = self._look(self.newest + 1, BEYOND)
        if found >= 0 and is_newer(found, self.newest):
            self.has_gap = True
            self.newest, _ = self._climb(found)

    def _climb(self, sequence):
        """The newest sequence, from that of any whole record: up to it each record follows the one before.

        And whether the one after it is damaged.
        """
        low, high = 0, self._place.records  # record `sequence + low` is there, `sequence + high` is not
        is_cut = False
        while high - low > 1:
            middle = (low + high) // 2
            at = middle
            found = _DAMAGED
            while found == _DAMAGED and at < min(high, middle + NEIGHBOURS):
                found = self._read(sequence + at)
                at += 1
            if found == (sequence + at - 1) % SEQUENCES:
                low = at - 1
            else:
                high = middle
                is_cut = found == _DAMAGED
        return (sequence + low) % SEQUENCES, is_cut
