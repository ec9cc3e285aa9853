"""Pictures of recordings: they are there, of the promised size, and show what was recorded."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from host_tools.plot import HEIGHT_PX, WIDTH_PX, plot_recording
from host_tools.plot_marks import Marker
from host_tools.recording import Recorder, Recording, RecordingError, RecordingInfo, load_recording
from host_tools.records import Event, Record, Telemetry
from ionto import messages
from ionto.messages import STATES
from tests.cli_fakes import SESSION, SHORT, SessionTransport, error_line, run, sample, session, tools


def recorded(directory: Path, records: list[Record], info: RecordingInfo | None = None) -> Recording:
    with Recorder(directory, ("csv",), info) as recorder:
        for record in records:
            if isinstance(record, Telemetry):
                recorder.telemetry(record)
            else:
                recorder.event(record)
    return load_recording(directory)


def pixels(png: Path) -> np.ndarray:
    with Image.open(png) as image:
        assert image.format == "PNG"
        assert image.size == (WIDTH_PX, HEIGHT_PX)
        return np.asarray(image.convert("RGB"))


def colored(picture: np.ndarray, color: str) -> int:
    """How many pixels have about this colour."""
    rgb = np.array([int(color[index : index + 2], 16) for index in (1, 3, 5)])
    return int((np.abs(picture.astype(int) - rgb).max(axis=2) <= 6).sum())


def test_plot_of_a_session_shows_every_line_and_shade(tmp_path: Path) -> None:
    plot_recording(recorded(tmp_path, session(SESSION, 2)), tmp_path / "p.png")
    picture = pixels(tmp_path / "p.png")
    for color in ("#0072B2", "#D55E00", "#007A5A", "#000000"):  # delivered, voltage, resistance, set and labels
        assert colored(picture, color) > 500, color
    for tint in ("#e3f0f9", "#f6d9b8", "#b5d7ee"):  # HOLD, PAUSED, RAMP_UP
        assert colored(picture, tint) > 2000, tint


def test_builtin_calibration_is_said_in_the_picture(tmp_path: Path) -> None:
    records = session(SHORT)
    for name, source in (("builtin", "built-in"), ("stored", "stored")):
        recording = recorded(tmp_path / name, records, RecordingInfo(calibration=source))
        plot_recording(recording, tmp_path / f"{name}.png")
    with_note, without = (pixels(tmp_path / f"{name}.png")[:40] for name in ("builtin", "stored"))
    assert colored(with_note, "#D55E00") > colored(without, "#D55E00") == 0


@pytest.mark.parametrize("at_s", [[5.0], [0.5], [0.5, 0.6]], ids=["one row", "one row, no contact", "no contact"])
def test_recording_with_next_to_nothing_can_be_plotted(tmp_path: Path, at_s: list[float]) -> None:
    plot_recording(recorded(tmp_path, [sample(SHORT, moment) for moment in at_s]), tmp_path / "p.png")
    pixels(tmp_path / "p.png")


def test_recording_with_every_state_and_many_events_can_be_plotted(tmp_path: Path) -> None:
    records: list[Record] = []
    for index in range(200):
        records.append(replace(sample(SHORT, 5.0), time_ms=index * 100, state=index * len(STATES) // 200))
        kind = messages.EVENT_KINDS[index % len(messages.EVENT_KINDS)][0]
        records.append(Event(index, index * 100, kind, 1 + index % 4, 1))
    plot_recording(recorded(tmp_path, records), tmp_path / "p.png")
    pixels(tmp_path / "p.png")


def test_extra_markers_are_drawn(tmp_path: Path) -> None:
    recording = recorded(tmp_path, session(SHORT))
    plot_recording(recording, tmp_path / "plain.png")
    plot_recording(recording, tmp_path / "marked.png", [Marker(3.0, "hand lifted")])
    strip = slice(60, 200)
    plain, marked = (pixels(tmp_path / f"{name}.png")[strip] for name in ("plain", "marked"))
    assert colored(marked, "#0072B2") > colored(plain, "#0072B2")


def test_empty_recording_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no rows to plot"):
        plot_recording(recorded(tmp_path, []), tmp_path / "p.png")


def test_plot_command_writes_beside_the_data_and_says_where(tmp_path: Path) -> None:
    recorded(tmp_path, session(SHORT))
    result = run(["plot", str(tmp_path)], tools(SessionTransport()))
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'plot.png'}\n")
    pixels(tmp_path / "plot.png")


def test_plot_command_takes_a_file_and_a_name(tmp_path: Path) -> None:
    recorded(tmp_path, session(SHORT))
    png = tmp_path / "other.png"
    result = run(["plot", str(tmp_path / "telemetry.csv"), "--out", str(png)], tools(SessionTransport()))
    assert result.exit_code == 0
    pixels(png)


def test_picture_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    recorded(tmp_path, session(SHORT))
    png = tmp_path / "telemetry.csv" / "p.png"
    result = run(["plot", str(tmp_path), "--out", str(png)], tools(SessionTransport()))
    assert result.exit_code == 5
    assert f"cannot write {png}" in error_line(result)
