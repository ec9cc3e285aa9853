"""Frames at the whole firmware on the simulated board: judged by the physical truth, and by what the board says."""

from __future__ import annotations

from hil.fuzz.frames import Frames
from hil.rig import Rig
from ionto import messages

_ROUND_BYTES = 240  # a round of the main loop reads up to 256
_ROUND_MS = 10
_BATCH = 25  # rounds between two looks
_SPARE_UA = 60  # noise, and what the board's parts are off


def idle(frames: int, seed: int) -> dict[str, int]:
    """In IDLE with a hand in the water: K1 never closes and no current flows. Raises AssertionError, RigFailure."""
    rig = Rig(seed, record_truth=0)
    try:
        rig.advance(2500)
        since_us = rig.now_us
        rig.person.contact(1.0)
        sent = _send(rig, Frames(seed), frames)
        assert not rig.truth.times_us("k1_closed", since_us), "K1 has closed"
        assert rig.truth.max_current_ua() < _SPARE_UA, f"{rig.truth.max_current_ua()} uA have flowed"
        return _figures(rig, sent)
    finally:
        rig.close()


def _figures(rig: Rig, sent: int) -> dict[str, int]:
    """What is told of a run. Raises RigFailure if the device no longer answers, AssertionError if it shows a fault."""
    status = rig.host.status()
    assert status.fault == 0, f"fault {status.fault}"
    answered_bytes = len(rig_answers)
    return {
        "frames": sent, "bad_frames": status.bad_frames, "answered_bytes": answered_bytes,
        "virtual_s": rig.now_us // 1_000_000,
    }  # fmt: skip


def _send(rig: Rig, source: Frames, frames: int) -> int:
    sent = 0
    rig_answers.clear()
    rig.uart_sinks.append(rig_answers.extend)
    for number, (piece, count) in enumerate(source.chunks(frames, _ROUND_BYTES)):
        rig.transport.write(piece)
        rig.advance(_ROUND_MS)
        sent += count
        if number % _BATCH == 0:
            assert not rig.errors, rig.errors
    rig.transport.write(b"\0")  # ends what the last frame left open
    rig.advance(300)
    rig.uart_sinks.clear()
    return sent


rig_answers = bytearray()


def under_current(frames: int, seed: int) -> dict[str, int]:
    """In HOLD, without a whole STOP: the true current never rises above the level that was set, the board lives on."""
    from hil.tests.firmware.steps import hold

    rig = Rig(seed, record_truth=0)
    try:
        hold(rig, "FACE", 1000)
        rig.host.hello()
        before_ua = rig.truth.max_current_ua()
        sent = _send(rig, Frames(seed, without=(messages.STOP,)), frames)
        assert rig.truth.max_current_ua() <= max(before_ua, 1000 * 1.03) + _SPARE_UA, "the current has risen"
        return _figures(rig, sent)
    finally:
        rig.close()
