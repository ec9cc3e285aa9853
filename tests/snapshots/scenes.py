"""The scenes that the snapshots show: a name and what differs from a fresh View. Runs on MicroPython and CPython."""

from ionto import faults, limits, messages, states
from ionto.view import CIRCUIT_BETWEEN, CIRCUIT_CLOSED, CIRCUIT_OPEN, CIRCUIT_SHORT, CIRCUIT_UNKNOWN, View

SIM = {"calibration": messages.CALIBRATION_BUILTIN}
FACE = {"mode": limits.FACE, "level_ua": 500, "minutes": 10, "calibration": messages.CALIBRATION_STORED}
UNDERARMS = {"mode": limits.UNDERARMS, "level_ua": 1500, "minutes": 15, "calibration": messages.CALIBRATION_STORED}
HANDS = {"mode": limits.HANDS, "level_ua": 5000, "minutes": 15, "calibration": messages.CALIBRATION_STORED}
FEET = {"mode": limits.FEET, "level_ua": 20000, "minutes": 30, "calibration": messages.CALIBRATION_STORED}


def _given(current_ua, voltage_mv, remaining_s, charge_ua_s, reasons=0):
    return {
        "current_ua": current_ua,
        "voltage_mv": voltage_mv,
        "resistance_ohm": voltage_mv * 1000 // current_ua if current_ua else None,
        "circuit": CIRCUIT_CLOSED,
        "remaining_s": remaining_s,
        "charge_ua_s": charge_ua_s,
        "reasons": reasons,
    }


def _fault(number, value=0, limit=0, hold_ms=0):
    return {
        "state": states.FAULT,
        "fault": number,
        "fault_value": value,
        "fault_limit": limit,
        "hold_ms": hold_ms,
    }


_ALL_REASONS = faults.RAMPING | faults.V_LIMIT | faults.PARTIAL_CONTACT | faults.CHARGE_CAP

SCENES = (
    ("boot", FACE, {"state": states.BOOT}),
    ("self_test", FACE, {"state": states.SELF_TEST}),
    ("idle_face", FACE, {"state": states.IDLE}),
    ("idle_face_sim", FACE, SIM, {"state": states.IDLE}),
    ("idle_underarms", UNDERARMS, SIM, {"state": states.IDLE}),
    ("idle_feet_reverses", FEET, {"state": states.IDLE, "reverse_enabled": True}),
    ("idle_hands", HANDS, {"state": states.IDLE}),
    ("idle_calibration_due", FACE, {"state": states.IDLE, "notice": faults.NOTICE_CALIBRATION_DUE}),
    ("idle_refused_maximum", FACE, SIM, {"state": states.IDLE, "refusal": faults.ABOVE_MAXIMUM}),
    ("confirm_face", FACE, SIM, {"state": states.CONFIRM}),
    ("confirm_hands_reverses", HANDS, {"state": states.CONFIRM, "reverse_enabled": True, "editing_minutes": True}),
    ("arming_unknown", FACE, {"state": states.ARMING, "circuit": CIRCUIT_UNKNOWN}),
    ("arming_open", FACE, SIM, {"state": states.ARMING, "circuit": CIRCUIT_OPEN}),
    ("arming_between", FACE, {"state": states.ARMING, "circuit": CIRCUIT_BETWEEN, "resistance_ohm": 72000}),
    (
        "arming_closed",
        FACE,
        SIM,
        {"state": states.ARMING, "circuit": CIRCUIT_CLOSED, "resistance_ohm": 2340, "current_ua": 330},
    ),
    (
        "arming_short",
        UNDERARMS,
        {"state": states.ARMING, "circuit": CIRCUIT_SHORT, "resistance_ohm": 120, "current_ua": 500},
    ),
    (
        "arming_refused_closed",
        FACE,
        {
            "state": states.ARMING,
            "circuit": CIRCUIT_CLOSED,
            "resistance_ohm": 2340,
            "current_ua": 330,
            "refusal": faults.CIRCUIT_CLOSED,
        },
    ),
    ("armed_open", FACE, SIM, {"state": states.ARMED, "circuit": CIRCUIT_OPEN}),
    ("armed_open_minutes", HANDS, {"state": states.ARMED, "circuit": CIRCUIT_OPEN, "editing_minutes": True}),
    ("armed_between", FACE, {"state": states.ARMED, "circuit": CIRCUIT_BETWEEN, "resistance_ohm": 61000}),
    (
        "armed_contact",
        FACE,
        {"state": states.ARMED, "circuit": CIRCUIT_CLOSED, "resistance_ohm": 5200, "current_ua": 200},
    ),
    ("armed_short", FACE, {"state": states.ARMED, "circuit": CIRCUIT_SHORT, "resistance_ohm": 80, "current_ua": 500}),
    ("ramp_up", FACE, SIM, _given(230, 1320, 598, 800, faults.RAMPING), {"state": states.RAMP_UP}),
    (
        "hold_face",
        FACE,
        SIM,
        _given(1504, 5410, 402, 280000),
        {"state": states.HOLD, "level_ua": 1500},
    ),
    (
        "hold_v_limit",
        FACE,
        _given(812, 9980, 402, 150000, faults.V_LIMIT),
        {"state": states.HOLD, "level_ua": 1500},
    ),
    (
        "hold_feet_most",
        FEET,
        SIM,
        _given(19980, 35900, 1799, 24000000),
        {"state": states.HOLD, "polarity_reversed": True},
    ),
    (
        "hold_v_limit_partial",
        UNDERARMS,
        SIM,
        _given(1000, 12000, 402, 150000, faults.V_LIMIT | faults.PARTIAL_CONTACT),
        {"state": states.HOLD},
    ),
    ("hold_all_reasons", FEET, SIM, _given(11110, 35900, 61, 24000000, _ALL_REASONS), {"state": states.HOLD}),
    (
        "hold_refused",
        FACE,
        SIM,
        _given(3001, 8000, 61, 1000000),
        {"state": states.HOLD, "level_ua": 3000, "refusal": faults.ABOVE_MAXIMUM},
    ),
    (
        "ramp_down_charge",
        UNDERARMS,
        SIM,
        _given(3210, 20000, 61, 4800000, faults.RAMPING | faults.CHARGE_CAP),
        {"state": states.RAMP_DOWN, "end": messages.END_CHARGE},
    ),
    (
        "ramp_down_stop",
        HANDS,
        _given(2400, 7000, 402, 2250000, faults.RAMPING),
        {"state": states.RAMP_DOWN, "end": messages.END_STOP, "polarity_reversed": True},
    ),
    ("reversing", HANDS, _given(2600, 9000, 450, 2250000, faults.RAMPING), {"state": states.REVERSING}),
    (
        "paused_contact",
        FACE,
        SIM,
        _given(0, 0, 402, 150000),
        {"state": states.PAUSED, "reconnects_left": 2, "circuit": CIRCUIT_OPEN},
    ),
    ("paused_start", HANDS, _given(0, 0, 402, 2250000), {"state": states.PAUSED, "needs_start": True}),
    (
        "paused_start_open",
        HANDS,
        _given(0, 0, 402, 2250000),
        {"state": states.PAUSED, "needs_start": True, "circuit": CIRCUIT_OPEN},
    ),
    ("done_time", FACE, SIM, _given(0, 0, 0, 300000), {"state": states.DONE, "end": messages.END_TIME}),
    ("done_contact", HANDS, _given(0, 0, 402, 2250000), {"state": states.DONE, "end": messages.END_CONTACT}),
    ("done_charge", FEET, SIM, _given(0, 0, 200, 24000000), {"state": states.DONE, "end": messages.END_CHARGE}),
    ("service", HANDS, SIM, _given(5002, 5010, 0, 0), {"state": states.SERVICE, "service": (1, 2, 5000)}),
    ("fault_overcurrent", FACE, SIM, _fault(faults.OVERCURRENT_A, 3520, 3350)),
    ("fault_overvoltage_held", FACE, _fault(faults.OVERVOLTAGE, 10620, 10500, 1900)),
    ("fault_mismatch", UNDERARMS, SIM, _fault(faults.SENSE_MISMATCH, -1260, 350)),
    ("fault_tick_late", FACE, _fault(faults.TICK_LATE, 1062, 1000, 3000)),
    ("fault_button", FACE, _fault(faults.STUCK_BUTTON, 15)),
    ("fault_reference", FACE, _fault(faults.REFERENCE, 4095, 2089)),
    ("fault_not_calibrated", FACE, _fault(faults.NO_CALIBRATION), {"calibration": messages.CALIBRATION_NONE}),
    (
        "fault_refused",
        FACE,
        _fault(faults.STOP_LOOP, 1, 0),
        {"refusal": faults.CAUSE_PRESENT},
    ),
)


def view_of(scene):
    """The View of one row of SCENES. Raises AttributeError for a field that View lacks."""
    view = View()
    for overrides in scene[1:]:
        for field, value in overrides.items():
            getattr(view, field)
            setattr(view, field, value)
    return view
