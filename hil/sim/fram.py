"""MB85RC256V, 32 KiB of FRAM on I2C (datasheet DS05-13109): what its array holds, and its address counter."""

ADDRESS = 0x50
SIZE_BYTES = 32768


class MB85RC256V:
    """It keeps its bytes without power. A byte is in the array as soon as it has been acknowledged.

    `answers` and `takes` are true in a part without a defect: it acknowledges its address, and its WP pin is low.
    """

    def __init__(self):
        self.array = bytearray(SIZE_BYTES)
        self.address = 0
        self.answers = 1
        self.takes = 1
        self.cut_after = -1  # so many bytes are still written, then the board's power fails; -1: it does not
        self.noise = 0  # in every so many bytes that are read one bit is wrong; 0: in none
        self.writes = 0  # since the beginning: transfers with at least one byte, and their bytes
        self.written_bytes = 0
        self._is_new = False
        self._given = 0
        self._address_bytes = 0

    def load(self, text):
        """Fills the beginning of the array from hexadecimal digits."""
        content = bytes.fromhex(text)
        self.array[: len(content)] = content

    def start_write(self):
        """Its address, with the write bit: two bytes of address follow."""
        self._address_bytes = 2
        self._is_new = True

    def take(self, value):
        """One byte of a write."""
        if self._address_bytes == 2:
            self.address = (value & 0x7F) << 8 | (self.address & 0xFF)
        elif self._address_bytes == 1:
            self.address = (self.address & 0x7F00) | value
        else:
            if self.takes:
                self.array[self.address] = value
            self.cut_after -= self.cut_after >= 0
            self.writes += self._is_new
            self._is_new = False
            self.written_bytes += 1
            self.address = (self.address + 1) % SIZE_BYTES
        self._address_bytes = max(0, self._address_bytes - 1)

    def give(self):
        """One byte of a read, from where the last access ended."""
        value = self.array[self.address]
        self.address = (self.address + 1) % SIZE_BYTES
        if self.noise:
            self._given += 1
            if self._given % self.noise == 0:
                value ^= 1 << self._given % 8
        return value

    def is_cut(self):
        """Whether the power fails now."""
        if self.cut_after:
            return False
        self.cut_after = -1
        return True

    def break_(self, name, amount):
        """A defect by its name: see docs/rig.md. Returns False for a name that is none of its own."""
        if name == "fram_absent":
            self.answers = 0 if amount else 1
        elif name == "fram_protected":
            self.takes = 0 if amount else 1
        elif name == "fram_flip":
            self.array[amount // 8] ^= 1 << amount % 8
        elif name == "fram_noise":
            self.noise = amount
        elif name == "fram_cut":
            self.cut_after = amount
        else:
            return False
        return True
