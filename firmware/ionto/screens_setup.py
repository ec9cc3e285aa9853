"""The screens before current flows: power-on, IDLE, CONFIRM, ARMING, ARMED."""

from ionto import font, limits
from ionto.screens_parts import (
    WIDTH,
    arrows,
    big_ma,
    calibration_mark,
    ma_text,
    medium_ma,
    medium_minutes,
    message,
    mode_name,
    ohm_text,
    title,
)
from ionto.version import VERSION
from ionto.view import CIRCUIT_BETWEEN, CIRCUIT_CLOSED, CIRCUIT_OPEN, CIRCUIT_SHORT, CIRCUIT_UNKNOWN

ARMING_MESSAGES = {
    CIRCUIT_UNKNOWN: "looking at the circuit",
    CIRCUIT_OPEN: "circuit open: wait",
    CIRCUIT_BETWEEN: "open the circuit fully",
    CIRCUIT_CLOSED: "open the circuit",
    CIRCUIT_SHORT: "electrodes touch",
}

ARMED_MESSAGES = {
    CIRCUIT_UNKNOWN: "touch water to start",
    CIRCUIT_OPEN: "touch water to start",
    CIRCUIT_BETWEEN: "poor contact",
    CIRCUIT_CLOSED: "contact: keep still",
    CIRCUIT_SHORT: "electrodes touch",
}

FACE_CHECKS = ("one-pole mask", "eyes, nose, lips free")


def draw_power_on(fb, view):
    """BOOT and SELF_TEST: who this is and that it is looking at itself."""
    title(fb, "IONTO", "%d.%d.%d" % VERSION)
    font.centred(fb, "self-test", 20, 1, True)
    font.centred(fb, "output off", 32)
    font.centred(fb, "not a medical device;", 46)
    font.centred(fb, "for dummy loads", 55)


def _settings(fb, view):
    """Level and minutes, with arrows beside the one that UP and DOWN change."""
    big_ma(fb, view.level_ua, "set")
    x = medium_minutes(fb, view.minutes)
    arrows(fb, x - 8 if view.editing_minutes else 75, 12)
    calibration_mark(fb, view)


def draw_idle(fb, view):
    """IDLE: what is set, and what the mode allows."""
    number: int = view.mode
    mode = limits.MODES[number]
    title(fb, mode.name, "IDLE")
    _settings(fb, view)
    font.text(fb, "at most %s mA, %d min" % (ma_text(mode.max_ua), mode.max_min), 0, 37)
    if mode.can_reverse and not view.reverse_enabled:
        font.text(fb, "hold MODE: reversal", 0, 46)
    _reversal(fb, view, 46)
    font.text(fb, "START: go on", 0, 56)
    font.right_aligned(fb, "MODE: next", WIDTH, 56)


def _reversal(fb, view, y):
    if view.reverse_enabled:
        font.text(fb, "polarity reverses at half time", 0, y)


def draw_confirm(fb, view):
    """CONFIRM: the settings once more and, for FACE, what to look at before going on."""
    title(fb, mode_name(view), "CONFIRM")
    x = medium_ma(fb, view.level_ua, 0, 12)
    left = medium_minutes(fb, view.minutes)
    arrows(fb, left - 8 if view.editing_minutes else x + 3, 12)
    calibration_mark(fb, view)
    if view.mode == limits.FACE:
        for index, check in enumerate(FACE_CHECKS):
            font.text(fb, "□ " + check, 0, 30 + 10 * index)
    _reversal(fb, view, 40)
    message(fb, "right? START goes on")


def draw_arming(fb, view):
    """ARMING: the circuit has to be seen open before anything else."""
    title(fb, mode_name(view), "ARMING")
    _settings(fb, view)
    _circuit(fb, view)
    message(fb, ARMING_MESSAGES[view.circuit])


def draw_armed(fb, view):
    """ARMED: the probe looks for contact; level and minutes can still be changed."""
    title(fb, mode_name(view), "ARMED")
    _settings(fb, view)
    _circuit(fb, view)
    message(fb, ARMED_MESSAGES[view.circuit])


def _circuit(fb, view):
    font.text(fb, "now %s mA" % ma_text(view.current_ua), 0, 40)
    font.right_aligned(fb, ohm_text(view.resistance_ohm), WIDTH, 40)
