"""Ionto-1: makes the parts, starts the tick, and hands the app what it needs (docs/architecture.md has the list)."""

import time

import machine
from machine import ADC, I2C, PWM, SPI, UART, WDT, Pin, Timer

from board import pins
from board.frontend import Frontend
from board.mb85rc256v import MB85RC256V
from board.mcp3204 import MCP3204
from board.mcp4822 import MCP4822
from board.ssd1306 import SSD1306
from ionto import limits

SPI_HZ = 1_000_000
I2C_HZ = 400_000
UART_BAUD = 921_600
RESET_PIN = 4  # a reset cause beside those of machine.reset_cause()
_CHIP_RESET = 0x40064008  # CHIP_RESET of VREG_AND_CHIP_RESET: the RP2040's last reset but for those by the watchdog
_HAD_RUN = 1 << 16
UART_TX_BYTES = 512
UART_RX_BYTES = 2048  # 22 ms at full rate, two rounds
RESET_PULSE_US = 100
BUZZER_DUTY_U16 = 16384

# A Timer that nothing holds is collected, and the tick stops: it lives here.
_timer = None


def reset_cause():
    """Why the chip started: what machine.reset_cause() says, or RESET_PIN. A brown-out looks like power-on."""
    cause = machine.reset_cause()
    if cause == machine.PWRON_RESET and machine.mem32[_CHIP_RESET] & _HAD_RUN:
        return RESET_PIN
    return cause


class Ionto1:
    """The board. One of it may exist."""

    def __init__(self):
        self.k1 = Pin(pins.K1, Pin.OUT, value=0)
        self.heartbeat = Pin(pins.HEARTBEAT, Pin.OUT, value=0)
        self.latch = Pin(pins.LATCH_OK, Pin.IN, Pin.PULL_UP)
        self._k2 = Pin(pins.K2, Pin.OUT, value=0)
        self._range = Pin(pins.RANGE, Pin.OUT, value=0)
        self._trip = Pin(pins.TRIP, Pin.OUT, value=0)
        self._latch_reset = Pin(pins.LATCH_RESET, Pin.OUT, value=0)
        self._led = Pin(pins.LED, Pin.OUT, value=0)
        self._stop = Pin(pins.STOP_SENSE, Pin.IN, Pin.PULL_UP)
        self._vbus = Pin(pins.VBUS, Pin.IN)
        self._buttons = tuple([Pin(number, Pin.IN, Pin.PULL_UP) for number in pins.BUTTONS])
        self._buzzer = None
        self._make_converters()
        i2c = I2C(1, scl=Pin(pins.I2C_SCL), sda=Pin(pins.I2C_SDA), freq=I2C_HZ)
        self.display = SSD1306(i2c)
        self.memory = MB85RC256V(i2c)
        self.uart = UART(
            0,
            baudrate=UART_BAUD,
            tx=Pin(pins.UART_TX),
            rx=Pin(pins.UART_RX),
            txbuf=UART_TX_BYTES,
            rxbuf=UART_RX_BYTES,
            timeout=0,
        )
        self.ticks_us = time.ticks_us
        self.board_id = machine.unique_id()
        self.reset_cause = reset_cause()
        self.frontend = None
        self._watchdog = None

    def _make_converters(self):
        spi = SPI(
            0,
            baudrate=SPI_HZ,
            polarity=0,
            phase=0,
            sck=Pin(pins.SPI_SCK),
            mosi=Pin(pins.SPI_MOSI),
            miso=Pin(pins.SPI_MISO),
        )
        self.adc = MCP3204(spi, Pin(pins.CS_ADC, Pin.OUT, value=1))
        self.dac = MCP4822(spi, Pin(pins.CS_DAC, Pin.OUT, value=1))
        self.dac.write_a(0)
        self.dac.write_b(0)
        self.b_current = ADC(pins.ADC_CURRENT)
        self.b_amplifier = ADC(pins.ADC_AMPLIFIER)
        self.b_rail = ADC(pins.ADC_RAIL)
        self.b_battery = ADC(pins.ADC_BATTERY)

    def start_ticks(self, mode, calibration):
        """Starts the sampling loop with the limits of a limits.Mode; the output is off. Returns the Frontend."""
        global _timer
        self.frontend = Frontend(self, mode, calibration)
        _timer = Timer(
            -1,
            mode=Timer.PERIODIC,
            freq=1_000_000 // limits.TICK_US,
            callback=self.frontend.tick,
            hard=True,
        )
        return self.frontend

    def cut(self):
        """Ends the output for good: K1 low, no more ticks, no heartbeat, DAC at zero. Safe at any time."""
        self.k1(0)
        if _timer is not None:
            _timer.deinit()
        self.k1(0)
        self.dac.write_a(0)

    def restart(self):
        """Ends the output and resets the chip."""
        self.cut()
        machine.reset()

    def buttons_raw(self):
        """Pressed buttons as bits: UP 1, DOWN 2, MODE 4, START 8. Not debounced."""
        bits = 0
        for index, pin in enumerate(self._buttons):
            if not pin():
                bits |= 1 << index
        return bits

    def stop_closed(self):
        """True while the STOP loop is closed (not pressed, not broken)."""
        return not self._stop()

    def latch_ok(self):
        """True while the hardware latch has not tripped."""
        return bool(self.latch())

    def reset_latch(self):
        """Pulses the latch's reset; the hardware ignores it while current flows."""
        self._latch_reset(1)
        time.sleep_us(RESET_PULSE_US)
        self._latch_reset(0)

    def vbus(self):
        """True while the service USB is plugged in."""
        return bool(self._vbus())

    def select_range(self, range_, trip_high):
        """Sets RANGE and TRIP. The caller sees to it that the output is off."""
        self._trip(trip_high)
        self._range(range_)

    def select_polarity(self, is_reversed):
        """Switches K2. The caller sees to it that K1 is open and no current flows."""
        self._k2(1 if is_reversed else 0)

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

    def start_watchdog(self, timeout_ms):
        """Starts the watchdog; it cannot be stopped."""
        self._watchdog = WDT(timeout=timeout_ms)

    def feed_watchdog(self):
        """Feeds it."""
        if self._watchdog is not None:
            self._watchdog.feed()
