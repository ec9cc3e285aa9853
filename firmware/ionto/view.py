"""What the device shows: written by the session and the app, read by the panel and the link. Plain data, no logic."""

# What the probe or the drive says about the circuit (contact.py classifies it).
CIRCUIT_UNKNOWN = 0
CIRCUIT_OPEN = 1
CIRCUIT_BETWEEN = 2  # neither clearly open nor a contact: wet pads drying, a finger's edge
CIRCUIT_CLOSED = 3
CIRCUIT_SHORT = 4


class View:
    """One device's state as a person or a host sees it. Units last in every name."""

    def __init__(self):
        self.state = 0  # states.py
        self.mode = 0  # index into limits.MODES
        self.level_ua = 0  # what was set
        self.minutes = 0
        self.editing_minutes = False  # UP and DOWN change minutes, not level
        self.reverse_enabled = False  # polarity reverses once at half time
        self.polarity_reversed = False
        self.setpoint_ua = 0  # where the ramp is now
        self.current_ua = 0  # delivered
        self.current_b_ua = 0
        self.voltage_mv = 0  # at the electrodes
        self.battery_mv = 0
        self.resistance_ohm = None  # None: nothing to report
        self.circuit = CIRCUIT_UNKNOWN
        self.remaining_s = 0
        self.charge_ua_s = 0
        self.reasons = 0  # faults.py, bits
        self.fault = 0  # faults.py, 0: none
        self.fault_value = 0
        self.fault_limit = 0
        self.needs_start = False  # PAUSED and contact alone will not resume: START must be pressed
        self.reconnects_left = 0
        self.end = 0  # messages.END_*, once a session has ended
        self.refusal = 0  # faults.py; shown for a moment after a press that was not granted
        self.notice = 0  # faults.py; shown in IDLE until a button is pressed
        self.hold_ms = 0  # how long START has been held, while that matters (FAULT)
        self.service = ()  # in SERVICE: (range, what is asked for, its value), as session_service.py has them
        self.calibration = 0  # messages.CALIBRATION_*
