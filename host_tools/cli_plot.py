"""`ionto plot`: a recording as a picture."""

from pathlib import Path
from typing import Annotated

import typer

from host_tools.extras import need


def plot(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="A recording's folder or telemetry file.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="PNG", help="File to write; plot.png beside the data if not given."),
    ] = None,
) -> None:
    """Draw a recording: currents, electrode voltage, resistance, states and events over time.

    Example: ionto plot tuesday
    """
    need("numpy", "matplotlib")
    # Imported here: matplotlib takes a second to load, and only this command needs it.
    from host_tools.plot import plot_recording
    from host_tools.recording_load import load_recording

    loaded = load_recording(recording)
    png = out or (recording if recording.is_dir() else recording.parent) / "plot.png"
    plot_recording(loaded, png)
    print(png)
