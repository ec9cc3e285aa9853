"""Which marks a plot carries for a recording's events, and rows for their labels so that none covers another.

Pure: events in, marks out. A state change is no mark: the plot shades states.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from host_tools import describe
from host_tools.recording_load import RecordedEvent
from ionto.faults import RAMPING

# Kinds in order of importance: where room for labels runs out, the last go first.
_KINDS = ("FAULT", "CUT", "END", "BOOT", "REFUSED", "LEVEL", "MODE", "MINUTES", "REASON")
_MERGED = frozenset({"LEVEL", "MODE", "MINUTES"})  # presses in quick succession become one mark
_OF_A_MODE = frozenset({"LEVEL", "MINUTES"})  # they change with the mode, which says enough

_TRIED_PER_ROW = 20  # labels that are worth trying to place, for each row


@dataclass(frozen=True)
class Marker:
    """A moment to point out: `time_s` on the recording's time line, words, and how much it matters (0: most)."""

    time_s: float
    text: str
    rank: int = 0


def markers_of(events: Sequence[RecordedEvent], merge_s: float) -> list[Marker]:
    """The marks of a recording's events in order of time; presses of a kind within `merge_s` become one."""
    mode_times_s = {event.time_s for event in events if event.kind == "MODE"}
    runs: list[tuple[RecordedEvent, RecordedEvent]] = []
    for event in events:
        follows_mode = event.kind in _OF_A_MODE and event.time_s in mode_times_s
        if event.kind not in _KINDS or follows_mode or not _text(event, event):
            continue
        first, last = runs[-1] if runs else (event, None)
        if last and event.kind in _MERGED and event.kind == last.kind and event.time_s - last.time_s <= merge_s:
            runs[-1] = (first, event)
        else:
            runs.append((event, event))
    return [Marker(first.time_s, _text(first, last), 1 + _KINDS.index(first.kind)) for first, last in runs]


def _text(first: RecordedEvent, last: RecordedEvent) -> str:
    """What a run of like events says; empty for a reason that is only the ramp, which the shading shows."""
    match first.kind:
        case "LEVEL":
            return f"level {first.b / 1000:.1f} → {last.a / 1000:.1f} mA"
        case "MINUTES":
            return f"{first.b} → {last.a} min"
        case "MODE":
            return f"mode {describe.mode_name(last.a)}"
        case "REASON":
            return describe.reason_change(last.a & ~RAMPING, last.b & ~RAMPING)
        case _:
            return f"{first.kind.lower()}: {last.text}"


@dataclass(frozen=True)
class Label:
    """A label to place: where its mark is, how wide it is, and its importance (0: most)."""

    at: float
    width: float
    rank: int


@dataclass(frozen=True)
class Placed:
    """A label's place: its index, its row (0 nearest the plot), and where it begins and ends."""

    index: int
    row: int
    at: float
    left: float
    right: float


def place(labels: Sequence[Label], span: float, rows: int) -> list[Placed]:
    """Places for labels above a plot `span` wide, all in one unit, in at most `rows` rows.

    No label covers another, nor the line that leads down from another to its mark. The most important come first;
    one for which there is no room beside them is left out.
    """
    ranked = sorted(range(len(labels)), key=lambda index: (labels[index].rank, labels[index].at))
    chosen: list[int] = []
    placed: list[Placed] = []
    for index in ranked[: rows * _TRIED_PER_ROW]:
        attempt = _all_placed(labels, [*chosen, index], span, rows)
        if attempt is not None:
            chosen.append(index)
            placed = attempt
    return sorted(placed, key=lambda item: item.at)


def _all_placed(labels: Sequence[Label], chosen: Sequence[int], span: float, rows: int) -> list[Placed] | None:
    """Places for all of `chosen`, or None if there is no room for them.

    Labels begin at their mark, from the right to the left, so that each line leads down free of the others. Those
    that would leave the span end at their mark, from the left to the right, for the same reason.
    """
    ends = [i for i in chosen if labels[i].at + labels[i].width > span]
    begins = [i for i in chosen if i not in ends]
    ordered = sorted(ends, key=lambda i: labels[i].at) + sorted(begins, key=lambda i: -labels[i].at)
    placed: list[Placed] = []
    for index in ordered:
        at, width = labels[index].at, labels[index].width
        left = max(at - width, 0.0) if index in ends else at
        places = (Placed(index, row, at, left, left + width) for row in range(rows))
        free = next((it for it in places if not any(_collide(it, other) for other in placed)), None)
        if free is None:
            return None
        placed.append(free)
    return placed


def _collide(one: Placed, other: Placed) -> bool:
    if one.row == other.row:
        return one.left < other.right and other.left < one.right
    upper, lower = (one, other) if one.row > other.row else (other, one)
    return lower.left < upper.at < lower.right
