"""Every screen draws whatever a View can say, inside the display, with no words on other words."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto import faults, limits, view
from tests.snapshots.drawing import ALL_REASONS, CALIBRATIONS, CIRCUITS, STATES, Texts, draw, look_at, most, view_with
from tests.snapshots.scenes import SCENES, view_of

pytestmark = pytest.mark.requirement("REQ-PAN-1")


@pytest.fixture
def texts(monkeypatch):
    return Texts(monkeypatch)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("mode", range(len(limits.MODES)))
def test_screen_every_circuit_and_calibration_fits(state, mode):
    for circuit, calibration, edits in itertools.product(CIRCUITS, CALIBRATIONS, (False, True)):
        shown = most(state)
        shown.mode, shown.circuit, shown.calibration, shown.editing_minutes = mode, circuit, calibration, edits
        draw(shown)


def _overlap(first, second):
    return first[1] < second[3] and second[1] < first[3] and first[2] < second[4] and second[2] < first[4]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene[0])
def test_scene_no_words_on_other_words(scene, texts):
    shown = view_of(scene)
    shown.refusal = shown.notice = 0  # they cover what is below them
    draw(shown)
    for first, second in itertools.combinations(texts.boxes, 2):
        assert not _overlap(first, second), f"{first[0]!r} and {second[0]!r} overlap"


@pytest.mark.parametrize("state", STATES)
def test_screen_with_the_widest_figures_has_no_words_on_other_words(state, texts):
    for circuit, needs_start in itertools.product(CIRCUITS, (False, True)):
        shown = most(state)
        shown.circuit, shown.needs_start, shown.reasons = circuit, needs_start, ALL_REASONS
        texts.boxes.clear()
        draw(shown)
        for first, second in itertools.combinations(texts.boxes, 2):
            assert not _overlap(first, second), f"{first[0]!r} and {second[0]!r} overlap"


VIEWS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(STATES),
        "mode": st.integers(0, len(limits.MODES) - 1),
        "level_ua": st.integers(0, 20000),
        "minutes": st.integers(1, 30),
        "editing_minutes": st.booleans(),
        "reverse_enabled": st.booleans(),
        "polarity_reversed": st.booleans(),
        "setpoint_ua": st.integers(0, 20000),
        "current_ua": st.integers(0, 25000),
        "voltage_mv": st.integers(0, 51200),
        "resistance_ohm": st.none() | st.integers(0, 1 << 30),
        "circuit": st.sampled_from(CIRCUITS),
        "remaining_s": st.integers(0, 1800),
        "charge_ua_s": st.integers(0, 24100000),
        "reasons": st.integers(0, ALL_REASONS),
        "fault": st.integers(0, 40),
        "fault_value": st.integers(-65536, 65536),
        "fault_limit": st.integers(-65536, 65536),
        "needs_start": st.booleans(),
        "reconnects_left": st.integers(0, 3),
        "end": st.integers(0, 8),
        "notice": st.sampled_from([0] + [number for number, _ in faults.NOTICES]),
        "refusal": st.sampled_from([0] + [number for number, _ in faults.REFUSALS]),
        "hold_ms": st.integers(0, 40000),
        "calibration": st.sampled_from(CALIBRATIONS),
        "service": st.just(()) | st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 36000)),
    }
)


@settings(max_examples=200)
@given(VIEWS)
def test_screen_any_view_draws_inside_the_display(fields):
    assert set(fields) | {"current_b_ua", "battery_mv"} == set(vars(view.View()))
    draw(view_with(**fields))


@settings(max_examples=100)
@given(VIEWS, st.sampled_from(sorted(vars(view.View()))), st.sampled_from((1, 4, 9, 49, 299, 599)))
def test_visible_same_key_means_same_pixels(fields, field, more):
    one, other = view_with(**fields), view_with(**fields)
    if field in ("level_ua", "setpoint_ua", "current_ua", "voltage_mv", "resistance_ohm", "charge_ua_s", "hold_ms"):
        setattr(other, field, (getattr(one, field) or 0) + more)
    else:
        setattr(other, field, (1, 2, more) if field == "service" else 1)
    if look_at(one) == look_at(other):
        assert draw(one) == draw(other)
