"""The table of modes against that of the design, written here a second time, and what must hold between its columns."""

import pytest

from ionto import limits

MA_MIN = 60_000_000  # uA ms

# As in the design, section 3: name, range, trip high, latch mA, max mA, default mA, step mA, max V, ramps mA/s,
# minutes default and max, charge mA min, may reverse, contact kOhm.
TABLE = (
    ("FACE", "FACE", 0, 4, 3.0, 0.5, 0.1, 10, 0.05, 0.15, 10, 15, 30, False, 50),
    ("UNDERARMS", "BODY", 0, 7, 5.0, 1.5, 0.1, 24, 0.10, 0.30, 15, 20, 80, False, 30),
    ("HANDS", "BODY", 1, 25, 15, 5, 0.5, 36, 0.25, 0.75, 15, 20, 300, True, 20),
    ("FEET", "BODY", 1, 25, 20, 8, 0.5, 36, 0.33, 1.0, 20, 30, 400, True, 20),
)
MODES = pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)


@pytest.mark.requirement("REQ-LIM-1")
@pytest.mark.parametrize("number", range(len(TABLE)))
def test_mode_row_equals_the_design(number: int) -> None:
    name, range_name, trip, latch, top, default, step, volt, up, down, minutes, most, charge, reverses, kohm = TABLE[
        number
    ]
    assert limits.MODES[number]._asdict() == {
        "number": number,
        "name": name,
        "range": {"FACE": limits.RANGE_FACE, "BODY": limits.RANGE_BODY}[range_name],
        "trip_high": trip,
        "latch_ua": round(latch * 1000),
        "max_ua": round(top * 1000),
        "default_ua": round(default * 1000),
        "step_ua": round(step * 1000),
        "max_electrode_mv": volt * 1000,
        "ramp_up_ua_per_s": round(up * 1000),
        "ramp_down_ua_per_s": round(down * 1000),
        "default_min": minutes,
        "max_min": most,
        "max_charge_ua_ms": charge * MA_MIN,
        "can_reverse": reverses,
        "contact_ohm": kohm * 1000,
        "probe_limit_ua": 500 if range_name == "FACE" else 1200,
    }


def test_modes_are_four_and_numbered_by_position() -> None:
    assert len(limits.MODES) == len(TABLE)
    assert (limits.FACE, limits.UNDERARMS, limits.HANDS, limits.FEET) == (0, 1, 2, 3)


@pytest.mark.requirement("REQ-LIM-1")
def test_limits_common_to_all_modes_equal_the_design() -> None:
    assert (limits.PROBE_MV, limits.SHORT_OHM, limits.OPEN_OHM) == (1500, 300, 100_000)
    assert (limits.OPEN_BEFORE_ARMING_MS, limits.CONTACT_STEADY_MS, limits.MIN_MINUTES) == (500, 1000, 1)
    assert limits.ARMED_TIMEOUT_MS == limits.PAUSED_TIMEOUT_MS == 300_000
    assert limits.MAX_SELF_RECONNECTS == 3
    assert limits.STOP_RAMP_MS == 900
    assert (limits.PARTIAL_WINDOW_MS, limits.PARTIAL_RISE_PERCENT, limits.LOST_RISE_PERCENT) == (1000, 30, 100)


@pytest.mark.requirement("REQ-SLF-1", "REQ-PWR-1")
def test_limits_of_the_battery_equal_the_design() -> None:
    assert (limits.BATTERY_START_MV, limits.BATTERY_END_MV, limits.BATTERY_LOW_MS) == (3500, 3300, 1000)
    assert (limits.BATTERY_MIN_MV, limits.BATTERY_MAX_MV) == (3000, 4500)


@pytest.mark.requirement("REQ-CAL-6")
def test_calibration_is_due_after_two_hundred_sessions_or_sixty_hours() -> None:
    assert (limits.CALIBRATION_SESSIONS, limits.CALIBRATION_S) == (200, 216_000)


def test_trip_margins_equal_the_design() -> None:
    assert (limits.OVERCURRENT_PERCENT, limits.OVERCURRENT_MARGIN_UA, limits.OVERVOLTAGE_PERCENT) == (110, 50, 105)
    assert (limits.EXCESS_FLOOR_UA, limits.EXCESS_PERCENT) == (200, 10)
    assert (limits.OPEN_FLOOR_UA, limits.OPEN_PERCENT) == (50, 20)
    assert (limits.MISMATCH_FLOOR_UA, limits.MISMATCH_PERCENT) == (200, 3)
    assert (limits.FOLLOW_FLOOR_MV, limits.FOLLOW_PERCENT) == (500, 5)
    assert (limits.REFERENCE_MV, limits.ADC_REFERENCE_MV, limits.REFERENCE_PERCENT) == (1250, 2500, 2)
    assert limits.GROUND_MAX_RAW == 8
    assert (limits.TICK_US, limits.TICK_LATE_US) == (500, 500)


@pytest.mark.requirement("REQ-LIM-1")
def test_face_has_the_lowest_current_voltage_ramp_and_charge() -> None:
    face = limits.MODES[limits.FACE]
    for mode in limits.MODES[1:]:
        for field in ("max_ua", "default_ua", "max_electrode_mv", "ramp_up_ua_per_s", "max_charge_ua_ms", "latch_ua"):
            assert getattr(face, field) < getattr(mode, field), (mode.name, field)


@pytest.mark.requirement("REQ-LIM-3")
@MODES
def test_firmware_trips_before_the_hardware_latch(mode: limits.Mode) -> None:
    trip_ua = mode.max_ua * limits.OVERCURRENT_PERCENT / 100 + limits.OVERCURRENT_MARGIN_UA
    assert mode.max_ua < trip_ua < mode.latch_ua


@pytest.mark.requirement("REQ-LIM-1")
@MODES
def test_every_level_is_reachable_in_whole_steps_and_below_the_maximum(mode: limits.Mode) -> None:
    assert mode.default_ua % mode.step_ua == 0
    assert mode.max_ua % mode.step_ua == 0
    assert mode.step_ua <= mode.default_ua < mode.max_ua


@MODES
def test_session_at_the_maximum_for_all_its_minutes_would_pass_the_charge_cap(mode: limits.Mode) -> None:
    at_default = mode.default_ua * mode.default_min * 60_000
    assert at_default < mode.max_charge_ua_ms <= mode.max_ua * mode.max_min * 60_000


@pytest.mark.requirement("REQ-LIM-4")
@MODES
def test_probe_current_stays_under_the_probe_limit_from_a_short_on(mode: limits.Mode) -> None:
    assert mode.probe_limit_ua < mode.max_ua
    assert mode.max_electrode_mv > limits.PROBE_MV
    assert mode.contact_ohm < limits.OPEN_OHM
    assert mode.contact_ohm > limits.SHORT_OHM


@pytest.mark.parametrize("number", range(len(TABLE)))
def test_mode_named_finds_each_mode(number: int) -> None:
    assert limits.mode_named(TABLE[number][0]) is limits.MODES[number]


def test_mode_named_with_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(ValueError, match=r"no mode named 'NOSE'; there are FACE, UNDERARMS, HANDS, FEET"):
        limits.mode_named("NOSE")


@pytest.mark.requirement("REQ-TRP-14")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_seal_is_that_of_the_row_and_of_no_row_in_which_a_bit_has_flipped(mode: limits.Mode) -> None:
    assert limits.seal_of(mode) == limits.seal(mode)
    for name in set(limits.Mode._fields) - {"name"}:
        for bit in range(35):
            flipped = mode._replace(**{name: getattr(mode, name) ^ 1 << bit})
            assert limits.seal(flipped) != limits.seal_of(mode), (name, bit)


@pytest.mark.requirement("REQ-TRP-14")
def test_seal_of_a_row_of_the_table_does_not_follow_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    flipped = limits.MODES[0]._replace(max_ua=limits.MODES[0].max_ua ^ 4)
    wanted = limits.seal(limits.MODES[0])
    assert limits.seal_of(flipped) == limits.seal(flipped) != wanted  # a row of its own, as SERVICE has
    monkeypatch.setattr(limits, "MODES", (flipped, *limits.MODES[1:]))
    assert limits.seal_of(flipped) == wanted
