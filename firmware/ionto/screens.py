"""Screens: draws a View into a 128x64 framebuf, one function a state. Pure: reads a View, writes pixels. [REQ-PAN-1]"""

from ionto import faults, states
from ionto.screens_fault import draw_fault
from ionto.screens_parts import bottom_bar, ma_key, ohm_key
from ionto.screens_session import draw_done, draw_paused, draw_reversing, draw_running
from ionto.screens_setup import draw_armed, draw_arming, draw_confirm, draw_idle, draw_power_on


def _draw_service(fb, view):
    from ionto.screens_service import draw_service

    draw_service(fb, view)


_DRAW = {
    states.BOOT: draw_power_on,
    states.SELF_TEST: draw_power_on,
    states.IDLE: draw_idle,
    states.CONFIRM: draw_confirm,
    states.ARMING: draw_arming,
    states.ARMED: draw_armed,
    states.RAMP_UP: draw_running,
    states.HOLD: draw_running,
    states.RAMP_DOWN: draw_running,
    states.DONE: draw_done,
    states.PAUSED: draw_paused,
    states.REVERSING: draw_reversing,
    states.SERVICE: _draw_service,
    states.FAULT: draw_fault,
}


def draw(fb, view):
    """Draws the whole screen for `view`. A refusal, or in IDLE a notice, covers the bottom."""
    fb.fill(0)
    _DRAW[view.state](fb, view)
    if view.refusal:
        bottom_bar(fb, faults.refusal_text(view.refusal))
    elif view.notice and view.state == states.IDLE:
        bottom_bar(fb, faults.notice_text(view.notice))


VISIBLE = 25


def look(view, seen):
    """Writes what a person could see change into the list `seen` of VISIBLE items.

    Two Views with the same items have the same screen.
    """
    seen[0] = view.state
    seen[1] = view.mode
    seen[2] = view.level_ua
    seen[3] = view.minutes
    seen[4] = view.editing_minutes
    seen[5] = view.reverse_enabled
    seen[6] = view.polarity_reversed
    seen[7] = view.service
    seen[8] = ma_key(view.current_ua)
    seen[9] = (view.voltage_mv + 50) // 100
    seen[10] = ohm_key(view.resistance_ohm)
    seen[11] = view.circuit
    seen[12] = view.remaining_s
    seen[13] = (view.charge_ua_s + 300) // 600
    seen[14] = view.reasons
    seen[15] = view.fault
    seen[16] = view.fault_value
    seen[17] = view.fault_limit
    seen[18] = view.needs_start
    seen[19] = view.reconnects_left
    seen[20] = view.end
    seen[21] = view.refusal
    seen[22] = view.notice
    seen[23] = view.hold_ms
    seen[24] = view.calibration
