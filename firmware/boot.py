"""Runs before anything else: every output at its safe level, whatever happens next. [REQ-BRD-1]"""

from machine import Pin

from board import pins

for _number, _level in pins.SAFE_OUTPUTS:
    Pin(_number, Pin.OUT, value=_level)
