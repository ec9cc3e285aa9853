# type: ignore  (MicroPython)
"""A program that a test talks to: runs every line that arrives on the UART, beats and measures at 2 kHz meanwhile."""

import time
from array import array

import micropython
from machine import ADC, I2C, PWM, SPI, UART, WDT, Pin, Timer, reset_cause  # noqa: F401

spi = SPI(0, baudrate=1_000_000, polarity=0, phase=0, sck=Pin(18), mosi=Pin(19), miso=Pin(16))
cs_dac = Pin(17, Pin.OUT, value=1)
cs_adc = Pin(20, Pin.OUT, value=1)
k1 = Pin(15, Pin.OUT, value=0)
k2 = Pin(14, Pin.OUT, value=0)
heartbeat = Pin(13, Pin.OUT, value=0)
latch_reset = Pin(12, Pin.OUT, value=0)
latch_ok = Pin(11, Pin.IN)
stop_sense = Pin(10, Pin.IN, Pin.PULL_UP)
select_range = Pin(21, Pin.OUT, value=0)
select_trip = Pin(22, Pin.OUT, value=0)
led = Pin(5, Pin.OUT, value=0)
uart = UART(0, baudrate=921600, tx=Pin(0), rx=Pin(1), txbuf=512, rxbuf=512)
sensors_b = [ADC(26 + n) for n in range(4)]
requests = tuple([bytes([6, channel << 6, 0]) for channel in range(4)])
reply = bytearray(3)
frame = bytearray(2)
wanted = array("i", [0, 0, 1])  # DAC code, ticks, beat
seen = array("i", [0] * 8)


@micropython.viper
def tick(_t):
    w = ptr32(wanted)
    s = ptr32(seen)
    r = ptr8(reply)
    i = 0
    while i < 4:
        cs_adc(0)
        spi.write_readinto(requests[i], reply)
        cs_adc(1)
        s[i] = ((r[1] & 15) << 8) | r[2]
        s[4 + i] = int(sensors_b[i].read_u16()) >> 4
        i += 1
    f = ptr8(frame)
    f[0] = 0x10 | (w[0] >> 8)
    f[1] = w[0] & 255
    cs_dac(0)
    spi.write(frame)
    cs_dac(1)
    w[1] += 1
    if w[2]:
        heartbeat(w[1] & 1)


def dac_b(code):
    wanted[2], beating = 0, wanted[2]
    time.sleep_ms(1)
    timer.deinit()
    cs_dac(0)
    spi.write(bytes([0x90 | code >> 8, code & 255]))
    cs_dac(1)
    start()
    wanted[2] = beating


def start():
    timer.init(mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)


timer = Timer(-1)
start()
line = b""
while True:
    time.sleep_ms(1)
    data = uart.read()
    if not data:
        continue
    line += data
    while b"\n" in line:
        one, line = line.split(b"\n", 1)
        try:
            exec(one.decode(), globals())
        except Exception as error:
            uart.write(repr(error) + "\n")
