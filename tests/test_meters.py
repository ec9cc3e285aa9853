"""Bench meters: what is typed, what two command sets answer over VISA, and what is no reading."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host_tools import meters
from host_tools.calibration_errors import MeterError
from host_tools.meters import HandMeter, ScpiMeter, open_visa, parse_reading, steady

METERS = Path(__file__).parent / "support" / "meters.yaml"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("4.997", "current", 4.997e-3), ("4,997", "current", 4.997e-3), ("4,997 mA", "current", 4.997e-3),
        ("0.5 A", "current", 0.5), ("820 µA", "current", 820e-6), ("820uA", "current", 820e-6),
        ("12,03", "voltage", 12.03), ("12.03 V", "voltage", 12.03), ("640 mV", "voltage", 0.64),
        ("-3", "voltage", -3.0),
    ],
)  # fmt: skip
def test_typed_reading_is_taken_with_point_or_comma_and_unit(text: str, kind: str, value: float) -> None:
    assert parse_reading(text, kind) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1,234.5", "4 V", "5 kA", "1e3"])
def test_what_is_no_reading_is_refused(text: str) -> None:
    with pytest.raises(MeterError, match=r"no reading|wrong unit"):
        parse_reading(text, "current")


@pytest.mark.parametrize("text", ["OL", "-0.L ", "overload"])
def test_overrange_that_is_typed_as_it_stands_there_is_named(text: str) -> None:
    with pytest.raises(MeterError, match="overranges: choose a higher range"):
        parse_reading(text, "voltage")


def test_hand_meter_asks_again_until_a_reading_is_typed() -> None:
    answers = iter(["what?", "12 V", "4,99"])
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    assert HandMeter(ask, "mine").read("current") == pytest.approx(4.99e-3)
    assert asked[0] == "meter, mA: "
    assert "'12 V' has the wrong unit" in asked[2]


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ScpiMeter]]:
    """Opens a meter of meters.yaml by VISA, as `--meter` does but for the bus below."""
    monkeypatch.setattr(meters, "TIMEOUT_MS", 20)
    opened = []

    def open_meter(name: str) -> ScpiMeter:
        opened.append(open_visa(f"TCPIP::{name}::INSTR", f"{METERS}@sim"))
        return opened[-1]

    yield open_meter
    for one in opened:
        one.close()


@pytest.mark.parametrize(
    ("name", "identity", "value"),
    [("keysight", "Keysight Technologies,34461A", 4.9971234e-3), ("keithley", "MODEL DMM6500", 12.03001)],
)
def test_meter_is_read_in_both_kinds_by_its_own_commands(
    name: str, identity: str, value: float, meter: Callable[[str], ScpiMeter]
) -> None:
    one = meter(name)
    assert identity in one.name
    assert [one.read(kind) for kind in ("current", "voltage", "voltage", "current")] == [pytest.approx(value)] * 4


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("overranges", "voltage", "the meter overranges"), ("nonsense", "voltage", "'ready >', which is no reading"),
        ("silent", "voltage", "does not answer"), ("volts", "current", "does not take CONF:CURR:DC AUTO"),
        ("other", "current", "where its errors are asked for"),
    ],
)  # fmt: skip
def test_meter_that_gives_no_reading_says_why_each_time(
    name: str, kind: str, reason: str, meter: Callable[[str], ScpiMeter]
) -> None:
    one = meter(name)
    for _ in range(2):
        with pytest.raises(MeterError, match=reason):
            one.read(kind)


def test_address_that_is_none_is_said_so() -> None:
    with pytest.raises(MeterError, match="no meter at upstairs: "):
        open_visa("upstairs")


def test_answer_that_came_too_late_is_dropped_and_the_meter_set_up_anew() -> None:
    class Late:
        """Does not answer its first question in time; the answer comes later."""

        def __init__(self) -> None:
            self.sent: list[str] = []
            self.waiting = ["DMM"]
            self.is_late = True

        def write(self, text: str) -> None:
            self.sent.append(text)

        def query(self, text: str) -> str:
            self.sent.append(text)
            self.waiting += {"READ?": ["1.0"], "SYST:ERR?": ["+0,"]}.get(text, [])
            if text == "READ?" and self.is_late:
                self.is_late = False
                raise TimeoutError("VI_ERROR_TMO")
            return self.waiting.pop(0)

        def clear(self) -> None:
            self.waiting.clear()

    resource = Late()
    one = ScpiMeter(resource)
    with pytest.raises(MeterError, match="does not answer"):
        one.read("voltage")
    resource.sent.clear()
    assert one.read("voltage") == 1.0
    assert resource.sent == ["*CLS", "CONF:VOLT:DC AUTO", "SYST:ERR?", "READ?"]
    assert resource.waiting == []


def test_readings_that_move_are_refused_and_steady_ones_are_their_mean() -> None:
    assert steady([5.000e-3, 5.004e-3, 5.002e-3], "current") == pytest.approx(5.002e-3)
    with pytest.raises(MeterError, match="not steady"):
        steady([5.000e-3, 5.020e-3], "current")
    with pytest.raises(MeterError, match="not steady"):
        steady([0.640, 0.650], "voltage")
