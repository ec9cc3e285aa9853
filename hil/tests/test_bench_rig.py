"""The tests for any rig, on the bench rig: it drives a simulated load box that is wired to a simulated board.

Both run their own firmware, in virtual time. What the bench rig says is held against the simulated board's own truth.
A test for each thing that this rig does in its own way is run always, all of them by `make desk`.
"""

import os
from typing import cast

import pytest

from hil.bench_rig.ports import Cables
from hil.bench_rig.rig import BenchRig
from hil.bench_rig.world import Wire, World
from hil.rig import Rig, RigFailure
from hil.tests.electrodes import RESISTOR
from hil.tests.firmware.steps import arm, hold
from hil.tests.test_any_rig import *  # noqa: F403
from hil.tests.test_any_rig_ends import *  # noqa: F403

pytestmark = pytest.mark.timeout(120)  # not `bench`: these bring their own board

ALWAYS = {
    "test_power_on_is_face_with_the_output_off",
    "test_contact_lost_pauses_and_contact_that_returns_ramps_again",
    "test_stop_at_power_on_is_a_fault_until_start_is_held",
    "test_power_that_fails_under_current_comes_back_off",
    "test_host_lowers_and_stops_and_cannot_raise",
}
_HERE = {name for name in globals() if name.startswith("test_")}
assert _HERE > ALWAYS
if not os.environ.get("IONTO_DESK"):
    for name in _HERE - ALWAYS:
        del globals()[name]


@pytest.fixture
def world():
    """A simulated desk whose board is in IDLE."""
    with World() as made:
        made.advance(900)
        yield made


def cables(world):
    return Cables(Wire(world, world.rig), Wire(world, world.box), lambda: world.now_us / 1e6)


@pytest.fixture
def make_rig(world):
    made = []

    def make(**options):
        made.append(BenchRig(cables=cables(world), **options))
        return made[-1]

    yield make
    for one in made:
        if not one.closed:
            fault = one.reported_fault()
            one.prove_safe()
            assert not fault or fault in one.expected_faults
            assert world.rig.truth.output_is_off()
        one.close()
        assert not world.rig.truth.violations()
        assert not [pin for pin, level in world.box.levels.items() if level and pin != LED]


LED = 25


@pytest.fixture
def rig(request, make_rig):
    marker = request.node.get_closest_marker("rig")
    return make_rig(**(marker.kwargs if marker else {}))


def skips(call, *arguments):
    """The reason for which `call` skips the test that makes it."""
    with pytest.raises(pytest.skip.Exception) as caught:
        call(*arguments)
    return str(caught.value)


def test_what_a_bench_cannot_give_skips_with_the_reason(rig):
    assert "panel.image needs eyes" in skips(lambda: rig.panel.image)
    assert "panel.led needs eyes" in skips(lambda: rig.panel.led)
    assert "board.stick_adc() would have to reach" in skips(lambda: rig.board.stick_adc(1, 0))
    assert "board.stall()" in skips(lambda: rig.board.stall(1))
    assert "truth.break_to_zero_us" in skips(lambda: rig.truth.break_to_zero_us)
    assert "truth.k1_closed" in skips(lambda: rig.truth.k1_closed)
    assert "dac of a real board" in skips(lambda: rig.truth.now["dac"])
    assert "amplifier_mv of a real board" in skips(lambda: rig.truth.samples["amplifier_mv"])
    assert "nobody pulls" in skips(lambda: setattr(rig.transport, "plugged", False))
    assert "telemetry is on the line" in skips(rig.transport.read, 0.1)
    assert "no load near 7833 ohm" in skips(rig.person.contact, 0.6)
    assert "no error" in skips(rig.expect_error, "x")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"program": "x.py"}, "program of a real board"),
        ({"clock_before_wrap_ms": 3000}, "clock_before_wrap_ms"),
        ({"board_id": b"IONTO042"}, "board_id"),
        ({"load": "hil.person:RC"}, "its box is resistors, no hil.person:RC"),
        ({"load": RESISTOR, "load_arguments": {"ohm": 3000}, "area": 1.0}, "no load near 3000 ohm"),
        ({"load_arguments": {"polarisation_v": 0.5}}, "nothing to set polarisation_v"),
    ],
)
def test_options_that_a_bench_has_no_answer_to_skip(make_rig, options, reason):
    assert reason in skips(lambda: make_rig(**options))


def test_options_that_mean_nothing_on_a_bench_are_taken(make_rig):
    rig = make_rig(tolerance_sigma=0, record_truth=0)
    assert not hasattr(rig.truth, "_nothing")


def test_area_outside_0_to_1_is_an_error(rig):
    with pytest.raises(ValueError, match=r"1\.5"):
        rig.person.contact(1.5)
    with pytest.raises(ValueError, match="no button 'STAR'"):
        rig.buttons.press("STAR")


def test_an_output_that_stop_does_not_end_is_found(world):
    rig = BenchRig(cables=cables(world), load=RESISTOR)
    arm(cast(Rig, rig))
    rig.buttons.stop_press = lambda after_ms=0.0: None  # the relay in the STOP loop is stuck
    with pytest.raises(RigFailure, match=r"on 1\.2 s after STOP"):
        rig.prove_safe()
    rig.close()


def test_the_box_measures_what_flows(world, make_rig):
    rig = make_rig(load=RESISTOR)
    hold(rig, "HANDS", 2500)
    rig.advance(500)
    assert rig.truth.current_ua == pytest.approx(world.rig.truth.current_ua, abs=40)
    assert rig.truth.now["electrode_mv"] == pytest.approx(world.rig.truth.now["electrode_mv"], abs=120)


def test_a_board_that_falls_silent_ends_the_test(world, rig):
    world.rig.at(0, "power", 0)  # not by the box: somebody has pulled the battery
    with pytest.raises(RigFailure, match="has said nothing for"):
        rig.advance(20_000)
    rig.close()


def test_a_board_that_restarts_by_itself_ends_the_test(world, rig):
    rig.advance(1500)
    world.rig.at(0, "reset", 3)
    with pytest.raises(RigFailure, match="restarted by itself"):
        rig.advance(5000)
    rig.close()


def test_a_rig_that_falls_silent_is_let_go_by_the_box(world, make_rig):
    rig = make_rig(load=RESISTOR)
    hold(rig)
    world.advance(2600)
    assert not world.rig.truth.now["area"]
    assert world.rig.truth.now["stop_pressed"]
    world.advance(2500)
    assert not world.rig.truth.now["stop_pressed"]
    assert world.rig.truth.output_is_off()
    with pytest.raises(RigFailure, match="has let go"):
        rig.advance(1000)
    rig.close()


def test_advance_waits_for_the_boards_own_clock(rig):
    began_ms = rig.host.status().uptime_ms
    rig.advance(3000)
    assert rig.host.status().uptime_ms - began_ms == pytest.approx(3000, abs=40)


def test_telemetry_that_was_not_asked_for_is_kept_from_the_test(rig):
    rig.host.hello()
    rig.advance(500)
    assert rig.host.poll(0.1) == []
    assert len(rig.truth.telemetry) > 30
    rig.host.subscribe(100)
    rig.advance(200)
    assert len(rig.host.poll(0.1)) > 10
    rig.host.subscribe(0)
    rig.host.poll()
    rig.advance(200)
    assert rig.host.poll(0.1) == []
