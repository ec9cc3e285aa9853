"""The pin map of Ionto-1 (GP numbers), and the levels that make every output safe."""

UART_TX = 0
UART_RX = 1
I2C_SDA = 2
I2C_SCL = 3
BUZZER = 4
LED = 5
BUTTON_UP = 6
BUTTON_DOWN = 7
BUTTON_MODE = 8
BUTTON_START = 9
STOP_SENSE = 10  # high: the loop is open, STOP is pressed
LATCH_OK = 11  # low: tripped
LATCH_RESET = 12  # a pulse; the hardware ignores it while current flows
HEARTBEAT = 13
K2 = 14
K1 = 15
SPI_MISO = 16
CS_DAC = 17
SPI_SCK = 18
SPI_MOSI = 19
CS_ADC = 20
RANGE = 21  # low: FACE range
TRIP = 22  # low: the lower latch threshold
VBUS = 24  # high: the service USB is plugged in
ADC_CURRENT = 26
ADC_AMPLIFIER = 27
ADC_RAIL = 28
ADC_BATTERY = 29

# Pin and level, in the order in which boot.py sets them: first what opens the output.
SAFE_OUTPUTS = (
    (K1, 0),
    (HEARTBEAT, 0),
    (K2, 0),
    (RANGE, 0),
    (TRIP, 0),
    (LATCH_RESET, 0),
    (CS_DAC, 1),
    (CS_ADC, 1),
    (BUZZER, 0),
    (LED, 0),
)
BUTTONS = (BUTTON_UP, BUTTON_DOWN, BUTTON_MODE, BUTTON_START)
