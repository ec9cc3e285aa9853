"""Who has the state of stage and load: these themselves, or the loop of plain ticks (plain.py).

`enter` takes it into the loop, if the steps to come can be told as numbers, `refresh` asks the load for its next ones,
`leave` hands everything back: nothing may look at stage or load before that.
"""

import micropython
from micropython import const

from hil.sim import plain as _plain

# Words of plain.py; a test keeps them equal.
_ON = const(0)
_STEPS_LEFT = const(1)
_STEPS_DONE = const(2)
_DT_US = const(3)
_LAST_US = const(4)
_SKIN = const(5)
_DECAY = const(6)
_GAIN = const(7)
_SIEMENS = const(8)
_SERIES = const(9)
_BACK = const(10)
_SOURCE = const(11)
_SHOWN = const(12)
_CODE = const(13)
_V_PER_CODE = const(14)
_LOWEST_CODE = const(15)
_HIGHEST_CODE = const(16)
_LIMIT_NA = const(17)
_MAX_NA = const(18)
_CURRENT_NA = const(19)
_ELECTRODE = const(20)
_K_AMPLIFIER = const(21)
_ELECTRODE_IS = const(22)

plain = _plain.plain


def is_linear(load):
    """True if `load` can say what its steps are. A class with its own `step` and no `linear` wants its step taken."""
    if "step" in getattr(load, "__dict__", ()):
        return False
    kinds = [type(load)]
    while kinds:
        kind = kinds.pop(0)
        names = getattr(kind, "__dict__", ())
        if "linear" in names:
            return True
        if "step" in names:
            return False
        kinds.extend(kind.__bases__)
    return False


_int = int  # found at once, where a builtin is looked for in the module first
_V = 16777216.0  # 24 fractional bits of a voltage
_FACTOR = 4294967296.0  # 32 of decay and gain


@micropython.native
def _take(dt_us, form):
    """The load's form into `plain`. Returns False if its numbers are out of range."""
    steps, decay, gain, siemens, back_v, skin_v, _ = form
    if steps < 1 or decay < 0.0 or not 0.0 <= gain < 1.0 or decay + gain > 1.000001:
        return False
    if not (0.0 <= siemens < 0.01 and 0.0 <= back_v < 60.0 and -60.0 < skin_v < 60.0):
        return False
    p = plain
    p[_STEPS_LEFT] = steps
    p[_DT_US] = dt_us
    p[_DECAY] = _int(decay * _FACTOR)
    p[_GAIN] = _int(gain * _FACTOR)
    p[_SIEMENS] = _int(siemens * 1.024e12)
    p[_BACK] = _int(back_v * _V)
    return True


def enter(stage, dt_us):
    """Takes over from the stage and its load, if the steps of `dt_us` to come are plain as far as they can tell."""
    if stage.fine_us or stage.k2_moving or stage.over_us or not stage.is_linear or not 400 <= dt_us <= 100000:
        return
    load = stage.load
    form = load.linear(dt_us, stage.series_ohm if stage.k1 else None)
    if form is None:
        return
    skin_v = -form[5] if stage.k2 else form[5]
    own_v = skin_v if form[6] else 0.0
    is_still = stage.k1 or (abs(stage.electrode_v - own_v) < 1e-4 and abs(own_v) * (1.0 - form[1]) < 1e-4)
    if not is_still or not _take(dt_us, form):
        load.resume(0, dt_us, form[5])
        return
    p = plain
    p[_STEPS_DONE] = 0
    p[_LAST_US] = stage.t_us
    p[_SKIN] = int(skin_v * _V)
    p[_SERIES] = int(stage.series_ohm * 1e-9 * _V * (1 << 20))
    p[_CODE] = stage.codes_ab[0]
    p[_V_PER_CODE] = int(stage.v_per_code * _V * (1 << 12))
    p[_SOURCE] = int(stage.target_v * _V)
    p[_SHOWN] = -1
    p[_LOWEST_CODE] = stage.lowest_code
    p[_HIGHEST_CODE] = stage.highest_code
    p[_LIMIT_NA] = max(0, int(min(stage.threshold_a, stage.wanted_a) * 1e9))
    p[_MAX_NA] = int(stage.max_current_a * 1e9)
    p[_CURRENT_NA] = int(stage.current_a * 1e9)
    p[_ELECTRODE] = int(stage.electrode_v * _V)
    p[_K_AMPLIFIER] = int(stage.k_amplifier * (1 << 20))
    p[_ELECTRODE_IS] = 0 if stage.k1 else 1 if form[6] else 2
    p[_ON] = 1


@micropython.native
def _give_back(stage):
    p = plain
    skin_v = p[_SKIN] / _V
    stage.load.resume(p[_STEPS_DONE], p[_DT_US], -skin_v if stage.k2 else skin_v)
    p[_STEPS_DONE] = 0


@micropython.native
def refresh(stage):
    """The load's next steps."""
    _give_back(stage)
    load = stage.load
    dt_us = plain[_DT_US]
    form = load.linear(dt_us, stage.series_ohm if stage.k1 else None)
    if form is None:
        _leave(stage)
    elif not _take(dt_us, form):
        load.resume(0, dt_us, form[5])
        _leave(stage)


def leave(stage):
    """Hands the state back to the stage and its load."""
    _give_back(stage)
    _leave(stage)


def _leave(stage):
    p = plain
    p[_ON] = 0
    stage.t_us = p[_LAST_US]
    stage.current_a = p[_CURRENT_NA] * 1e-9
    stage.electrode_v = p[_ELECTRODE] / _V
    if p[_CODE] != stage.codes_ab[0]:
        stage.codes_ab[0] = p[_CODE]
        stage.target_v = p[_CODE] * stage.v_per_code
    if p[_SHOWN] >= 0:
        stage.amplifier_v = stage.shown_v = stage.target_v if p[_SHOWN] == p[_SOURCE] else p[_SHOWN] / _V
    stage.max_current_a = max(stage.max_current_a, p[_MAX_NA] * 1e-9)
    stage.set_alarm()
