"""Runs before anything else: every output at its safe level, whatever happens next. [REQ-BRD-1]

After a reset by software or watchdog, with the service USB plugged in, it then waits: Ctrl-C in that time leaves the
board at MicroPython's prompt, with no watchdog running that would end what `ionto flash` does there.
"""

import gc
import time

import machine
from machine import Pin

from board import pins

COLLECT_AFTER_BYTES = 24_000
SERVICE_WINDOW_MS = 2000  # a computer needs up to a second to find the port again

for _number, _level in pins.SAFE_OUTPUTS:
    Pin(_number, Pin.OUT, value=_level)

# Modules stay where they were loaded: collecting often while they are keeps what is free in one piece.
gc.threshold(COLLECT_AFTER_BYTES)

if machine.reset_cause() == machine.WDT_RESET and Pin(pins.VBUS, Pin.IN)():
    print("Ionto: Ctrl-C in the next %d ms gives MicroPython's prompt" % SERVICE_WINDOW_MS)
    time.sleep_ms(SERVICE_WINDOW_MS)
