"""Requests that read the memory, a frame at a time: what the device has done, and what it was set to.

Imported by the first of them. Granted only where no session is under way: a frame costs the main loop up to 4 ms of bus
time, and no treatment is to wait for a reader. [REQ-LNK-10]
"""

from ionto import faults
from ionto import messages_service as ms
from ionto.link import AT_REST
from ionto.messages import NO_FIELD, OK, REFUSED, message, pack
from ionto.store_map import COUNTERS, LABEL, REGIONS, SIZE_BYTES


class LogReader:
    """Answers READ_INFO, READ and READ_RAW out of `device.store` (Store, opened) while `device.view` allows it."""

    def __init__(self, device):
        self._device = device

    def handlers(self):
        """What answers each request, by its type."""
        return {ms.READ_INFO: self.info, ms.READ: self.read, ms.READ_RAW: self.raw}

    def info(self, region):
        """What stands in a region: whether it is valid, the newest sequence, and how many records it can hold."""
        refusal = self._refusal(ms.READ_INFO, region)
        if refusal:
            return refusal
        place = self._device.store.place(region)
        if region <= COUNTERS:
            size_bytes = 0 if place.payload is None else len(place.payload)
            values = (region, place.verdict, place.sequence, 1, size_bytes)
        else:
            values = (region, 0, place.newest, place.records(), place.payload_bytes())
        return ms.REGION_INFO, pack(message(ms.REGION_INFO), values)

    def read(self, region, sequence):
        """Records from `sequence` on, as many as a frame takes; a bit of `whole` for each that is there."""
        refusal = self._refusal(ms.READ, region)
        if refusal:
            return refusal
        data = bytearray(ms.DATA_BYTES)
        place = self._device.store.place(region)
        if region <= COUNTERS:
            payload = place.payload
            if payload is None:
                whole = 0
            else:
                whole = 1
                sequence = place.sequence
                data[: len(payload)] = payload
        else:
            try:
                whole = _fill(data, place, sequence)
            except OSError:
                return refused(ms.READ, faults.MEMORY_REFUSED, 0, faults.MEMORY_ABSENT, region)
        return ms.RECORDS, pack(message(ms.RECORDS), (sequence, whole, bytes(data)))

    def raw(self, address):
        """The memory as it stands, whoever has written it: what is not this board's can be kept before it is adopted.

        [REQ-MEM-8]
        """
        refusal = self._busy(ms.READ_RAW)
        if refusal:
            return refusal
        highest = SIZE_BYTES - ms.RAW_BYTES
        if address > highest:
            return refused(ms.READ_RAW, faults.ABOVE_MAXIMUM, 0, address, highest)
        data = bytearray(ms.RAW_BYTES)
        try:
            self._device.store.read_into(address, data)
        except OSError:
            return refused(ms.READ_RAW, faults.MEMORY_REFUSED, NO_FIELD, faults.MEMORY_ABSENT, LABEL)
        return ms.RAW, pack(message(ms.RAW), (address, bytes(data)))

    def _busy(self, request):
        """The REFUSED that a request gets while a session is under way, or None."""
        state = self._device.view.state
        if state not in AT_REST:
            return refused(request, faults.NOT_IN_STATE, NO_FIELD, state, 0)
        return None

    def _refusal(self, request, region):
        """The REFUSED that this request gets, or None."""
        refusal = self._busy(request)
        if refusal:
            return refusal
        if region >= len(REGIONS):
            return refused(request, faults.ABOVE_MAXIMUM, 0, region, len(REGIONS) - 1)
        refusal = self._device.store.refusal
        if refusal:
            return refused(request, faults.MEMORY_REFUSED, 0, refusal[0], refusal[1])
        return None


def _fill(data, ring, sequence):
    size = ring.payload_bytes()
    whole = 0
    for index, payload in enumerate(ring.read_run(sequence, ms.DATA_BYTES // size)):
        if payload is not None:
            whole |= 1 << index
            data[index * size : (index + 1) * size] = payload
    return whole


def ok(request, value=0):
    """The (type, body) of an OK."""
    return OK, pack(message(OK), (request, value))


def refused(request, code, field, value, limit):
    """The (type, body) of a REFUSED."""
    return REFUSED, pack(message(REFUSED), (request, code, field, value, limit))
