"""Ionto-1 in numbers: the one table of the simulated board. Importable by MicroPython and by CPython.

Units stand last in the names. None of it is shared with the firmware: the two are meant to disagree when one is wrong.
"""

# Pins (GP numbers) by what the board connects to them.
UART_PINS = (0, 1)
I2C_SDA = 2
I2C_SCL = 3
BUZZER = 4
LED = 5
BUTTONS = {"UP": 6, "DOWN": 7, "MODE": 8, "START": 9}  # to ground
STOP_SENSE = 10  # to ground while the loop is closed
LATCH_STATE = 11  # low: tripped
LATCH_RESET = 12
HEARTBEAT = 13
K2 = 14
K1 = 15
SPI_MISO = 16
CS_DAC = 17
SPI_SCK = 18
SPI_MOSI = 19
CS_ADC = 20
RANGE = 21
TRIP = 22
VBUS = 24
INPUT_PINS = (6, 7, 8, 9, 10, 11, 24)
OUTPUT_PINS = (4, 5, 12, 13, 14, 15, 17, 20, 21, 22)
BUS_PINS = (0, 1, 2, 3, 16, 18, 19)
NEEDS_PULL_UP = (6, 7, 8, 9, 10)

# Output stage, by RANGE (0 FACE, 1 BODY).
DAC_V_PER_CODE = 0.001  # MCP4822 with gain 2x; half of it with gain 1x
AMPLIFIER_GAIN = (4.0, 10.0)
RAIL_V = (18.0, 48.0)
RAIL_HEADROOM_V = 1.0
SERIES_OHM = (2200.0, 470.0)
SLEW_V_PER_US = 0.5
SETTLE_TAU_US = 20.0
OUTPUT_TAU_US = 1000.0  # output capacitance (10 nF) over the bleed, with K1 open
ZERO_V = 0.05  # amplifier output below this counts as drive at zero

# Relays and interlocks.
K1_DELAY_US = 500  # solid-state relay, both ways
K2_TRAVEL_US = 10000  # both contacts open meanwhile
K2_MAX_A = 100e-6
HEARTBEAT_HOLD_US = 4000  # the pump is dead this long after the last edge; K1's delay comes on top
HEARTBEAT_EDGES = 4  # edges that bring a dead pump to life
STOP_DELAY_US = 1500000
LATCH_TRIP_A = (0.004, 0.007, 0.025)  # FACE; BODY with TRIP low; BODY with TRIP high
LATCH_TEST_CODE = 3000.0  # DAC channel B alone trips above this
LATCH_RESET_MAX_A = 100e-6

# Converters.
A_REFERENCE_V = 2.5
A_A_PER_LSB = (1.25e-6, 6.25e-6)
A_V_PER_LSB = 0.0125
A_CH2_V = 1.25
B_REFERENCE_V = 3.3
B_A_PER_LSB = 7.3e-6
AMPLIFIER_DIVIDER = 16.0
RAIL_DIVIDER = 16.0
BATTERY_DIVIDER = 3.0
BATTERY_V = 3.9

# VREG_AND_CHIP_RESET of the RP2040: why the chip as a whole was last reset; a brown-out counts as power-on.
CHIP_RESET = 0x40064008
HAD_POR = 1 << 8
HAD_RUN = 1 << 16
WDT_RESET = 3  # machine.reset_cause()
FORCED_RESET = 5  # by machine.reset(): the same cause, but REASON tells them apart
# REASON of WATCHDOG: why it last reset the chip; 0 after any other reset.
REASON = 0x40058008
REASON_TIMER = 1
REASON_FORCE = 2
A_NOISE_LSB = 0.6
B_NOISE_FACTOR = 3  # sense B is this much noisier than A

# One sigma of a board's spread; drawn once per board from the seed.
SPREAD = {
    "a_gain": 0.002,
    "b_gain": 0.005,
    "series_gain": 0.003,
    "dac_gain": 0.003,
    "v_gain": 0.003,
    "amplifier_sense_gain": 0.003,
    "reference_gain": 0.001,
    "latch_gain": 0.02,
}
SPREAD_OFFSETS_LSB = {"a_zero_lsb": 1.0, "v_zero_lsb": 1.0, "b_zero_lsb": 2.0}

# Time that the chip's code takes, roughly: the firmware's own statements cost nothing here, calls into the parts do.
BOOT_US = 100000
MAIN_CALL_US = 20
TICK_PIN_US = 1
TICK_SPI_US = 12
TICK_ADC_US = 4
TICK_CLOCK_US = 1
COLLECT_US = 5000  # gc.collect()

# Buses.
OLED_ADDRESS = 0x3C
I2C_OVERHEAD_US = 30
UART_BITS = 10
UART_FIFO_BYTES = 32

# Flags in a truth sample.
FLAG_K1 = 1
FLAG_K2 = 2
FLAG_HEARTBEAT = 4
FLAG_LATCH_OK = 8
FLAG_K1_REQUEST = 16
FLAG_STOP_PRESSED = 32
FLAG_POWERED = 64
FLAG_IN_CONTACT = 128
SAMPLE_WORDS = 6
