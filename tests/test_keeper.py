"""What the app keeps: calibration or why not, settings, events to host and memory, notices."""

from typing import Any

import pytest

from ionto import faults, limits, messages, states, store_map
from ionto import store_records as records
from ionto.keeper import Keeper
from ionto.session_data import Settings
from ionto.store import open_store
from ionto.view import View
from tests.support.fram import Fram
from tests.support.store_cuts import ranges_of
from tests.support.store_parts import BOARD, OTHER, fill_ring, put_slot


class Board:
    """What the store asks of a board."""

    def __init__(self, memory: Fram, board_id: bytes = BOARD) -> None:
        self.memory = memory
        self.board_id = board_id


class Device:
    """A keeper with all that it keeps."""

    def __init__(self, fram: Fram, cause: int = 1, board_id: bytes = BOARD) -> None:
        self.store = open_store(Board(fram, board_id))
        self.view = View()
        self.settings = Settings()
        self.told: list[tuple[int, int, int, int]] = []
        self.keeper: Any = Keeper(self.store, self.view, self.settings, cause, lambda *event: self.told.append(event))
        self.uptime_ms = 0

    def run(self, rounds: int = 100) -> None:
        for _ in range(rounds):
            self.uptime_ms += 10
            self.keeper.step(self.uptime_ms, 10)

    def kinds(self) -> list[int]:
        return [kind for _, kind, _, _ in self.told]

    def events(self) -> list:
        payloads = [self.store.events.read(number) for number in range(self.store.events.newest + 1)]
        return [records.EVENT.unpack(payload)[:6] for payload in payloads if payload]


def calibrated() -> Fram:
    fram = Fram()
    open_store(Board(fram)).save(ranges_of(3))
    return fram


@pytest.mark.requirement("REQ-CAL-4")
@pytest.mark.requirement("REQ-CAL-1")
def test_calibration_is_that_of_the_memory() -> None:
    keeper = Device(calibrated()).keeper
    assert keeper.calibration.ranges[1].a_zero_raw == 3
    assert keeper.calibration.source == messages.CALIBRATION_STORED
    assert keeper.calibration_fault is None


@pytest.mark.requirement("REQ-CAL-4")
def test_calibration_saved_meanwhile_is_that_of_the_memory_once_it_is_read_again() -> None:
    device = Device(Fram())
    assert device.keeper.reload() is None
    device.store.save(ranges_of(4))
    assert device.keeper.reload() is device.keeper.calibration
    assert device.keeper.calibration.ranges[1].a_zero_raw == 4
    assert device.keeper.calibration_fault is None


@pytest.mark.requirement("REQ-MEM-2")
def test_no_calibration_comes_with_its_fault() -> None:
    device = Device(Fram())
    assert device.keeper.calibration is None
    assert device.keeper.calibration_fault == (faults.NO_CALIBRATION, 0, 1)
    assert Device(calibrated(), board_id=OTHER).keeper.calibration_fault == (faults.MEMORY_BOARD, 0, 0)


def test_event_goes_to_the_host_and_into_the_memory() -> None:
    device = Device(calibrated())
    device.keeper.power_on()
    device.keeper.event(70, messages.EVENT_LEVEL, 600, 500)
    device.run()
    wanted = [
        (0, messages.EVENT_BOOT, 1, messages.TABLE_HASH & 0x7FFFFFFF),
        (70, messages.EVENT_LEVEL, 600, 500),
    ]
    assert device.told == wanted
    assert device.events() == [(1, ms, kind, 0, a, b) for ms, kind, a, b in wanted]
    assert device.view.notice == 0


@pytest.mark.requirement("REQ-MEM-5")
def test_session_cut_short_is_told_at_the_next_power_on_and_once() -> None:
    fram = calibrated()
    device = Device(fram)
    device.keeper.power_on()
    device.run()
    device.keeper.event(1000, messages.EVENT_STATE, states.RAMP_UP, states.ARMED)
    device.run(300)
    after = Device(fram, 3)
    after.keeper.power_on()
    after.run()
    assert after.told[1] == (0, messages.EVENT_INTERRUPTED, 1, 3)
    assert after.view.notice == faults.NOTICE_INTERRUPTED
    assert (2, 0, messages.EVENT_INTERRUPTED, 0, 1, 3) in after.events()
    last = Device(fram)
    last.keeper.power_on()
    assert last.kinds() == [messages.EVENT_BOOT]
    assert last.view.notice == 0


@pytest.mark.requirement("REQ-MEM-2")
def test_ring_with_damaged_records_is_told_as_an_event_and_no_notice() -> None:
    fram = calibrated()
    fill_ring(fram, "events", 300, 256)
    for place in range(32, 36):
        fram.bytes[0x2000 + place * 32 + 9] ^= 1
    device = Device(fram)
    assert device.store.problems == [(store_map.EVENTS, faults.MEMORY_DAMAGED, store_map.EVENTS)]
    assert device.store.refusal is None
    device.keeper.power_on()
    device.run()
    assert (messages.EVENT_MEMORY, faults.MEMORY_DAMAGED, store_map.EVENTS) in [one[1:] for one in device.told]
    assert device.view.notice == 0
    assert device.keeper.calibration is not None


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("region", [store_map.SESSIONS, store_map.EVENTS, store_map.TRACE])
def test_damaged_records_of_any_ring_are_no_notice(region: int) -> None:
    device = Device(calibrated())
    device.keeper.power_on()
    device.store.problems.append((region, faults.MEMORY_DAMAGED, region))
    device.run()
    assert (messages.EVENT_MEMORY, faults.MEMORY_DAMAGED, region) in [one[1:] for one in device.told]
    assert device.view.notice == 0


@pytest.mark.requirement("REQ-MEM-2", "REQ-MEM-6")
@pytest.mark.parametrize(
    ("region", "fault"), [(store_map.SETTINGS, faults.MEMORY_DAMAGED), (store_map.EVENTS, faults.MEMORY_WRITE)]
)
def test_any_other_problem_of_the_memory_is_a_notice(region: int, fault: int) -> None:
    device = Device(calibrated())
    device.keeper.power_on()
    device.store.problems.append((region, fault, region))
    device.run()
    assert (messages.EVENT_MEMORY, fault, region) in [one[1:] for one in device.told]
    assert device.view.notice == faults.NOTICE_MEMORY


@pytest.mark.requirement("REQ-CAL-6")
@pytest.mark.parametrize("sessions", [199, 200])
def test_calibration_that_is_due_is_a_notice_at_power_on_and_is_used_on(sessions: int) -> None:
    fram = calibrated()
    device = Device(fram)
    device.keeper.power_on()
    assert device.view.notice == 0
    device.store.append(device.store.sessions, records.SESSION.pack([sessions] + [0] * 29))
    device.store.keep_counters(records.COUNTERS.changed(device.store.counters, sessions=sessions))
    device.run()
    after = Device(fram)
    after.keeper.power_on()
    assert after.view.notice == (faults.NOTICE_CALIBRATION_DUE if sessions == 200 else 0)
    assert after.keeper.calibration is not None
    assert after.kinds() == [messages.EVENT_BOOT]


@pytest.mark.requirement("REQ-CAL-6")
def test_without_a_calibration_there_is_none_that_could_be_due() -> None:
    device = Device(Fram())
    device.keeper.power_on()
    assert device.view.notice == 0


@pytest.mark.requirement("REQ-MEM-2", "REQ-MEM-6")
def test_what_is_wrong_with_the_memory_is_told_once_when_it_is_found() -> None:
    fram = calibrated()
    device = Device(fram, board_id=OTHER)
    device.run()
    assert device.told == [(10, messages.EVENT_MEMORY, faults.MEMORY_BOARD, 0)]
    assert device.view.notice == faults.NOTICE_MEMORY
    device = Device(fram)
    device.run()
    assert device.told == []
    fram.is_absent = True
    device.keeper.event(5, messages.EVENT_LEVEL, 1, 2)
    device.view.notice = faults.NOTICE_INTERRUPTED
    device.run()
    assert [event[1:] for event in device.told[1:]] == [(messages.EVENT_MEMORY, faults.MEMORY_ABSENT, 5)]
    assert device.view.notice == faults.NOTICE_INTERRUPTED


@pytest.mark.requirement("REQ-MEM-2")
def test_every_region_that_is_wrong_is_told_once_each() -> None:
    fram = calibrated()
    for region in (store_map.SETTINGS, store_map.COUNTERS):
        put_slot(fram, region, 0, b"something else stands here")
    device = Device(fram)
    device.run()
    found = [(messages.EVENT_MEMORY, faults.MEMORY_FOREIGN, region) for region in (2, 3)]
    assert [event[1:] for event in device.told] == found


def test_memory_without_settings_leaves_them_as_they_are() -> None:
    settings = Settings()
    settings.choose(limits.MODES[2])
    settings.level_ua, settings.minutes = 2000, 9
    Keeper(open_store(Board(calibrated())), View(), settings, 1, lambda *event: None)
    assert (settings.mode, settings.level_ua, settings.minutes) == (limits.MODES[2], 2000, 9)


@pytest.mark.requirement("REQ-MEM-7")
def test_settings_are_kept_when_a_session_is_about_to_begin_and_recalled_at_power_on() -> None:
    fram = calibrated()
    device = Device(fram)
    device.settings.choose(limits.MODES[2])
    device.settings.level_ua, device.settings.minutes, device.settings.reverse_enabled = 2000, 9, True
    device.keeper.event(0, messages.EVENT_STATE, states.CONFIRM, states.IDLE)
    device.run()
    assert device.store.settings is None
    device.keeper.event(0, messages.EVENT_STATE, states.ARMING, states.CONFIRM)
    device.run()
    assert (device.settings.mode, device.settings.level_ua) == (limits.MODES[2], 2000)
    written = fram.written
    device.keeper.event(0, messages.EVENT_STATE, states.ARMING, states.CONFIRM)
    device.run()
    assert fram.written == written + 32  # the event; the same settings are not written again
    after = Device(fram)
    assert after.settings.mode is limits.MODES[0]
    assert (after.settings.level_ua, after.settings.minutes, after.settings.reverse_enabled) == (500, 10, False)
    after.settings.choose(limits.MODES[2])
    assert (after.settings.level_ua, after.settings.minutes, after.settings.reverse_enabled) == (2000, 9, True)


@pytest.mark.requirement("REQ-MEM-7")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_level_kept_above_the_default_begins_at_the_default(mode: limits.Mode) -> None:
    settings = Settings()
    settings.choose(mode)
    settings.level_ua = mode.max_ua
    rows = settings.keep()
    assert settings.level_ua == mode.max_ua  # the session that is about to begin has what was set
    assert rows[int(mode.number)][0] == mode.max_ua
    settings.choose(mode)
    assert settings.level_ua == mode.default_ua
    other = Settings()
    other.recall(rows)
    other.choose(mode)
    assert other.level_ua == mode.default_ua
    others = [row for number, row in enumerate(rows) if number != mode.number]
    assert others == [(m.default_ua, m.default_min, 0) for m in limits.MODES if m is not mode]
