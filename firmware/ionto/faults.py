"""Faults, cuts, limiting reasons and refusals: the one table of each.

The panel, the link, the log, the host tools and the documents read these; nobody writes a number of their own.
Importable by MicroPython and by CPython.

A *fault* ends the output at once and stays until START is held for 3 s with its cause gone. A *cut* ends the output
at once too, but is an ordinary event of a session (contact lost). A *reason* says why less is delivered than was set.
A *refusal* answers a press or a request that cannot be granted.
"""

from collections import namedtuple

Fault = namedtuple("Fault", ("number", "name", "advice", "channel", "unit", "latches"))
"""number; name (panel, log); advice: what a person should do; channel and unit of the value that is reported with it;
latches: whether it stays set across power-off."""

OVERCURRENT_A = 1
OVERCURRENT_B = 2
EXCESS_CURRENT = 3
OVERVOLTAGE = 4
SENSE_MISMATCH = 5
AMPLIFIER = 6
REFERENCE = 7
GROUND = 8
STUCK_SENSE = 9
LATCH = 10
LIMITS_CORRUPT = 11
TICK_LATE = 12
TICKS_STOPPED = 13
INTERNAL = 14
NO_CALIBRATION = 15
STUCK_BUTTON = 16
SERVICE_USB = 17
K1_LEAK = 18
STOP_LOOP = 19
ZERO_OFFSET = 20
MEMORY_ABSENT = 21
MEMORY_DAMAGED = 22
MEMORY_FOREIGN = 23
MEMORY_BOARD = 24
MEMORY_OLDER = 25
MEMORY_NEWER = 26
MEMORY_RANGE = 27
MEMORY_WRITE = 28
K1_WELDED = 29
K1_OPEN = 30
HEARTBEAT = 31
LATCH_TEST = 32
BATTERY = 33
STATE_CORRUPT = 34
TICK_RATE = 35
MAIN_LATE = 36
SERVICE_CIRCUIT = 37
FIRMWARE = 38

# Cuts: the output ends at once, the session goes on. Numbers never collide with a fault's.
CUT_OPEN = 64  # the circuit opened
CUT_CONTACT_CHANGE = 65  # over the limit because the resistance fell by more than 20 % in 10 ms (a hand sinking in)
CUT_LIFTED = 66  # the resistance doubled within 1 s: an electrode is coming off; the session's own cut

CUTS = ((CUT_OPEN, "CIRCUIT OPEN"), (CUT_CONTACT_CHANGE, "CONTACT CHANGED"), (CUT_LIFTED, "ELECTRODE LIFTED"))

# Limiting reasons: a bit each, so that several can hold at once.
RAMPING = 1
V_LIMIT = 2
PARTIAL_CONTACT = 4
CHARGE_CAP = 8

REASONS = (
    (RAMPING, "RAMPING"),
    (V_LIMIT, "V-LIMIT"),
    (PARTIAL_CONTACT, "PARTIAL CONTACT"),
    (CHARGE_CAP, "CHARGE CAP"),
)

# Refusals: why a press or a request was not granted.
NOT_IN_STATE = 100  # value: the state
BELOW_MINIMUM = 101
ABOVE_MAXIMUM = 102
WOULD_RAISE = 103  # the host may stop or lower, never raise
UNKNOWN_TYPE = 104
BAD_LENGTH = 105
VERSION_MISMATCH = 106
CIRCUIT_CLOSED = 107
ELECTRODES_SHORT = 108
CAUSE_PRESENT = 109
MODE_HAS_NO_REVERSAL = 110
OUTPUT_ACTIVE = 111
STOP_PRESSED = 112
SERVICE_USB_PRESENT = 113
NOT_CALIBRATED = 114
NO_CONTACT = 115  # value: the circuit, as in view.py
MEMORY_REFUSED = 116  # value: the fault of the memory; limit: its region
BATTERY_LOW = 117  # value: mV
OTHER_BOARD = 118  # the board that was named is not this one
PROGRAM_DAMAGED = 119  # value: how many program files are wrong

REFUSALS = (
    (NOT_IN_STATE, "not possible in this state"),
    (BELOW_MINIMUM, "below the minimum"),
    (ABOVE_MAXIMUM, "above the maximum"),
    (WOULD_RAISE, "the host may only lower the level"),
    (UNKNOWN_TYPE, "unknown message type"),
    (BAD_LENGTH, "wrong body length"),
    (VERSION_MISMATCH, "message tables differ"),
    (CIRCUIT_CLOSED, "the circuit is closed; open it first"),
    (ELECTRODES_SHORT, "the electrodes touch"),
    (CAUSE_PRESENT, "the cause of the fault is still present"),
    (MODE_HAS_NO_REVERSAL, "this mode never reverses"),
    (OUTPUT_ACTIVE, "the output is active"),
    (STOP_PRESSED, "release the STOP button first"),
    (SERVICE_USB_PRESENT, "unplug the service USB first"),
    (NOT_CALIBRATED, "the device is not calibrated"),
    (NO_CONTACT, "no steady contact"),
    (MEMORY_REFUSED, "the memory cannot be used"),
    (BATTERY_LOW, "battery low: charge it"),
    (OTHER_BOARD, "this is another board"),
    (PROGRAM_DAMAGED, "program files are damaged: have them installed again"),
)

# Notices: what a person should know before a session; shown in IDLE until a button is pressed.
NOTICE_INTERRUPTED = 1
NOTICE_MEMORY = 2
NOTICE_CALIBRATION_DUE = 3

NOTICES = (
    (NOTICE_INTERRUPTED, "the last session was cut short"),
    (NOTICE_MEMORY, "memory: have the device checked"),
    (NOTICE_CALIBRATION_DUE, "calibration is due"),
)


def notice_text(number):
    """The words of a notice; one that is not in the table is named as such."""
    for row, text in NOTICES:
        if row == number:
            return text
    return "unknown notice %d" % number


def fault(number):
    """The Fault with this number. Raises ValueError for a number that is not in the table, fault_texts.py."""
    from ionto.fault_texts import ADVICE, FAULTS

    start = FAULTS.find("\n%s|" % number) + 1
    if not start:
        raise ValueError("no fault numbered %r; there are 1 to %d" % (number, FAULTS.count("\n") - 1))
    name, advice, channel, unit, latches = (FAULTS[start : FAULTS.find("\n", start)] + "|").split("|")[1:6]
    return Fault(number, name, ADVICE.get(advice, advice), channel, unit, latches == "latches")


def __getattr__(name):
    """`FAULTS`: every Fault, by number. Made when asked for: hosts and tests do, the chip does not."""
    if name != "FAULTS":
        raise AttributeError(name)
    from ionto.fault_texts import FAULTS

    return tuple([fault(number) for number in range(1, FAULTS.count("\n"))])


def refusal_text(code):
    """The words of a refusal code; a code that is not in the table is named as such."""
    for number, text in REFUSALS:
        if number == code:
            return text
    return "unknown refusal %d" % code


def reason_names(reasons):
    """The names of the bits set in `reasons`, as a list, in table order."""
    return [name for bit, name in REASONS if reasons & bit]
