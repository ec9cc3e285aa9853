"""MicroPython's `machine` of the RP2040, as far as Ionto-1 wires it. Anything else is an error that names it."""

from hil.sim import chip as _chip
from hil.sim import facts as _facts
from hil.sim.chip import ADC, SPI, Pin
from hil.sim.chip_buses import I2C, UART
from hil.sim.chip_timers import PWM, WDT, Timer
from hil.sim.kernel import kernel as _kernel

PWRON_RESET = 1
WDT_RESET = 3

__all__ = ["ADC", "I2C", "PWM", "SPI", "UART", "WDT", "Pin", "Timer"]


def reset_cause():
    return _chip.running.cause


class _Memory:
    """32-bit registers by address: those that the firmware looks at."""

    def __getitem__(self, address):
        if address == _facts.CHIP_RESET:
            return _chip.running.chip_reset
        if address != _facts.REASON:
            _kernel.fail("machine.mem32[0x%08x] is not simulated" % address)
        return _chip.running.reason


mem32 = _Memory()


def reset():
    _kernel.request_reset(_facts.FORCED_RESET)


def unique_id():
    return _chip.running.board_id


def freq(hz=None):
    if hz is not None and hz != 125000000:
        _kernel.fail("machine.freq(%r): the simulated chip runs at 125000000 only" % hz)
    return 125000000


def idle():
    """Until the next interrupt; the chip's own millisecond tick is the latest."""
    k = _kernel
    left_us = k.tick_us - k.now_us
    k.charge(left_us if _facts.MAIN_CALL_US < left_us < 1000 else 1000 if left_us >= 1000 else _facts.MAIN_CALL_US)


def disable_irq():
    was = not _kernel.irq_off
    _kernel.set_irq(False)
    return was


def enable_irq(state=True):
    _kernel.set_irq(bool(state))


def __getattr__(name):
    _kernel.fail("machine has no attribute %r on the simulated board" % name)
