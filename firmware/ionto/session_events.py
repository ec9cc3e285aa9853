"""The events of the session: what a press, the host, the tick, the contact or a timer amounts to.

Each has its guard decided already: START that is granted and START that is not are two events.
"""

POWERED = 0
TEST_PASSED = 1
FAULT = 2
CUT = 3  # the tick cut the output: the circuit opened or the contact changed
STOP = 4  # a level: comes every round while STOP is pressed
VBUS = 5  # a level: comes every round while the service USB is plugged in
HOST_STOP = 6
HOST_LOWER = 7
HOST_REFUSED = 8  # a level that the host may not set
UP = 9
DOWN = 10
AT_MAXIMUM = 11  # UP, but what it edits is at its maximum
AT_MINIMUM = 12  # DOWN, but what it edits is at its minimum
ACCEPT_LIFT = 13  # UP while a partial lift has halved the current: takes the contact as it is now
MODE = 14
MODE_HELD = 15
NO_REVERSAL = 16  # MODE held in a mode that never reverses
START = 17
START_BLOCKED = 18  # START with STOP pressed, the service USB in, nothing calibrated, or a low battery
START_NO_CONTACT = 19  # START that needs a steady contact, without one
START_HELD = 20
CLEAR = 21  # START held in FAULT, its cause gone
RETEST = 22  # the same, but the self-test has not passed since power-on
CLEAR_BLOCKED = 23  # START held in FAULT, its cause present
PROBE_DUE = 24  # the output has been off long enough, polarity as wished
OPEN = 25  # open for OPEN_BEFORE_ARMING_MS
CONTACT = 26  # closed for CONTACT_STEADY_MS, and this may start the current by itself
SHORT = 27  # short for CONTACT_STEADY_MS
LIFTED = 28  # the resistance has doubled
PARTIAL = 29  # the resistance is up by PARTIAL_RISE_PERCENT
PARTIAL_AGAIN = 30
PARTIAL_OVER = 31
AT_TARGET = 32
AT_ZERO = 33
RAMP_OVERDUE = 34  # the ramp to zero has taken longer than it can
TIME_OVER = 35
CHARGE_CAP = 36
HALF_TIME = 37
WAIT_OVER = 38  # contact alone no longer resumes
TIMEOUT = 39
BATTERY = 40  # a level: comes every round once the battery has been low for BATTERY_LOW_MS
SERVICE = 41  # the self-test has passed, with MODE and DOWN held since power-on and the circuit open
HOST_DRIVE = 42  # a host in SERVICE wants a voltage or a current
HOST_SILENT = 43  # a host in SERVICE gives no sign of life while the output is on
CLEAR_SERVICE = 44  # CLEAR of a fault in SERVICE
COUNT = 45
