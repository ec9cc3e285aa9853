"""machine.PWM, machine.Timer and machine.WDT of the simulated chip."""

from hil.sim import bus, facts
from hil.sim.chip import want_pin
from hil.sim.kernel import kernel


class PWM:
    """machine.PWM on the buzzer."""

    def __init__(self, pin, *, freq=None, duty_u16=None):
        want_pin("PWM", pin, facts.BUZZER)
        self._hz = 0
        self._duty = 0
        if freq is not None:
            self.freq(freq)
        if duty_u16 is not None:
            self.duty_u16(duty_u16)

    def freq(self, hz=None):
        if hz is None:
            return self._hz
        if not 8 <= hz <= 62500000:
            raise ValueError("PWM freq too %s" % ("low" if hz < 8 else "high"))
        self._hz = int(hz)
        self._sound()

    def duty_u16(self, duty=None):
        if duty is None:
            return self._duty
        if not 0 <= duty <= 65535:
            raise ValueError("PWM duty %r" % duty)
        self._duty = duty
        self._sound()

    def deinit(self):
        self._duty = 0
        self._sound()

    def _sound(self):
        kernel.charge(5)
        audible = self._hz if 0 < self._duty < 65535 else 0
        kernel.board.set_tone(kernel.now_us, audible)


class TimerHandle:
    """What the callback gets: not the Timer itself, so that only the firmware keeps the Timer alive."""


class Timer:
    """machine.Timer(-1): one hard periodic timer. It ends when nothing refers to it any more, as on the chip."""

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, **options):
        if id != -1:
            kernel.fail("Timer(%r): the chip has software timers only, number -1" % id)
        self._file = None
        if options:
            self.init(**options)

    def init(self, *, mode=PERIODIC, freq=-1, period=-1, callback=None, hard=False):
        self.deinit()
        if mode != Timer.PERIODIC or not hard:
            kernel.fail("Timer: only hard periodic timers are modelled")
        if callback is None:
            return
        period_us = int(1000000 / freq) if freq > 0 else period * 1000
        if period_us <= 0:
            raise ValueError("Timer period %r" % period)
        self._file = open("/dev/null")
        kernel.start_timer(callback, TimerHandle(), period_us, self._file.fileno())

    def deinit(self):
        if self._file is not None:
            kernel.stop_timer()
            self._file.close()
            self._file = None


class WDT:
    """machine.WDT: cannot be stopped."""

    def __init__(self, id=0, timeout=5000):
        if id != 0 or not 1 <= timeout <= 8388:
            raise ValueError("WDT timeout %r, must be 1 to 8388" % timeout)
        kernel.feed_watchdog(timeout * 1000)

    def feed(self):
        if not bus.state[bus.IN_CALLBACK]:
            kernel.charge(2)
        kernel.feed_watchdog()
