"""What a test on any rig does and asks: unhurried presses, and the current with the uncertainty of the rig."""

import pytest

RESISTOR = "hil.person:Resistor"


def mean_ua(rig, ms=300):
    """The mean true current of the last `ms`."""
    return float(rig.truth.between(rig.now_us - ms * 1000, rig.now_us)["current_ua"].mean())


def assert_level(rig, level_ua, ms=300):
    """The mean current is the level, by the board's tolerance and the rig's own."""
    allowed_ua = max(30, 0.03 * level_ua) + rig.truth.uncertainty_ua(level_ua)
    assert mean_ua(rig, ms) == pytest.approx(level_ua, abs=allowed_ua)


def assert_nothing_flowed(rig, since_us):
    """No mean of 10 ms above what the rig can see, since then."""
    assert largest_mean_ua(rig, since_us) <= max(1, rig.truth.uncertainty_ua(0))


def largest_mean_ua(rig, since_us):
    """The largest mean of 10 ms since then."""
    samples = rig.truth.between(since_us, rig.now_us)["current_ua"]
    means = samples[: len(samples) // 20 * 20].reshape(-1, 20).mean(axis=1)
    assert len(means)
    return abs(means).max()


def tap(rig, name, times=1):
    """Presses and releases a button as an unhurried person does."""
    for _ in range(times):
        rig.buttons.press(name, ms=80, settle_ms=80)
