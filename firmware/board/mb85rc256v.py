"""FRAM MB85RC256V: 32 KiB on I2C, in which each byte stands as soon as it has arrived. The I2C object is handed in."""

_ADDRESS_BITS = 16


class MB85RC256V:
    """The memory. Both methods take 22.5 us a byte at 400 kHz, and raise OSError if the part does not answer."""

    def __init__(self, i2c, address=0x50):
        self._i2c = i2c
        self._address = address

    def read_into(self, address, buffer):
        """Fills `buffer` with what stands from `address` on."""
        self._i2c.readfrom_mem_into(self._address, address, buffer, addrsize=_ADDRESS_BITS)

    def write(self, address, buffer):
        """Writes `buffer` from `address` on, in the order of its bytes."""
        self._i2c.writeto_mem(self._address, address, buffer, addrsize=_ADDRESS_BITS)
