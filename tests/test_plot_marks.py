"""Marks of a plot: what is pointed out, in which words, and labels that keep clear of each other."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from host_tools.plot_marks import Label, Placed, markers_of, place
from host_tools.recording import RecordedEvent
from ionto.faults import PARTIAL_CONTACT, RAMPING, V_LIMIT

SPAN, ROWS = 1000.0, 5


def event(time_s: float, kind: str, a: int = 0, b: int = 0, text: str = "") -> RecordedEvent:
    return RecordedEvent(0, time_s, kind, a, b, text)


def texts(*events: RecordedEvent) -> list[str]:
    return [mark.text for mark in markers_of(events, merge_s=5)]


def test_presses_in_quick_succession_become_one_mark() -> None:
    events = [event(index, "LEVEL", 600 + 100 * index, 500 + 100 * index) for index in range(4)]
    assert texts(*events, event(60, "LEVEL", 800, 900)) == ["level 0.5 → 0.9 mA", "level 0.9 → 0.8 mA"]


def test_level_and_minutes_of_a_new_mode_are_no_marks_of_their_own() -> None:
    assert texts(event(1, "MODE", 2, 1), event(1, "LEVEL", 5000, 1500), event(1, "MINUTES", 15, 10)) == ["mode HANDS"]


def test_states_and_ramps_are_shading_not_marks() -> None:
    ramp = event(1, "REASON", RAMPING, 0)
    assert texts(event(1, "STATE", 7, 6), ramp) == []


def test_reasons_say_what_began_and_what_is_over() -> None:
    begun = event(1, "REASON", RAMPING | PARTIAL_CONTACT, 0)
    ended = event(2, "REASON", V_LIMIT, RAMPING | PARTIAL_CONTACT)
    assert texts(begun, ended) == ["+PARTIAL CONTACT", "+V-LIMIT, PARTIAL CONTACT over"]


def test_fault_matters_more_than_a_level() -> None:
    fault, level = markers_of([event(1, "FAULT", 5, 1, "SENSE MISMATCH"), event(2, "LEVEL", 1, 2)], 1)
    assert fault.text == "fault: SENSE MISMATCH"
    assert fault.rank < level.rank


def overlap(one: Placed, other: Placed) -> bool:
    """Whether one label covers the other, or the line that leads down from it."""
    if one.row == other.row:
        return one.left < other.right and other.left < one.right
    upper, lower = (one, other) if one.row > other.row else (other, one)
    return lower.left < upper.at < lower.right


LABELS = st.lists(
    st.builds(Label, st.floats(0, SPAN), st.floats(5, 400), st.integers(0, 9)),
    max_size=40,
)


@given(LABELS)
def test_labels_keep_clear_of_each_other_and_inside(labels: list[Label]) -> None:
    placed = place(labels, SPAN, ROWS)
    assert not any(overlap(one, other) for one, other in combinations(placed, 2))
    assert len({item.index for item in placed}) == len(placed)
    for item in placed:
        assert 0 <= item.row < ROWS
        assert item.left >= 0
        assert item.right <= max(SPAN, labels[item.index].width)
        assert item.at == labels[item.index].at


@given(LABELS.filter(bool))
def test_most_important_label_alone_always_has_a_place(labels: list[Label]) -> None:
    best = min(label.rank for label in labels)
    placed = place(labels, SPAN, ROWS)
    assert any(labels[item.index].rank == best for item in placed)


def test_labels_far_apart_all_lie_in_the_lowest_row() -> None:
    placed = place([Label(at, 80, 1) for at in (0.0, 300.0, 600.0, 1000.0)], SPAN, ROWS)
    assert [item.row for item in placed] == [0, 0, 0, 0]
