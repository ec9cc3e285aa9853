"""The session's one table: what each event does in each state. A pair that is not in it is refused. [REQ-SES-1]

An event (session_events.py) has its guard decided already, so the table has no conditions and no order.
"""

from ionto import session_events as ev
from ionto import states

PRESS_UP = 1
PRESS_DOWN = 2
PRESS_MODE = 3
PRESS_START = 4
PRESS_START_HELD = 5  # 3 s; gives no short press
PRESS_MODE_HELD = 6  # 1 s; gives no short press

DRIVE_OFF = 0  # K1 open
DRIVE_PROBE = 1
DRIVE_CURRENT = 2

# Of two sounds in one round, the higher number is heard.
SOUND_KEY = 1
SOUND_LIMIT = 2
SOUND_REFUSED = 3
SOUND_START = 4
SOUND_CONTACT = 5
SOUND_PARTIAL = 6
SOUND_DONE = 7
SOUND_LOST = 8
SOUND_FAULT = 9
SOUNDS = ("", "KEY", "LIMIT", "REFUSED", "START", "CONTACT", "PARTIAL", "DONE", "LOST", "FAULT")

NOTHING = ""

_TABLE = {
    states.BOOT: {
        ev.POWERED: (states.SELF_TEST, NOTHING),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.CUT: (states.BOOT, NOTHING),
        ev.STOP: (states.BOOT, NOTHING),
        ev.VBUS: (states.BOOT, NOTHING),
        ev.BATTERY: (states.BOOT, NOTHING),
    },
    # The self-test drives the output and clears what it provokes.
    states.SELF_TEST: {
        ev.TEST_PASSED: (states.IDLE, "pass_test"),
        ev.SERVICE: (states.SERVICE, "enter_service"),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.CUT: (states.SELF_TEST, NOTHING),
        ev.STOP: (states.SELF_TEST, NOTHING),
        ev.VBUS: (states.SELF_TEST, NOTHING),
        ev.BATTERY: (states.SELF_TEST, NOTHING),
    },
    states.IDLE: {
        ev.UP: (states.IDLE, "adjust_up"),
        ev.DOWN: (states.IDLE, "adjust_down"),
        ev.AT_MAXIMUM: (states.IDLE, "refuse"),
        ev.AT_MINIMUM: (states.IDLE, "refuse"),
        ev.MODE: (states.IDLE, "next_mode"),
        ev.MODE_HELD: (states.IDLE, "toggle_reversal"),
        ev.NO_REVERSAL: (states.IDLE, "refuse"),
        ev.START: (states.CONFIRM, NOTHING),
        ev.START_BLOCKED: (states.IDLE, "refuse"),
        ev.HOST_LOWER: (states.IDLE, "lower_for_host"),
        ev.HOST_REFUSED: (states.IDLE, "refuse_host"),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.CUT: (states.IDLE, "clear_cut"),
        ev.STOP: (states.IDLE, NOTHING),
        ev.VBUS: (states.IDLE, NOTHING),
        ev.BATTERY: (states.IDLE, NOTHING),
    },
    states.CONFIRM: {
        ev.UP: (states.CONFIRM, "adjust_up"),
        ev.DOWN: (states.CONFIRM, "adjust_down"),
        ev.AT_MAXIMUM: (states.CONFIRM, "refuse"),
        ev.AT_MINIMUM: (states.CONFIRM, "refuse"),
        ev.MODE: (states.CONFIRM, "toggle_editing"),
        ev.START: (states.ARMING, "arm"),
        ev.START_BLOCKED: (states.CONFIRM, "refuse"),
        ev.START_HELD: (states.IDLE, "go_idle"),
        ev.HOST_LOWER: (states.CONFIRM, "lower_for_host"),
        ev.HOST_REFUSED: (states.CONFIRM, "refuse_host"),
        ev.HOST_STOP: (states.IDLE, "go_idle"),
        ev.TIMEOUT: (states.IDLE, "go_idle"),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.CUT: (states.CONFIRM, "clear_cut"),
        ev.STOP: (states.IDLE, "go_idle"),
        ev.VBUS: (states.IDLE, "refuse_for_usb"),
        ev.BATTERY: (states.IDLE, "refuse_for_battery"),
    },
    states.ARMING: {
        ev.UP: (states.ARMING, "adjust_up"),
        ev.DOWN: (states.ARMING, "adjust_down"),
        ev.AT_MAXIMUM: (states.ARMING, "refuse"),
        ev.AT_MINIMUM: (states.ARMING, "refuse"),
        ev.MODE: (states.ARMING, "toggle_editing"),
        ev.PROBE_DUE: (states.ARMING, "probe"),
        ev.OPEN: (states.ARMED, NOTHING),
        ev.START: (states.ARMING, "refuse_closed"),
        ev.START_NO_CONTACT: (states.ARMING, "refuse_closed"),
        ev.START_BLOCKED: (states.ARMING, "refuse"),
        ev.HOST_LOWER: (states.ARMING, "lower_for_host"),
        ev.HOST_REFUSED: (states.ARMING, "refuse_host"),
        ev.HOST_STOP: (states.IDLE, "go_idle"),
        ev.TIMEOUT: (states.IDLE, "go_idle"),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.CUT: (states.ARMING, "probe_again"),
        ev.STOP: (states.IDLE, "go_idle"),
        ev.VBUS: (states.FAULT, "latch_usb"),
        ev.BATTERY: (states.IDLE, "refuse_for_battery"),
    },
    states.ARMED: {
        ev.UP: (states.ARMED, "adjust_up"),
        ev.DOWN: (states.ARMED, "adjust_down"),
        ev.AT_MAXIMUM: (states.ARMED, "refuse"),
        ev.AT_MINIMUM: (states.ARMED, "refuse"),
        ev.MODE: (states.ARMED, "toggle_editing"),
        ev.PROBE_DUE: (states.ARMED, "probe"),
        ev.CONTACT: (states.RAMP_UP, "begin"),
        ev.SHORT: (states.ARMED, "refuse_short"),
        ev.START_NO_CONTACT: (states.ARMED, "refuse"),
        ev.START_BLOCKED: (states.ARMED, "refuse"),
        ev.HOST_LOWER: (states.ARMED, "lower_for_host"),
        ev.HOST_REFUSED: (states.ARMED, "refuse_host"),
        ev.HOST_STOP: (states.IDLE, "go_idle"),
        ev.TIMEOUT: (states.IDLE, "go_idle"),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.CUT: (states.ARMED, "probe_again"),
        ev.STOP: (states.IDLE, "go_idle"),
        ev.VBUS: (states.FAULT, "latch_usb"),
        ev.BATTERY: (states.IDLE, "refuse_for_battery"),
    },
    states.RAMP_UP: {
        ev.UP: (states.RAMP_UP, "adjust_up"),
        ev.DOWN: (states.RAMP_UP, "adjust_down"),
        ev.AT_MAXIMUM: (states.RAMP_UP, "refuse"),
        ev.AT_MINIMUM: (states.RAMP_UP, "refuse"),
        ev.ACCEPT_LIFT: (states.RAMP_UP, "restore"),
        ev.PARTIAL: (states.RAMP_UP, "halve"),
        ev.PARTIAL_AGAIN: (states.RAMP_UP, "announce_lift"),
        ev.PARTIAL_OVER: (states.RAMP_UP, "restore"),
        ev.LIFTED: (states.PAUSED, "lose_lifted"),
        ev.CUT: (states.PAUSED, "lose_cut"),
        ev.AT_TARGET: (states.HOLD, NOTHING),
        ev.HALF_TIME: (states.REVERSING, "reverse"),
        ev.TIME_OVER: (states.RAMP_DOWN, "end_time"),
        ev.CHARGE_CAP: (states.RAMP_DOWN, "end_charge"),
        ev.START: (states.RAMP_DOWN, "end_start"),
        ev.START_BLOCKED: (states.RAMP_DOWN, "end_start"),
        ev.START_HELD: (states.RAMP_DOWN, "end_start"),
        ev.STOP: (states.RAMP_DOWN, "end_stop"),
        ev.HOST_STOP: (states.RAMP_DOWN, "end_host"),
        ev.HOST_LOWER: (states.RAMP_UP, "lower_for_host"),
        ev.HOST_REFUSED: (states.RAMP_UP, "refuse_host"),
        ev.VBUS: (states.RAMP_DOWN, "end_usb"),
        ev.BATTERY: (states.RAMP_DOWN, "end_battery"),
        ev.FAULT: (states.FAULT, "latch_fault"),
    },
    states.HOLD: {
        ev.UP: (states.RAMP_UP, "adjust_up"),
        ev.DOWN: (states.RAMP_UP, "adjust_down"),
        ev.AT_MAXIMUM: (states.HOLD, "refuse"),
        ev.AT_MINIMUM: (states.HOLD, "refuse"),
        ev.ACCEPT_LIFT: (states.RAMP_UP, "restore"),
        ev.PARTIAL: (states.RAMP_UP, "halve"),
        ev.PARTIAL_AGAIN: (states.HOLD, "announce_lift"),
        ev.PARTIAL_OVER: (states.RAMP_UP, "restore"),
        ev.LIFTED: (states.PAUSED, "lose_lifted"),
        ev.CUT: (states.PAUSED, "lose_cut"),
        ev.HALF_TIME: (states.REVERSING, "reverse"),
        ev.TIME_OVER: (states.RAMP_DOWN, "end_time"),
        ev.CHARGE_CAP: (states.RAMP_DOWN, "end_charge"),
        ev.START: (states.RAMP_DOWN, "end_start"),
        ev.START_BLOCKED: (states.RAMP_DOWN, "end_start"),
        ev.START_HELD: (states.RAMP_DOWN, "end_start"),
        ev.STOP: (states.RAMP_DOWN, "end_stop"),
        ev.HOST_STOP: (states.RAMP_DOWN, "end_host"),
        ev.HOST_LOWER: (states.RAMP_UP, "lower_for_host"),
        ev.HOST_REFUSED: (states.HOLD, "refuse_host"),
        ev.VBUS: (states.RAMP_DOWN, "end_usb"),
        ev.BATTERY: (states.RAMP_DOWN, "end_battery"),
        ev.FAULT: (states.FAULT, "latch_fault"),
    },
    states.RAMP_DOWN: {
        ev.AT_ZERO: (states.DONE, "finish"),
        ev.RAMP_OVERDUE: (states.DONE, "finish"),
        ev.CUT: (states.DONE, "finish_cut"),
        ev.STOP: (states.RAMP_DOWN, "hurry"),
        ev.HOST_STOP: (states.RAMP_DOWN, "hurry"),
        ev.VBUS: (states.RAMP_DOWN, "end_usb"),
        ev.BATTERY: (states.RAMP_DOWN, NOTHING),
        ev.FAULT: (states.FAULT, "latch_fault"),
    },
    states.DONE: {
        ev.START: (states.IDLE, "go_idle"),
        ev.START_BLOCKED: (states.IDLE, "go_idle"),
        ev.TIMEOUT: (states.IDLE, "go_idle"),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.CUT: (states.DONE, "clear_cut"),
        ev.STOP: (states.DONE, NOTHING),
        ev.VBUS: (states.DONE, NOTHING),
        ev.BATTERY: (states.DONE, NOTHING),
    },
    states.PAUSED: {
        ev.DOWN: (states.PAUSED, "adjust_down"),
        ev.AT_MINIMUM: (states.PAUSED, "refuse"),
        ev.PROBE_DUE: (states.PAUSED, "probe"),
        ev.CONTACT: (states.RAMP_UP, "reconnect"),
        ev.SHORT: (states.PAUSED, "refuse_short"),
        ev.START: (states.RAMP_UP, "resume"),
        ev.START_NO_CONTACT: (states.PAUSED, "refuse"),
        ev.START_BLOCKED: (states.PAUSED, "refuse"),
        ev.WAIT_OVER: (states.PAUSED, "need_start"),
        ev.TIMEOUT: (states.DONE, "finish_contact"),
        ev.STOP: (states.DONE, "finish_stop"),
        ev.HOST_STOP: (states.DONE, "finish_host"),
        ev.HOST_LOWER: (states.PAUSED, "lower_for_host"),
        ev.HOST_REFUSED: (states.PAUSED, "refuse_host"),
        ev.CUT: (states.PAUSED, "probe_again"),
        ev.VBUS: (states.FAULT, "latch_usb"),
        ev.BATTERY: (states.DONE, "finish_battery"),
        ev.FAULT: (states.FAULT, "latch_fault"),
    },
    states.REVERSING: {
        ev.DOWN: (states.REVERSING, "adjust_down"),
        ev.AT_MINIMUM: (states.REVERSING, "refuse"),
        ev.AT_ZERO: (states.REVERSING, "rest"),
        ev.RAMP_OVERDUE: (states.REVERSING, "rest"),
        ev.PROBE_DUE: (states.REVERSING, "probe"),
        ev.CONTACT: (states.RAMP_UP, "resume"),
        ev.SHORT: (states.REVERSING, "refuse_short"),
        ev.TIMEOUT: (states.PAUSED, "lose"),
        ev.CUT: (states.PAUSED, "lose_cut"),
        ev.CHARGE_CAP: (states.RAMP_DOWN, "end_charge"),
        ev.START: (states.RAMP_DOWN, "end_start"),
        ev.START_BLOCKED: (states.RAMP_DOWN, "end_start"),
        ev.START_HELD: (states.RAMP_DOWN, "end_start"),
        ev.STOP: (states.RAMP_DOWN, "end_stop"),
        ev.HOST_STOP: (states.RAMP_DOWN, "end_host"),
        ev.HOST_LOWER: (states.REVERSING, "lower_for_host"),
        ev.HOST_REFUSED: (states.REVERSING, "refuse_host"),
        ev.VBUS: (states.RAMP_DOWN, "end_usb"),
        ev.BATTERY: (states.RAMP_DOWN, "end_battery"),
        ev.FAULT: (states.FAULT, "latch_fault"),
    },
    # A technician's host drives a dummy load. No way from here to a treatment but through a restart. [REQ-SRV-2]
    states.SERVICE: {
        ev.HOST_DRIVE: (states.SERVICE, "serve"),
        ev.PROBE_DUE: (states.SERVICE, "probe"),
        ev.CONTACT: (states.SERVICE, "serve_current"),
        ev.SHORT: (states.SERVICE, "refuse_short"),
        ev.AT_ZERO: (states.SERVICE, "rest"),
        ev.RAMP_OVERDUE: (states.SERVICE, "rest"),
        ev.HOST_SILENT: (states.SERVICE, "end_service"),
        ev.HOST_STOP: (states.SERVICE, "end_service"),
        ev.STOP: (states.SERVICE, "end_service"),
        ev.VBUS: (states.SERVICE, "end_service"),
        ev.CUT: (states.SERVICE, "cut_service"),
        ev.FAULT: (states.FAULT, "latch_fault"),
        ev.BATTERY: (states.SERVICE, "end_service"),
    },
    states.FAULT: {
        ev.CLEAR: (states.IDLE, "clear_fault"),
        ev.CLEAR_SERVICE: (states.SERVICE, "clear_fault"),
        ev.RETEST: (states.SELF_TEST, "retest"),
        ev.CLEAR_BLOCKED: (states.FAULT, "refuse"),
        ev.FAULT: (states.FAULT, NOTHING),
        # Not acknowledged: that would clear the fault in the tick as well.
        ev.CUT: (states.FAULT, NOTHING),
        ev.STOP: (states.FAULT, NOTHING),
        ev.VBUS: (states.FAULT, NOTHING),
        ev.BATTERY: (states.FAULT, NOTHING),
    },
}


def _packed(table):
    """The rows that differ, and for each state and event the number of its row from 1 on, 0 if there is none.

    A dict for every state and a tuple for every pair would take the chip 7 kB.
    """
    rows = []
    numbers = {}
    index = bytearray(len(states.STATES) * ev.COUNT)
    for state, row_of in table.items():
        for event, row in row_of.items():
            if row not in numbers:
                rows.append(row)
                numbers[row] = len(rows)
            index[state * ev.COUNT + event] = numbers[row]
    return tuple(rows), bytes(index)


ROWS, _index = _packed(_TABLE)
del _TABLE, _packed


def find(state, event):
    """(next state, name of the action) for an event in a state; None if it is refused."""
    number = _index[state * ev.COUNT + event]
    return ROWS[number - 1] if number else None
