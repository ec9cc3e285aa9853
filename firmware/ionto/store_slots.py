"""A record that is kept twice: the new one is written over the older one, so one whole record always stands.

A slot is: magic, layout, region, sequence u16, length of the payload u16, board id, payload, CRC-32 over all before it;
little endian. These fields stay where they are in every layout. Of two whole records the newer one decides, whatever it
says: one of another board or layout is reported, never passed over for an older one. Only a record that is not whole
gives way to the other. [REQ-MEM-1, REQ-MEM-2]
"""

import struct
from binascii import crc32

from ionto import faults
from ionto.store_map import LAYOUT, REGIONS, SEQUENCES, SLOT_BYTES, is_blank, is_newer, slot_address

MAGIC = b"IONT"
_HEAD = "<4sBBHH8s"
HEAD_BYTES = struct.calcsize(_HEAD)
CRC_BYTES = 4
MAX_PAYLOAD_BYTES = SLOT_BYTES - HEAD_BYTES - CRC_BYTES

_buffer = bytearray(SLOT_BYTES)  # for all slots: they are read one after the other
_view = memoryview(_buffer)

VALID = 0
BLANK = -1  # nothing was ever written; every other verdict is the number of a fault


class StoreError(Exception):
    """The memory cannot do what it was asked for: number of the fault, and its value."""

    def __init__(self, fault, value):
        super().__init__("%s: %d" % (faults.fault(fault).name, value))
        self.fault = fault
        self.value = value


class Slots:
    """The two slots of a region of `part`, written through `writer` (Writer).

    After `open`: `verdict` is VALID, BLANK or a fault's number with `value`; `payload` is that of the record that
    decides, None unless VALID; `sequence` is its number.
    """

    def __init__(self, part, writer, region, board_id):
        self._part = part
        self._writer = writer
        self._region = region
        self._board_id = board_id
        self._forget()

    def _forget(self):
        self.verdict = BLANK
        self.value = self._region
        self.payload = None
        self.sequence = -1
        self._newest = -1  # slot of the record that decides
        self._blank = -1  # a slot that nothing was ever written to
        self.is_saving = False

    def open(self):
        """Reads both slots. Raises OSError if the part does not answer."""
        self._forget()
        for slot in (0, 1):
            self._read(slot)

    def refuse(self, verdict, value):
        """Takes back a VALID: the payload is whole, but not what it says can be true."""
        self.verdict = verdict
        self.value = value
        self.payload = None

    def may_save(self):
        """Whether saving costs no more than an older record of this board, or a first one that was cut."""
        return self.verdict in (VALID, BLANK) or (self.verdict == faults.MEMORY_DAMAGED and self._blank >= 0)

    def has_room(self):
        """Whether a record can be queued now: none is being saved, and the writer has room."""
        return not self.is_saving and self._writer.has_room()

    def save(self, payload, is_forced=False):
        """Queues `payload` as the newer record. Returns False if it cannot be: one is being saved, or there is no room.

        Raises StoreError if something would be lost that a person may want to read, which `is_forced` accepts.
        [REQ-MEM-3]
        """
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise ValueError("%s: %d bytes" % (REGIONS[self._region], len(payload)))
        if not (is_forced or self.may_save()):
            raise StoreError(self.verdict, self.value)
        if not self.has_room():
            return False
        slot = self._slot_to_write()
        sequence = (self.sequence + 1) % SEQUENCES
        data = frame(self._region, sequence, self._board_id, payload)
        self.is_saving = True
        return self._writer.put(
            self._region, slot_address(self._region, slot), data, lambda: self._saved(slot, sequence, payload)
        )

    def _slot_to_write(self):
        # Never over the record that decides; beside one that was cut, where nothing was ever written.
        return 1 if self._newest == 0 or self._blank == 1 else 0

    def _saved(self, slot, sequence, payload):
        self.is_saving = False
        self._newest, self._blank = slot, -1
        self.sequence, self.payload, self.verdict = sequence, payload, VALID

    def _read(self, slot):
        """Takes one slot into account."""
        address = slot_address(self._region, slot)
        self._part.read_into(address, _view[:HEAD_BYTES])
        magic, layout, region, sequence, size, board_id = struct.unpack_from(_HEAD, _buffer)
        if magic != MAGIC:
            self._not_whole(slot, address)
            return
        end = HEAD_BYTES + size
        if size <= MAX_PAYLOAD_BYTES:
            self._part.read_into(address + HEAD_BYTES, _view[HEAD_BYTES : end + CRC_BYTES])
        if (
            size > MAX_PAYLOAD_BYTES
            or region != self._region
            or crc32(_view[:end]) != struct.unpack_from("<I", _buffer, end)[0]
        ):
            self._judge(faults.MEMORY_DAMAGED)
        elif self._newest < 0 or is_newer(sequence, self.sequence):
            self._newest, self.sequence = slot, sequence
            self._decide(layout, board_id, bytes(_view[HEAD_BYTES:end]))

    def _not_whole(self, slot, address):
        self._part.read_into(address, _view)
        torn = 0  # a first write that was cut within the magic: its beginning, and nothing after it
        while torn < len(MAGIC) and _buffer[torn] == MAGIC[torn]:
            torn += 1
        if torn == 0 and is_blank(_buffer, SLOT_BYTES):
            self._blank = slot if self._blank < 0 else self._blank
        elif torn and is_blank(_view[torn:], SLOT_BYTES - torn):
            self._judge(faults.MEMORY_DAMAGED)
        else:
            self._judge(faults.MEMORY_FOREIGN)

    def _judge(self, verdict):
        """A slot without a whole record: this is the verdict unless the other slot has one."""
        if self._newest < 0 and self.verdict != faults.MEMORY_DAMAGED:
            self.verdict = verdict

    def _decide(self, layout, board_id, payload):
        self.payload, self.value = None, self._region
        if layout != LAYOUT:
            self.verdict = faults.MEMORY_OLDER if layout < LAYOUT else faults.MEMORY_NEWER
            self.value = layout
        elif board_id != self._board_id:
            self.verdict = faults.MEMORY_BOARD
        else:
            self.verdict = VALID
            self.payload = payload


def frame(region, sequence, board_id, payload, layout=LAYOUT):
    """The bytes of a slot that holds `payload`."""
    body = struct.pack(_HEAD, MAGIC, layout, region, sequence, len(payload), board_id) + payload
    return body + struct.pack("<I", crc32(body))
