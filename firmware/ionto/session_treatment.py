"""The session's actions on the treatment: arm, drive, pause, reverse, end, latch a fault.

The methods from `pass_test` on are named in the table (session_table.py).
"""

from ionto import faults, limits, messages
from ionto.session_actions import Actions
from ionto.session_data import STOP_OFF_MS
from ionto.session_table import (
    DRIVE_CURRENT,
    DRIVE_PROBE,
    SOUND_CONTACT,
    SOUND_DONE,
    SOUND_FAULT,
    SOUND_LIMIT,
    SOUND_LOST,
    SOUND_PARTIAL,
    SOUND_START,
)


class Treatment(Actions):
    """Everything that changes what is driven."""

    def _drive_current(self):
        """The one way to current: from the probe, which has seen the contact. [REQ-SES-4]"""
        self.drive = DRIVE_CURRENT
        self.retargeted = True
        self.run.needs_start = False
        self.lift.reset()
        self.settings.editing_minutes = False

    def _ramp_to_zero(self, is_hurried):
        """Heads for zero; hurried: within STOP_RAMP_MS, never slower than the mode's slope. [REQ-SES-5]"""
        run = self.run
        run.is_partial = False
        if self.drive != DRIVE_CURRENT:
            self._off()
            return
        slope = self.settings.mode.ramp_down_ua_per_s
        from_ua_ms = max(self.inputs.setpoint_ua, self.inputs.current_ua) * 1000
        if is_hurried:
            slope = max(slope, (from_ua_ms + limits.STOP_RAMP_MS - 1) // limits.STOP_RAMP_MS)
            run.ramp_limit_ms = STOP_OFF_MS
        else:
            run.ramp_limit_ms = from_ua_ms // slope * 5 // 4 + 1000
        run.is_hurried = is_hurried
        run.ramp_down_ua_per_s = slope
        run.ramp_ms = 0
        self.retargeted = True

    def _end(self, cause, is_hurried):
        self.run.end = self.run.end or cause
        self._ramp_to_zero(is_hurried)

    def _report_end(self):
        run = self.run
        run.is_open = False
        self.event(messages.EVENT_END, run.end, run.charge_ua_s)

    def pass_test(self):
        self.is_tested = True

    def enter_service(self):
        """Its code is imported here: RAM is scarce."""
        from ionto.session_service import Service

        self.is_tested = True
        self.service = Service(self)

    def serve(self):
        self.service.serve()

    def serve_current(self):
        self._drive_current()

    def end_service(self):
        self.service.forget()
        self.hurry()

    def cut_service(self):
        self.service.note_cut(self.detail[0])
        self.probe_again()

    def go_idle(self):
        self._off()
        self.run.reset()
        self.settings.editing_minutes = False

    def arm(self):
        self.settings.editing_minutes = False

    def probe(self):
        self.drive = DRIVE_PROBE

    def clear_cut(self):
        self.outputs.clear_trip = True
        number, current_ua, _ = self.detail
        # The tick's last reading may be from after the break: the round before says what had flowed.
        self.event(messages.EVENT_CUT, number, max(current_ua, self.last_current_ua))

    def probe_again(self):
        self.clear_cut()
        self._off()

    def begin(self):
        self.run.is_open = True
        self.sound(SOUND_START)
        self._drive_current()

    def resume(self):
        self.sound(SOUND_CONTACT)
        self._drive_current()

    def reconnect(self):
        self.run.reconnects += 1
        self.resume()

    def need_start(self):
        self.run.needs_start = True
        self.timers.wait_ms = 0

    def lose(self):
        self._off()
        self.run.needs_start = self.run.reconnects >= limits.MAX_SELF_RECONNECTS
        self.sound(SOUND_LOST)

    def lose_cut(self):
        self.clear_cut()
        self.lose()

    def lose_lifted(self):
        self.event(messages.EVENT_CUT, faults.CUT_LIFTED, self.inputs.current_ua)
        self.lose()

    def halve(self):
        self.run.is_partial = True
        self.retargeted = True
        self.announce_lift()

    def announce_lift(self):
        self.sound(SOUND_PARTIAL)

    def restore(self):
        self.run.is_partial = False
        self.retargeted = True
        self.lift.reset()

    def reverse(self):
        self.run.wants_reversed = True
        self._ramp_to_zero(False)

    def rest(self):
        self._off()
        self.timers.wait_ms = 0

    def end_time(self):
        self._end(messages.END_TIME, False)

    def end_charge(self):
        self.run.charge_capped = True
        self.sound(SOUND_LIMIT)
        self._end(messages.END_CHARGE, False)

    def end_start(self):
        self._end(messages.END_START, False)

    def end_stop(self):
        self._end(messages.END_STOP, True)

    def end_host(self):
        self._end(messages.END_HOST, True)

    def end_usb(self):
        self.run.pending_fault = faults.SERVICE_USB
        self.run.end = self.run.end or messages.END_FAULT
        self.hurry()

    def end_battery(self):
        self._end(messages.END_BATTERY, False)

    def hurry(self):
        if not self.run.is_hurried:
            self._ramp_to_zero(True)

    def finish(self):
        self._off()
        self.run.wants_reversed = False
        self._report_end()
        self.sound(SOUND_DONE)

    def finish_cut(self):
        self.clear_cut()
        self.finish()

    def finish_contact(self):
        self.run.end = messages.END_CONTACT
        self.finish()

    def finish_stop(self):
        self.run.end = messages.END_STOP
        self.finish()

    def finish_host(self):
        self.run.end = messages.END_HOST
        self.finish()

    def finish_battery(self):
        self.run.end = messages.END_BATTERY
        self.finish()

    def latch_fault(self):
        """Off in this very round; the first fault is kept. [REQ-SES-14]"""
        self._off()
        self.fault = self.detail
        self.run.pending_fault = 0
        self.run.wants_reversed = False
        number, value, _ = self.detail
        self.event(messages.EVENT_FAULT, number, value)
        if self.run.is_open:
            self.run.end = messages.END_FAULT
            self._report_end()
        self.sound(SOUND_FAULT)

    def latch_usb(self):
        self.detail = (faults.SERVICE_USB, 1, 0)
        self.latch_fault()

    def clear_fault(self):
        self.fault = (0, 0, 0)
        self.outputs.clear_trip = True
        self.outputs.reset_latch = True
        self._set_level(self.settings.mode.default_ua)
        self.go_idle()

    def retest(self):
        self.outputs.run_self_test = True
        self.clear_fault()

    def refuse_closed(self):
        self.refuse_with(faults.CIRCUIT_CLOSED, self.circuit, 0, True)

    def refuse_short(self):
        self.short_told = True
        self.refuse_with(faults.ELECTRODES_SHORT, self.inputs.resistance_ohm, limits.SHORT_OHM, True)

    def refuse_for_usb(self):
        self.refuse_with(faults.SERVICE_USB_PRESENT, 1, 0, True)
        self.go_idle()

    def refuse_for_battery(self):
        self.refuse_with(faults.BATTERY_LOW, self.inputs.battery_mv, limits.BATTERY_END_MV, True)
        self.go_idle()
