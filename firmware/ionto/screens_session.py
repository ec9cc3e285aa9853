"""The screens of a session: RAMP_UP, HOLD, RAMP_DOWN, REVERSING, PAUSED, DONE."""

from ionto import faults, font, messages, states
from ionto.screens_parts import (
    WIDTH,
    big_ma,
    calibration_mark,
    charge_text,
    clock_text,
    ma_text,
    medium_clock,
    medium_ma,
    message,
    mode_name,
    title,
    volt_text,
)
from ionto.view import CIRCUIT_BETWEEN, CIRCUIT_CLOSED, CIRCUIT_SHORT

# When the names of all reasons do not fit side by side.
SHORT_REASONS = (
    (faults.RAMPING, "RAMP"),
    (faults.V_LIMIT, "V-LIM"),
    (faults.PARTIAL_CONTACT, "PARTIAL"),
    (faults.CHARGE_CAP, "CAP"),
)

# What to do in PAUSED; what is not here is to touch the water.
PAUSED_FOR_CONTACT = {
    CIRCUIT_BETWEEN: "poor contact",
    CIRCUIT_CLOSED: "contact: keep still",
    CIRCUIT_SHORT: "electrodes touch",
}
PAUSED_FOR_START = {
    CIRCUIT_BETWEEN: "poor contact",
    CIRCUIT_CLOSED: "START goes on",
    CIRCUIT_SHORT: "electrodes touch",
}


def state_name(view):
    """The state's name as the panel writes it."""
    return states.STATES[view.state].replace("_", " ")


def draw_running(fb, view):
    """RAMP_UP, HOLD and RAMP_DOWN: what is delivered, what was set, and why they differ."""
    title(fb, mode_name(view), state_name(view))
    big_ma(fb, view.current_ua)
    medium_clock(fb, view.remaining_s)
    calibration_mark(fb, view)
    font.text(fb, "set %s mA" % ma_text(view.level_ua), 0, 37)
    font.right_aligned(fb, volt_text(view.voltage_mv), WIDTH, 37)
    _reasons(fb, view.reasons, 46)
    ending = end_text(view.end) if view.state == states.RAMP_DOWN else ""
    font.text(fb, ending or charge_text(view.charge_ua_s), 0, 56)
    if view.polarity_reversed:
        font.right_aligned(fb, "rev." if ending else "reversed", WIDTH, 56)


def _reasons(fb, reasons, y):
    """The limiting reasons, each in a frame of its own; short names when there are many."""
    names = faults.reason_names(reasons)
    if sum([font.text_width(name) + 5 for name in names]) > WIDTH + 1:
        names = [name for bit, name in SHORT_REASONS if reasons & bit]
    x = 0
    for name in names:
        width_px = font.text_width(name) + 4
        fb.rect(x, y - 1, width_px, 10, 1)
        font.text(fb, name, x + 2, y)
        x += width_px + 1


def draw_reversing(fb, view):
    """REVERSING: the current is off while the polarity changes."""
    title(fb, mode_name(view), "REVERSING")
    _pause_figures(fb, view)
    font.text(fb, "polarity changes", 0, 40)
    message(fb, "stay in the water")


def _pause_figures(fb, view):
    medium_ma(fb, view.current_ua, 0, 12)
    medium_clock(fb, view.remaining_s)
    font.text(fb, "set %s mA" % ma_text(view.level_ua), 0, 28)
    calibration_mark(fb, view)


def draw_paused(fb, view):
    """PAUSED: contact was lost; whether it resumes by itself or waits for START."""
    title(fb, mode_name(view), "PAUSED")
    _pause_figures(fb, view)
    font.text(fb, "contact lost", 0, 40)
    if view.needs_start:
        message(fb, PAUSED_FOR_START.get(view.circuit, "water, then START"))
        return
    font.right_aligned(fb, "restarts left: %d" % view.reconnects_left, WIDTH, 40)
    message(fb, PAUSED_FOR_CONTACT.get(view.circuit, "touch water to go on"))


def end_text(end):
    """Why a session ended, in words; "" when it is not known."""
    for number, text in messages.ENDS:
        if number == end:
            return text
    return ""


def draw_done(fb, view):
    """DONE: why it ended, and what was given."""
    title(fb, mode_name(view), "DONE")
    font.centred(fb, end_text(view.end), 14, 1, True)
    calibration_mark(fb, view)
    font.text(fb, "charge " + charge_text(view.charge_ua_s), 0, 37)
    given_s = max(0, view.minutes * 60 - view.remaining_s)
    font.text(fb, "time %s of %d min" % (clock_text(given_s), view.minutes), 0, 46)
    font.text(fb, "START: new session", 0, 56)
