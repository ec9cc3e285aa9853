"""What the screens say: faults, reasons, refusals, set and delivered current, and what to do."""

import sys

import pytest

from ionto import faults, limits, messages, states, view
from ionto.screens_fault import UNKNOWN, row_of, value_lines
from tests.snapshots.drawing import ALL_REASONS, CALIBRATIONS, STATES, Texts, draw, most, view_with

pytestmark = pytest.mark.requirement("REQ-PAN-1")

SHOWS_CURRENT = [number for number in STATES if states.STATES[number] not in ("BOOT", "SELF_TEST", "FAULT")]


@pytest.fixture
def texts(monkeypatch):
    return Texts(monkeypatch)


@pytest.mark.parametrize("reasons", range(ALL_REASONS + 1))
def test_screen_every_set_of_reasons_fits_and_is_named(reasons, texts):
    for state in (states.RAMP_UP, states.HOLD, states.RAMP_DOWN):
        shown = most(state)
        shown.reasons = reasons
        texts.boxes.clear()
        draw(shown)
        written = [box[0] for box in texts.boxes]
        for bit, name in faults.REASONS:
            short = {"RAMPING": "RAMP", "V-LIMIT": "V-LIM", "PARTIAL CONTACT": "PARTIAL", "CHARGE CAP": "CAP"}[name]
            assert bool(reasons & bit) == (name in written or short in written)


@pytest.mark.parametrize("row", faults.FAULTS, ids=lambda row: row.name)
def test_screen_every_fault_fits_and_says_what_to_do(row, texts):
    for value, limit in ((0, 0), (-22050, 22050), (48000, 37800), (15, 1)):
        shown = most(states.FAULT)
        shown.fault, shown.fault_value, shown.fault_limit = row.number, value, limit
        texts.boxes.clear()
        draw(shown)
        assert f"FAULT {row.number}" in texts.words()
        for part in (row.name, row.channel, row.advice, "hold START 3 s"):
            assert part in texts.words()


def test_screen_fault_not_in_the_table_is_still_shown(texts):
    draw(view_with(state=states.FAULT, fault=63))
    assert "FAULT 63" in texts.words()
    assert "UNKNOWN FAULT" in texts.words()


def test_fault_is_shown_even_where_its_texts_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ionto.fault_texts", None)
    assert row_of(faults.LATCH) == UNKNOWN


@pytest.mark.parametrize("code", [number for number, _ in faults.REFUSALS] + [255])
@pytest.mark.parametrize("state", STATES)
def test_screen_every_refusal_fits_and_is_readable(state, code, texts):
    shown = most(state)
    shown.refusal = code
    draw(shown)
    assert faults.refusal_text(code) in texts.words()


@pytest.mark.parametrize("end", [0] + [number for number, _ in messages.ENDS])
def test_screen_every_end_fits(end, texts):
    shown = most(states.DONE)
    shown.end = end
    draw(shown)
    assert dict(messages.ENDS).get(end, "") in texts.words()


@pytest.mark.parametrize("state", SHOWS_CURRENT)
def test_screen_with_current_in_it_marks_the_builtin_calibration(state, texts):
    for calibration in CALIBRATIONS:
        shown = most(state)
        shown.calibration = calibration
        texts.boxes.clear()
        draw(shown)
        assert ("SIM CAL" in texts.words()) == (calibration == messages.CALIBRATION_BUILTIN)


@pytest.mark.parametrize("row", faults.FAULTS, ids=lambda row: row.name)
def test_screen_fault_with_a_current_marks_the_builtin_calibration(row, texts):
    shown = most(states.FAULT)
    shown.fault = row.number
    draw(shown)
    assert ("SIM CAL" in texts.words()) == (row.unit == "uA")


@pytest.mark.parametrize("state", [states.RAMP_UP, states.HOLD, states.RAMP_DOWN])
def test_screen_under_current_shows_set_and_delivered(state, texts, monkeypatch):
    digits = []
    monkeypatch.setattr("ionto.font_digits.number", lambda fb, string, x, y, size: digits.append(string) or x)
    draw(view_with(state=state, level_ua=1500, current_ua=812, remaining_s=402))
    assert digits == ["0.81", "06:42"]
    assert "set 1.50 mA" in texts.words()


def test_screen_confirm_face_lists_what_to_check(texts):
    draw(view_with(state=states.CONFIRM, mode=limits.FACE))
    for check in ("one-pole mask", "eyes, nose, lips free"):
        assert check in texts.words()
    texts.boxes.clear()
    draw(view_with(state=states.CONFIRM, mode=limits.HANDS))
    assert "mask" not in texts.words()


def test_screen_paused_says_whether_start_is_needed(texts):
    draw(view_with(state=states.PAUSED, reconnects_left=2))
    assert "touch water" in texts.words()
    assert "left: 2" in texts.words()
    texts.boxes.clear()
    for circuit, says in ((view.CIRCUIT_OPEN, "water, then START"), (view.CIRCUIT_CLOSED, "START goes on")):
        texts.boxes.clear()
        draw(view_with(state=states.PAUSED, needs_start=True, circuit=circuit))
        assert says in texts.words()
        assert "restarts left" not in texts.words()


def test_screen_reversed_session_says_so(texts):
    draw(view_with(state=states.HOLD, mode=limits.HANDS, polarity_reversed=True))
    assert "reversed" in texts.words()


def test_value_lines_name_value_limit_and_unit():
    def lines(number, value, limit):
        return value_lines(faults.fault(number), value, limit)

    assert lines(faults.OVERCURRENT_A, 3520, 3350) == ("sense A current", "3.52 mA, limit 3.35 mA")
    assert lines(faults.OVERVOLTAGE, 10626, 10500) == ("electrode voltage", "10.62 V, limit 10.50 V")
    assert lines(faults.STUCK_BUTTON, 5, 0) == ("button", "UP MODE")
    assert lines(faults.TICK_LATE, 1062, 1000) == ("tick period", "1062, limit 1000 us")
    assert lines(faults.SENSE_MISMATCH, -1260, 350)[1] == "-1.26 mA, limit 0.35 mA"
