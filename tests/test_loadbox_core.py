"""The load box's logic: what is driven when, and that it lets go by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadbox import wiring
from loadbox.core import CONTACT_MS, KEEP_ALIVE_MS, PENDING_MAX, STOP_HOLD_MS, Box
from loadbox.meter import Meter

CONTACT = 1 << wiring.CONTACT
POWER = 1 << wiring.POWER
LED = 1 << wiring.LED
UP, STOP = 1 << 11, 1 << 15


@pytest.fixture
def box():
    return Box("4c4f")


def at(box, now_ms):
    """The outputs after a step at that time, without the LED."""
    box.step(now_ms)
    return box.outputs & ~LED


def test_power_on_drives_nothing(box):
    assert at(box, 0) == at(box, 10_000) == 0
    assert box.lost == 0


def test_load_closes_the_ladder_first_and_then_the_contact(box):
    assert box.line(100, "load 4700") == "ok load 4700"
    ladder = wiring.branch_mask(4)
    assert at(box, 100) == ladder
    assert at(box, 100 + CONTACT_MS - 1) == ladder
    assert at(box, 100 + CONTACT_MS) == ladder | CONTACT


def test_load_that_changes_in_contact_keeps_the_contact(box):
    box.line(0, "load 4700")
    box.step(10)
    box.line(10, "load 10000")
    assert at(box, 10) == wiring.branch_mask(3) | CONTACT
    box.line(20, "load 150")
    assert at(box, 20) == wiring.branch_mask(7) | CONTACT


def test_open_opens_at_once_and_calls_off_a_contact_to_come(box):
    box.line(0, "load 4700")
    box.step(10)
    assert box.line(10, "open") == "ok open"
    assert not at(box, 10) & CONTACT
    box.line(20, "load 1000")
    box.line(21, "open")
    assert not at(box, 50) & CONTACT


def test_press_is_released_by_the_boxs_own_clock(box):
    assert box.line(0, "press UP+DOWN 70") == "ok press UP+DOWN 70"
    assert at(box, 69) == UP | 1 << 12
    assert at(box, 70) == 0


def test_hold_and_release(box):
    box.line(0, "hold UP")
    box.line(0, "stop")
    assert at(box, 1900) == UP | STOP
    box.line(1900, "release UP")
    assert at(box, 1900) == STOP
    box.line(1900, "release STOP")
    assert at(box, 1900) == 0


def test_after_happens_at_its_time_and_in_order(box):
    box.line(0, "after 30 open")
    box.line(0, "after 10 load 4700")
    box.line(0, "after 20 press UP 5")
    assert at(box, 9) == 0
    assert at(box, 12) & CONTACT
    assert at(box, 20) & UP
    assert not at(box, 25) & UP
    assert at(box, 29) & CONTACT
    assert not at(box, 30) & CONTACT


def test_power_is_interrupted_and_given_back(box):
    box.line(0, "power off")
    assert at(box, 0) == POWER
    box.line(0, "power on")
    assert at(box, 0) == 0


def test_rest_lets_go_of_everything_that_is_and_that_is_to_come(box):
    for line in ("load 150", "hold UP+STOP", "power off", "after 50 load 1000", "after 60 stop"):
        box.line(0, line)
    box.step(10)
    assert box.line(10, "rest") == "ok rest"
    assert at(box, 10) == at(box, 1000) == 0


def test_host_that_falls_silent_opens_and_presses_stop_for_a_while(box):
    for line in ("load 4700", "hold UP", "power off", "stream 100", "after 3000 load 150"):
        box.line(0, line)
    assert at(box, KEEP_ALIVE_MS - 1) & CONTACT
    assert at(box, KEEP_ALIVE_MS) == STOP
    assert box.lost == 1
    assert at(box, KEEP_ALIVE_MS + STOP_HOLD_MS - 1) == STOP
    assert at(box, KEEP_ALIVE_MS + STOP_HOLD_MS) == 0
    assert at(box, 60_000) == 0
    assert box.sample(60_000) is None
    assert box.lost == 1


def test_any_line_that_is_granted_keeps_the_box_awake_and_no_other(box):
    box.line(0, "load 4700")
    for now_ms in range(1500, 9000, 1500):
        assert box.line(now_ms, "alive") == f"ok alive {now_ms} 0"
        assert at(box, now_ms) & CONTACT
    for now_ms in range(9000, 9500 + KEEP_ALIVE_MS, 100):
        box.line(now_ms, "garbage")
        box.line(now_ms, "")
        box.step(now_ms)
    assert not box.outputs & CONTACT
    assert box.lost == 1


def test_led_tells_that_a_host_is_there(box):
    assert box.outputs & LED == 0
    box.line(0, "alive")
    assert box.outputs & LED
    box.step(KEEP_ALIVE_MS)
    assert box.outputs & LED == 0


def test_too_much_to_come_is_refused(box):
    for _ in range(PENDING_MAX):
        assert box.line(0, "after 100 open").startswith("ok")
    assert box.line(0, "after 100 open") == f"error after {PENDING_MAX + 1} {PENDING_MAX}"
    assert box.line(0, "press UP 10") == f"error after {PENDING_MAX + 1} {PENDING_MAX}"
    assert box.outputs & UP == 0


def test_full_list_of_presses_to_come_is_done_without_an_error(box):
    for _ in range(PENDING_MAX):
        box.line(0, "after 100 press UP 10")
    assert at(box, 100) & UP
    assert at(box, 110) == 0


def test_identify_tells_protocol_board_and_loads(box):
    loads = ",".join(map(str, wiring.LOADS_OHM))
    assert box.line(0, "identify") == f"ok ionto-loadbox 1 4c4f {loads}"


def test_read_tells_what_was_measured_and_what_is_switched(box):
    box.meter.add(300, 1400, False)
    box.meter.add(100, 1000, False)
    assert box.line(7, "read") == "ok read 7 200 1200 300 open -"
    box.line(7, "load 4700")
    box.line(7, "hold UP+START")
    box.step(20)
    assert box.line(20, "read") == "ok read 20 200 1200 300 4700 UP+START"


def test_stream_gives_a_line_each_period_and_none_more_when_late(box):
    box.line(0, "stream 100")
    lines = [box.sample(now_ms) for now_ms in range(0, 100)]
    assert [index for index, line in enumerate(lines) if line] == list(range(0, 100, 10))
    assert lines[50] == "sample 50 0 0 0"
    late = [box.sample(now_ms) for now_ms in range(500, 520)]
    assert len([line for line in late if line]) <= 4
    box.line(520, "stream 0")
    assert not any(box.sample(now_ms) for now_ms in range(520, 700))


def test_circuit_counts_as_open_only_a_while_after_it_opened(box):
    box.line(0, "load 4700")
    box.step(10)
    assert not box.is_open(1000)
    box.line(1000, "open")
    assert not box.is_open(1010)
    assert box.is_open(1025)


actions = st.sampled_from(
    (
        *("load 150", "load 68000", "open", "press UP 30", "hold MODE", "release MODE", "stop", "power off", "rest"),
        *("after 40 load 1000", "after 5 open", "alive", "nonsense", ""),
    )
)


@given(st.lists(st.tuples(st.integers(0, 1500), actions), max_size=30))
def test_after_any_lines_a_silent_host_leaves_nothing_switched(said):
    box, now_ms = Box("id"), 0
    for wait_ms, line in said:
        now_ms += wait_ms
        box.step(now_ms)
        box.line(now_ms, line)
    box.step(now_ms + KEEP_ALIVE_MS)
    assert not box.outputs & (CONTACT | POWER)
    assert at(box, now_ms + KEEP_ALIVE_MS + STOP_HOLD_MS) == 0


# The meter.


def test_meter_tells_means_and_the_highest_of_either_sign():
    meter = Meter()
    for current_ua, electrode_mv in ((100, 10), (-500, 20), (100, 30)):
        meter.add(current_ua, electrode_mv, False)
    assert meter.take() == (-100, 20, 500)
    assert meter.take() == (-100, 20, 500)  # nothing new
    meter.add(7, 8, False)
    assert meter.take() == (7, 8, 7)


def test_meter_finds_its_zero_while_nothing_can_flow_and_keeps_it():
    meter = Meter()
    for _ in range(4000):
        meter.add(37, 0, True)
    meter.take()
    meter.add(337, 0, False)
    assert meter.take()[0] == pytest.approx(300, abs=1)
    for _ in range(4000):
        meter.add(337, 0, False)
    assert meter.take()[0] == pytest.approx(300, abs=1)


def test_current_and_voltage_of_the_converters_codes():
    # 20 mA through 47 ohm are 0.94 V of 3.3; 36 V over 2200 + 68 kohm leave 1.0794 V.
    assert wiring.current_ua(round(8 * 0.94 / 3.3 * 65535), 8) == pytest.approx(20_000, abs=5)
    assert wiring.current_ua(-round(8 * 0.94 / 3.3 * 65535), 8) == pytest.approx(-20_000, abs=5)
    assert wiring.electrode_mv(round(8 * 36 * 68 / 2268 / 3.3 * 65535), 8) == pytest.approx(36_000, abs=10)
    assert wiring.current_ua(0, 8) == wiring.electrode_mv(0, 8) == 0
