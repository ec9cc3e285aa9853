"""A memory for tests of the store. Runs on MicroPython too.

It counts the bytes of a 400 kHz bus, and loses its power after any byte of any write.
"""

BYTE_US = 22.5
SIZE_BYTES = 32768


class PowerCut(Exception):
    """The power has failed: nothing of the program goes on."""


class Fram:
    """32 KiB behind the store's two calls. `cut_after` is the number of bytes that are still written; -1: no cut."""

    def __init__(self, content=None, fill=0):
        self.bytes = bytearray(content) if content is not None else bytearray(bytes((fill,)) * SIZE_BYTES)
        self.cut_after = -1
        self.written = 0
        self.bus_us = 0.0
        self.largest = 0  # transfer, in bytes
        self.is_absent = False
        self.stuck = {}  # address: the byte that is always read there

    def read_into(self, address, buffer):
        self._transfer(address, len(buffer), 4)
        buffer[:] = self.bytes[address : address + len(buffer)]
        for at, value in self.stuck.items():
            if address <= at < address + len(buffer):
                buffer[at - address] = value

    def write(self, address, buffer):
        self._transfer(address, len(buffer), 3)
        for index in range(len(buffer)):
            if self.written == self.cut_after:
                raise PowerCut
            self.bytes[address + index] = buffer[index]
            self.written += 1

    def _transfer(self, address, count, extra):
        if self.is_absent:
            raise OSError(5)
        assert 0 <= address <= SIZE_BYTES - count, (address, count)
        self.bus_us += (count + extra) * BYTE_US
        self.largest = max(self.largest, count)
