"""Pins, SPI parts and converters as the chip's code meets them, inside a hard callback too: integers only.

A hard callback runs with the heap locked, so nothing here allocates. What a callback drives is noted in `ring` with its
time since the callback's start; the kernel applies it to the plant afterwards, in order.
"""

from array import array

import micropython
from micropython import const

IN_CALLBACK = const(0)
CLOCK_US = const(1)  # since the start of the callback, or of the main loop's call
RING_COUNT = const(2)
SELECTED = const(3)  # bit 0: DAC, bit 1: ADC
SPI_ERRORS = const(4)
DAC_WORD = const(5)
DAC_BITS = const(6)
ADC_STEP = const(7)  # clocks since the start bit, itself included
ADC_ADDRESS = const(8)
ADC_CODE = const(9)
RANDOM = const(10)
PIN_US = const(11)
SPI_US = const(12)
ADC_US = const(13)
BIT_NS = const(14)
B_NOISE = const(15)
ADC_STUCK = const(16)  # 8 words: 0, or 1 + the code that a channel is stuck at
IS_BEATING = const(24)  # the heartbeat's pump runs: edges need only be known by the time of the last
BEAT_US = const(25)  # that time, since the callback's start
DAC_A_WORD = const(26)  # what channel A holds: the same again changes nothing
FLAGS = const(27)  # of a truth sample
AMPLIFIER_MV = const(28)
TRUTH_INDEX = const(29)
TRUTH_LEFT = const(30)  # ticks to the next sample
TRUTH_EVERY = const(31)  # 0: none
OUTPUTS = const(32)  # bit set of the pins that the code drives
STATE_WORDS = 33
TRUTH_WORDS = 6 * 1024

SIGNAL_DAC_A = const(40)
SIGNAL_DAC_B = const(41)
RING_SLOTS = const(64)
CODE_BIAS = const(1 << 20)  # codes are kept in 1/16 LSB above this, so that they are never negative
NOISE_BIAS = const(1 << 10)

state = array("i", [0] * STATE_WORDS)
levels = array("i", [0] * 32)
ring = array("i", [0] * (3 * RING_SLOTS))
codes = array("i", [CODE_BIAS] * 8)  # MCP3204 channels 0-3, then GP26-29
noise = array("i", [NOISE_BIAS] * 4096)
factors = array("i", [0] * 6)  # of MCP4822 current, voltage, GP26: times 2**-26 per nA or 10 µV, and an offset
truth = array("i", [0] * TRUTH_WORDS)


def seed_noise(seed, sigma_lsb):
    """Fills the table of noise, in 1/16 LSB: the sum of four even draws, which is nearly normal."""
    x = (seed * 2654435761 + 12345) & 0xFFFFFFFF
    scale = sigma_lsb * 16 * 1.7320508 / 65536
    for i in range(len(noise)):
        total = 0
        for _ in range(4):
            x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
            total += (x >> 16) - 32768
        noise[i] = NOISE_BIAS + int(round(total * scale))
    state[RANDOM] = x & 0x7FFFFFFF


@micropython.viper
def push(signal: int, value: int):
    """Notes what the code drives now."""
    s = ptr32(state)
    n = s[RING_COUNT]
    if n < RING_SLOTS:
        r = ptr32(ring)
        r[3 * n] = s[CLOCK_US]
        r[3 * n + 1] = signal
        r[3 * n + 2] = value
    s[RING_COUNT] = n + 1


@micropython.viper
def pin_write(n: int, level: int) -> int:
    """Drives a pin inside a callback; outside of one, and for a pin that is no output, returns 1 and does nothing."""
    s = ptr32(state)
    if s[IN_CALLBACK] == 0 or ((s[OUTPUTS] >> n) & 1) == 0:
        return 1
    drive(n, level)
    return 0


@micropython.viper
def drive(n: int, level: int):
    """Drives a pin."""
    s = ptr32(state)
    lv = ptr32(levels)
    s[CLOCK_US] += s[PIN_US]
    if level:
        level = 1
    if lv[n] == level:
        return
    lv[n] = level
    if n == 17:
        if level:
            s[SELECTED] &= 2
            if s[DAC_BITS] >= 16 and s[DAC_WORD] != s[DAC_A_WORD]:
                push(40 + (s[DAC_WORD] >> 15), s[DAC_WORD])
                if s[DAC_WORD] < 32768:
                    s[DAC_A_WORD] = s[DAC_WORD]
        else:
            s[SELECTED] |= 1
            s[DAC_BITS] = 0
            s[DAC_WORD] = 0
    elif n == 20:
        if level:
            s[SELECTED] &= 1
        else:
            s[SELECTED] |= 2
            s[ADC_STEP] = 0
    elif n == 13 and s[IS_BEATING]:
        s[BEAT_US] = s[CLOCK_US]
    else:
        push(n, level)


@micropython.viper
def pin_read(n: int) -> int:
    """A pin's level inside a callback; -1 outside of one."""
    s = ptr32(state)
    if s[IN_CALLBACK] == 0:
        return -1
    s[CLOCK_US] += s[PIN_US]
    return ptr32(levels)[n]


@micropython.viper
def see(current_na: int, electrode_10uv: int):
    """Lets the converters see this current and voltage."""
    c = ptr32(codes)
    k = ptr32(factors)
    c[0] = ((current_na * k[0]) >> 26) + k[1]
    c[1] = ((electrode_10uv * k[2]) >> 26) + k[3]
    c[4] = ((current_na * k[4]) >> 26) + k[5]


@micropython.viper
def show(current_na: int, electrode_10uv: int, t_us: int, code: int) -> int:
    """Lets the converters see a tick's current and voltage, and records them. Returns 1 when `truth` is full."""
    see(current_na, electrode_10uv)
    s = ptr32(state)
    if s[TRUTH_EVERY] == 0:
        return 0
    s[TRUTH_LEFT] -= 1
    if s[TRUTH_LEFT]:
        return 0
    s[TRUTH_LEFT] = s[TRUTH_EVERY]
    w = ptr32(truth)
    i = s[TRUTH_INDEX]
    w[i] = t_us & 0x7FFFFFFF
    w[i + 1] = t_us >> 31
    w[i + 2] = current_na
    w[i + 3] = electrode_10uv
    w[i + 4] = s[AMPLIFIER_MV]
    w[i + 5] = code | (s[FLAGS] << 16)
    s[TRUTH_INDEX] = i + 6
    return 1 if i + 6 == 6144 else 0


@micropython.viper
def convert(channel: int) -> int:
    """One conversion: 0 to 4095 of `codes[channel]`, with noise."""
    s = ptr32(state)
    stuck = s[16 + channel]
    if stuck:
        return stuck - 1
    x = (s[10] * 1664525 + 1013904223) & 0xFFFFFFFF
    s[10] = x
    shake = ptr32(noise)[x >> 20] - 1024
    if channel > 3:
        shake *= s[15]
    code = (ptr32(codes)[channel] + shake + 8) >> 4
    code -= 65536
    if code < 0:
        return 0
    if code > 4095:
        return 4095
    return code


@micropython.viper
def convert_b(channel: int) -> int:
    """The chip's own ADC: its wide codes at 512, 1536, 2560 and 3584, then 12 bits spread over 16."""
    s = ptr32(state)
    s[CLOCK_US] += s[ADC_US]
    code = int(convert(4 + channel))
    place = (code + 512) & 1023
    if place < 8:
        code += 4 - place
    else:
        code += ((place - 8) * 8) // 1015 - 4
    if code < 0:
        code = 0
    if code > 4095:
        code = 4095
    return (code << 4) | (code >> 8)


@micropython.viper
def _adc_bit(bit: int) -> int:
    """One clock of the MCP3204 (DS21298, figure 5-1): bit of MOSI in, bit of MISO out (high while not driven)."""
    s = ptr32(state)
    k = s[7]
    if k == 0:
        s[7] = bit
        s[8] = 0
        return 1
    s[7] = k + 1
    if k <= 4:
        s[8] = (s[8] << 1) | bit
        if k == 4:
            _acquire(s[8])
        return 1
    if k == 5:
        return 1
    if k == 6:
        return 0
    if k <= 18:
        return (s[9] >> (18 - k)) & 1
    if k <= 29:
        return (s[9] >> (k - 18)) & 1
    return 0


@micropython.viper
def _acquire(address: int):
    s = ptr32(state)
    channel = address & 3
    code = int(convert(channel))
    if address < 8:  # differential: this channel against its neighbour
        code -= int(convert(channel ^ 1))
        if code < 0:
            code = 0
    s[9] = code


@micropython.viper
def _adc_byte(value: int) -> int:
    out = 0
    i = 7
    while i >= 0:
        out = (out << 1) | int(_adc_bit((value >> i) & 1))
        i -= 1
    return out


@micropython.viper
def transfer(tx, rx, size: int):
    """`size` bytes on SPI0. `tx` or `rx` may be the same buffer. It is an error unless one part is selected."""
    s = ptr32(state)
    s[1] += s[12] + (size * 8 * s[14]) // 1000
    t = ptr8(tx)
    r = ptr8(rx)
    selected = s[3]
    if selected == 2:
        if size == 3 and t[0] == 6 and s[7] == 0 and (t[1] & 0x3F) == 0:
            code = int(convert(t[1] >> 6))
            s[7] = 19
            s[9] = code
            r[0] = 255
            r[1] = 0xE0 | (code >> 8)
            r[2] = code & 255
            return
        i = 0
        while i < size:
            r[i] = int(_adc_byte(t[i]))
            i += 1
    elif selected == 1:
        i = 0
        while i < size:
            if s[6] < 16:
                s[5] = (s[5] << 8) | t[i]
                s[6] += 8
            r[i] = 255
            i += 1
    else:
        s[4] += 1


def reset_pins(input_levels):
    """The chip is in reset: every output floats to the level that the board pulls it to."""
    for n in range(32):
        levels[n] = input_levels.get(n, 0)
    levels[17] = 1
    levels[20] = 1
    state[SELECTED] = 0
    state[OUTPUTS] = 0
    state[RING_COUNT] = 0
    state[IN_CALLBACK] = 0
    state[CLOCK_US] = 0
