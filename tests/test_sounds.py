"""Sounds: patterns that do not startle, and a player that does not wait."""

import pytest

from ionto import session_table
from ionto.sounds import PATTERNS, SOUND_CONTACT, SOUND_FAULT, SOUND_KEY, SOUND_LOST, SOUND_REFUSED, Sounds

WRAP = 1 << 30
NUMBERS = sorted(PATTERNS)


class Buzzer:
    def __init__(self, start_ms=0):
        self.heard = []
        self.time_ms = start_ms
        self.start_ms = start_ms
        self.sounds = Sounds(lambda freq_hz: self.heard.append((freq_hz, self.time_ms - self.start_ms)))

    def run(self, for_ms, fault=0):
        for _ in range(0, for_ms, 5):
            before = len(self.heard)
            self.sounds.step(self.time_ms % WRAP, fault)
            assert len(self.heard) - before <= 1
            self.time_ms += 5
        return [freq_hz for freq_hz, _ in self.heard]


def test_every_sound_has_a_pattern():
    named = {value for name, value in vars(session_table).items() if name.startswith("SOUND_")}
    assert set(PATTERNS) == named


@pytest.mark.requirement("REQ-SND-1")
@pytest.mark.parametrize("number", NUMBERS)
def test_pattern_is_short_and_of_middle_pitch(number):
    notes = PATTERNS[number]
    assert all(freq_hz == 0 or 250 <= freq_hz <= 900 for freq_hz, _ in notes)
    assert all(20 <= ms <= 400 for freq_hz, ms in notes if freq_hz)
    if number != SOUND_FAULT:
        assert sum(ms for _, ms in notes) <= 1200


@pytest.mark.parametrize("start_ms", [0, WRAP - 100])
@pytest.mark.parametrize("number", [number for number in NUMBERS if number != SOUND_FAULT])
def test_sound_plays_its_notes_and_ends_in_silence(number, start_ms):
    buzzer = Buzzer(start_ms)
    buzzer.sounds.play(number)
    assert buzzer.heard == []
    assert buzzer.run(3000) == [freq_hz for freq_hz, _ in PATTERNS[number]] + [0]
    expected_ms = 0
    for (_, at_ms), (_, ms) in zip(buzzer.heard, PATTERNS[number], strict=False):
        assert expected_ms <= at_ms <= expected_ms + 5 * len(PATTERNS[number])
        expected_ms += ms
    assert buzzer.sounds.playing == 0


def test_more_urgent_sound_replaces_a_lesser():
    buzzer = Buzzer()
    buzzer.sounds.play(SOUND_CONTACT)
    buzzer.run(5)
    buzzer.sounds.play(SOUND_LOST)
    assert buzzer.run(3000) == [523] + [freq_hz for freq_hz, _ in PATTERNS[SOUND_LOST]] + [0]


def test_lesser_sound_does_not_replace_a_more_urgent():
    buzzer = Buzzer()
    buzzer.sounds.play(SOUND_LOST)
    buzzer.run(50)
    buzzer.sounds.play(SOUND_KEY)
    assert buzzer.run(3000) == [freq_hz for freq_hz, _ in PATTERNS[SOUND_LOST]] + [0]


def test_same_sound_begins_again():
    buzzer = Buzzer()
    buzzer.sounds.play(SOUND_REFUSED)
    buzzer.run(50)
    buzzer.sounds.play(SOUND_REFUSED)
    assert buzzer.run(3000) == [330] + [freq_hz for freq_hz, _ in PATTERNS[SOUND_REFUSED]] + [0]


@pytest.mark.requirement("REQ-SND-1")
def test_fault_sounds_until_it_has_cleared():
    buzzer = Buzzer()
    notes = [freq_hz for freq_hz, _ in PATTERNS[SOUND_FAULT]]
    heard = buzzer.run(20000, fault=4)
    assert heard[: 2 * len(notes)] == notes * 2
    buzzer.heard.clear()
    assert buzzer.run(20000, fault=0) == [0]


@pytest.mark.requirement("REQ-SND-1")
def test_fault_sounds_even_if_nobody_asked_for_it():
    buzzer = Buzzer()
    assert buzzer.run(100, fault=1) == [PATTERNS[SOUND_FAULT][0][0]]


def test_other_sounds_do_not_interrupt_the_fault():
    buzzer = Buzzer()
    buzzer.run(300, fault=1)
    buzzer.sounds.play(SOUND_REFUSED)
    assert 330 not in buzzer.run(5000, fault=1)


def test_unknown_sound_is_ignored():
    buzzer = Buzzer()
    buzzer.sounds.play(0)
    buzzer.sounds.play(77)
    assert buzzer.run(1000) == []


def test_silence_is_not_repeated():
    buzzer = Buzzer()
    buzzer.run(10000)
    assert buzzer.heard == []
