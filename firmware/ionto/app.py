"""The app: wires the parts, runs the tasks of a round, feeds the watchdog.

A round (every ROUND_MS) is: measure, session, drive, panel, link, supervisor. Each is a small step; nothing waits.
"""

import gc

from ionto import causes, faults, limits, messages, states
from ionto.buttons import DOWN, MODE, Buttons
from ionto.calibration import MAX_ZERO_RAW
from ionto.drive import Drive
from ionto.keeper import Keeper
from ionto.link import Link
from ionto.measure import Measure
from ionto.panel import Panel
from ionto.sampler import CAUSE, CAUSE_CURRENT, CAUSE_LIMIT, CAUSE_VALUE, SUM_CURRENT
from ionto.selftest import PASSED, PROOF_MV, PROOF_UA, RUNNING, SelfTest
from ionto.session import Inputs, Session
from ionto.session_table import DRIVE_OFF, DRIVE_PROBE
from ionto.view import View
from ionto.zero import ZeroWatch

ROUND_MS = 10
COLLECT_ROUNDS = 64  # before the objects of so many rounds would call the collector by themselves
_CLOCK_MASK = 0x3FFFFFFF
_FIRST_CUT = 64
CALIBRATION_WORD = 202  # what STATE_CORRUPT tells of a calibration in RAM, beside the words of session.py
_SERVICE_BUTTONS = DOWN | MODE
_BEFORE_A_SESSION = (states.IDLE, states.CONFIRM)


class App:
    """The controller of one board (docs/architecture.md has what `board` must offer).

    `store` is a Store, opened. Starts the board's tick; the output stays off until a session asks for it.
    """

    WATCHDOG_MS = 500

    def __init__(self, board, store):
        self.board = board
        self.store = store
        self.view = View()
        self.panel = Panel(board.display, board.led, board.tone)
        self.buttons = Buttons()
        self.session = Session(self.view)
        self.link = Link(board.uart, self)
        self.keeper = Keeper(store, self.view, self.session.settings, board.reset_cause, self.link.event)
        self.calibration = self.keeper.calibration
        self.source = self.calibration.source if self.calibration else messages.CALIBRATION_NONE
        self.inputs = Inputs()
        self.inputs.calibration = self.source
        self.measure = Measure(self.inputs)
        self.zero = ZeroWatch()
        self.selftest = SelfTest(0)  # None when there is none to be done
        self.drive = None
        self.obey = self._obey  # SERVICE puts its own in its place
        # SERVICE is asked for by exactly these two.
        self.service_buttons = _SERVICE_BUTTONS if board.buttons_raw() == _SERVICE_BUTTONS else 0
        self.armed = None
        self.zeroed = self.calibration  # with the zeros of this session
        self._uptime_ms = 0
        self._last_ms = None
        self._last_ticks = 0
        self._stalled_ms = 0
        self._told = 0  # the cause that the session knows of
        self._is_sound = False  # no cause, nothing told in the last round, self-test over
        self._reversed = False
        self._is_zeroed = False  # for this session
        self.bad_zero_raw = 0
        self._torn = None  # a word that has flipped: of the tick's sums, or CALIBRATION_WORD
        self._was_on = False

    # What the link may see and ask (see link.py).

    def identity(self):
        """(board id, calibration source, reset cause)."""
        return self.board.board_id, self.source, self.board.reset_cause

    def ticks(self):
        """Sampling ticks since power-on, as of this round."""
        return self._last_ticks

    def uptime_ms(self):
        """Milliseconds since power-on; does not wrap."""
        return self._uptime_ms

    def request_stop(self):
        """The host wants to stop: None if it will, else (code, value, limit)."""
        refusal = self.session.would_stop()
        if refusal is None:
            self.inputs.host_stop = True
        return refusal

    def request_level(self, level_ua):
        """The host wants a lower level: None if it gets it, else (code, value, limit)."""
        refusal = self.session.would_lower(level_ua, self.inputs.host_level_ua)
        if refusal is None:
            self.inputs.host_level_ua = level_ua
        return refusal

    # What the self-test asks of the board.

    def calibration_fault(self):
        """None, or why there is no valid calibration: (fault number, value, limit). SERVICE needs none."""
        return None if self.service_buttons else self.keeper.calibration_fault

    def stop_closed(self):
        """True while STOP is not pressed."""
        return self.board.stop_closed()

    def vbus(self):
        """True while the service USB is plugged in."""
        return self.board.vbus()

    def latch_ok(self):
        """True while the hardware latch has not tripped."""
        return self.board.latch_ok()

    def output_open(self):
        """True when K1 is not asked for and the drive is at zero."""
        return not self.drive.is_on()

    def amplifier_mv(self):
        """The amplifier's output by sense B."""
        return self.drive.amplifier_mv()

    def battery_mv(self):
        """The battery's voltage."""
        return self.drive.battery_mv()

    def stuck_buttons(self):
        """Bits of the buttons that are stuck; the two that ask for SERVICE are held on purpose."""
        return self.buttons.stuck & ~self.service_buttons

    def start(self):
        """Resets the latch, starts tick and watchdog. The output is off."""
        mode = limits.MODES[limits.FACE]
        self.board.reset_latch()
        self.board.select_range(mode.range, mode.trip_high)
        calibration = self.calibration or _nominal()
        if self.service_buttons:
            self.zeroed = calibration
        self.drive = Drive(self.board.start_ticks(mode, calibration))
        self.drive.arm(mode, calibration)
        self.armed = mode
        self.board.start_watchdog(self.WATCHDOG_MS)
        self.keeper.power_on()

    def run(self, clock):
        """Rounds for ever, by `clock` (the `time` module)."""
        self.start()
        due_ms = clock.ticks_ms()
        rounds = 0
        while True:
            self.step(clock.ticks_ms())
            rounds += 1
            if rounds == COLLECT_ROUNDS:
                rounds = 0
                self._collect()
            due_ms = clock.ticks_add(due_ms, ROUND_MS)
            wait_ms = clock.ticks_diff(due_ms, clock.ticks_ms())
            if wait_ms > 0:
                clock.sleep_ms(wait_ms)
            elif wait_ms < -ROUND_MS:
                due_ms = clock.ticks_ms()

    def _collect(self):
        """Collects between two rounds: it takes the chip 40 ms, and within a long one might be PROGRAM LATE."""
        self.drive.attend()
        gc.collect()
        self.drive.attend()

    def step(self, now_ms):
        """One round. Attends to the tick between parts: each may take 25 ms, and a collection that it sets off 40."""
        elapsed_ms = 0 if self._last_ms is None else (now_ms - self._last_ms) & _CLOCK_MASK
        self._last_ms = now_ms
        self._uptime_ms += elapsed_ms
        ticked = self._measure(elapsed_ms)
        self._fill(now_ms, elapsed_ms)
        outputs = self.session.step(now_ms, self.inputs)
        self.inputs.host_stop = False
        self.inputs.host_level_ua = None
        if outputs.happened:
            self._obey_once(outputs)
        if self.selftest is None:
            self.obey(outputs)
        else:
            self._serve(self.selftest, outputs)
        attend = self.drive.attend
        if outputs.happened:
            attend()
            self._tell(outputs)
            attend()
        self.panel.step(now_ms, self.view)
        attend()
        self.link.step(now_ms)
        attend()
        self.keeper.step(self._uptime_ms, elapsed_ms)
        if ticked:
            self.board.feed_watchdog()

    def _measure(self, elapsed_ms):
        """Takes a snapshot. Returns False if the tick has not run since the last round."""
        drive, inputs = self.drive, self.inputs
        ticks = drive.snapshot()
        ticked = ticks != self._last_ticks
        self._last_ticks = ticks
        self._stalled_ms = 0 if ticked else self._stalled_ms + elapsed_ms
        drive.tell(inputs)
        self.measure.update(drive.copy, drive.row)
        if self.measure.is_torn:
            self._torn = SUM_CURRENT
        is_open = inputs.output_open
        if is_open == self._was_on:
            self._was_on = not is_open
            self.measure.forget()
            self.zero.reset()
        if is_open:
            self.zero.update(elapsed_ms, drive.copy)
        return ticked

    def _fill(self, now_ms, elapsed_ms):
        """The session's inputs for this round."""
        inputs, board = self.inputs, self.board
        inputs.presses = self.buttons.step(now_ms, board.buttons_raw())
        if inputs.presses:
            self.view.notice = 0
        inputs.start_hold_ms = self.buttons.start_hold_ms
        inputs.stop_pressed = not board.stop_closed()
        inputs.vbus = board.vbus()
        if not inputs.cause_gone:
            inputs.cause_gone = self.view.fault == faults.LATCH
        inputs.is_proving = self.selftest is not None
        cause = self.drive.copy[CAUSE]
        if cause:
            cause = causes.told(self.drive.copy)
        if (
            cause
            or self._stalled_ms
            or self.bad_zero_raw
            or self._torn is not None
            or self.selftest
            or not self._is_sound
        ):
            self._fill_faults(inputs, cause, elapsed_ms)

    def _fill_faults(self, inputs, cause, elapsed_ms):
        """What the tick, the supervisor or the self-test found; a cause is told once."""
        inputs.fault = inputs.cut = inputs.fault_value = inputs.fault_limit = 0
        if cause and cause != self._told:
            self._fill_cause(inputs, cause)
        self._told = cause
        if self._stalled_ms > 2 * ROUND_MS and not inputs.fault:
            self.board.cut()
            inputs.fault = faults.TICKS_STOPPED
            inputs.fault_value = self._last_ticks
        if self._torn is not None and not inputs.fault:
            inputs.fault = faults.STATE_CORRUPT
            inputs.fault_value = self._torn
        self._torn = None
        if self.bad_zero_raw and not inputs.fault:
            inputs.fault = faults.ZERO_OFFSET
            inputs.fault_value, inputs.fault_limit = self.bad_zero_raw, MAX_ZERO_RAW
            self.bad_zero_raw = 0
        if self.selftest is not None:
            self._test_self(inputs, cause, elapsed_ms)
        is_told = inputs.fault or inputs.cut or inputs.fault_value or inputs.fault_limit
        self._is_sound = not cause and not is_told and inputs.self_test is not RUNNING

    def _fill_cause(self, inputs, cause):
        drive = self.drive
        copy = drive.copy
        inputs.fault_value, inputs.fault_limit = causes.in_units(cause, copy[CAUSE_VALUE], copy[CAUSE_LIMIT], drive.row)
        if cause >= _FIRST_CUT:
            inputs.cut = cause
            inputs.fault_value = drive.to_ua(copy[CAUSE_CURRENT])
        else:
            inputs.fault = cause

    def _test_self(self, inputs, cause, elapsed_ms):
        """A round of the self-test: the whole one if the session waits for it, else the short one before a session."""
        test, drive = self.selftest, self.drive
        verdict = test.step(elapsed_ms, self._last_ticks, cause, inputs, self)
        if verdict is RUNNING:
            return
        self.selftest = None
        drive.off()
        drive.test(0)
        if self.service_buttons:
            self.service_buttons = 0
            if verdict == PASSED:
                from ionto.service_entry import ServiceEntry

                self.selftest = ServiceEntry(self)
                return
        if verdict == PASSED and not drive.is_on():
            drive.arm(self.armed, self.zeroed)
        elif verdict and verdict != cause:
            inputs.fault_value, inputs.fault_limit = test.value, test.limit
        if inputs.self_test is RUNNING:
            inputs.self_test = verdict
        elif verdict and verdict != cause:
            inputs.fault = verdict

    def _serve(self, test, outputs):
        """Hands the self-test's wishes to the drive and the board; a session that is no longer to be ends it."""
        drive = self.drive
        if outputs.drive == DRIVE_OFF and self.inputs.self_test is not RUNNING:
            test.abandon()
        if test.resets_latch:
            self.board.reset_latch()
        if test.is_on and not drive.is_tripped():
            if not drive.is_on():
                drive.arm(self.armed, self.zeroed, PROOF_MV)
            drive.test(test.test)
            drive.probe(PROOF_UA)
        else:
            drive.off()
            drive.test(test.test)

    def _obey_once(self, outputs):
        """Carries out what the session asks for in this round only."""
        drive = self.drive
        for calibration in (self.calibration, self.zeroed):
            if calibration is not None and not calibration.is_intact():
                self._torn = CALIBRATION_WORD
        if outputs.reset_latch and not drive.is_on():
            self.board.reset_latch()
        if self.inputs.is_service and self.session.service is not None:
            from ionto.service import AppService

            AppService(self)
        if outputs.run_self_test:
            self.service_buttons = 0
            self.selftest = SelfTest(self._last_ticks)
            self.inputs.self_test = RUNNING
            self._is_sound = False
        if outputs.clear_trip:
            drive.clear()
            self._told = 0

    def _obey(self, outputs):
        """Hands the session's wishes to the drive and the board."""
        drive = self.drive
        if outputs.drive == DRIVE_OFF:
            drive.off()
            if self._is_zeroed and self.view.state in _BEFORE_A_SESSION:
                self._is_zeroed = False
            if outputs.mode != self.armed.number:
                self._rearm(limits.MODES[outputs.mode])
            if outputs.polarity_reversed != self._reversed and not drive.is_on():
                self._reversed = outputs.polarity_reversed
                self.board.select_polarity(self._reversed)
        elif not drive.is_tripped():
            if outputs.drive == DRIVE_PROBE:
                self._probe()
                if self.selftest is not None:
                    self._serve(self.selftest, outputs)
            else:
                drive.current(outputs.target_ua, outputs.ramp_up_ua_per_s, outputs.ramp_down_ua_per_s)

    def _probe(self):
        """Probes; at the start of a session with the zeros just measured, and after a short self-test."""
        if not self._is_zeroed:
            zeros = self.zero.zeros()
            if zeros is None:
                return
            if max(zeros) > MAX_ZERO_RAW:
                self.bad_zero_raw = max(zeros)
                return
            self.zeroed = self.calibration.zeroed(self.armed, zeros[0], zeros[1])
            self.measure.zero_part = self.zero.a_part(self.zeroed.of(self.armed).a_zero_raw)
            self._is_zeroed = True
            self.selftest = SelfTest(self._last_ticks, False)
            return
        self.drive.probe(self.view.level_ua)

    def _rearm(self, mode):
        """New limits and range for a mode that has changed; only with the output off."""
        if self.calibration and not self.drive.is_on():
            self.zeroed = self.calibration
            self.measure.zero_part = 0
            self.drive.arm(mode, self.calibration)
            self.board.select_range(mode.range, mode.trip_high)
            self.armed = mode
            self.zero.reset()

    def _tell(self, outputs):
        """Events to link and memory, the sound to the buzzer."""
        for kind, a, b in outputs.events:
            self.keeper.event(self._uptime_ms, kind, a, b)
        if outputs.sound:
            self.panel.play(outputs.sound)


def _nominal():
    from ionto.builtin_calibration import BuiltinCalibrationStore

    return BuiltinCalibrationStore().load()
