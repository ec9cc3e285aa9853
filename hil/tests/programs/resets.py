# type: ignore  (MicroPython)
"""Restarts itself, then lets the watchdog bite: what the firmware makes of it shows on LED and buzzer."""

import time

import machine
from machine import PWM, WDT, Pin

from board.outside import RESTART, reset_cause

cause = reset_cause()
if cause == 1:
    machine.reset()
if cause == RESTART:
    Pin(5, Pin.OUT, value=1)
    WDT(timeout=50)
elif cause == machine.WDT_RESET:
    buzzer = PWM(Pin(4))
    buzzer.freq(440)
    buzzer.duty_u16(16384)
while True:
    time.sleep_ms(1)
