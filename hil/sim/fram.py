"""MB85RC256V, 32 KiB of FRAM on I2C (datasheet DS05-13109): what its array holds, and its address counter."""

_SIZE = 32768


class MB85RC256V:
    """It keeps its bytes without power. Each byte is in the array as soon as it has been acknowledged."""

    def __init__(self):
        self.array = bytearray(_SIZE)
        self.address = 0
        self._address_bytes = 0
        self.absent = 0
        self.write_protected = 0

    def start_write(self):
        """A start condition with the write bit: two bytes of address follow."""
        self._address_bytes = 2

    def take(self, value):
        """One byte of a write."""
        if self._address_bytes == 2:
            self.address = (value & 0x7F) << 8 | (self.address & 0xFF)
            self._address_bytes = 1
        elif self._address_bytes == 1:
            self.address = (self.address & 0x7F00) | value
            self._address_bytes = 0
        else:
            if not self.write_protected:
                self.array[self.address] = value
            self.address = (self.address + 1) % _SIZE

    def give(self):
        """One byte of a read, from where the last access ended."""
        value = self.array[self.address]
        self.address = (self.address + 1) % _SIZE
        return value
