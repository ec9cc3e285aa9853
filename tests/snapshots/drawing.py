"""Helpers of the screens' tests: Views to draw, drawing them, and what was written where."""

from unittest import mock

from ionto import faults, font, font_digits, limits, messages, screens, states, view
from tests.snapshots import fake_framebuf
from tests.snapshots.scenes import view_of

STATES = range(len(states.STATES))
CIRCUITS = (
    view.CIRCUIT_UNKNOWN,
    view.CIRCUIT_OPEN,
    view.CIRCUIT_BETWEEN,
    view.CIRCUIT_CLOSED,
    view.CIRCUIT_SHORT,
)
CALIBRATIONS = (messages.CALIBRATION_NONE, messages.CALIBRATION_BUILTIN, messages.CALIBRATION_STORED)
ALL_REASONS = sum(bit for bit, _ in faults.REASONS)


def view_with(**fields):
    return view_of(("", fields))


_LINE = font._line.__wrapped__
_SIGN = font_digits._sign.__wrapped__


def _line(target, string, glyphs, how):
    """font._line as plain Python, and within the display."""
    y = how >> font._Y_SHIFT & 127
    behind = _LINE(target, string.encode(), glyphs, how)
    if not how & font._UNSEEN:
        assert (how >> font._X_SHIFT) - font._X_BASE >= 0, f"{string!r} begins left of the display"
        assert behind - font.GAP <= 128, f"{string!r} ends right of the display"
        assert y + font.HEIGHT <= 64, f"{string!r} is below the display"
    return behind


def _sign(target, pixels, at, how):
    """font_digits._sign as plain Python, and within the display."""
    assert (how >> font_digits._X_SHIFT) + (how & 63) <= 128, "a figure ends right of the display"
    _SIGN(target, pixels, at, how)


def draw(shown):
    """Draws a View; raises AssertionError for what is outside. Returns the display's bytes.

    Without the shim's checks of every number, which take ten times as long: the snapshots' tests have those.
    """
    buffer = bytearray(1024)
    with mock.patch.object(font, "_line", _line), mock.patch.object(font_digits, "_sign", _sign):
        screens.draw(fake_framebuf.FrameBuffer(buffer, 128, 64, 0), shown)
    return bytes(buffer)


def look_at(shown):
    """What a person could see change of a View."""
    seen = [None] * screens.VISIBLE
    screens.look(shown, seen)
    return seen


class Texts:
    """What was written and where, as (string, left, top, right, bottom, dark)."""

    def __init__(self, monkeypatch):
        self.boxes = []
        original = font.text

        def text(fb, string, x, y, color=1, bold=False):
            behind = original(fb, string, x, y, color, bold)
            if string:
                self.boxes.append((string, x, y, behind - font.GAP, y + font.HEIGHT - 1, not color))
            return behind

        monkeypatch.setattr(font, "text", text)

    def words(self):
        return " ".join(box[0] for box in self.boxes)


def most(state):
    """A View with the widest figures that the limits allow in each field."""
    return view_with(
        state=state,
        mode=limits.UNDERARMS,
        level_ua=20000,
        minutes=30,
        editing_minutes=True,
        reverse_enabled=True,
        polarity_reversed=True,
        setpoint_ua=20000,
        current_ua=22050,
        voltage_mv=37800,
        resistance_ohm=999999,
        remaining_s=1800,
        charge_ua_s=24000000,
        reconnects_left=3,
        end=messages.END_CONTACT,
        fault=faults.SENSE_MISMATCH,
        fault_value=-22050,
        fault_limit=22050,
        calibration=messages.CALIBRATION_BUILTIN,
    )
