"""Bench meters: what is typed, what two command sets answer, and what is no reading."""

import pytest

from host_tools.calibration_errors import MeterError
from host_tools.meters import HandMeter, ScpiMeter, parse_reading, steady


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


def test_hand_meter_asks_again_until_a_reading_is_typed() -> None:
    answers = iter(["what?", "12 V", "4,99"])
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    assert HandMeter(ask, "mine").read("current") == pytest.approx(4.99e-3)
    assert asked[0] == "meter, mA: "
    assert "'12 V' has the wrong unit" in asked[2]


class Resource:
    """A VISA resource that answers by a table and notes what it was sent."""

    def __init__(self, identity: str, reading: str) -> None:
        self.answers = {"*IDN?": identity, "READ?": reading, ":READ?": reading}
        self.sent: list[str] = []

    def write(self, text: str) -> None:
        self.sent.append(text)

    def query(self, text: str) -> str:
        self.sent.append(text)
        return self.answers[text]


@pytest.mark.parametrize(
    ("identity", "setup", "read"),
    [
        ("Keysight Technologies,34461A,MY1,A.03", "CONF:CURR:DC AUTO", "READ?"),
        ("KEITHLEY INSTRUMENTS,MODEL DMM6500,0,1.7", ':SENS:FUNC "CURR:DC";:SENS:CURR:RANG:AUTO ON', ":READ?"),
    ],
)
def test_meter_is_set_up_once_by_its_own_commands(identity: str, setup: str, read: str) -> None:
    resource = Resource(identity, "+4.99712E-03\n")
    meter = ScpiMeter(resource)
    assert [meter.read("current"), meter.read("current")] == [pytest.approx(4.99712e-3)] * 2
    assert resource.sent == ["*IDN?", setup, read, read]
    assert meter.name == identity


@pytest.mark.parametrize(("answer", "reason"), [("ERROR", "no reading"), ("9.9E37", "overranges"), ("", "no reading")])
def test_meter_that_answers_nonsense_or_overranges_is_said_so(answer: str, reason: str) -> None:
    with pytest.raises(MeterError, match=reason):
        ScpiMeter(Resource("x", answer)).read("voltage")


def test_meter_that_times_out_is_said_so() -> None:
    class Silent(Resource):
        def query(self, text: str) -> str:
            if text == "*IDN?":
                return "x"
            raise TimeoutError("VI_ERROR_TMO")

    with pytest.raises(MeterError, match="does not answer"):
        ScpiMeter(Silent("x", "")).read("voltage")


def test_readings_that_move_are_refused_and_steady_ones_are_their_mean() -> None:
    assert steady([5.000e-3, 5.004e-3, 5.002e-3], "current") == pytest.approx(5.002e-3)
    with pytest.raises(MeterError, match="not steady"):
        steady([5.000e-3, 5.020e-3], "current")
    with pytest.raises(MeterError, match="not steady"):
        steady([0.640, 0.650], "voltage")
