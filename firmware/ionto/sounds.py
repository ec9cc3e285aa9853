"""Sounds: the buzzer's patterns and their player, which never waits.

Someone with wet electrodes on the face must not be made to jump: notes are short and of middle pitch, the alarm is
slow, and no pattern begins with its highest note but the click of a key. [REQ-SND-1]
"""

from ionto.session_table import (
    SOUND_CONTACT,
    SOUND_DONE,
    SOUND_FAULT,
    SOUND_KEY,
    SOUND_LIMIT,
    SOUND_LOST,
    SOUND_PARTIAL,
    SOUND_REFUSED,
    SOUND_START,
)

# Notes as (Hz, ms); 0 Hz is silence.
PATTERNS = {
    SOUND_KEY: ((880, 20),),
    SOUND_REFUSED: ((330, 80), (0, 50), (262, 140)),
    SOUND_CONTACT: ((523, 80), (659, 120)),
    SOUND_LOST: ((523, 120), (0, 60), (392, 200)),
    SOUND_START: ((440, 100), (554, 100), (659, 160)),
    SOUND_DONE: ((659, 200), (0, 60), (554, 200), (0, 60), (440, 350)),
    SOUND_FAULT: ((440, 250), (0, 150), (440, 250), (0, 150), (349, 400), (0, 2800)),
    SOUND_PARTIAL: ((440, 120), (0, 100), (440, 120)),
    SOUND_LIMIT: ((494, 90),),
}

_WRAP = (1 << 30) - 1  # ticks_ms wraps at 2**30


class Sounds:
    """Plays one pattern at a time on `tone(freq_hz)`, where 0 is silence."""

    def __init__(self, tone):
        self._tone = tone
        self.playing = 0
        self._note = -1  # index of the note that sounds; -1: the pattern has not begun
        self._since_ms = 0

    def play(self, number):
        """Plays SOUND_* `number` from the next step on, unless something more urgent, with a higher number, is playing.

        SOUND_FAULT sounds until `step` is told that there is no fault any more. Unknown numbers are ignored.
        """
        if number in PATTERNS and number >= self.playing:
            self.playing = number
            self._note = -1

    def step(self, now_ms, fault=0):
        """Goes on to the next note when its time has come. `fault` is the view's: while it is set the alarm sounds."""
        if not fault and not self.playing:
            return
        if fault and self.playing != SOUND_FAULT:
            self.play(SOUND_FAULT)
        elif not fault and self.playing == SOUND_FAULT:
            self._silence()
        if not self.playing:
            return
        notes = PATTERNS[self.playing]
        if self._note >= 0 and ((now_ms - self._since_ms) & _WRAP) < notes[self._note][1]:
            return
        self._note += 1
        if self._note == len(notes):
            if self.playing != SOUND_FAULT:
                self._silence()
                return
            self._note = 0
        self._since_ms = now_ms
        self._tone(notes[self._note][0])

    def _silence(self):
        self.playing = 0
        self._tone(0)
