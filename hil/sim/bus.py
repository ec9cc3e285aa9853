"""What the chip's code and the board share: words in one array, in 32 bits, so that a hard callback can use them.

A hard callback runs with the heap locked, so nothing here allocates. What a callback drives is noted in `ring` with its
time since the callback's start; the kernel applies it to the plant afterwards, in order.
"""

import sys
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
ADC_STUCK = const(16)  # 8 words, what is wrong with a channel: 0, or as `stuck`, `astray` and `glitch` below say
IS_BEATING = const(24)  # the heartbeat's pump runs: edges need only be known by the time of the last
BEAT_US = const(25)  # that time, since the callback's start
DAC_A_WORD = const(26)  # what channel A holds: the same again changes nothing
FLAGS = const(27)  # of a truth sample
AMPLIFIER_MV = const(28)
TRUTH_INDEX = const(29)
TRUTH_LEFT = const(30)  # ticks to the next sample
TRUTH_EVERY = const(31)  # 0: none
OUTPUTS = const(32)  # bit set of the pins that the code drives
DRIVABLE = const(33)  # of these, the ones that take effect by a word in `ring`: all of them in a callback
WRITE_US = const(34)  # an SPI transfer of 2 bytes
READ_US = const(35)  # of 3 bytes
_LEVELS = const(64)
_CODES = const(96)
_FACTORS = const(104)
_RING = const(128)
RING_SLOTS = const(64)
_NOISE = const(320)
_NOISE_WORDS = const(4096)
_WORDS = const(4416)
TRUTH_WORDS = const(6144)  # 1,024 samples

SIGNAL_DAC_A = const(40)
SIGNAL_DAC_B = const(41)
CODE_BIAS = const(1 << 20)  # codes are kept in 1/16 LSB above this, so that they are never negative
NOISE_BIAS = const(1 << 10)
_ASTRAY = const(1 << 16)
_GLITCH = const(1 << 24)

# One array, so that a closure reaches all of it with one name: more than five names and arguments would allocate.
state = array("i", [0] * _WORDS)
_view = memoryview(state)
levels = _view[_LEVELS : _LEVELS + 32]
codes = _view[_CODES : _CODES + 8]  # MCP3204 channels 0-3, then GP26-29
factors = _view[_FACTORS : _FACTORS + 6]  # of current, voltage, GP26: times 2**-26 per nA or 10 µV, and offset
ring = _view[_RING : _RING + 3 * RING_SLOTS]
noise = _view[_NOISE : _NOISE + _NOISE_WORDS]
truth = array("i", [0] * TRUTH_WORDS)


def address(words):
    """What `ptr32` takes fastest: the address of `words` on MicroPython, where arrays do not move."""
    if sys.implementation.name != "micropython":
        return words
    import uctypes

    return uctypes.addressof(words)


state_at = address(state)
truth_at = address(truth)


def stuck(code):
    """A channel that always reads `code`."""
    return code + 1


def astray(channel, noise):
    """A channel that reads another (or itself) with `noise` times the noise, 1 to 4095."""
    return _ASTRAY | noise << 3 | channel


def glitch(code, samples):
    """A channel that reads `code` in the next 1 to 255 samples and is whole again then."""
    return _GLITCH | samples << 12 | code


def reset_words():
    """As at power-on, for `codes` and `noise` without a seed."""
    for i in range(8):
        codes[i] = CODE_BIAS
    for i in range(_NOISE_WORDS):
        noise[i] = NOISE_BIAS


reset_words()


def seed_noise(seed, sigma_lsb):
    """Fills the table of noise, in 1/16 LSB: the sum of four even draws, which is nearly normal."""
    x = (seed * 2654435761 + 12345) & 0xFFFFFFFF
    scale = sigma_lsb * 16 * 1.7320508 / 65536
    for i in range(_NOISE_WORDS):
        total = 0
        for _ in range(4):
            x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
            total += (x >> 16) - 32768
        noise[i] = NOISE_BIAS + int(round(total * scale))
    state[RANDOM] = x & 0x7FFFFFFF


def _make_convert(at):
    @micropython.viper
    def convert(channel: int) -> int:
        """One conversion: 0 to 4095 of `codes[channel]`, with noise."""
        s = ptr32(at)
        wrong = s[ADC_STUCK + channel]
        louder = 1
        if wrong:
            if wrong <= 4096:
                return wrong - 1
            if wrong >= _GLITCH:
                left = (wrong >> 12) & 255
                s[ADC_STUCK + channel] = 0 if left < 2 else wrong - 4096
                return wrong & 4095
            channel = wrong & 7
            louder = (wrong >> 3) & 4095
        x = (s[RANDOM] * 1664525 + 1013904223) & 0xFFFFFFFF
        s[RANDOM] = x
        shake = (s[_NOISE + (x >> 20)] - NOISE_BIAS) * louder
        if channel > 3:
            shake *= s[B_NOISE]
        code = (s[_CODES + channel] + shake + 8) >> 4
        code -= 65536
        if code < 0:
            return 0
        if code > 4095:
            return 4095
        return code

    return convert


convert = _make_convert(state_at)


def _make_convert_b(at, convert):
    @micropython.viper
    def convert_b(channel: int) -> int:
        """The chip's own ADC: its wide codes at 512, 1536, 2560 and 3584, then 12 bits spread over 16."""
        s = ptr32(at)
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

    return convert_b


convert_b = _make_convert_b(state_at, convert)


@micropython.viper
def see(current_na: int, electrode_10uv: int):
    """Lets the converters see this current and voltage."""
    s = ptr32(state)
    s[_CODES] = ((current_na * s[_FACTORS]) >> 26) + s[_FACTORS + 1]
    s[_CODES + 1] = ((electrode_10uv * s[_FACTORS + 2]) >> 26) + s[_FACTORS + 3]
    s[_CODES + 4] = ((current_na * s[_FACTORS + 4]) >> 26) + s[_FACTORS + 5]


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
    return 1 if i + 6 == TRUTH_WORDS else 0


def _make_adc_bit(at, convert):
    @micropython.viper
    def adc_bit(bit: int) -> int:
        """One clock of the MCP3204 (DS21298, figure 5-1): bit of MOSI in, bit of MISO out (high while not driven)."""
        s = ptr32(at)
        k = s[ADC_STEP]
        if k == 0:
            s[ADC_STEP] = bit
            s[ADC_ADDRESS] = 0
            return 1
        s[ADC_STEP] = k + 1
        if k <= 4:
            asked = (s[ADC_ADDRESS] << 1) | bit
            s[ADC_ADDRESS] = asked
            if k == 4:
                code = int(convert(asked & 3))
                if asked < 8:  # differential: this channel against its neighbour
                    code -= int(convert((asked & 3) ^ 1))
                    if code < 0:
                        code = 0
                s[ADC_CODE] = code
            return 1
        if k == 5:
            return 1
        if k == 6:
            return 0
        if k <= 18:
            return (s[ADC_CODE] >> (18 - k)) & 1
        if k <= 29:
            return (s[ADC_CODE] >> (k - 18)) & 1
        return 0

    return adc_bit


_adc_bit = _make_adc_bit(state_at, convert)


def reset_pins(input_levels):
    """The chip is in reset: every output floats to the level that the board pulls it to."""
    for n in range(32):
        levels[n] = input_levels.get(n, 0)
    levels[17] = 1
    levels[20] = 1
    for word in (SELECTED, OUTPUTS, DRIVABLE, RING_COUNT, IN_CALLBACK, CLOCK_US):
        state[word] = 0
