"""Screens: draws a View into a 128x64 framebuf, one function a state. Pure: reads a View, writes pixels. [REQ-PAN-1]"""

from ionto import faults, states
from ionto.screens_fault import draw_fault
from ionto.screens_parts import bottom_bar, ma_key, ohm_key
from ionto.screens_session import draw_done, draw_paused, draw_reversing, draw_running, draw_service
from ionto.screens_setup import draw_armed, draw_arming, draw_confirm, draw_idle, draw_power_on

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
    states.SERVICE: draw_service,
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


def visible(view):
    """What a person could see change, as a tuple: two Views with the same one have the same screen."""
    return (
        view.state,
        view.mode,
        view.level_ua,
        view.minutes,
        view.editing_minutes,
        view.reverse_enabled,
        view.polarity_reversed,
        ma_key(view.setpoint_ua) if view.state == states.SERVICE else 0,
        ma_key(view.current_ua),
        (view.voltage_mv + 50) // 100,
        ohm_key(view.resistance_ohm),
        view.circuit,
        view.remaining_s,
        (view.charge_ua_s * 100 + 30000) // 60000,
        view.reasons,
        view.fault,
        view.fault_value,
        view.fault_limit,
        view.needs_start,
        view.reconnects_left,
        view.end,
        view.refusal,
        view.notice,
        view.hold_ms,
        view.calibration,
    )
