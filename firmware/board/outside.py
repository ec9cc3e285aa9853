"""What of Ionto-1 says something: display, LED, buzzer, link. K1, heartbeat and DAC are put at rest, for others to use.

A board whose program files are damaged starts with nothing but this. [REQ-FIL-1]
"""

import machine
from machine import ADC, I2C, PWM, SPI, UART, Pin

from board import pins
from board.mcp4822 import MCP4822
from board.ssd1306 import SSD1306

SPI_HZ = 1_000_000
I2C_HZ = 400_000
UART_BAUD = 921_600
# Reset causes beside those of machine.reset_cause().
RESET_PIN = 4
RESTART = 5  # somebody called machine.reset(), which is a watchdog that is told to bite at once
_CHIP_RESET = 0x40064008  # CHIP_RESET of VREG_AND_CHIP_RESET: the RP2040's last reset but for those by the watchdog
_HAD_RUN = 1 << 16
_REASON = 0x40058008  # REASON of WATCHDOG
_FORCED = 2  # told to; 1: timed out
UART_TX_BYTES = 512
UART_RX_BYTES = 2048  # 22 ms at full rate, two rounds
BUZZER_DUTY_U16 = 16384


def reset_cause():
    """Why the chip started: as machine.reset_cause(), or RESET_PIN or RESTART. A brown-out looks like power-on."""
    cause = machine.reset_cause()
    if cause == machine.WDT_RESET and machine.mem32[_REASON] & _FORCED:
        return RESTART
    if cause == machine.PWRON_RESET and machine.mem32[_CHIP_RESET] & _HAD_RUN:
        return RESET_PIN
    return cause


class Outside:
    """The board without its output stage. One of it may exist."""

    def __init__(self):
        self.k1 = Pin(pins.K1, Pin.OUT, value=0)
        self.heartbeat = Pin(pins.HEARTBEAT, Pin.OUT, value=0)
        self._spi = SPI(
            0,
            baudrate=SPI_HZ,
            polarity=0,
            phase=0,
            sck=Pin(pins.SPI_SCK),
            mosi=Pin(pins.SPI_MOSI),
            miso=Pin(pins.SPI_MISO),
        )
        self.dac = MCP4822(self._spi, Pin(pins.CS_DAC, Pin.OUT, value=1))
        self.dac.write_a(0)
        self.dac.write_b(0)
        self._led = Pin(pins.LED, Pin.OUT, value=0)
        self._buzzer = None
        self._i2c = I2C(1, scl=Pin(pins.I2C_SCL), sda=Pin(pins.I2C_SDA), freq=I2C_HZ)
        self.display = SSD1306(self._i2c)
        self.uart = UART(
            0,
            baudrate=UART_BAUD,
            tx=Pin(pins.UART_TX),
            rx=Pin(pins.UART_RX),
            txbuf=UART_TX_BYTES,
            rxbuf=UART_RX_BYTES,
            timeout=0,
        )
        self.b_battery = ADC(pins.ADC_BATTERY)
        self.board_id = machine.unique_id()
        self.reset_cause = reset_cause()

    def led(self, on):
        """Lights the LED (K1 lights it too, in hardware)."""
        self._led(1 if on else 0)

    def tone(self, freq_hz):
        """Sounds the buzzer at `freq_hz`; 0 is silence."""
        if self._buzzer is None:
            self._buzzer = PWM(Pin(pins.BUZZER))
        if freq_hz:
            self._buzzer.freq(freq_hz)
            self._buzzer.duty_u16(BUZZER_DUTY_U16)
        else:
            self._buzzer.duty_u16(0)
