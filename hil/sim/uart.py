"""UART0 as a wire: bytes take their time, buffers fill, what does not fit is lost."""

from hil.sim import facts


class SerialLine:
    """Both directions between the chip and the USB bridge. Times in µs."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.byte_us = 0.0
        self.reset()

    def reset(self):
        self.open = False
        self.sent = b""
        self.busy_until_us = 0.0
        self.tx_size = 0
        self.incoming = b""
        self.incoming_us = 0.0
        self.received = b""
        self.rx_size = 0

    def configure(self, baudrate, tx_size, rx_size):
        self.byte_us = facts.UART_BITS * 1e6 / baudrate
        self.tx_size = tx_size + facts.UART_FIFO_BYTES
        self.rx_size = rx_size + facts.UART_FIFO_BYTES
        self.open = True

    def room(self):
        """Bytes that can be written now without waiting."""
        left_us = self.busy_until_us - self.kernel.now_us
        queued = int(left_us / self.byte_us + 0.999) if left_us > 0 else 0
        return self.tx_size - queued

    def write(self, data):
        """Takes what fits, returns how much."""
        if isinstance(data, str):
            data = data.encode()
        count = min(self.room(), len(data))
        if count > 0:
            self.sent += bytes(data[:count])
            start_us = max(self.busy_until_us, self.kernel.now_us)
            self.busy_until_us = start_us + count * self.byte_us
        return count

    def take_sent(self):
        """Bytes that have left the chip by now."""
        left_us = self.busy_until_us - self.kernel.now_us
        held = int(left_us / self.byte_us + 0.999) if left_us > 0 and self.byte_us else 0
        if held >= len(self.sent):
            return b""
        cut = len(self.sent) - held
        data, self.sent = self.sent[:cut], self.sent[cut:]
        return data

    def feed(self, data):
        """The host sends."""
        self.settle()
        if not self.incoming:
            self.incoming_us = float(self.kernel.now_us)
        self.incoming += data

    def settle(self):
        """Moves what has arrived by now into the chip's buffer; what does not fit is lost."""
        if not self.incoming:
            return
        if not self.open:
            self.incoming = b""
            return
        count = min(len(self.incoming), int((self.kernel.now_us - self.incoming_us) / self.byte_us))
        if count <= 0:
            return
        self.incoming_us += count * self.byte_us
        self.received = (self.received + self.incoming[:count])[: self.rx_size]
        self.incoming = self.incoming[count:]

    def read(self, count):
        self.settle()
        data, self.received = self.received[:count], self.received[count:]
        return data
