"""The memory: what is refused, what survives a reset or a power cut, what the next power-on says of it."""

import pytest

from hil.board_config import draw_spread
from hil.memory import calibration_for, memory_content
from hil.rig import Rig
from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import arm, assert_off, closings_us, events, hold, mean_ua, power_on, state, tap, until
from ionto import faults, limits, messages, store_map
from ionto import store_records as records
from ionto.store import Store
from ionto.store_slots import StoreError
from ionto.version import VERSION
from tests.support.fram import Fram

ID = b"SIMBOARD"


class Image:
    """The bytes of a memory, for the store to read."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read_into(self, address: int, buffer: bytearray) -> None:
        buffer[:] = self.content[address : address + len(buffer)]

    def write(self, *_: object) -> None:
        raise OSError


def content(rig: Rig) -> bytes:
    return bytes.fromhex(rig.request({"fram": 1})["fram"])


def store_of(rig: Rig) -> Store:
    store = Store(Image(content(rig)), rig.board_id, VERSION)
    store.open()
    return store


def sessions_of(rig: Rig) -> list:
    ring = store_of(rig).sessions
    payloads = [ring.read(number) for number in range(ring.newest + 1)]
    return [records.SESSION.unpack(payload) for payload in payloads if payload]


def kinds_of(rig: Rig) -> list[tuple[int, int]]:
    """Power-on and kind of every event in the memory."""
    ring = store_of(rig).events
    payloads = [ring.read(number) for number in range(ring.newest + 1)]
    return [(row.power_on, row.kind) for row in (records.EVENT.unpack(payload) for payload in payloads if payload)]


@pytest.mark.requirement("REQ-CAL-4")
@pytest.mark.requirement("REQ-CAL-1")
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.rig(load="hil.person:Resistor", load_arguments={"ohm": 4700})
def test_device_regulates_by_the_calibration_in_its_memory(make_rig, seed):
    rig = make_rig(seed=seed)
    hold(rig, "FACE", 1000)
    rig.advance(500)
    assert rig.host.hello().calibration == messages.CALIBRATION_STORED
    assert mean_ua(rig) == pytest.approx(1000, abs=4)


@pytest.mark.requirement("REQ-MEM-2", "REQ-MEM-3")
@pytest.mark.parametrize(
    ("kind", "fault"),
    [("blank", faults.NO_CALIBRATION), ("foreign", faults.MEMORY_BOARD), ("cut", faults.MEMORY_DAMAGED)],
)
def test_memory_without_a_calibration_of_this_board_refuses_the_output(make_rig, kind, fault):
    rig = make_rig(fram=kind)
    rig.expect_fault(fault)
    before = content(rig)
    rig.advance(1500)
    status = rig.host.status()
    assert (state(rig), status.fault, status.calibration) == ("FAULT", fault, messages.CALIBRATION_NONE)
    rig.advance(300)
    assert shows(rig, f"FAULT {fault}", faults.fault(fault).name)
    rig.buttons.hold("START")
    rig.advance(3300)
    rig.buttons.release("START")
    for _ in range(3):
        tap(rig, "START")
    rig.person.contact(1.0)
    rig.advance(2000)
    assert not closings_us(rig)
    assert rig.truth.max_current_ua() == 0
    if kind == "foreign":
        assert content(rig) == before
    if kind == "cut":
        assert content(rig)[256:512] == before[256:512]


@pytest.mark.requirement("REQ-MEM-2")
def test_memory_that_does_not_answer_is_a_fault(rig):
    rig.expect_fault(faults.MEMORY_ABSENT)
    rig.board.fault("fram_absent")
    rig.advance(1500)
    assert rig.host.status().fault == faults.MEMORY_ABSENT
    assert_off(rig)


@pytest.mark.requirement("REQ-MEM-2")
@pytest.mark.parametrize("bit", [0, 8 * 20, 8 * 60 + 3, 8 * 93])
def test_flipped_bit_in_the_only_calibration_is_a_fault(make_rig, bit):
    rig = make_rig()
    rig.board.fault("fram_flip", 8 * 256 + bit)
    fault = faults.MEMORY_FOREIGN if bit < 32 else faults.MEMORY_DAMAGED
    rig.expect_fault(fault)
    rig.advance(1500)
    assert rig.host.status().fault == fault


def test_session_leaves_its_record_its_trace_and_its_events(rig):
    hold(rig, "FACE", 300)
    rig.advance(3000)
    rig.buttons.stop_press()
    until(rig, "DONE")
    rig.buttons.stop_release()
    rig.advance(500)
    (row,) = sessions_of(rig)
    true = rig.truth.samples["current_ua"]
    assert (row.number, row.end, row.mode, row.level_ua) == (1, messages.END_STOP, 0, 300)
    assert row.charge_ua_s == rig.host.status().charge_ua_s
    assert 290 < row.max_current_ua <= true.max()
    assert row.trace_records == pytest.approx(row.treated_s / 2, abs=1.5)
    kinds = [kind for _, kind in kinds_of(rig)]
    assert kinds[0] == messages.EVENT_BOOT
    assert messages.EVENT_END in kinds
    assert messages.EVENT_LEVEL in kinds


@pytest.mark.requirement("REQ-MEM-5")
@pytest.mark.parametrize("how", ["power", "watchdog", "pin"])
def test_session_that_a_reset_ends_is_told_and_does_not_go_on(rig, how):
    hold(rig, "FACE", 300)
    rig.advance(4000)
    if how == "power":
        rig.board.power_off()
        rig.advance(200)
        rig.board.power_on()
    else:
        rig.board.reset({"watchdog": 3, "pin": 1}[how])
    cut_us = rig.now_us
    charge_ua_s = rig.truth.samples["current_ua"].sum() / 2000
    rig.advance(300)
    until(rig, "IDLE")
    rig.advance(800)
    assert shows(rig, "cut short")
    (event,) = events(rig, messages.EVENT_INTERRUPTED)
    cause = {"power": 1, "watchdog": 3, "pin": 4}[how]
    assert (event.a, event.b) == (1, cause)
    (row,) = sessions_of(rig)
    assert (row.number, row.end, row.reset_cause) == (1, messages.END_RESET, cause)
    assert charge_ua_s - 2.5 * 300 <= row.charge_ua_s <= charge_ua_s + 300
    kinds = kinds_of(rig)
    assert (1, messages.EVENT_STATE) in kinds
    assert (2, messages.EVENT_INTERRUPTED) in kinds
    tap(rig, "UP")
    rig.advance(500)
    assert not shows(rig, "cut short")
    since = rig.truth.between(cut_us + 1000, rig.now_us)
    assert 300 < since["electrode_mv"].max() < 550, "the self-test's half a volt, and no probe"
    assert rig.truth.step_ua(since, 500) < 150, "what half a volt gives, and not the 300 uA of the session"
    assert not closings_us(rig, cut_us + 1000)


@pytest.mark.requirement("REQ-MEM-5")
def test_resets_are_told_apart_and_only_the_watchdog_s_are_counted_as_its(rig):
    told = []
    for reset in (None, lambda: rig.board.reset(3), rig.board.reset, lambda: rig.board.stall(700_000)):
        if reset is None:
            rig.board.power_on()
        else:
            reset()
        rig.advance(1000)
        power_on(rig)
        rig.advance(300)
        row = store_of(rig).counters
        told.append((rig.host.hello().reset_cause, row.power_ons, row.watchdog_resets))
    assert told == [(1, 1, 0), (3, 2, 1), (4, 3, 1), (3, 4, 2)]


@pytest.mark.requirement("REQ-MEM-6")
def test_memory_that_takes_nothing_is_found_before_idle_at_every_power_on(rig):
    before = content(rig)
    rig.board.fault("fram_protected")
    rig.advance(400)
    assert state(rig) == "SELF_TEST"
    (event,) = events(rig, messages.EVENT_MEMORY)
    assert (event.a, event.b) == (faults.MEMORY_WRITE, store_map.COUNTERS)
    power_on(rig)
    rig.advance(300)
    assert shows(rig, "memory")
    assert rig.host.status().fault == 0
    assert content(rig) == before


@pytest.mark.requirement("REQ-MEM-1", "REQ-MEM-5")
@pytest.mark.parametrize("after_bytes", [0, 1, 30, 47, 60, 100, 131, 200, 222, 260, 300, 333])
def test_power_that_fails_at_any_byte_leaves_a_device_that_starts(rig, after_bytes):
    power_on(rig)
    rig.advance(300)
    rig.board.fault("fram_cut", after_bytes)
    tap(rig, "START", 2)
    rig.advance(1600)
    rig.person.contact(1.0)
    rig.advance_until(lambda: not rig.truth.now["powered"], 12_000)
    rig.board.power_on()
    rig.person.lift()
    rig.advance(300)
    until(rig, "IDLE")
    rig.advance(500)
    store = store_of(rig)
    assert store.problems == []
    assert store.load().ranges == calibration_for(draw_spread(1, 1.0))
    assert [row.number for row in sessions_of(rig)] == list(range(1, store.counters.sessions + 1))
    assert store.counters.power_ons in (1, 2)


@pytest.mark.requirement("REQ-MEM-6")
def test_memory_that_fails_in_a_session_is_told_and_the_session_goes_on(rig):
    hold(rig, "FACE", 300)
    rig.board.fault("fram_absent")
    rig.advance(5000)
    assert state(rig) == "HOLD"
    assert [event.a for event in events(rig, messages.EVENT_MEMORY)] == [faults.MEMORY_ABSENT]
    assert rig.host.status().fault == 0


@pytest.mark.requirement("REQ-MEM-7")
def test_settings_are_there_again_after_power_off_and_the_level_begins_low(rig):
    power_on(rig)
    tap(rig, "UP", 3)
    tap(rig, "START")
    tap(rig, "MODE")
    tap(rig, "DOWN", 4)
    tap(rig, "START")
    rig.advance(500)
    assert (rig.host.status().level_ua, rig.host.status().minutes) == (800, 6)
    rig.board.power_off()
    rig.advance(100)
    rig.board.power_on()
    rig.advance(300)
    until(rig, "IDLE")
    assert (rig.host.status().level_ua, rig.host.status().minutes) == (500, 6)


@pytest.mark.requirement("REQ-CAL-6")
def test_calibration_that_is_due_is_said_at_power_on_and_sessions_remain_possible(make_rig):
    memory = memory_content("calibrated", draw_spread(1, 1.0), ID)
    fram = Fram(memory + bytes(32768 - len(memory)))
    store = Store(fram, ID, VERSION)
    store.open()
    store.append(store.sessions, records.SESSION.pack([limits.CALIBRATION_SESSIONS] + [0] * 29))
    store.keep_counters(records.COUNTERS.changed(store.counters, sessions=limits.CALIBRATION_SESSIONS))
    store.step()
    store.writer.flush()
    rig = make_rig(fram=bytes(fram.bytes))
    power_on(rig)
    rig.advance(300)
    assert shows(rig, "calibration is due")
    arm(rig)
    rig.person.contact(1.0)
    until(rig, "HOLD", timeout_ms=20_000)
    assert store_of(rig).counters.sessions == limits.CALIBRATION_SESSIONS + 1


def test_memory_of_a_rig_is_one_of_four_kinds_or_bytes():
    assert memory_content("blank", {}, ID) == b""
    assert memory_content(b"IONT", {}, ID) == b"IONT"
    with pytest.raises(ValueError, match="no memory 'full'; there are calibrated, blank, foreign, cut"):
        memory_content("full", {}, ID)
    store = Store(Image(bytes(32768)), ID, VERSION)
    store.open()
    with pytest.raises(StoreError):
        store.adopt()
