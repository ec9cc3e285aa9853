"""The FAULT screen: which fault, on which channel, what value against which limit, and what to do."""

from ionto import faults, font
from ionto.buttons import DOWN, MODE, START, START_HELD_MS, UP
from ionto.screens_parts import WIDTH, calibration_mark, ma_text, mode_name, title

_BUTTONS = ((UP, "UP"), (DOWN, "DOWN"), (MODE, "MODE"), (START, "START"))

UNKNOWN = faults.Fault(0, "UNKNOWN FAULT", "Switch off. Have the device checked.", "", "", False)


def row_of(number):
    """The Fault with this number; one that says so if the table lacks it or cannot be read: a fault is always shown."""
    try:
        return faults.fault(number)
    except Exception:
        return UNKNOWN


def value_text(value, unit):
    """A fault's value as a person reads it: current in mA, voltage in V, anything else as it is."""
    sign = "-" if value < 0 else ""
    if unit == "uA":
        return sign + ma_text(abs(value)) + " mA"
    if unit == "mV":
        return "%s%d.%02d V" % (sign, abs(value) // 1000, abs(value) % 1000 // 10)
    return "%d" % value


def value_lines(row, value, limit):
    """The fault's channel, and its value against its limit, as two lines."""
    if row.number == faults.STUCK_BUTTON:
        return row.channel, " ".join([name for bit, name in _BUTTONS if value & bit])
    if row.unit == "state":
        return row.channel, "%d, should be %d" % (value, limit)
    if not row.unit:
        return row.channel, "value %d" % value if value else ""
    figures = "%s, limit %s" % (value_text(value, row.unit), value_text(limit, row.unit))
    return row.channel, figures if row.unit in ("uA", "mV") else figures + " " + row.unit


def draw_fault(fb, view):
    """FAULT: it stays until START is held for 3 s with the cause gone."""
    row = row_of(view.fault)
    title(fb, "FAULT %d" % view.fault, mode_name(view))
    fb.fill_rect(0, 9, WIDTH, 10, 1)
    font.centred(fb, row.name, 10, 0, True)
    channel, figures = value_lines(row, view.fault_value, view.fault_limit)
    font.text(fb, channel, 0, 21)
    font.text(fb, figures, 0, 29)
    if row.unit == "uA":
        calibration_mark(fb, view, WIDTH, 20)
    for index, line in enumerate(font.wrap(row.advice, WIDTH)):
        font.text(fb, line, 0, 38 + 8 * index)
    _hold_bar(fb, view.hold_ms)


def _hold_bar(fb, hold_ms):
    x = font.text(fb, "hold START 3 s", 0, 56) + 3
    fb.rect(x, 55, WIDTH - x, 9, 1)
    room_px = WIDTH - x - 4
    fb.fill_rect(x + 2, 57, room_px * min(hold_ms, START_HELD_MS) // START_HELD_MS, 5, 1)
