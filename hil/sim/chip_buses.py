"""machine.I2C and machine.UART of the simulated chip; both belong to the main code and take their time on the wire."""

from hil.sim import bus, facts, fram
from hil.sim.chip import want_pin
from hil.sim.kernel import kernel

_EIO = 5
_ETIMEDOUT = 110


class I2C:
    """machine.I2C(1): display and FRAM; other addresses do not answer."""

    def __init__(self, id, *, scl=None, sda=None, freq=400000, timeout=50000):
        if id != 1:
            kernel.fail("I2C(%r): Ionto-1 uses I2C(1)" % id)
        if not 1000 <= freq <= 400000:
            kernel.fail("I2C: freq %r; the bus runs at 400 kHz at most" % freq)
        want_pin("I2C scl", scl, facts.I2C_SCL)
        want_pin("I2C sda", sda, facts.I2C_SDA)
        self._byte_us = 9e6 / freq
        self._timeout_us = timeout

    def _wire(self, address, count):
        """The bus time of `count` bytes after the address. Raises OSError(EIO) for an address that does not answer."""
        if bus.state[0]:
            raise RuntimeError("I2C in a hard callback")
        board = kernel.board
        if board.i2c_stuck:
            kernel.charge(self._timeout_us)
            raise OSError(_ETIMEDOUT)
        if not board.powered or not board.answers(address):
            kernel.charge(int(facts.I2C_OVERHEAD_US + self._byte_us))
            raise OSError(_EIO)
        kernel.charge(int(facts.I2C_OVERHEAD_US + (1 + count) * self._byte_us))

    def _write(self, address, data):
        if address == fram.ADDRESS:
            self._wire(address, 0)
            board = kernel.board
            board.fram.start_write()
            start_us = kernel.now_us
            for index, value in enumerate(data):  # the power may fail, or the chip be reset, after any of them
                kernel.charge(max(0, start_us + int((index + 1) * self._byte_us) - kernel.now_us))
                board.fram.take(value)
                if board.fram.is_cut():
                    kernel.later(kernel.now_us, "power", 0)
            return
        self._wire(address, len(data))
        try:
            kernel.board.oled.write(data)
        except ValueError as error:
            kernel.fail(str(error))

    def writeto(self, addr, buf, stop=True):
        self._write(addr, bytes(buf))
        return len(buf) + 1

    def writevto(self, addr, vector, stop=True):
        self._write(addr, b"".join([bytes(part) for part in vector]))
        return sum([len(part) for part in vector]) + 1

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self._write(addr, memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))

    def readfrom_into(self, addr, buf, stop=True):
        self._wire(addr, len(buf))
        board = kernel.board
        for i in range(len(buf)):
            if addr == fram.ADDRESS:
                buf[i] = board.fram.give()
            else:
                buf[i] = 0 if board.oled.on else 0x40

    def readfrom(self, addr, nbytes, stop=True):
        buf = bytearray(nbytes)
        self.readfrom_into(addr, buf)
        return bytes(buf)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        if addr == fram.ADDRESS:
            self._write(addr, memaddr.to_bytes(addrsize // 8, "big"))
        self.readfrom_into(addr, buf)

    def scan(self):
        kernel.charge(int(112 * (facts.I2C_OVERHEAD_US + self._byte_us)))
        board = kernel.board
        if not board.powered:
            return []
        return [address for address in (facts.OLED_ADDRESS, fram.ADDRESS) if board.answers(address)]


class UART:
    """machine.UART(0): the link."""

    def __init__(
        self,
        id,
        baudrate=115200,
        *,
        bits=8,
        parity=None,
        stop=1,
        tx=None,
        rx=None,
        txbuf=256,
        rxbuf=256,
        timeout=0,
        timeout_char=0,
    ):
        if id != 0:
            kernel.fail("UART(%r): the link is UART(0)" % id)
        if bits != 8 or parity is not None or stop != 1:
            kernel.fail("UART: the link is 8N1")
        if baudrate != 921600:
            kernel.fail("UART: the bridge runs at 921600 baud, not %r" % baudrate)
        want_pin("UART tx", tx, facts.UART_PINS[0])
        want_pin("UART rx", rx, facts.UART_PINS[1])
        self._line = kernel.board.line
        self._line.configure(baudrate, max(txbuf, 32), max(rxbuf, 32))
        self._timeout_us = timeout * 1000

    def any(self):
        kernel.charge(facts.MAIN_CALL_US)
        self._line.settle()
        return len(self._line.received)

    def read(self, nbytes=-1):
        kernel.charge(facts.MAIN_CALL_US)
        return self._line.read(nbytes if nbytes >= 0 else 1 << 20) or None

    def readinto(self, buf, nbytes=-1):
        kernel.charge(facts.MAIN_CALL_US)
        data = self._line.read(min(len(buf), nbytes) if nbytes >= 0 else len(buf))
        if not data:
            return None
        buf[: len(data)] = data
        return len(data)

    def write(self, buf):
        """Takes what fits into the buffer; waits for room up to the timeout, as the chip's does."""
        kernel.charge(facts.MAIN_CALL_US)
        done = self._line.write(buf)
        waited_us = 0
        while done < len(buf) and waited_us < self._timeout_us:
            kernel.charge(100)
            waited_us += 100
            done += self._line.write(memoryview(buf)[done:])
        return done or None

    def txdone(self):
        kernel.charge(facts.MAIN_CALL_US)
        return self._line.busy_until_us <= kernel.now_us

    def flush(self):
        while not self.txdone():
            kernel.charge(100)
