"""The panel: shows a View on the display, the LED and the buzzer, without ever holding up the main loop.

A step draws, or sends one page of the display, or does neither. A display that does not answer is counted, left alone
for 2 s and tried again; treatment goes on without it. One that answers may have lost what it had: every second a page
is sent again, and after the last one its settings. [REQ-PAN-2] [REQ-PAN-4]
"""

from ionto import screens, states
from ionto.sounds import Sounds
from ionto.view import View

PAGES = 8
_PAGE_BYTES = 128
_ALL_PAGES = (1 << PAGES) - 1

REDRAW_MS = 100  # at most this often
REFRESH_MS = 1000  # at least this often
LOOK_MS = 20  # between two looks whether something has changed
RETRY_MS = 2000
RENEW_MS = 1000
LED_CURRENT_UA = 50  # above this the LED is lit
ARMED_BLINK_MS = 1000  # period; half of it lit
FAULT_BLINK_MS = 250

_WRAP = (1 << 30) - 1  # ticks_ms wraps at 2**30


class Panel:
    """Display, LED and buzzer.

    `display` has `framebuf`, `buffer`, `initialise()` and `show_page(page)`, the last two raising OSError when it does
    not answer; `led(on)` and `tone(freq_hz)` are functions. `failures` counts what the display did not answer.
    """

    def __init__(self, display, led, tone):
        self._display = display
        self._led = led
        self.sounds = Sounds(tone)
        self.failures = 0
        self.display_ok = True
        self._sent = bytearray(PAGES * _PAGE_BYTES)  # what the display shows
        self._sent_view = memoryview(self._sent)
        self._drawn_view = memoryview(display.buffer)
        self._unknown = _ALL_PAGES  # pages of which nobody knows what the display shows
        self._dirty = 0  # pages to send
        self._turn = 0  # page that is sent again next, whatever the display has; after the last one its settings
        self._renewed_ms = 0
        self._shown = [None] * screens.VISIBLE  # in the last drawing
        self._seen = [None] * screens.VISIBLE  # at the last look
        self._drawn_ms = None  # None: a drawing is wanted or has begun
        self._looked_ms = 0
        self._failed_ms = 0
        self._lit = None
        self._fault_view = View()
        self._fault_view.state = states.FAULT

    def play(self, number):
        """Plays SOUND_* `number`; see sounds.py."""
        self.sounds.play(number)

    def step(self, now_ms, view):
        """One round: sounds, LED, and a drawing or one page or neither."""
        self.sounds.step(now_ms, view.fault)
        self._show_led(now_ms, view)
        if not self.display_ok:
            self._retry(now_ms)
        elif self._is_due(now_ms, view):
            self._draw(now_ms, view)
        elif self._dirty:
            self._send_one(now_ms)
        elif (now_ms - self._renewed_ms) & _WRAP >= RENEW_MS:
            self._renew(now_ms)

    def show_fault_now(self, number, value=0, limit=0):
        """Draws fault `number` and sends all pages before it returns, for when the main loop has ended.

        Never raises.
        """
        view = self._fault_view
        view.fault = number
        view.fault_value = value
        view.fault_limit = limit
        try:
            screens.draw(self._display.framebuf, view)
            self._led(True)
        except Exception:  # nothing may keep the caller from what it has to do next
            self.failures += 1
        for page in range(PAGES):
            try:
                self._display.show_page(page)
            except Exception:
                self.failures += 1
        self._unknown = _ALL_PAGES
        self._drawn_ms = None

    def _draw(self, now_ms, view):
        screens.draw(self._display.framebuf, view)
        if self._drawn_ms is None:
            self._renewed_ms = now_ms  # all pages are sent now
        self._drawn_ms = self._looked_ms = now_ms
        screens.look(view, self._shown)
        self._find_dirty()

    def _is_due(self, now_ms, view):
        """Whether something has changed, for long enough since the last drawing, or that is very long ago."""
        if self._drawn_ms is None:
            return True
        since_ms = (now_ms - self._drawn_ms) & _WRAP
        if since_ms < REDRAW_MS:
            return False
        if since_ms >= REFRESH_MS:
            return True
        if (now_ms - self._looked_ms) & _WRAP < LOOK_MS:
            return False
        self._looked_ms = now_ms
        screens.look(view, self._seen)
        return self._seen != self._shown

    def _renew(self, now_ms):
        """What is next in turn counts as lost."""
        self._renewed_ms = now_ms
        if self._turn < PAGES:
            self._dirty = 1 << self._turn
            self._turn += 1
            return
        self._turn = 0
        try:
            self._display.initialise()
        except OSError:
            self._failed(now_ms)

    def _find_dirty(self):
        self._dirty = self._unknown
        for page in range(PAGES):
            start = page * _PAGE_BYTES
            end = start + _PAGE_BYTES
            if self._drawn_view[start:end] != self._sent_view[start:end]:
                self._dirty |= 1 << page

    def _send_one(self, now_ms):
        page = 0
        while not self._dirty >> page & 1:
            page += 1
        try:
            self._display.show_page(page)
        except OSError:
            self._failed(now_ms)
            return
        start = page * _PAGE_BYTES
        end = start + _PAGE_BYTES
        self._sent_view[start:end] = self._drawn_view[start:end]
        self._dirty &= ~(1 << page)
        self._unknown &= ~(1 << page)

    def _failed(self, now_ms):
        self.failures += 1
        self.display_ok = False
        self._failed_ms = now_ms

    def _retry(self, now_ms):
        if (now_ms - self._failed_ms) & _WRAP < RETRY_MS:
            return
        try:
            self._display.initialise()
        except OSError:
            self._failed(now_ms)
            return
        self.display_ok = True
        self._unknown = _ALL_PAGES
        self._drawn_ms = None

    def _show_led(self, now_ms, view):
        """Lit under current, blinking in FAULT and ARMED. [REQ-PAN-3]"""
        if view.current_ua > LED_CURRENT_UA:
            lit = True
        elif view.state == states.FAULT:
            lit = now_ms % FAULT_BLINK_MS < FAULT_BLINK_MS // 2
        elif view.state == states.ARMED:
            lit = now_ms % ARMED_BLINK_MS < ARMED_BLINK_MS // 2
        else:
            lit = False
        if lit != self._lit:
            self._lit = lit
            self._led(lit)
