"""What the session is told each round, what it asks for in return, and what it may ask for."""

from ionto import states
from ionto.session_table import DRIVE_CURRENT, DRIVE_OFF, DRIVE_PROBE

# What may be driven in a state; off may be in every one. [REQ-SES-2]
MAY_DRIVE = {
    states.ARMING: (DRIVE_PROBE,),
    states.ARMED: (DRIVE_PROBE,),
    states.PAUSED: (DRIVE_PROBE,),
    states.REVERSING: (DRIVE_PROBE, DRIVE_CURRENT),
    states.RAMP_UP: (DRIVE_CURRENT,),
    states.HOLD: (DRIVE_CURRENT,),
    states.RAMP_DOWN: (DRIVE_CURRENT,),
    states.SERVICE: (DRIVE_PROBE, DRIVE_CURRENT),
}


class Inputs:
    """One round as the app saw it. Preallocated: the app fills it in anew each round."""

    def __init__(self):
        self.presses: tuple = ()  # PRESS_*, in order, since the last round
        self.start_hold_ms = 0  # how long START is down now
        self.stop_pressed = False  # level of the STOP loop; open is pressed
        self.self_test: int | None = None  # None: running; 0: passed; else the number of its fault
        self.is_service = False  # the self-test that passed was the way to SERVICE
        self.fault = 0  # faults.py; raised by the tick or a supervisor; may stay until cleared
        self.fault_value = 0  # in the fault's unit; of a cut: the current just before, in uA
        self.fault_limit = 0
        self.cut = 0  # faults.CUT_*: the tick cut the output; may stay until cleared
        self.cause_gone = False  # the tick has seen no violation for a while
        self.output_open = True  # K1 not requested, drive at zero
        self.is_proving = False  # the output is testing itself: what is measured says nothing about the circuit
        self.at_zero = True  # the setpoint has reached zero
        self.at_target = False  # the setpoint has reached the target of the last round
        self.setpoint_ua = 0
        self.current_ua = 0
        self.current_b_ua = 0
        self.voltage_mv = 0
        self.v_limited = False  # at the mode's voltage limit, or at the end of the drive's range
        self.charge_ua_ms = 0  # delivered in the last round
        self.resistance_ohm: int | None = None  # filtered over about 50 ms; None: nothing to measure it with
        self.vbus = False
        self.battery_mv = 0xFFFF  # as last read
        self.host_stop = False  # for one round
        self.host_level_ua: int | None = None  # for one round; whole microamperes
        self.calibration = 0  # messages.CALIBRATION_*


class Outputs:
    """What the session asks of the parts. One object, filled in anew by every step."""

    def __init__(self):
        self.drive = DRIVE_OFF
        self.target_ua: int | None = None  # None unless the drive is DRIVE_CURRENT: off is not 0 uA
        self.ramp_up_ua_per_s = 0
        self.ramp_down_ua_per_s = 0
        self.mode = 0  # limits.Mode number that the drive must be armed for
        self.polarity_reversed = False  # changes only after the output has been open for a while
        self.events = []  # (kind, a, b), messages.EVENT_*
        self.refusals = []  # (code, value, limit), faults.py
        self.begin()

    def begin(self):
        """Takes back what holds for one round only."""
        self.happened = False  # while it is False nothing of what follows is set
        self.clear_trip = False  # acknowledge the tick's cut or fault, back to off
        self.reset_latch = False  # pulse the hardware latch's reset
        self.run_self_test = False  # run the self-test again; `Inputs.self_test` is None until it ends
        self.sound = 0  # SOUND_*
        self.events.clear()
        self.refusals.clear()
