"""Defects of the board, by name: what `rig.board.fault(name, value)` breaks, and mends with 0 or None. See docs/rig.md.

Each is a part that no longer does what it should; what follows from it is the model's. chip_defects.py has the chip's.
"""

from hil.sim import bus, chip_defects, facts

_ADC_BUS = (0, 1, 2, 3)  # the MCP3204's channels

# Names of attributes that a defect sets.
_INTERLOCK = ("k1_welded", "k1_stuck_open", "pump_stuck", "latch_dead", "latch_loose", "k2_stuck", "stop_deaf")


def break_(board, t_us, name, amount):
    """Puts the defect on the board. Returns False for a name that nobody knows."""
    known = _stage(board, name, amount) or _interlock(board, t_us, name, amount) or _buses(board, name, amount)
    if not known and not chip_defects.break_(board.kernel, name, amount):
        return False
    board.stage.configure()
    board.stage.jump()
    return True


def _stage(board, name, amount):
    stage = board.stage
    if name in stage.spread:
        stage.spread[name] = amount
    elif name in stage.params:
        stage.params[name] = amount
    elif name == "latch_tripped":
        stage.overloaded = 1
    elif name == "battery_v":
        stage.battery_v = amount
    elif name == "amplifier_held_v":
        stage.held_v = amount
    elif name == "range_stuck":
        board.range_stuck = amount
        stage.body = bus.levels[facts.RANGE] if amount is None else amount
    elif name == "trip_stuck":
        board.trip_stuck = amount
        stage.trip_high = bus.levels[facts.TRIP] if amount is None else amount
    else:
        return _dac(stage, name, amount)
    return True


def _dac(stage, name, amount):
    """The MCP4822. A defect acts on what it holds already: of small changes the stage keeps the code alone."""
    if not (stage.dac_frozen or stage.dac_low or stage.dac_high):
        stage.words[0] = stage.words[0] & 0x3000 | stage.codes_ab[0]
    if name == "dac_frozen":
        stage.dac_frozen = amount
    elif name == "dac_stuck":
        stage.dac_low = 0 if amount is None else 0xFFF
        stage.dac_high = 0 if amount is None else amount
    elif name == "dac_bits":
        stage.dac_low, stage.dac_high = amount
    else:
        return False
    stage.set_dac(0, stage.words[0])
    stage.set_dac(1, stage.words[1])
    return True


def _interlock(board, t_us, name, amount):
    interlock = board.interlock
    if name in _INTERLOCK:
        setattr(interlock, name, amount)
    elif name == "k1_delay_us":
        interlock.k1_delay_us = amount
    elif name == "heartbeat_cut":
        interlock.cut = amount
    elif name == "latch_stuck":
        interlock.latch_stuck = amount
        if amount:
            board.stage.overloaded = 1
    elif name == "k2_half":
        interlock.k2_half = amount
        board.stage.k2_moving = 1 if amount else 0
        board.stage.k2 = interlock.k2_goal
    else:
        return False
    interlock.update(t_us)
    return True


def _buses(board, name, amount):
    words = bus.state
    if name == "stuck":
        channel, code = amount
        words[bus.ADC_STUCK + channel] = 0 if code is None else bus.stuck(code)
    elif name == "adc_bus":  # MISO tied to a level
        for channel in _ADC_BUS:
            words[bus.ADC_STUCK + channel] = 0 if amount is None else bus.stuck(amount)
    elif name == "adc_astray":
        channel, other, noise = amount
        words[bus.ADC_STUCK + channel] = 0 if other is None else bus.astray(other, noise)
    elif name == "adc_held":  # at what it reads now
        channel, is_held = amount
        words[bus.ADC_STUCK + channel] = bus.stuck(bus.convert(channel)) if is_held else 0
    elif name == "adc_glitch":
        channel, code, samples = amount
        words[bus.ADC_STUCK + channel] = bus.glitch(code, samples)
    elif name == "i2c_stuck":
        board.i2c_stuck = amount
    elif name == "oled_absent":
        board.oled.answers = 0 if amount else 1
    elif name == "oled_frozen":
        board.oled.frozen = amount
    elif name == "oled_flip":
        board.oled.ram[amount // 8] ^= 1 << amount % 8
    elif name == "oled_reset":
        board.oled.power_off()
        board.oled.ram[:] = bytes(1024)
    else:
        return board.fram.break_(name, amount)
    return True
