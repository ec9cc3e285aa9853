"""What a person is told of each fault: the rows of faults.py's table, apart from it because they are seldom needed.

The chip reads them, 3 kB of its RAM, when it first has a fault to show.
"""

ADVICE = {
    "RESTART": "Switch off and on. If it returns, have it checked.",
    "STOP USE": "Remove electrodes. Have the device checked.",
    "CALIBRATE": "Have the device checked and calibrated.",
    "CHECK": "Have the device checked.",
}

# number | name | advice, or its key in ADVICE | channel | unit | "latches" if it stays set across power-off
# One text: as tuples and strings of their own the rows would take the chip 3 kB more. The value of a memory region is
# its number in store_map.py.
FAULTS = """
1|OVERCURRENT A|STOP USE|sense A current|uA
2|OVERCURRENT B|STOP USE|sense B current|uA
3|ABOVE SETPOINT|Remove electrodes. Check pads and cable.|sense A current|uA
4|OVERVOLTAGE|Remove electrodes. Check pads and cable.|electrode voltage|mV
5|SENSE MISMATCH|CALIBRATE|sense A minus B|uA
6|AMPLIFIER|CHECK|amplifier output|mV
7|REFERENCE|CHECK|ADC reference channel|raw
8|GROUND|CHECK|ADC ground channel|raw
9|STUCK SENSE|CHECK|stuck reading|raw
10|LATCH TRIPPED|Remove electrodes. Hold START to reset.|hardware latch|state
11|LIMITS CORRUPT|RESTART|limit index|
12|TICK LATE|RESTART|tick period|us
13|TICKS STOPPED|RESTART|tick counter|ticks
14|INTERNAL ERROR|RESTART|program|
15|NOT CALIBRATED|Have the device calibrated.|calibration|
16|STUCK BUTTON|Release all buttons. Hold START.|button|
17|SERVICE USB|Unplug the service USB inside the case.|VBUS|state
18|RELAY LEAK|CHECK|electrode voltage|mV
19|STOP PRESSED|Release the STOP button. Hold START.|STOP loop|state
20|ZERO OFFSET|CALIBRATE|current at rest|raw
21|NO MEMORY|CHECK|memory region|
22|MEMORY DAMAGED|CALIBRATE|memory region|
23|MEMORY FOREIGN|CALIBRATE|memory region|
24|OTHER BOARD|CALIBRATE|memory region|
25|OLDER LAYOUT|CALIBRATE|memory layout|
26|NEWER LAYOUT|Have newer firmware installed.|memory layout|
27|MEMORY RANGE|CALIBRATE|memory region|
28|MEMORY WRITE|CHECK|memory region|
29|RELAY WELDED|STOP USE|electrode voltage|mV
30|RELAY OPEN|CHECK|electrode voltage|mV
31|HEARTBEAT|STOP USE|electrode voltage|mV
32|LATCH TEST|STOP USE|hardware latch|state
33|BATTERY|Charge the battery. Hold START.|battery|mV
34|STATE CORRUPT|RESTART|state word|
35|TICK RATE|RESTART|20 tick periods|us
36|PROGRAM LATE|RESTART|main loop|ticks
37|SERVICE CIRCUIT|Open the circuit. Switch off and on.|sense A current|uA
38|FIRMWARE|Program files are damaged. Have them installed again.|program files|
"""
