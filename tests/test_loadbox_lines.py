"""Lines to the load box: bytes into lines, lines into checked actions, and what is refused with its figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadbox import lines, wiring
from loadbox.core import Box
from loadbox.wiring import Refused


def read(data):
    """Every line of `data`, or the error in its place."""
    reader = lines.LineReader()
    found = []
    for byte in data:
        try:
            found.append(reader.feed(byte))
        except Refused as error:
            found.append(error.text)
    return [one for one in found if one is not None]


def test_bytes_become_lines_whatever_ends_them():
    assert read(b"load 4700\nopen\r\n\rread\n") == ["load 4700", "open", "", "", "read"]


def test_what_is_no_text_is_marked():
    assert read(b"\x00\xffread\x03\n") == ["??read?"]


def test_line_of_80_is_taken_and_of_81_dropped_whole():
    assert read(b"x" * 80 + b"\n") == ["x" * 80]
    assert read(b"x" * 81 + b"\nread\n") == ["error line 81 80", "read"]


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("load 150", ("load", 7)),
        ("load 68000", ("load", 0)),
        ("open", ("open", 0)),
        ("press UP 70", ("press", (1 << 11, 70))),
        ("press UP+START 10000", ("press", (1 << 11 | 1 << 14, 10000))),
        ("hold MODE", ("hold", 1 << 13)),
        ("release STOP", ("release", 1 << 15)),
        ("stop", ("hold", 1 << 15)),
        ("power off", ("power", True)),
        ("power on", ("power", False)),
    ],
)
def test_line_becomes_an_action(line, action):
    assert lines.action_of(line) == action


LOADS = "68000,47000,22000,10000,4700,2200,1000,150"
NAMES = "UP,DOWN,MODE,START,STOP"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("load 3000", f"error load 3000 {LOADS}"),
        ("load", "error words 1 2"),
        ("load 4700 now", "error words 3 2"),
        ("load -4700", f"error load -4700 {LOADS}"),
        ("open 1", "error words 2 1"),
        ("press UP", "error words 2 3"),
        ("press UP soon", "error press.ms soon 10000"),
        ("press UP 10001", "error press.ms 10001 10000"),
        ("press UP -1", "error press.ms -1 10000"),
        ("press SIDE 70", f"error button SIDE {NAMES}"),
        ("press UP+ 70", f"error button - {NAMES}"),
        ("hold up", f"error button up {NAMES}"),
        ("power maybe", "error power maybe on,off"),
        ("after 5", "error words 2 3"),
        ("after x open", "error after.ms x 60000"),
        ("after 60001 open", "error after.ms 60001 60000"),
        ("after 5 read", "error action read load,open,press,hold,release,stop,power"),
        ("after 5 after 5 open", "error action after load,open,press,hold,release,stop,power"),
        ("stream 101", "error stream.hz 101 100"),
        ("stream", "error words 1 2"),
        ("read now", "error words 2 1"),
        ("dance", f"error command dance {','.join(lines.COMMANDS)}"),
        ("x" * 60, f"error command {'x' * 20} {','.join(lines.COMMANDS)}"),
    ],
)
def test_line_that_cannot_be_granted_says_field_value_and_limit_and_switches_nothing(line, error):
    box = Box("id")
    assert box.line(0, line) == error
    assert box.outputs == 0
    box.step(1)
    assert box.outputs == 0


def test_refused_line_leaves_what_was_set():
    box = Box("id")
    box.line(0, "load 4700")
    box.step(10)
    before = box.outputs
    for line in ("load 3000", "hold UP+SIDE", "press UP 99999", "after 1 power perhaps"):
        assert box.line(10, line).startswith("error ")
        box.step(20)
        assert box.outputs == before


@given(st.binary(max_size=300))
def test_any_bytes_are_answered_and_never_raise(data):
    box = Box("id")
    for text in read(data + b"\n"):
        box.line(0, text)
    box.step(5)
    known = 0
    for pin in wiring.OUTPUT_PINS:
        known |= 1 << pin
    assert box.outputs & ~known == 0


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_any_text_is_answered_in_one_line(text):
    reply = Box("id").line(0, text.strip())
    assert "\n" not in reply
    assert reply == "" or reply.startswith(("ok ", "error "))
