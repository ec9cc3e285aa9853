"""A whole face treatment in virtual time, from power-on to the end, with everything recorded: `ionto demo`."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hil.process import RigError
from hil.rig import Rig, RigFailure
from hil.terminal import blocks
from host_tools import describe
from host_tools.plot import plot_recording
from host_tools.recording import Recorder, RecordingError, info_of, load_recording
from host_tools.records import Event, Telemetry
from ionto import states

TELEMETRY_HZ = 10
STEP_MS = 200
LIFT_MINUTE = 3
PARTIAL_MINUTE = 6
PARTIAL_AREA = 0.65
_SCALE = 4  # of the screens as PNG


class Demo:
    """One run: a rig, its recorder, and a terminal that follows."""

    def __init__(self, rig: Rig, directory: Path, console: Console, live: Live | None):
        self.rig = rig
        self.directory = directory
        self.console = console
        self.live = live
        self.latest: Telemetry | None = None
        self.recorder: Recorder | None = None
        self.charge_ua_s = 0
        self.break_to_zero_us: int | None = None
        self._numbers = itertools.count(1)

    # -- time and what it brings -------------------------------------------------------------------------------------

    def run(self, ms: float) -> None:
        """Lets time pass, records what the device sends, keeps the terminal up to date."""
        end_us = self.rig.now_us + round(ms * 1000)
        while self.rig.now_us < end_us:
            self.rig.advance(min(STEP_MS, (end_us - self.rig.now_us) / 1000))
            for record in self.rig.host.poll(0.0):
                self._take(record)
            if self.live:
                self.live.update(self._picture())

    def run_until(self, is_reached: Callable[[], bool], timeout_ms: float) -> None:
        """Lets time pass until `is_reached()`. Raises RigFailure after `timeout_ms`."""
        end_us = self.rig.now_us + round(timeout_ms * 1000)
        while not is_reached():
            if self.rig.now_us > end_us:
                raise RigFailure(f"the demo's session did not go on within {timeout_ms:g} ms\n{self.rig.describe()}")
            self.run(STEP_MS)

    def _take(self, record: Telemetry | Event) -> None:
        if isinstance(record, Event):
            if self.recorder:
                self.recorder.event(record)
            self.say(describe.event_text(record.kind, record.a, record.b), "dim")
            return
        self.latest = record
        self.charge_ua_s = max(self.charge_ua_s, record.charge_ua_s)
        if self.recorder:
            self.recorder.telemetry(record)

    def press(self, *names: str) -> None:
        """A person presses buttons, one after the other."""
        for name in names:
            self.rig.buttons.press(name)
            self.run(100)

    def in_state(self, state: int) -> Callable[[], bool]:
        """A question for run_until."""
        return lambda: self.latest is not None and self.latest.state == state

    def minute(self, minutes: float) -> Callable[[], bool]:
        """A question for run_until: this much of the treatment is over."""
        total_s = self.rig.host.status().minutes * 60
        return lambda: self.latest is not None and total_s - self.latest.remaining_s >= minutes * 60

    # -- what is shown -----------------------------------------------------------------------------------------------

    def say(self, text: str, style: str = "bold") -> None:
        """A line of progress with the session's clock."""
        self.console.print(Text(f"{self.rig.now_us / 1e6:8.2f} s  {text}", style=style))

    def screen(self, name: str) -> None:
        """Keeps the display's picture as PNG; shows it where the terminal does not show it all the time."""
        self.run(300)
        image = self.rig.panel.image()
        path = self.directory / f"screen-{next(self._numbers):02d}-{name}.png"
        image.convert("L").resize((image.width * _SCALE, image.height * _SCALE), Image.Resampling.NEAREST).save(path)
        if not self.live:
            self.console.print("\n".join(blocks(image, self.console.width)), highlight=False, markup=False)

    def _picture(self) -> Text:
        lines = blocks(self.rig.panel.image(), self.console.width)
        if self.latest:
            lines.append(f"{self.rig.now_us / 1e6:8.2f} s  {_line(self.latest)}")
        return Text("\n".join(lines))


def _line(row: Telemetry) -> str:
    reasons = f"  {describe.reasons_text(row.reasons)}" if row.reasons else ""
    return (
        f"{describe.state_name(row.state)}  set {describe.milliamps(row.level_ua)}  "
        f"delivered {describe.milliamps(row.current_ua)}  {describe.volts(row.voltage_mv)}{reasons}"
    )


def treat(demo: Demo) -> None:
    """The session: everything that a person does, and what happens to the contact."""
    rig = demo.rig
    demo.say("power on")
    rig.advance(900)
    identity = rig.host.hello()
    rig.host.subscribe(TELEMETRY_HZ)
    demo.recorder = Recorder(
        demo.directory, ("csv", "parquet"), info_of(identity, rate_hz=TELEMETRY_HZ, mode="FACE"), force=True
    )
    demo.run_until(demo.in_state(states.IDLE), 3000)
    demo.screen("idle")
    demo.say("MODE shows the other modes and comes back to FACE; UP sets 0.6 mA")
    demo.press("MODE", "MODE", "MODE", "MODE", "UP")
    demo.press("START")
    demo.screen("confirm")
    demo.say("START again: the device wants to see the circuit open first")
    demo.press("START")
    demo.run_until(demo.in_state(states.ARMED), 3000)
    demo.say("armed; the level can still be changed: UP sets 0.7 mA")
    demo.press("UP")
    demo.screen("armed")
    demo.say("a hand goes into the water")
    rig.person.bounce(1.0)
    demo.run_until(demo.in_state(states.RAMP_UP), 5000)
    demo.run(4000)
    demo.screen("ramp-up")
    demo.run_until(demo.in_state(states.HOLD), 40_000)
    demo.screen("hold")
    demo.run_until(demo.minute(1), 120_000)
    demo.say("UP twice: 0.9 mA, ramped")
    demo.press("UP", "UP")
    demo.run_until(demo.minute(LIFT_MINUTE), 300_000)
    _interruptions(demo)
    demo.say("time over: ramp down")
    demo.run_until(demo.in_state(states.DONE), 60_000)
    demo.screen("done")


def _interruptions(demo: Demo) -> None:
    person = demo.rig.person
    demo.say("the hand is lifted out of the water")
    lifted_us = demo.rig.now_us
    person.lift()
    demo.run_until(demo.in_state(states.PAUSED), 2000)
    (broke, *_), (zero, *_) = (demo.rig.truth.named(name, lifted_us) for name in ("break", "drive_at_zero"))
    demo.break_to_zero_us = zero.time_us - broke.time_us
    demo.run(3000)
    demo.screen("paused")
    demo.say("the hand comes back")
    person.bounce(1.0)
    demo.run_until(demo.in_state(states.HOLD), 60_000)
    demo.run_until(demo.minute(PARTIAL_MINUTE), 300_000)
    demo.say("the hand is lifted half out of the water")
    for step in range(1, 11):
        person.at(step * 40, 1.0 - (1.0 - PARTIAL_AREA) * step / 10)
    demo.run(4000)
    demo.screen("partial-contact")
    demo.run(15_000)
    demo.say("and sinks in again")
    for step in range(1, 11):
        person.at(step * 40, PARTIAL_AREA + (1.0 - PARTIAL_AREA) * step / 10)
    demo.run_until(demo.in_state(states.RAMP_DOWN), 600_000)


def figures(demo: Demo, wall_s: float) -> Table:
    """The closing table. Currents and times are physical truth, not what the device says."""
    rig = demo.rig
    table = Table(title="Ten minutes, FACE", show_header=False)
    table.add_row("charge delivered", describe.charge(demo.charge_ua_s))
    table.add_row("largest step of current in 10 ms, contact made", f"{rig.truth.largest_step_ua():.0f} µA")
    table.add_row("largest step of current in 10 ms, otherwise", f"{_step_between_contacts_ua(rig):.0f} µA")
    if demo.break_to_zero_us is not None:
        table.add_row("break of the circuit to zero drive", f"{demo.break_to_zero_us / 1000:.2f} ms")
    table.add_row("virtual time, wall time", f"{rig.now_us / 1e6:.0f} s, {wall_s:.0f} s")
    return table


def _step_between_contacts_ua(rig: Rig) -> float:
    """The largest rise within 10 ms that no change of the contact explains."""
    truth = rig.truth
    times_us = sorted(e.time_us for e in truth.events if e.name in ("make", "break", "area"))
    edges_us = [0, *times_us, rig.now_us]
    spans = (truth.between(a + 20_000, b) for a, b in itertools.pairwise(edges_us) if b - a > 40_000)
    return max(truth.step_ua(span) for span in spans)


def demo(
    out: Annotated[Path, typer.Option(help="Directory for everything that is written.")] = Path("build/demo"),
    seed: Annotated[int, typer.Option(help="Which board and which noise.")] = 1,
) -> None:
    """Run a whole ten-minute face treatment on the simulated board, in virtual time, and record it."""
    try:
        run(out, Console(), seed)
    except KeyboardInterrupt:
        print(f"interrupted; what was recorded is in {out}", file=sys.stderr)
        raise typer.Exit(130) from None
    except (RigError, RigFailure, RecordingError) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    except OSError as error:
        print(f"cannot write into {out}: {error.strerror}", file=sys.stderr)
        raise typer.Exit(5) from error


def run(directory: Path, console: Console, seed: int = 1) -> None:
    """The whole demo; writes into `directory`. Raises RigFailure if anything is not as it should be."""
    start_s = time.monotonic()
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("screen-*.png"):
        old.unlink()
    with Rig(seed=seed) as rig:
        live = Live(console=console, refresh_per_second=8, transient=True) if console.is_terminal else None
        demo = Demo(rig, directory, console, live)
        try:
            if live:
                live.start()
            treat(demo)
        finally:
            if live:
                live.stop()
            if demo.recorder:
                demo.recorder.close()
        plot_recording(load_recording(directory), directory / "session.png")
        console.print(figures(demo, time.monotonic() - start_s))
        for path in sorted(directory.iterdir()):
            console.print(str(path), highlight=False, soft_wrap=True)
        rig.prove_safe()
