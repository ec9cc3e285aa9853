"""Words for the numbers of the link: states, reasons, faults, events, and quantities with their units.

Every text that a person reads comes from the shared tables (`ionto.faults`, `ionto.messages`,
`ionto.limits`); a number that no table knows is shown as such and is never an error.
"""

from ionto import faults, limits, messages

NOTHING = "–"  # shown where there is no value: no session, no contact, output off

_CALIBRATIONS = {
    messages.CALIBRATION_NONE: "none",
    messages.CALIBRATION_BUILTIN: "built-in",
    messages.CALIBRATION_STORED: "stored",
}
_CALIBRATION_NOTES = {
    "none": "no calibration is in use: the output is refused",
    "built-in": "calibration is built in, not measured on this board: readings are approximate",
}
# As docs/link.md has them.
_RESET_CAUSES = {1: "power-on or brown-out", 3: "watchdog", 4: "reset pin", 5: "restart asked for"}


def _row(table: tuple[tuple[int, str], ...], number: int, noun: str) -> str:
    return dict(table).get(number, f"{noun} {number}")


def state_name(number: int) -> str:
    """The name of a session state, as "HOLD"."""
    return messages.STATES[number] if 0 <= number < len(messages.STATES) else f"STATE {number}"


def mode_name(number: int) -> str:
    """The name of a mode, as "FACE"."""
    return next((mode.name for mode in limits.MODES if mode.number == number), f"MODE {number}")


def reason_list(reasons: int) -> list[str]:
    """The names of the limiting reasons that hold."""
    return faults.reason_names(reasons)


def reasons_text(reasons: int) -> str:
    """The names of the limiting reasons that hold, joined by " + "; empty when none does."""
    return " + ".join(reason_list(reasons))


def reset_cause_text(number: int) -> str:
    """The chip's last reset in words, as "3 (watchdog)"."""
    return f"{number} ({_RESET_CAUSES.get(number, 'other')})"


def fault_name(number: int) -> str:
    """The name of a fault, as "SENSE MISMATCH"; empty for 0, no fault."""
    if number == 0:
        return ""
    return next((row.name for row in faults.FAULTS if row.number == number), f"FAULT {number}")


def fault_text(number: int, value: int | None = None, limit: int | None = None) -> str:
    """One sentence on a fault: its number and name, which channel, what value, which limit, what to do."""
    row = next((row for row in faults.FAULTS if row.number == number), None)
    if row is None:
        return f"fault {number}, which these tools do not know. Have the device checked."
    where = f" ({row.channel})" if value is None else f": {row.channel} {value} {row.unit}".rstrip()
    bound = "" if limit is None or value is None else f", limit {limit} {row.unit}".rstrip()
    return f"fault {number} {row.name}{where}{bound}. {row.advice}"


def calibration_name(number: int) -> str:
    """Where the calibration in use comes from: "built-in", "stored" or "none"."""
    return _CALIBRATIONS.get(number, f"source {number}")


def calibration_note(name: str) -> str:
    """What a person must know about a calibration source; empty when there is nothing to say."""
    return _CALIBRATION_NOTES.get(name, "")


def end_text(number: int) -> str:
    """Why a session ended, in words."""
    return _row(messages.ENDS, number, "end cause")


def event_name(kind: int) -> str:
    """The name of an event kind, as "STATE"."""
    return _row(messages.EVENT_KINDS, kind, "KIND")


def event_text(kind: int, a: int, b: int) -> str:
    """What an event says, in words. `a` and `b` mean what `ionto.messages` says for the kind."""
    words = _EVENT_TEXTS.get(kind)
    return words(a, b) if words else f"a {a}, b {b}"


def reason_change(reasons: int, before: int) -> str:
    """Which limiting reasons began and which ended, as "+V-LIMIT, PARTIAL CONTACT over"; empty for no change."""
    begun = [f"+{name}" for name in faults.reason_names(reasons & ~before)]
    ended = [f"{name} over" for name in faults.reason_names(before & ~reasons)]
    return ", ".join(begun + ended)


def _fault_event(a: int, b: int) -> str:
    row = next((row for row in faults.FAULTS if row.number == a), None)
    if row is None:
        return f"fault {a}, value {b}"
    return f"{row.name}: {row.channel} {b} {row.unit}".rstrip()


_EVENT_TEXTS = {
    messages.EVENT_STATE: lambda a, b: f"{state_name(a)}, was {state_name(b)}",
    messages.EVENT_FAULT: _fault_event,
    messages.EVENT_CUT: lambda a, b: f"{_row(faults.CUTS, a, 'cut')} at {milliamps(b)}",
    messages.EVENT_REASON: reason_change,
    messages.EVENT_LEVEL: lambda a, b: f"{milliamps(a)}, was {milliamps(b)}",
    messages.EVENT_END: lambda a, b: f"{end_text(a)}, charge {charge(b)}",
    messages.EVENT_REFUSED: lambda a, b: f"{faults.refusal_text(a)} ({state_name(b)})",
    messages.EVENT_BOOT: lambda a, _: f"reset cause {reset_cause_text(a)}",
    messages.EVENT_MODE: lambda a, b: f"{mode_name(a)}, was {mode_name(b)}",
    messages.EVENT_MINUTES: lambda a, b: f"{a} min, was {b} min",
    messages.EVENT_INTERRUPTED: lambda a, b: f"session {a} was cut short, reset cause {reset_cause_text(b)}",
    messages.EVENT_MEMORY: _fault_event,
}


def milliamps(current_ua: int | None) -> str:
    """A current of so many µA as "0.50 mA"; `None` as a dash."""
    return NOTHING if current_ua is None else f"{current_ua / 1000:.2f} mA"


def reading(kind: str, value: float) -> str:
    """What a meter says, "voltage" in V or "current" in A, as "4.200 V" or "0.7204 mA"."""
    return f"{value:.3f} V" if kind == "voltage" else f"{value * 1e3:.4f} mA"


def volts(voltage_mv: int | None) -> str:
    """A voltage of so many mV as "3.2 V"; `None` as a dash."""
    return NOTHING if voltage_mv is None else f"{voltage_mv / 1000:.1f} V"


def ohms(resistance_ohm: int | None) -> str:
    """A resistance as "850 Ω" or "6.62 kΩ"; `None` (open, or output off) as "– Ω"."""
    if resistance_ohm is None:
        return f"{NOTHING} Ω"
    if resistance_ohm < 1000:
        return f"{resistance_ohm} Ω"
    kilo = resistance_ohm / 1000
    return f"{kilo:.2f} kΩ" if kilo < 10 else f"{kilo:.1f} kΩ" if kilo < 100 else f"{kilo:.0f} kΩ"


def minutes_seconds(duration_s: float) -> str:
    """A duration in seconds as "9:05"."""
    whole_s = round(duration_s)
    return f"{whole_s // 60}:{whole_s % 60:02d}"


def charge(charge_ua_s: int) -> str:
    """A charge of so many µA·s as "4.20 mA·min"."""
    return f"{charge_ua_s / 60000:.2f} mA·min"


def count(number: int, noun: str) -> str:
    """A count with its noun, as "1 row" or "1,203 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
