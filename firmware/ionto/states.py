"""Session states and events: their numbers and names. Importable by MicroPython and by CPython."""

BOOT = 0
SELF_TEST = 1
IDLE = 2
CONFIRM = 3
ARMING = 4
ARMED = 5
RAMP_UP = 6
HOLD = 7
RAMP_DOWN = 8
DONE = 9
PAUSED = 10
REVERSING = 11
SERVICE = 12
FAULT = 13

STATES = (
    "BOOT",
    "SELF_TEST",
    "IDLE",
    "CONFIRM",
    "ARMING",
    "ARMED",
    "RAMP_UP",
    "HOLD",
    "RAMP_DOWN",
    "DONE",
    "PAUSED",
    "REVERSING",
    "SERVICE",
    "FAULT",
)
