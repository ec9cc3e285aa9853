"""Modes and limits: the one table that says what each mode may do.

Importable by MicroPython and by CPython (no imports but `collections`). Units stand in the names:
`_ua` microampere, `_mv` millivolt, `_ohm`, `_ms`, `_s`, `_min`, `_ua_ms` microampere milliseconds.
A row is constant data: no button, host or setting changes it. [REQ-LIM-1]

Sources named in the comments:
  KaWe     the maker's instructions of the Swisstim tap-water iontophoresis unit
  practice German dermatological practice for palmar and plantar hyperhidrosis, up to 15 mA (hands), 25 mA (feet)
  Iontocentre  clinic article on treating facial sweating with a mask electrode: low power, longer sessions
  own      our own conservative choice; no trial of facial tap-water iontophoresis states a current
"""

from collections import namedtuple

FACE = 0
UNDERARMS = 1
HANDS = 2
FEET = 3

RANGE_FACE = 0
RANGE_BODY = 1

Mode = namedtuple(
    "Mode",
    (
        "number",
        "name",
        "range",  # RANGE_FACE or RANGE_BODY: which amplifier gain and series resistor
        "trip_high",  # level of the TRIP pin (ignored by the hardware in FACE range)
        "latch_ua",  # hardware latch threshold that goes with range and trip [REQ-LIM-3]
        "max_ua",
        "default_ua",
        "step_ua",
        "max_electrode_mv",
        "ramp_up_ua_per_s",
        "ramp_down_ua_per_s",
        "default_min",
        "max_min",
        "max_charge_ua_ms",
        "can_reverse",
        "contact_ohm",  # contact when the resistance is below this
        "probe_limit_ua",  # the probe's own current limit, so that a low resistance is not met with a jolt [REQ-LIM-4]
    ),
)

_UA_MS_PER_MA_MIN = 1000 * 60000

MODES = (
    Mode(
        number=FACE,
        name="FACE",
        range=RANGE_FACE,
        trip_high=0,
        latch_ua=4000,
        max_ua=3000,  # own
        default_ua=500,  # own
        step_ua=100,
        max_electrode_mv=10000,  # own; 5-6 V is usual
        ramp_up_ua_per_s=50,  # own
        ramp_down_ua_per_s=150,  # own
        default_min=10,
        max_min=15,  # Iontocentre
        max_charge_ua_ms=30 * _UA_MS_PER_MA_MIN,  # own
        can_reverse=False,
        contact_ohm=50000,
        probe_limit_ua=500,
    ),
    Mode(
        number=UNDERARMS,
        name="UNDERARMS",
        range=RANGE_BODY,
        trip_high=0,
        latch_ua=7000,
        max_ua=5000,  # KaWe
        default_ua=1500,  # own
        step_ua=100,
        max_electrode_mv=24000,  # own
        ramp_up_ua_per_s=100,  # own
        ramp_down_ua_per_s=300,  # own
        default_min=15,
        max_min=20,
        max_charge_ua_ms=80 * _UA_MS_PER_MA_MIN,  # own
        can_reverse=False,
        contact_ohm=30000,
        probe_limit_ua=1200,
    ),
    Mode(
        number=HANDS,
        name="HANDS",
        range=RANGE_BODY,
        trip_high=1,
        latch_ua=25000,
        max_ua=15000,  # practice
        default_ua=5000,  # own
        step_ua=500,
        max_electrode_mv=36000,  # own
        ramp_up_ua_per_s=250,  # own
        ramp_down_ua_per_s=750,  # own
        default_min=15,
        max_min=20,
        max_charge_ua_ms=300 * _UA_MS_PER_MA_MIN,  # own
        can_reverse=True,
        contact_ohm=20000,
        probe_limit_ua=1200,
    ),
    Mode(
        number=FEET,
        name="FEET",
        range=RANGE_BODY,
        trip_high=1,
        latch_ua=25000,
        max_ua=20000,  # own; below the 25 mA in use (practice)
        default_ua=8000,  # own
        step_ua=500,
        max_electrode_mv=36000,  # own
        ramp_up_ua_per_s=330,  # own
        ramp_down_ua_per_s=1000,  # own
        default_min=20,
        max_min=30,
        max_charge_ua_ms=400 * _UA_MS_PER_MA_MIN,  # own
        can_reverse=True,
        contact_ohm=20000,
        probe_limit_ua=1200,
    ),
)

# The same in every mode.
PROBE_MV = 1500  # amplifier voltage while looking for contact
SHORT_OHM = 300  # a resistance below this is electrodes that touch, not a person
OPEN_OHM = 100000  # above this the circuit counts as open before arming
MIN_MINUTES = 1
OPEN_BEFORE_ARMING_MS = 500
CONTACT_STEADY_MS = 1000
ARMED_TIMEOUT_MS = 5 * 60 * 1000
PAUSED_TIMEOUT_MS = 5 * 60 * 1000
MAX_SELF_RECONNECTS = 3  # contact that returns more often than this waits for START
STOP_RAMP_MS = 900  # zero within 1.0 s of STOP, with margin for the session's own period
PARTIAL_WINDOW_MS = 1000
PARTIAL_RISE_PERCENT = 30
LOST_RISE_PERCENT = 100

# The battery, one lithium-ion cell. Its voltage is read over a divider, within about 4 %.
BATTERY_START_MV = 3500  # own; no session begins below: there must be enough for a whole one
BATTERY_END_MV = 3300  # own; a session under way ends below, with the output stage still well supplied
BATTERY_LOW_MS = 1000  # for as long as this: a buzzer's or a ramp's dip ends nothing
BATTERY_MIN_MV = 3000  # own; outside of these the self-test fails: an empty cell, a wrong supply, a broken divider
BATTERY_MAX_MV = 4500

# When a calibration should be made anew, whichever comes first. The device has no clock: this is the use of a year by
# one person (own: four sessions of 18 minutes a week), to go with the year that a certificate gives.
CALIBRATION_SESSIONS = 200
CALIBRATION_S = 60 * 3600

# Trip rules (see sampler.py); margins over the mode's own limits.
OVERCURRENT_PERCENT = 110
OVERCURRENT_MARGIN_UA = 50
OVERVOLTAGE_PERCENT = 105
EXCESS_FLOOR_UA = 200
EXCESS_PERCENT = 10
OPEN_FLOOR_UA = 50
OPEN_PERCENT = 20
MISMATCH_FLOOR_UA = 200
MISMATCH_PERCENT = 3
FOLLOW_FLOOR_MV = 500
FOLLOW_PERCENT = 5
REFERENCE_MV = 1250
ADC_REFERENCE_MV = 2500
REFERENCE_PERCENT = 2
GROUND_MAX_RAW = 8
TICK_US = 500
TICK_LATE_US = 500


def seal(mode):
    """The numbers of a Mode, each bit counted even or odd: any one bit that flips changes it."""
    value = 0
    for i in range(len(mode)):
        if i != _NAME:
            value ^= mode[i]
    return value


# Of each row of MODES as it stands above: what the rows in RAM are held to. [REQ-TRP-14]
SEALS = (0x6B49329D, 0x11E1A107B, 0x430E2B970, 0x5968205A6)
_NAME = 1  # the only field that is no number


def seal_of(mode):
    """What `seal` must give for a Mode: by SEALS for a row of MODES, else as it is now."""
    for row, wanted in zip(MODES, SEALS):
        if row is mode:
            return wanted
    return seal(mode)


def mode_named(name):
    """The Mode whose name is `name` (as "FACE"). Raises ValueError that lists the names."""
    for mode in MODES:
        if mode.name == name:
            return mode
    raise ValueError("no mode named %r; there are %s" % (name, ", ".join([m.name for m in MODES])))
