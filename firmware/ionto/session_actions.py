"""The session's data, and its actions that answer presses: settings and refusals.

The methods from `adjust_up` on are named in the table (session_table.py); session_treatment.py has the others.
"""

from ionto import faults, limits, messages, states
from ionto.contact import ContactWatch, LiftWatch
from ionto.session_data import REFUSAL_SHOWN_MS, Run, Settings, Timers
from ionto.session_io import Inputs, Outputs
from ionto.session_table import DRIVE_OFF, SOUND_LIMIT, SOUND_REFUSED
from ionto.view import CIRCUIT_UNKNOWN


class Actions:
    """The session's data and what the actions share; session.py decides when each action is due."""

    def __init__(self):
        self.state = states.BOOT
        self.settings = Settings()
        self.run = Run()
        self.timers = Timers()
        self.contact = ContactWatch()
        self.lift = LiftWatch()
        self.inputs = Inputs()
        self.outputs = Outputs()
        self.detail = (0, 0, 0)  # of the event in hand: (code or number, value, limit)
        self.drive = DRIVE_OFF  # wished for; what the state does not allow stays off all the same
        self.retargeted = False  # this round: `at_target` speaks of an older target
        self.circuit = CIRCUIT_UNKNOWN
        self.short_told = False
        self.service = None  # session_service.Service once SERVICE has been entered, until the chip restarts
        self.is_tested = False  # the self-test has passed since power-on
        self.fault = (0, 0, 0)  # number, value, limit; the first one, until it is cleared
        self.last_current_ua = 0  # input of the last round
        self.refusal = 0
        self.is_reversed = False

    def event(self, kind, a, b):
        """Reports (kind, a, b) to whoever logs and sends events."""
        self.outputs.happened = True
        self.outputs.events.append((kind, a, b))

    def sound(self, number):
        """Asks for a sound; the highest number of a round is heard."""
        self.outputs.sound = max(self.outputs.sound, number)

    def refuse_with(self, code, value, limit, is_shown):
        """Answers what cannot be granted. [REQ-SES-19]

        Only presses are shown and heard: a host gets its answer over the link.
        """
        self.outputs.refusals.append((code, value, limit))
        self.event(messages.EVENT_REFUSED, code, self.state)
        if not is_shown:
            return
        self.refusal = code
        self.timers.refusal_left_ms = REFUSAL_SHOWN_MS
        self.sound(SOUND_LIMIT if code in (faults.ABOVE_MAXIMUM, faults.BELOW_MINIMUM) else SOUND_REFUSED)

    def _set_level(self, level_ua):
        old_ua = self.settings.level_ua
        if level_ua != old_ua:
            self.settings.level_ua = level_ua
            self.retargeted = True
            self.event(messages.EVENT_LEVEL, level_ua, old_ua)

    def _set_minutes(self, minutes):
        self.event(messages.EVENT_MINUTES, minutes, self.settings.minutes)
        self.settings.minutes = minutes

    def _adjust(self, direction):
        value = self.settings.stepped(direction)
        if self.settings.editing_minutes:
            self._set_minutes(value)
        else:
            self._set_level(value)
        self._restart_confirm()

    def _restart_confirm(self):
        if self.state == states.CONFIRM:
            self.timers.wait_ms = 0

    def _off(self):
        self.drive = DRIVE_OFF
        self.run.is_partial = False
        self.contact.reset()
        self.short_told = False

    def adjust_up(self):
        self._adjust(1)

    def adjust_down(self):
        self._adjust(-1)

    def toggle_editing(self):
        self.settings.editing_minutes = not self.settings.editing_minutes
        self._restart_confirm()

    def toggle_reversal(self):
        self.settings.reverse_enabled = not self.settings.reverse_enabled

    def next_mode(self):
        settings = self.settings
        old = settings.mode
        level_ua, minutes = settings.level_ua, settings.minutes
        settings.choose(limits.MODES[(old.number + 1) % len(limits.MODES)])
        self.event(messages.EVENT_MODE, settings.mode.number, old.number)
        if settings.level_ua != level_ua:
            self.event(messages.EVENT_LEVEL, settings.level_ua, level_ua)
        if settings.minutes != minutes:
            self.event(messages.EVENT_MINUTES, settings.minutes, minutes)

    def lower_for_host(self):
        self._set_level(self.detail[1])

    def refuse(self):
        code, value, limit = self.detail
        self.refuse_with(code, value, limit, True)

    def refuse_host(self):
        code, value, limit = self.detail
        self.refuse_with(code, value, limit, False)
