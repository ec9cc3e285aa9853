"""The tick: reads the parts, has the readings checked, regulates, writes the DAC, toggles the heartbeat.

The only code that drives the output. It runs in a hard timer's interrupt: it allocates nothing, raises nothing and
waits for nothing but the SPI transfers. All ADC channels of the chip are read here too: a read selects its channel
first, so a second reader in the main loop would get the wrong one.
"""

from array import array

import micropython
from micropython import const

from ionto import raw_limits, regulator, sampler
from ionto.regulator import command
from ionto.sampler import check, cut_code, record

_HEAD_A = const(0x10)  # of mcp4822.py
_FULL = const(4095)
# Words of sampler.py that are needed as constants here; a test keeps them equal.
_A_CURRENT = const(0)
_A_VOLTAGE = const(1)
_B_CURRENT = const(2)
_AUX = const(3)
_LATCH_OK = const(4)
_NOW_US = const(5)
_MODE = const(6)
_SLOT = const(9)
_TICKS = const(13)
_CAUSE = const(17)
_TEST = const(32)
_TESTED = const(33)
_TEST_K1_OPEN = const(0x11)
_TEST_NO_BEAT = const(0x22)
_TEST_TRIP = const(0x44)
_AMPLIFIER = const(2)  # the first slot that is sense B's
_LAST_SLOT = const(4)
_STATE_CORRUPT = const(34)


def _make_tick(frontend, parts):
    """The hard timer's callback. [REQ-TCK-1]

    It is written for the chip's time (docs/decisions/0003-tick-on-the-chip.md): a closure, because in viper a
    closed-over name costs a load and an attribute a dictionary look-up; at most five closed-over names and arguments,
    because more are allocated at each call; tuples unpacked at once, because taking one item costs as much; and the
    parts' transfers in line, because a call costs more than its few bytes take.
    """
    adc, dac = parts.adc, parts.dac
    inputs = (parts.ticks_us, adc.cs, adc.transfer, adc.requests[0], adc.requests[1], adc.reply)
    inputs += (parts.b_current.read_u16, parts.latch)
    by_slot = (adc.requests[2], adc.requests[3])
    by_slot += (parts.b_amplifier.read_u16, parts.b_rail.read_u16, parts.b_battery.read_u16)
    rest = (frontend.state, frontend.history, frontend.regulator, check, command)
    rest += (dac.cs, dac.write, dac.frame_a, dac.frames_b, parts.k1, parts.heartbeat)

    @micropython.viper
    def tick(_timer):
        clock, cs, transfer, ask_current, ask_voltage, reply, read_b, latch = inputs
        state, history, regulator, check, command, dac_cs, dac_write, frame, frames_b, k1, heartbeat = rest
        limits = frontend.limits
        s = ptr32(state)
        answer = ptr8(reply)

        s[_NOW_US] = int(clock())
        cs(0)
        transfer(ask_current, reply)
        cs(1)
        s[_A_CURRENT] = ((answer[1] & 15) << 8) | answer[2]
        s[_B_CURRENT] = int(read_b()) >> 4
        slot = s[_SLOT] & 7
        if slot > _LAST_SLOT:  # nobody writes that; an exception would be the end of the timer
            slot = 0
        s[_SLOT] = slot
        if slot < _AMPLIFIER:
            cs(0)
            transfer(by_slot[slot], reply)
            cs(1)
            s[_AUX] = ((answer[1] & 15) << 8) | answer[2]
        else:
            cs(0)
            transfer(ask_voltage, reply)
            cs(1)
            s[_A_VOLTAGE] = ((answer[1] & 15) << 8) | answer[2]
            s[_AUX] = int(by_slot[slot]()) >> 4
        s[_LATCH_OK] = int(latch())

        cause = int(check(state, limits, history))
        if cause:
            k1(0)
            code = int(cut_code(state, regulator, limits, cause))
        else:
            code = int(command(state, regulator, limits))
            if code > _FULL:
                k1(0)
                cause = _STATE_CORRUPT
        if code > _FULL:  # more would reach the bits that choose channel and gain
            code = 0
        f = ptr8(frame)
        f[0] = _HEAD_A | (code >> 8)
        f[1] = code & 255
        dac_cs(0)
        dac_write(frame)
        dac_cs(1)
        if cause:
            record(state, cause)
            if s[_TESTED] & _TEST_TRIP:  # else the latch could not be reset for as long as there is a cause, itself one
                s[_TESTED] = 0
                dac_cs(0)
                dac_write(frames_b[0])
                dac_cs(1)
            return
        test = s[_TEST]
        if s[_MODE] and test & _TEST_K1_OPEN == 0:
            k1(1)
        else:
            k1(0)
        if s[_CAUSE] == 0 and test & _TEST_NO_BEAT == 0:
            heartbeat(s[_TICKS] & 1)
        if test != s[_TESTED]:
            s[_TESTED] = test
            trip = 0
            if test & _TEST_TRIP:
                trip = 1
            dac_cs(0)
            dac_write(frames_b[trip])
            dac_cs(1)

    return tick


class Frontend:
    """The tick and its arrays.

    `parts` is any object with `adc` and `dac` (the drivers: chip select, transfers, buffers), `k1`, `heartbeat` and
    `latch` (Pins), `b_current`, `b_amplifier`, `b_rail` and `b_battery` (ADCs) and `ticks_us` (the clock). `limits`
    may be exchanged whole at any time; the tick reads it once.
    """

    def __init__(self, parts, mode, calibration):
        self.state = array("i", [0] * sampler.STATE_WORDS)
        self.history = array("i", [0] * sampler.RING_WORDS)
        self.regulator = array("i", [0] * regulator.REGULATOR_WORDS)
        self.limits = raw_limits.build(mode, calibration)
        self.tick = _make_tick(self, parts)
