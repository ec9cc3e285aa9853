"""A counter of milliseconds that wraps: what is later, and how much has passed."""

import pytest

from ionto.session_time import elapsed_ms, later

WRAP_MS = 1 << 30

pytestmark = pytest.mark.requirement("REQ-SES-20")


@pytest.mark.parametrize("then_ms", [0, 1, 12_345, WRAP_MS // 2, WRAP_MS - 300_000, WRAP_MS - 1])
@pytest.mark.parametrize("ms", [0, 1, 100, 300_000, WRAP_MS // 2 - 1])
def test_what_is_later_by_so_much_has_passed_by_so_much_wherever_the_counter_wraps(then_ms: int, ms: int) -> None:
    now_ms = later(then_ms, ms)
    assert 0 <= now_ms < WRAP_MS
    assert elapsed_ms(now_ms, then_ms) == ms
    if ms:
        assert elapsed_ms(then_ms, now_ms) == 0, "the clock has jumped back"
