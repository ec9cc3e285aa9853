"""Helpers of the screens' tests: Views to draw, drawing them, and what was written where."""

from ionto import faults, font, limits, messages, screens, states, view
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


def draw(shown):
    """Draws a View; raises AssertionError for a pixel outside. Returns the display's bytes."""
    buffer = bytearray(1024)
    screens.draw(fake_framebuf.FrameBuffer(buffer, 128, 64, 0), shown)
    return bytes(buffer)


class Texts:
    """What was written and where, as (string, left, top, right, bottom, dark)."""

    def __init__(self, monkeypatch):
        self.boxes = []
        strips, blits = font._strip, font._blit
        latest = []

        def strip(string, dark, bold):
            latest[:] = [string]
            return strips(string, dark, bold)

        def blit(fb, drawn, x, y, dark):
            if drawn[1]:
                self.boxes.append((latest[0], x, y, x + drawn[1], y + font.HEIGHT - 1, dark))
            return blits(fb, drawn, x, y, dark)

        monkeypatch.setattr(font, "_strip", strip)
        monkeypatch.setattr(font, "_blit", blit)

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
