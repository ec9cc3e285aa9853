"""Fingers and cables that make no sense, under current: nothing is energised that was not, nothing is disturbed."""

import random

import pytest

from hil.tests.firmware.screen import shows
from hil.tests.firmware.steps import arm, assert_off, assert_regulated, closings_us, hold, power_on, state, tap, until
from host_tools.framing import encode
from ionto import messages

ALL = ("UP", "DOWN", "MODE", "START")


@pytest.fixture
def held(rig):
    """HOLD at 0.3 mA."""
    hold(rig, level_ua=300)
    rig.advance(500)
    return rig


def assert_undisturbed(rig, since_us):
    """The treatment goes on as it was since then."""
    samples = rig.truth.between(since_us, rig.now_us)
    assert abs(samples["current_ua"] - 300).max() <= 30
    assert samples["k1"].all()
    status = rig.host.status()
    assert (state(rig), status.level_ua, status.fault) == ("HOLD", 300, 0)


@pytest.mark.requirement("REQ-BTN-1")
def test_buttons_pressed_at_once_under_current_do_nothing(held):
    since_us = held.now_us
    for names in (ALL, ("UP", "DOWN"), ("UP", "START"), ("MODE", "START"), ALL[:3]):
        held.buttons.press(*names, ms=200)
        held.advance(100)
        print(names)
        assert_undisturbed(held, since_us)


@pytest.mark.requirement("REQ-BTN-1")
def test_buttons_pressed_at_once_in_idle_energise_nothing(rig):
    power_on(rig)
    rig.person.contact(1.0)
    for _ in range(3):
        rig.buttons.press(*ALL, ms=300)
    rig.buttons.press(*ALL, ms=3500)
    assert state(rig) == "IDLE"
    assert not closings_us(rig)


@pytest.mark.requirement("REQ-BTN-1")
def test_up_that_sticks_never_jolts_nor_exceeds_the_maximum(held):
    since_us = held.now_us
    held.buttons.stick("UP")
    held.advance(10_000)
    samples = held.truth.between(since_us, held.now_us)
    assert held.truth.step_ua(samples, 1000) <= 50 * 1.05 + 20  # the ramp of one second
    assert held.host.status().level_ua <= 3000
    held.buttons.stop_press()
    held.advance(1000)
    assert_off(held)


@pytest.mark.requirement("REQ-BTN-1")
def test_mode_that_sticks_leaves_the_other_buttons_working(held):
    since_us = held.now_us
    held.buttons.stick("MODE")
    held.advance(31_500)
    assert_undisturbed(held, since_us)
    tap(held, "START")
    until(held, "DONE", timeout_ms=5000)
    assert_off(held)


def noise(seed, count):
    return random.Random(seed).randbytes(count)


def flipped(frame, seed):
    """The frame with one bit changed."""
    source = random.Random(seed)
    data = bytearray(frame)
    data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    return bytes(data)


STOP = encode(messages.STOP, 9, b"")
LOWER = encode(messages.LOWER_LEVEL, 10, (100).to_bytes(2, "little"))
GARBAGE = {
    "noise": noise(1, 3000),
    "noise with ends": bytes(b if b > 40 else 0 for b in noise(2, 3000)),
    "control characters": bytes(range(32)) * 20 + b"\x03" * 50,
    "a frame without end": noise(3, 100).replace(b"\0", b"x") * 30,
    "truncated": b"".join(STOP[:n] + b"\0" for n in range(len(STOP) - 1)) * 5,
    "one bit flipped": b"".join(flipped(STOP, n) + flipped(LOWER, n) for n in range(60)),
    "wrong length": b"".join(encode(messages.LOWER_LEVEL, n, b"\x64" * n) for n in (0, 1, 3, 4, 60, 100)),
    "unknown types": b"".join(encode(n, n, b"") for n in range(6, 256) if n not in (0x40, 0x7F)),
    "zeros": bytes(5000),
}


@pytest.mark.requirement("REQ-LNK-9")
@pytest.mark.emu
def test_garbage_on_the_line_under_current_does_nothing(held):
    for name, data in GARBAGE.items():
        since_us = held.now_us
        for start in range(0, len(data), 500):
            held.transport.write(data[start : start + 500])
            held.advance(10)
        held.transport.write(b"\0")
        held.advance(200)
        print(name)
        assert_undisturbed(held, since_us)


@pytest.mark.requirement("REQ-LNK-3")
@pytest.mark.bench
@pytest.mark.emu
def test_garbage_is_counted(rig):
    power_on(rig)
    rig.transport.write(b"\0abc\0" + b"x" * 300 + b"\0" + flipped(STOP, 4) + b"\0")
    rig.advance(50)
    assert rig.host.status().bad_frames >= 3


@pytest.mark.requirement("REQ-LNK-5")
def test_request_that_is_repeated_is_done_once(held):
    frame = encode(messages.LOWER_LEVEL, 77, (200).to_bytes(2, "little"))
    held.transport.write(frame * 8)
    held.advance(400)
    held.transport.read(0.01)
    assert held.host.status().level_ua == 200
    until(held, "HOLD", timeout_ms=4000)
    assert_regulated(held, 200, ms=50)


@pytest.mark.requirement("REQ-LNK-7")
def test_telemetry_without_room_is_dropped_and_counted(held):
    held.host.hello()
    held.host.subscribe(100)
    since_us = held.now_us
    asking = encode(messages.STATUS, 200, b"") * 18  # their replies fill the line
    for _ in range(100):
        held.transport.write(asking)
        held.advance(10)
    held.advance(100)
    assert_undisturbed(held, since_us)
    assert held.host.status().dropped_telemetry > 10
    assert held.host.bad_frames == 0


@pytest.mark.requirement("REQ-LNK-9")
def test_cable_that_is_pulled_and_put_back_changes_nothing(held):
    held.host.hello()
    held.host.subscribe(100)
    since_us = held.now_us
    held.advance(500)
    held.transport.plugged = False
    held.advance(2000)
    held.transport.plugged = True
    assert held.host.hello().reset_cause == 1
    assert_undisturbed(held, since_us)
    held.host.subscribe(50)
    assert held.host.poll(0.2)


@pytest.mark.requirement("REQ-SES-4")
def test_contact_and_buttons_together_while_armed_start_only_once(rig):
    arm(rig)
    rig.person.bounce(times=6, over_ms=40)
    for _ in range(4):
        tap(rig, "START")
    rig.advance(2500)
    # A START that arrives under current ends the treatment; before it, without steady contact, it is refused.
    assert state(rig) in ("RAMP_UP", "HOLD")
    assert len(closings_us(rig)) == 1
    assert shows(rig, "set 0.20 mA")
