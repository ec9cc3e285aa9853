"""The screen of SERVICE: what the host asks for, and what flows. Imported when SERVICE is first drawn."""

from ionto import font, limits
from ionto.screens_parts import WIDTH, big_ma, calibration_mark, ma_text, ohm_text, title, volt_text
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF

RANGE_NAMES = {limits.RANGE_FACE: "FACE range", limits.RANGE_BODY: "BODY range"}


def asked_text(service):
    """What the host asks for, from View.service."""
    if not service or service[1] == DRIVE_OFF:
        return "output off"
    return "asked %s" % (ma_text(service[2]) + " mA" if service[1] == DRIVE_CURRENT else volt_text(service[2]))


def draw_service(fb, view):
    """SERVICE: a technician's host drives a dummy load; treatment is impossible."""
    title(fb, "SERVICE", "no treatment")
    big_ma(fb, view.current_ua)
    calibration_mark(fb, view)
    font.text(fb, asked_text(view.service), 0, 37)
    font.right_aligned(fb, volt_text(view.voltage_mv), WIDTH, 37)
    font.text(fb, RANGE_NAMES[view.service[0]] if view.service else "", 0, 46)
    font.right_aligned(fb, ohm_text(view.resistance_ohm), WIDTH, 46)
    font.text(fb, "dummy load only, no person", 0, 56)
