# type: ignore  (MicroPython)
"""A 2 kHz tick: reads sense A and B, writes the DAC, toggles the heartbeat."""

import time
from array import array

import micropython
from machine import ADC, SPI, Pin, Timer

spi = SPI(0, baudrate=1_000_000, polarity=0, phase=0, sck=Pin(18), mosi=Pin(19), miso=Pin(16))
cs_dac = Pin(17, Pin.OUT, value=1)
cs_adc = Pin(20, Pin.OUT, value=1)
k1 = Pin(15, Pin.OUT, value=0)
heartbeat = Pin(13, Pin.OUT, value=0)
b_current = ADC(Pin(26))
tx = (bytes([6, 0, 0]), bytes([6, 0x40, 0]))
rx = bytearray(3)
frame = bytearray([0x11, 0x77])
state = array("i", [0] * 8)


@micropython.viper
def tick(_t):
    s = ptr32(state)
    r = ptr8(rx)
    i = 0
    while i < 2:
        cs_adc(0)
        spi.write_readinto(tx[i], rx)
        cs_adc(1)
        s[i] = ((r[1] & 15) << 8) | r[2]
        i += 1
    s[2] = int(b_current.read_u16()) >> 4
    cs_dac(0)
    spi.write(frame)
    cs_dac(1)
    s[3] += 1
    heartbeat(s[3] & 1)


timer = Timer(-1, mode=Timer.PERIODIC, freq=2000, callback=tick, hard=True)
k1(1)
while True:
    time.sleep_ms(5)
