"""Writes to the memory, a little at a time: a round of the main loop cannot wait for a whole record.

Records are written in the order in which they were queued, each from its first byte to its last, then read back.
[REQ-MEM-4, REQ-MEM-6]
"""

from ionto import faults

PIECE_BYTES = 32  # 0.8 ms of bus time at 400 kHz
MAX_JOBS = 16
ATTEMPTS = 3


class Writer:
    """The queue in front of `part`: any object with `read_into(address, buffer)` and `write(address, buffer)`.

    `fault` is 0 until a record could not be written in ATTEMPTS attempts, then its number, and `region` says where.
    After that nothing more is written until power-on, and what is queued is refused: a memory that takes part of what
    it is given is worse than none.
    """

    def __init__(self, part):
        self._part = part
        self._jobs = []
        self._at = 0  # bytes of the first job that are written and then, beyond its length, compared
        self._attempts = 0
        self._piece = bytearray(PIECE_BYTES)
        self._view = memoryview(self._piece)
        self.fault = 0
        self.region = 0

    def has_room(self, jobs=1):
        """Whether so many more records can be queued."""
        return not self.fault and len(self._jobs) + jobs <= MAX_JOBS

    def put(self, region, address, data, on_written=None):
        """Queues `data`, which must stay as it is; `on_written()` is called once it has been read back.

        Returns False if it is refused.
        """
        if not self.has_room():
            return False
        self._jobs.append((region, address, data, on_written))
        return True

    def is_idle(self):
        """Whether everything queued has been written, or given up."""
        return not self._jobs

    def step(self):
        """One piece: at most PIECE_BYTES written, or read back. Raises nothing."""
        if not self._jobs:
            return
        region, address, data, on_written = self._jobs[0]
        try:
            is_same = self._advance(address, data)
        except OSError:
            self._failed(faults.MEMORY_ABSENT, region)
            return
        if not is_same:
            self._failed(faults.MEMORY_WRITE, region)
        elif self._at == 2 * len(data):
            self._jobs.pop(0)
            self._at = self._attempts = 0
            if on_written is not None:
                on_written()

    def flush(self):
        """Writes all that is queued, however long it takes."""
        while self._jobs:
            self.step()

    def _advance(self, address, data):
        """Writes or compares the next piece; False if it differs."""
        size = len(data)
        offset = self._at if self._at < size else self._at - size
        count = min(PIECE_BYTES, size - offset)
        wanted = memoryview(data)[offset : offset + count]
        if self._at < size:
            self._part.write(address + offset, wanted)
        else:
            found = self._view[:count]
            self._part.read_into(address + offset, found)
            if found != wanted:
                return False
        self._at += count
        return True

    def _failed(self, fault, region):
        self._at = 0
        self._attempts += 1
        if self._attempts == ATTEMPTS:
            self.fault = fault
            self.region = region
            self._jobs.clear()
