"""Contact area that grows, and what is left of it 10 ms later."""

import pytest

from ionto import limits
from tests.support.on_micropython import run

KEPT_CHARGE_PERCENT = 15  # docs/decisions/0002-regulator.md


@pytest.mark.requirement("REQ-REG-3")
@pytest.mark.parametrize("mode", limits.MODES, ids=lambda mode: mode.name)
def test_area_that_grows_is_regulated_out_within_10_ms(mode: limits.Mode) -> None:
    late = []
    seen = {False: 0, True: 0}
    for row in run("closed_loop.py", "changes", mode.number):
        if row["area"][1] > row["area"][0] and not row["cause"]:
            seen[row["is_charged"]] += 1
            percent = KEPT_CHARGE_PERCENT if row["is_charged"] else 5
            tolerance_ua = max(50, row["setpoint_ua"] * percent / 100)
            high_ua = row["next_ua"][1]
            if high_ua > row["setpoint_ua"] + tolerance_ua:
                late.append((row["load"], row["area"], row["is_charged"], round(row["setpoint_ua"]), round(high_ua)))
    assert not late
    assert seen[False]
    assert seen[True]
