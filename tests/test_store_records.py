"""Every record comes back as it was packed; what cannot be true is refused."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionto import limits, store_map
from ionto import store_records as records
from ionto.calibration import FIELDS, NOMINAL, RangeCalibration
from ionto.store_slots import MAX_PAYLOAD_BYTES

LAYOUTS = {"COUNTERS": records.COUNTERS, "SESSION": records.SESSION, "EVENT": records.EVENT, "TRACE": records.TRACE}
BOUNDS = {"B": (0, 255), "H": (0, 65535), "I": (0, 2**32 - 1), "i": (-(2**31), 2**31 - 1)}


@pytest.mark.parametrize("name", LAYOUTS)
@settings(max_examples=40)
@given(st.data())
def test_record_comes_back_as_it_was(name: str, data) -> None:
    layout = LAYOUTS[name]
    values = [data.draw(st.integers(*BOUNDS[code])) for code in layout.codes]
    payload = layout.pack(values)
    assert len(payload) == layout.size_bytes == struct.calcsize("<" + layout.codes)
    assert list(layout.unpack(payload)) == values


@pytest.mark.parametrize("name", LAYOUTS)
@settings(max_examples=40)
@given(st.data())
def test_number_that_does_not_fit_is_the_nearest_that_does_and_none_is_the_largest(name: str, data) -> None:
    layout = LAYOUTS[name]
    values = [data.draw(st.none() | st.integers(-(2**40), 2**40)) for _ in layout.codes]
    for code, value, found in zip(layout.codes, values, layout.unpack(layout.pack(values)), strict=True):
        low, high = BOUNDS[code]
        assert found == (high if value is None else min(max(value, low), high))


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("difference", [-1, 1])
def test_payload_of_another_length_is_refused(name: str, difference: int) -> None:
    size = LAYOUTS[name].size_bytes
    with pytest.raises(ValueError, match=f"{size + difference} bytes, not {size}"):
        LAYOUTS[name].unpack(bytes(size + difference))


def test_records_fill_their_rings_and_fit_their_slots() -> None:
    for layout, place in zip((records.SESSION, records.EVENT, records.TRACE), store_map.RINGS, strict=True):
        assert layout.size_bytes == place.record_bytes - 6
    assert records.COUNTERS.size_bytes <= MAX_PAYLOAD_BYTES
    assert len(records.pack_calibration(NOMINAL, counted(0, 0))) <= MAX_PAYLOAD_BYTES


def test_changed_takes_the_named_values_only() -> None:
    row = records.TRACE.make(1, 2, 3, 4, 5, 6)
    assert records.TRACE.changed(row, voltage_mv=9, state=0) == (0, 2, 3, 9, 5, 6)
    assert row == (1, 2, 3, 4, 5, 6)


def test_rows_of_a_layout_have_its_names_and_are_of_one_type() -> None:
    layout = records.Layout("Point", "B x H y i z ")
    first, second = layout.make(1, 2, 3), layout.make(z=-6, y=5, x=4)
    assert (first.x, first.y, first.z) == (1, 2, 3)
    assert (second.x, second.y, second.z) == (4, 5, -6)
    assert type(layout.unpack(layout.pack(second))) is type(first)
    assert type(first).__name__ == "Point"


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=18, max_size=18))
def test_calibration_comes_back_as_it_was(values: list[int]) -> None:
    ranges = (RangeCalibration(*values[:9]), RangeCalibration(*values[9:]))
    assert records.unpack_calibration(records.pack_calibration(ranges, counted(7, 8))) == ranges


@pytest.mark.parametrize("size", [0, 72, 79, 81])
def test_calibration_of_another_length_is_refused(size: int) -> None:
    assert len(FIELDS) * 2 * 4 + 8 == 80
    with pytest.raises(ValueError, match=f"{size} bytes, not 80"):
        records.unpack_calibration(bytes(size))


def counted(sessions: int, treated_s: int) -> Any:
    counters = records.COUNTERS.unpack(bytes(records.COUNTERS.size_bytes))
    return records.COUNTERS.changed(counters, sessions=sessions, treated_s=treated_s)


@pytest.mark.requirement("REQ-CAL-6")
@pytest.mark.parametrize(
    ("now", "since"),
    [
        ((50, 9000), (0, 0, False)),
        ((249, 9000), (199, 0, False)),
        ((250, 9000), (200, 0, True)),
        ((51, 9000 + 215_999), (1, 215_999, False)),
        ((51, 9000 + 216_000), (1, 216_000, True)),
        ((49, 9000), (-1, 0, True)),  # counters that were lost
        ((50, 8999), (0, -1, True)),
    ],
)
def test_calibration_is_due_after_200_sessions_or_60_hours_or_when_nobody_knows(
    now: tuple[int, int], since: tuple[int, int, bool]
) -> None:
    payload = records.pack_calibration(NOMINAL, counted(50, 9000))
    assert records.since_calibration(payload, counted(*now)) == since


def settings_with(index: int, column: int, value: int) -> bytes:
    rows = [list(row) for row in records.default_settings()]
    rows[index][column] = value
    return records.pack_settings(rows)


def test_default_settings_are_those_of_the_modes_and_may_be_stored() -> None:
    rows = records.default_settings()
    assert rows == [(mode.default_ua, mode.default_min, 0) for mode in limits.MODES]
    assert records.unpack_settings(records.pack_settings(rows)) == rows


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_setting_beyond_what_its_mode_allows_is_refused(mode: limits.Mode) -> None:
    number = int(mode.number)
    reversals = (0, 1) if mode.can_reverse else (0,)
    for column, good, bad in (
        (0, (mode.step_ua, mode.max_ua), (mode.step_ua - 1, mode.max_ua + 1, 0, 65535)),
        (1, (1, mode.max_min), (0, mode.max_min + 1, 255)),
        (2, reversals, (reversals[-1] + 1, 255)),
    ):
        for value in good:
            assert records.unpack_settings(settings_with(number, column, value))[number][column] == value
        for value in bad:
            with pytest.raises(ValueError, match=mode.name):
                records.unpack_settings(settings_with(number, column, value))


@pytest.mark.parametrize("size", [0, 15, 17])
def test_settings_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} bytes, not 16"):
        records.unpack_settings(bytes(size))


def counters(**values: int) -> bytes:
    zero = records.COUNTERS.unpack(bytes(records.COUNTERS.size_bytes))
    return records.COUNTERS.pack(records.COUNTERS.changed(zero, **values))


@pytest.mark.requirement("REQ-MEM-2")
def test_counters_that_contradict_each_other_are_refused() -> None:
    good = {"power_ons": 9, "watchdog_resets": 9, "sessions": 2, "interrupted": 2, "treated_s": 3602, "mode": 3}
    row = records.unpack_counters(counters(**good))
    assert (row.power_ons, row.treated_s, row.mode) == (9, 3602, 3)
    for name in ("watchdog_resets", "interrupted", "treated_s", "mode"):
        with pytest.raises(ValueError, match=r"than|in 2 sessions"):
            records.unpack_counters(counters(**{**good, name: good[name] + 1}))
    with pytest.raises(ValueError, match="37 bytes, not 38"):
        records.unpack_counters(bytes(37))
