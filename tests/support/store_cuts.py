"""Runs on MicroPython and on CPython: power cut after every byte of every write, and what the next power-on finds.

As a script it prints one JSON object of how many cuts it tried.
"""

import json
import sys

from ionto import messages, states, store_map
from ionto import store_records as records
from ionto.calibration import NOMINAL, CalibrationError, RangeCalibration
from ionto.store import Store
from ionto.store_journal import Journal
from ionto.store_rings import Ring
from ionto.store_slots import Slots
from ionto.store_writer import Writer
from ionto.view import View
from tests.support.fram import Fram, PowerCut
from tests.support.store_parts import BOARD, RINGS, VERSION, fill_ring, labelled, put_slot, ring_record, slot

REGION = store_map.SETTINGS


def cut_everywhere(content, action, check):
    """Runs `action(fram)` on copies of `content`, cut after each of its bytes; `check(fram, is_done)` then looks.

    Returns how many cuts there were.
    """
    whole = Fram(content)
    action(whole)
    total = whole.written
    assert total > 0
    for cut in range(total):
        fram = Fram(content)
        fram.cut_after = cut
        try:
            action(fram)
            is_cut = False
        except PowerCut:
            is_cut = True
        assert is_cut, cut
        fram.cut_after = -1
        check(fram, False)
    check(whole, True)
    return total


def slots_of(fram):
    """The slots of a region, opened."""
    slots = Slots(fram, Writer(fram), REGION, BOARD)
    slots.open()
    return slots


def save(fram, payload):
    """Saves a payload at once."""
    writer = Writer(fram)
    slots = Slots(fram, writer, REGION, BOARD)
    slots.open()
    slots.save(payload)
    writer.flush()


def check_slots():
    """Every cut of a save over: nothing, one record, two of them, one of them damaged, a wrap of the sequence."""
    old, older, new = b"old record", b"older", b"and here is the new record, which is longer"
    beginnings = (
        (None, ()),
        (old, ((0, slot(REGION, 0, old)),)),
        (old, ((1, slot(REGION, 5, old)), (0, slot(REGION, 4, older)))),
        (old, ((1, slot(REGION, 5, old)), (0, slot(REGION, 6, older)[:-1]))),
        (old, ((0, slot(REGION, 65535, old)), (1, slot(REGION, 65534, older)))),
        (old, ((0, slot(REGION, 0, old)), (1, slot(REGION, 65535, older)))),
    )
    cuts = 0
    for before, slots in beginnings:
        for fill in (0x00, 0xFF):
            for payload in (new, b"", b"x"):
                fram = Fram(None, fill)
                for index, data in slots:
                    put_slot(fram, REGION, index, data)

                def check(cut, is_done, before=before, payload=payload):
                    found = slots_of(cut).payload
                    assert found == (payload if is_done else before) or (not is_done and found == payload), found
                    save(cut, b"next")
                    assert slots_of(cut).payload == b"next"

                cuts += cut_everywhere(fram.bytes, lambda fram, payload=payload: save(fram, payload), check)
    return cuts


def ring_of(fram, name):
    """A ring, opened, and its writer."""
    place = store_map.RINGS[RINGS[name][0] - store_map.SESSIONS]
    writer = Writer(fram)
    ring = Ring(fram, writer, place, BOARD)
    ring.open()
    return ring, writer


def append(fram, name, payload):
    """Appends a record at once."""
    ring, writer = ring_of(fram, name)
    ring.append(payload)
    writer.flush()


def check_rings():
    """Every cut of a record, at places where something wraps."""
    cuts = 0
    for name in RINGS:
        records_ = RINGS[name][3]
        for newest, count in (
            (-1, 0),
            (0, 1),
            (7, 8),
            (records_ - 1, records_),
            (records_, records_),
            (65535, records_),
        ):
            fram = Fram()
            fill_ring(fram, name, newest, count)
            payload = ring_record(name, 3)[2:-4]

            def check(cut, is_done, name=name, newest=newest, count=count, payload=payload):
                ring, _ = ring_of(cut, name)
                new = (newest + 1) % 65536
                if ring.newest == new:
                    assert ring.read(new) == payload
                else:
                    assert not is_done
                    assert ring.newest == (newest if count else -1), (ring.newest, newest)
                for back in range(min(count, 5)):
                    if count < ring.records() or back < count - 1:
                        assert ring.read(newest - back) == ring_record(name, (newest - back) % 65536)[2:-4]

            cuts += cut_everywhere(
                fram.bytes, lambda fram, name=name, payload=payload: append(fram, name, payload), check
            )
    return cuts


def ranges_of(zero):
    """A calibration that can be told from others by one of its numbers."""
    rows = [list(row) for row in NOMINAL]
    rows[1][1] = zero
    return tuple([RangeCalibration(*row) for row in rows])


def loaded(fram):
    """The zero by which a calibration is told, or None if there is none."""
    store = Store(fram, BOARD, VERSION)
    store.open()
    try:
        return store.load().ranges[1].a_zero_raw
    except CalibrationError:
        return None


def calibrate(fram, zero):
    """Opens the store and saves a calibration."""
    store = Store(fram, BOARD, VERSION)
    store.open()
    store.save(ranges_of(zero))


def check_calibration():
    """Every cut of: label and first calibration; a second one; a third one."""
    cuts = 0
    fram = Fram()
    for zero in (1, 2, 3):
        before = None if zero == 1 else zero - 1

        def check(cut, is_done, before=before, zero=zero):
            found = loaded(cut)
            assert found == zero or (not is_done and found == before), found
            calibrate(cut, 9)
            assert loaded(cut) == 9

        cuts += cut_everywhere(fram.bytes, lambda fram, zero=zero: calibrate(fram, zero), check)
        calibrate(fram, zero)
    return cuts


def treat(fram, seconds=5):
    """A power-on and a short session, as the app would tell it."""
    store = Store(fram, BOARD, VERSION)
    store.open()
    view = View()
    view.minutes = 10
    view.remaining_s = 600
    journal = Journal(store, view, 1, VERSION)
    journal.power_on()
    journal.event(0, messages.EVENT_BOOT, 1, 2)
    journal.step(10)
    view.level_ua, view.current_ua, view.voltage_mv, view.state = 500, 400, 3000, states.RAMP_UP
    journal.event(1000, messages.EVENT_STATE, states.RAMP_UP, states.ARMED)
    for _ in range(100 * seconds):
        journal.step(10)
    view.remaining_s -= seconds
    journal.event(9000, messages.EVENT_END, messages.END_TIME, seconds * 400)
    while not (store.writer.is_idle() and journal.is_idle()):
        journal.step(10)


def check_session():
    """Every cut of a whole session: the next power-on counts it and has a record of it, or it never began.

    Returns the number of cuts, and of those in which the next power-on found the session without a record.
    """
    found = []

    def check(cut, is_done):
        store = Store(cut, BOARD, VERSION)
        store.open()
        assert store.refusal is None
        assert store.problems == []
        sessions = store.counters.sessions
        assert sessions in (3, 4)
        journal = Journal(store, View(), 3, VERSION)
        interrupted = journal.power_on()
        while not (store.writer.is_idle() and journal.is_idle()):
            journal.step(10)
        store.open()
        row = records.SESSION.unpack(store.sessions.read(store.sessions.newest))
        assert row.number == sessions
        assert interrupted in (0, sessions)
        assert row.end == (messages.END_RESET if interrupted else messages.END_TIME)
        assert not (is_done and interrupted)
        if interrupted:
            found.append(row)
        assert store.counters.interrupted == (1 if interrupted else 0)
        assert row.max_current_ua in (0, 400)
        assert row.treated_s <= 5

    fram = labelled(Fram())
    for _ in range(3):
        treat(fram, 1)
    return cut_everywhere(fram.bytes, treat, check), len(found)


def run():
    """All of them; how many cuts each tried."""
    session, interrupted = check_session()
    return {
        "slots": check_slots(),
        "rings": check_rings(),
        "calibration": check_calibration(),
        "session": session,
        "interrupted": interrupted,
    }


if __name__ == "__main__":
    print(json.dumps({"implementation": sys.implementation.name, "cuts": run()}))
