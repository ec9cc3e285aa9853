"""Any presses, frames and touches in any order: the current stays within FACE, and starts in one way only."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.rig import Rig
from hil.tests.firmware.steps import RC, closings_us, hold, power_on, states_passed, tap
from host_tools.framing import encode
from ionto import messages

FEW = settings(
    max_examples=5,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PROBE_MV = 1550
FACE_MAX_UA = 3000

# MODE would leave FACE; it is pressed in the tests where that does not matter.
press = st.tuples(
    st.just("press"),
    st.sampled_from([("UP",), ("DOWN",), ("START",), ("UP", "START"), ("DOWN", "UP")]),
    st.sampled_from([15, 60, 700, 3100]),
)
any_press = st.tuples(
    st.just("press"),
    st.lists(st.sampled_from(["UP", "DOWN", "MODE", "START"]), min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from([15, 60, 60, 60, 1200, 3100]),
)
frame = st.one_of(
    st.builds(
        encode, st.sampled_from([messages.HELLO, messages.STATUS, messages.STOP]), st.integers(0, 255), st.just(b"")
    ),
    st.builds(
        lambda number, level: encode(messages.LOWER_LEVEL, number, level.to_bytes(2, "little")),
        st.integers(0, 255),
        st.integers(0, 0xFFFF),
    ),
    st.builds(encode, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=20)),
    st.binary(min_size=1, max_size=200),
).map(lambda data: ("send", data))
touch = st.tuples(st.just("touch"), st.sampled_from([0.0, 0.3, 0.6, 1.0]))
wait = st.tuples(st.just("wait"), st.integers(1, 1500))


def perform(rig: Rig, actions) -> None:
    for action in actions:
        match action:
            case ("press", names, ms):
                rig.buttons.press(*names, ms=ms)
            case ("send", data):
                rig.transport.write(b"\0" + data + b"\0")
            case ("touch", area):
                rig.person.contact(area)
            case ("wait", ms):
                rig.advance(ms)
    rig.advance(200)


def finish(rig: Rig) -> None:
    """What the fixture would look at; a rig of an example ends with it."""
    rig.prove_safe()
    rig.close()


@pytest.mark.requirement("REQ-LIM-1")
@FEW
@given(st.lists(st.one_of(press, frame, touch, wait), min_size=8, max_size=25))
def test_any_sequence_under_current_stays_below_the_maximum_of_face(actions):
    with Rig(seed=3, load=RC, load_arguments={"rs_ohm": 300, "rp_ohm": 1700, "cp_f": 1e-6}) as rig:
        hold(rig)
        perform(rig, actions)
        assert rig.truth.max_current_ua() <= FACE_MAX_UA * 1.1
        lasting = rig.truth.samples["current_ua"]
        # No faster than the ramp from the highest level that was asked for: 200 uA and 50 uA/s since power-on.
        assert lasting.max() <= 600 + 50 * rig.now_us / 1e6
        finish(rig)


@FEW
@given(st.booleans(), st.lists(st.one_of(any_press, any_press, frame, wait), min_size=10, max_size=25))
@pytest.mark.requirement("REQ-SES-4")
def test_any_sequence_with_a_circuit_that_never_opened_starts_nothing(arming, actions):
    with Rig(seed=4, area=1.0) as rig:
        power_on(rig)
        tap(rig, "START", 2 if arming else 0)
        perform(rig, actions)
        assert rig.truth.samples["amplifier_mv"].max() < PROBE_MV
        assert "RAMP_UP" not in states_passed(rig)
        finish(rig)


@FEW
@given(st.booleans(), st.lists(st.one_of(any_press, any_press, frame, wait), min_size=10, max_size=25))
@pytest.mark.requirement("REQ-SES-4")
def test_any_sequence_without_a_contact_starts_nothing(armed, actions):
    with Rig(seed=5) as rig:
        power_on(rig)
        tap(rig, "START", 2 if armed else 0)
        rig.advance(1000)
        perform(rig, actions)
        assert rig.truth.max_current_ua() == 0
        assert rig.truth.samples["amplifier_mv"].max() < PROBE_MV
        assert "RAMP_UP" not in states_passed(rig)
        finish(rig)


@FEW
@given(st.lists(st.one_of(frame, touch, wait), min_size=10, max_size=30))
@pytest.mark.requirement("REQ-LNK-2")
def test_any_frames_and_touches_without_a_button_energise_nothing(actions):
    with Rig(seed=6) as rig:
        power_on(rig)
        perform(rig, actions)
        assert not closings_us(rig)
        assert rig.truth.max_current_ua() == 0
        finish(rig)
