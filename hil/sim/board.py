"""The board around the chip: what pins and DAC do to the stage and the interlocks, and what the test does to it."""

from micropython import const

from hil.sim import bus, defects, facts, fram
from hil.sim.fram import MB85RC256V
from hil.sim.interlock import Interlock
from hil.sim.oled import SSD1306
from hil.sim.stage import Stage
from hil.sim.uart import SerialLine

_LED = const(5)
_LATCH_RESET = const(12)
_HEARTBEAT = const(13)
_K2 = const(14)
_K1 = const(15)
_RANGE = const(21)
_TRIP = const(22)
_DAC_A = const(40)
_DAC_B = const(41)


class Board:
    """One Ionto-1 with its load. `kernel` keeps the time, `make_load` makes another load of the kind from arguments."""

    def __init__(self, kernel, load, spread, area, make_load=None):
        self.kernel = kernel
        self.stage = Stage(load, spread)
        self.interlock = Interlock(kernel, self.stage)
        self.oled = SSD1306()
        self.fram = MB85RC256V()
        self.line = SerialLine(kernel)
        self.powered = True
        self.vbus = 0
        self.area = area
        self.buttons = {}
        self.led = 0
        self.tone_hz = 0
        self.in_reset = False
        self.range_stuck = None  # defects: the level at which a line is stuck
        self.trip_stuck = None
        self.i2c_stuck = 0
        self.ignored = 0  # by how many codes a DAC that takes no word is off what it was told last
        self.make_load = make_load
        kernel.board = self
        kernel.stage = self.stage
        kernel.interlock = self.interlock
        self.reset_pins()

    def reset_pins(self):
        """The chip lets go of its pins: K1's request, heartbeat, K2, RANGE, TRIP, LED are pulled low."""
        held = {facts.LATCH_STATE: self.interlock.latch_ok, facts.STOP_SENSE: self.interlock.stop_pressed}
        held[facts.VBUS] = self.vbus
        for name, pin in facts.BUTTONS.items():
            held[pin] = 0 if self.buttons.get(name) else 1
        before = list(bus.levels)
        bus.reset_pins(held)
        self.in_reset = True
        for pin in facts.OUTPUT_PINS:
            if before[pin] and not bus.levels[pin]:
                self.on_signal(self.kernel.now_us, pin, 0)
        self.in_reset = False
        self.set_tone(self.kernel.now_us, 0)

    def on_signal(self, t_us, signal, value):
        """The chip drove something at `t_us`."""
        stage = self.stage
        if signal == _HEARTBEAT:
            self.interlock.edge(t_us)
        elif signal == _DAC_A:
            stage.sync(t_us)
            stage.set_dac(0, value)
            if stage.dac_frozen:
                self._note_ignored(t_us)
            self._note_zero()
        else:
            stage.sync(t_us)
            self._slow_signal(t_us, signal, value)

    def _note_ignored(self, t_us):
        """How far the code that is asked for has left the one that is kept, in codes: every 16 of them."""
        stage = self.stage
        off = (stage.words[0] & 0xFFF) - stage.codes_ab[0]
        if off >> 4 != self.ignored >> 4:
            self.ignored = off
            self.kernel.truth.event(t_us, "dac_ignored", off)

    def _note_zero(self):
        stage = self.stage
        if stage.watch_zero and stage.zero_at_us >= 0:
            stage.watch_zero = 0
            self.kernel.truth.event(stage.zero_at_us, "drive_at_zero")

    def _slow_signal(self, t_us, signal, value):
        stage = self.stage
        interlock = self.interlock
        if signal == _K1:
            interlock.request = value
            self.kernel.truth.event(t_us, "k1_request", value)
            interlock.update(t_us)
        elif signal == _DAC_B:
            stage.set_dac(1, value)
            interlock.check_comparator(t_us)
        elif signal == _LATCH_RESET:
            if value:
                interlock.reset_latch(t_us)
        elif signal == _K2:
            interlock.set_k2(t_us, value, self.in_reset)
        elif signal == _RANGE or signal == _TRIP:
            self._select(t_us, signal, value)
        elif signal == _LED:
            self.note_led(t_us)

    def _select(self, t_us, signal, value):
        stage = self.stage
        if not self.in_reset and (stage.k1 or abs(stage.current_a) > facts.K2_MAX_A):
            self.kernel.truth.event(t_us, "violation:range_switched_with_k1_closed")
        if signal == _RANGE:
            stage.body = value if self.range_stuck is None else self.range_stuck
        else:
            stage.trip_high = value if self.trip_stuck is None else self.trip_stuck
        stage.configure()
        stage.jump()

    def answers(self, address):
        """Whether a part on the I2C bus acknowledges this address."""
        if address == facts.OLED_ADDRESS:
            return self.oled.answers
        return address == fram.ADDRESS and self.fram.answers

    def note_led(self, t_us):
        """The LED is lit by the chip or by K1."""
        lit = 1 if bus.levels[_LED] or self.stage.k1 else 0
        if lit != self.led:
            self.led = lit
            self.kernel.truth.event(t_us, "led", lit)

    def set_tone(self, t_us, hz):
        if hz != self.tone_hz:
            self.tone_hz = hz
            self.kernel.truth.event(t_us, "tone", hz)

    # -- events: by the hardware itself, or scheduled by the test ----------------------------------------------------

    def on_event(self, t_us, name, value):
        handler = getattr(self, "_on_" + name, None)
        if handler is None:
            self.kernel.errors.append("the simulated board knows no event %r" % name)
            return
        handler(t_us, value)

    def _on_k1(self, t_us, value):
        self.interlock.on_k1(t_us, value)
        self.note_led(t_us)

    def _on_k2(self, t_us, value):
        self.interlock.on_k2(t_us, value)

    def _on_pump(self, t_us, value):
        self.interlock.on_pump(t_us)

    def _on_stop_delay(self, t_us, value):
        self.interlock.on_stop_delay(t_us)

    def _on_wdt(self, t_us, value):
        self.kernel.on_watchdog(t_us)

    def _on_watch_timer(self, t_us, value):
        self.kernel.on_watch_timer(t_us, value)

    def _on_contact(self, t_us, area):
        stage = self.stage
        before, self.area = self.area, area
        stage.load.contact(area)
        stage.jump()
        if before > 0.0 and area <= 0.0:
            self.kernel.truth.event(t_us, "break", int(stage.current_a * 1e6))
            stage.zero_at_us = -1
            stage.watch_zero = 1 if stage.k1 and stage.amplifier_v >= facts.ZERO_V else 0
            if not stage.watch_zero:
                self.kernel.truth.event(t_us, "drive_at_zero")
        elif before <= 0.0 and area > 0.0:
            stage.watch_zero = 0
            self.kernel.truth.event(t_us, "make")
        elif before != area:
            self.kernel.truth.event(t_us, "area", int(area * 1000))
        stage.t_us -= 1  # the current of the new contact shows at once
        stage.sync(t_us)

    def _on_person(self, t_us, arguments):
        """Somebody else sits down, who touches nothing yet."""
        stage = self.stage
        if self.area > 0.0:
            self.kernel.errors.append("another person, and the one before is still in contact")
            return
        try:
            load = self.make_load(arguments)
        except ValueError as error:
            self.kernel.errors.append(str(error))
            return
        load.contact(0.0)
        stage.take_load(load)
        stage.jump()
        self.kernel.truth.event(t_us, "person")

    def _on_button(self, t_us, value):
        name, pressed = value
        self.buttons[name] = pressed
        bus.levels[facts.BUTTONS[name]] = 0 if pressed else 1

    def _on_stop(self, t_us, pressed):
        self.interlock.set_stop(t_us, pressed)

    def _on_vbus(self, t_us, level):
        self.vbus = level
        bus.levels[facts.VBUS] = level

    def _on_stall(self, t_us, us):
        """Something holds interrupts off for `us`: ticks come late."""
        self.kernel.now_us += us

    def _on_reset(self, t_us, cause):
        self.kernel.pending = cause

    def _on_power(self, t_us, on):
        if bool(on) == self.powered:
            return
        self.powered = bool(on)
        self.kernel.truth.event(t_us, "power_on" if on else "power_off")
        if not on:
            self.kernel.pending = 0
            bus.state[bus.DAC_A_WORD] = 0
            self.stage.set_dac(0, 0)
            self.stage.set_dac(1, 0)
            self.oled.power_off()
            self.interlock.latch_ok = 1

    def _on_fault(self, t_us, value):
        """A defect of the board, by name: see docs/rig.md."""
        name, amount = value
        if not defects.break_(self, t_us, name, amount):
            self.kernel.errors.append("the simulated board has no fault %r" % name)

    def snapshot(self):
        """What is physically so now."""
        stage = self.stage
        return {
            "current_na": int(stage.current_a * 1e9),
            "electrode_mv": int(stage.electrode_v * 1e3),
            "amplifier_mv": int(stage.amplifier_v * 1e3),
            "dac": stage.codes_ab[0],
            "flags": self.interlock.flags,
            "max_current_na": int(stage.max_current_a * 1e9),
            "longest_over_us": stage.longest_over_us,
            "led": self.led,
            "tone_hz": self.tone_hz,
            "area": self.area,
            "powered": self.powered,
            "stop_pressed": self.interlock.stop_pressed,
        }
