"""Plain ticks, in one loop of integers: nothing moves but the DAC by a few codes, and the load is linear.

That is nearly every tick of a treatment and of waiting, so this is what the simulator's speed comes from. handover.py
takes the state of stage and load into `plain` and back. What is not plain is the stage's and the kernel's: `run` stops
before it. Volts have 24 fractional bits, a hundred-thousandth of what a converter can tell; a test compares both ways.
"""

from array import array

import micropython
from micropython import const

from hil.sim import bus

DONE = const(0)  # no tick is due until the end that was asked for
DRAIN = const(1)  # the code drove something that is not plain: see `bus.ring`
REFRESH = const(2)  # the load has to say anew what its steps are
SLOW = const(3)  # the next tick is not a plain one

# Words of `plain`, 64 bits each. For viper that is two words: a longer one is put together from both.
ON = const(0)  # the state is here, not in stage and load
STEPS_LEFT = const(1)
STEPS_DONE = const(2)
DT_US = const(3)
LAST_US = const(4)  # the stage's time
SKIN = const(5)  # V * 2**24, as all voltages here
DECAY = const(6)  # * 2**32
GAIN = const(7)  # * 2**32
SIEMENS = const(8)  # nA/V * 2**10
SERIES = const(9)  # V/nA * 2**44
BACK = const(10)
SOURCE = const(11)
SHOWN = const(12)  # the source as of the last tick; -1: of none yet
CODE = const(13)
V_PER_CODE = const(14)  # V * 2**36
LOWEST_CODE = const(15)  # the stage's limits for `nudge`
HIGHEST_CODE = const(16)
LIMIT_NA = const(17)  # at this and above, either way, the comparator or the truth has to look
MAX_NA = const(18)
CURRENT_NA = const(19)
ELECTRODE = const(20)
K_AMPLIFIER = const(21)  # 1/16 LSB a volt * 2**20
ELECTRODE_IS = const(22)  # 0: source less series drop; 1: skin; 2: zero
_PLAIN_WORDS = const(23)

# Words of `times`, 64 bits each, in µs.
NOW = const(0)
TICK = const(1)  # when the next one is due
LIMIT = const(2)  # the earliest of EVENT and PUMP, and of the grant's end
QUIET = const(3)  # until then main code's time just passes
START = const(4)  # the present tick's own clock began here
TO_CLOCK = const(5)  # what makes the chip's ticks_us of a time
EDGE = const(6)  # the heartbeat's last edge
PUMP = const(7)  # the pump is looked at then
EVENT = const(8)  # the earliest of the queue and the grant's end
PERIOD = const(9)
_TIMES_WORDS = const(10)

plain = array("l", [0] * _PLAIN_WORDS)
times = array("l", [0] * _TIMES_WORDS)
plain_at = bus.address(plain)
times_at = bus.address(times)

# Words of bus.py and numbers of facts.py that are needed as constants here; a test keeps them equal.
_IN_CALLBACK = const(0)
_CLOCK_US = const(1)
_RING_COUNT = const(2)
_RANDOM = const(10)
_BEAT_US = const(25)
_FLAGS = const(27)
_AMPLIFIER_MV = const(28)
_TRUTH_INDEX = const(29)
_TRUTH_LEFT = const(30)
_TRUTH_EVERY = const(31)
_OUTPUTS = const(32)
_DRIVABLE = const(33)
_CODES = const(96)
_FACTORS = const(104)
_RING = const(128)
_TRUTH_WORDS = const(6144)
_SIGNAL_DAC_A = const(40)
_CODE_BIAS = const(1 << 20)
_HEARTBEAT_HOLD_US = const(4000)
_ENTRY_US = const(10)  # from here on kernel.py
_JITTER_US = const(3)


def make_run(callback, handle):
    """`run(end_us)`: plain ticks up to `end_us`, with the heap locked; returns why it stopped.

    What `callback` raises comes out of it; that tick is then unfinished.
    """
    return _make_run(bus.state_at, bus.truth_at, (plain_at, times_at), (callback, handle))


def _make_run(state_at, truth_at, at, call):
    @micropython.viper
    def run(end_us: int) -> int:
        s = ptr32(state_at)
        truth = ptr32(truth_at)
        p = ptr32(at[0])
        t = ptr32(at[1])
        callback = call[0]
        handle = call[1]
        now_us = t[2 * NOW] | (t[2 * NOW + 1] << 32)
        dt_us = p[2 * DT_US]
        while True:
            if now_us > end_us:
                end_us = now_us
            due_us = t[2 * TICK] | (t[2 * TICK + 1] << 32)
            event_us = t[2 * EVENT] | (t[2 * EVENT + 1] << 32)
            if due_us >= event_us or due_us > end_us:
                return DONE
            pump_us = t[2 * PUMP] | (t[2 * PUMP + 1] << 32)
            if due_us >= pump_us:
                # Every edge puts it off; whether there was one is looked at only then.
                pump_us = (t[2 * EDGE] | (t[2 * EDGE + 1] << 32)) + _HEARTBEAT_HOLD_US
                if due_us >= pump_us:
                    return SLOW
                t[2 * PUMP] = pump_us
                t[2 * PUMP + 1] = pump_us >> 32
                if event_us < pump_us:
                    pump_us = event_us
                t[2 * LIMIT] = pump_us
                t[2 * LIMIT + 1] = pump_us >> 32
            last_us = p[2 * LAST_US] | (p[2 * LAST_US + 1] << 32)
            if due_us < now_us or due_us - last_us != dt_us or s[_TRUTH_INDEX] == _TRUTH_WORDS:
                return SLOW
            if p[2 * STEPS_LEFT] == 0:
                return REFRESH

            # The load's step.
            source = p[2 * SOURCE]
            emf = source - p[2 * BACK]
            if emf < 0:
                emf = 0
            skin = p[2 * SKIN] | (p[2 * SKIN + 1] << 32)
            decay = p[2 * DECAY] | (p[2 * DECAY + 1] << 32)
            skin = (emf * p[2 * GAIN] + skin * decay + (1 << 31)) >> 32
            current_na = ((emf - skin) * (p[2 * SIEMENS] | (p[2 * SIEMENS + 1] << 32))) >> 34
            if current_na >= p[2 * LIMIT_NA] or current_na <= 0 - p[2 * LIMIT_NA]:
                return SLOW
            if current_na > p[2 * MAX_NA]:
                p[2 * MAX_NA] = current_na
            electrode = 0
            if p[2 * ELECTRODE_IS] == 0:
                electrode = source - ((current_na * p[2 * SERIES]) >> 20)
            elif p[2 * ELECTRODE_IS] == 1:
                electrode = skin
            p[2 * SKIN] = skin
            p[2 * SKIN + 1] = skin >> 32
            p[2 * CURRENT_NA] = current_na
            p[2 * CURRENT_NA + 1] = current_na >> 32
            p[2 * ELECTRODE] = electrode
            p[2 * ELECTRODE + 1] = electrode >> 32
            p[2 * STEPS_LEFT] -= 1
            p[2 * STEPS_DONE] += 1
            p[2 * LAST_US] = due_us
            p[2 * LAST_US + 1] = due_us >> 32

            # What the converters see.
            electrode_10uv = (electrode * 100000) >> 24
            s[_CODES] = ((current_na * s[_FACTORS]) >> 26) + s[_FACTORS + 1]
            s[_CODES + 1] = ((electrode_10uv * s[_FACTORS + 2]) >> 26) + s[_FACTORS + 3]
            s[_CODES + 4] = ((current_na * s[_FACTORS + 4]) >> 26) + s[_FACTORS + 5]
            if source != p[2 * SHOWN]:
                p[2 * SHOWN] = source
                p[2 * SHOWN + 1] = 0
                s[_CODES + 5] = ((source * p[2 * K_AMPLIFIER]) >> 44) + _CODE_BIAS
                s[_AMPLIFIER_MV] = (source * 1000) >> 24

            # The truth.
            if s[_TRUTH_EVERY]:
                left = s[_TRUTH_LEFT] - 1
                if left == 0:
                    left = s[_TRUTH_EVERY]
                    i = s[_TRUTH_INDEX]
                    truth[i] = due_us & 0x7FFFFFFF
                    truth[i + 1] = due_us >> 31
                    truth[i + 2] = current_na
                    truth[i + 3] = electrode_10uv
                    truth[i + 4] = s[_AMPLIFIER_MV]
                    truth[i + 5] = p[2 * CODE] | (s[_FLAGS] << 16)
                    s[_TRUTH_INDEX] = i + 6
                s[_TRUTH_LEFT] = left

            # The chip's tick.
            start_us = due_us + (s[_RANDOM] & _JITTER_US)
            t[2 * START] = start_us
            t[2 * START + 1] = start_us >> 32
            due_us += t[2 * PERIOD]
            t[2 * TICK] = due_us
            t[2 * TICK + 1] = due_us >> 32
            s[_CLOCK_US] = _ENTRY_US
            s[_DRIVABLE] = s[_OUTPUTS]
            s[_IN_CALLBACK] = 1
            callback(handle)
            s[_IN_CALLBACK] = 0
            s[_DRIVABLE] = 0
            now_us = start_us + s[_CLOCK_US]
            s[_CLOCK_US] = 0
            t[2 * NOW] = now_us
            t[2 * NOW + 1] = now_us >> 32
            if s[_BEAT_US]:
                edge_us = start_us + s[_BEAT_US]
                s[_BEAT_US] = 0
                t[2 * EDGE] = edge_us
                t[2 * EDGE + 1] = edge_us >> 32
            if s[_RING_COUNT]:
                # A small change of the DAC in regulation acts from the tick's start, without a step of its own.
                word = s[_RING + 2]
                if s[_RING_COUNT] != 1 or s[_RING + 1] != _SIGNAL_DAC_A or word >> 12 != 1:
                    return DRAIN
                code = word & 0xFFF
                change = code - p[2 * CODE]
                if change > 15 or change < -15 or code < p[2 * LOWEST_CODE] or code > p[2 * HIGHEST_CODE]:
                    return DRAIN
                s[_RING_COUNT] = 0
                p[2 * CODE] = code
                p[2 * SOURCE] = (code * (p[2 * V_PER_CODE] | (p[2 * V_PER_CODE + 1] << 32))) >> 12

    return run
