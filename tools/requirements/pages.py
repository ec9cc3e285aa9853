"""docs/hazards.md and docs/requirements.md, made from the source."""

import textwrap

from ionto import limits
from tools.requirements.numbers import in_unit
from tools.requirements.source import Hazard, Requirement, Source

_MADE = "<!-- Made from requirements.toml by `make trace WRITE=1`; `make trace` compares. Do not edit. -->"

_HAZARDS = """# Hazards

The hazard analysis of a development device, in the words of ISO 14971: a *sequence of events* leads from a *hazard* to
a *hazardous situation*, in which *harm* can come about; a *control* is what is done about it. It is not a certified
risk management file. Nobody has estimated severities or probabilities, so there are none, and nobody who is qualified
to judge what remains has accepted it. Do not connect the device to a person.

A control is a requirement of [requirements.md](requirements.md), with tests that prove it, or marked as *planned* and
not there yet. What the board does in hardware is told apart: this project models it and relies on it, and proves none
of it. [Trip rules](trip-rules.md) has the limits and times of what ends the output.

Not looked at: electrical safety of supplies and chargers, biocompatibility, cleaning, ingress of water,
electromagnetic compatibility, and who must not be treated at all (implants, pregnancy, epilepsy, broken skin).
"""

_REQUIREMENTS = """# Requirements

Each requirement is for the control of a hazard ([hazards.md](hazards.md)) or for the mission of the device. Its ID
stands in the code beside what fulfils it, and in `@pytest.mark.requirement(...)` at every test that proves it: on the
simulated board, with the simulated person. What a real board can prove is in [bring-up.md](bring-up.md).

`make trace` prints the matrix of hazards, requirements, code and tests, and writes all of it into
`build/trace/matrix.md`. It fails on

- a requirement without a test, or an ID that is no requirement, in the code, in a document or at a test;
- a hazard or a mission without a requirement that is there;
- a marked test that was skipped or failed when it was run last, or that carries a mark which may leave it out;
- in `make test`, a marked test that was not run;
- pages that are not what their source, [requirements.toml](requirements.toml), says.

*Planned* requirements are not there yet. They count as no control, are listed last, and a test with the ID of one is
an error, so none stays planned once it is proven. A requirement that no code names is printed, and is no error.
"""

_FAMILIES = {
    "LIM": "limits",
    "TCK": "the tick",
    "DRV": "commands to the tick",
    "TRP": "what ends the output",
    "REG": "regulation",
    "MSR": "what is measured",
    "CAL": "calibration",
    "CON": "contact",
    "SES": "the session",
    "BRD": "the board",
    "APP": "supervision",
    "SLF": "self-test",
    "PWR": "supply",
    "FIL": "program files",
    "MEM": "memory",
    "BTN": "buttons",
    "PAN": "display and light",
    "SND": "sounds",
    "FLT": "faults",
    "LNK": "link",
    "HST": "host tools",
}

_COLUMNS = (
    ("max_ua", "mA", "Maximum current"),
    ("default_ua", "mA", "Default level"),
    ("max_electrode_mv", "V", "Maximum electrode voltage"),
    ("ramp_up_ua_per_s", "mA/s", "Ramp up"),
    ("ramp_down_ua_per_s", "mA/s", "Ramp down"),
    ("max_min", "min", "Longest session"),
    ("max_charge_ua_ms", "mA·min", "Charge cap"),
    ("contact_ohm", "kΩ", "Contact below"),
    ("probe_limit_ua", "mA", "Probe limit"),
    ("latch_ua", "mA", "Hardware latch above"),
)


def hazards_page(source: Source) -> str:
    """docs/hazards.md."""
    return "\n".join([_MADE, _HAZARDS, *[_hazard(source, one) for one in source.hazards]])


def _hazard(source: Source, hazard: Hazard) -> str:
    text = [f"## {hazard.id} {hazard.name}", ""]
    parts = (
        ("Sequence of events", hazard.events),
        ("Hazardous situation", hazard.situation),
        ("Harm", hazard.harm),
        ("On the board", hazard.board),
        ("What is left", hazard.left),
    )
    text += [_wrapped(f"- **{title}:** {words}") for title, words in parts if words]
    text.append("- **Controls:**")
    text += [_wrapped(f"  - {_linked(one)}: {one.text}{_planned(one)}") for one in source.for_purpose(hazard.id)]
    return "\n".join([*text, ""])


def requirements_page(source: Source) -> str:
    """docs/requirements.md."""
    text = [_MADE, _REQUIREMENTS, "## Mission", ""]
    text += [_wrapped(f"- **{one.id}** {one.text}") for one in source.missions]
    text += ["", "## Limits of the modes", "", *_modes()]
    family = ""
    for one in source.requirements:
        if one.id[4:7] != family:
            family = one.id[4:7]
            text += ["", f"## REQ-{family}: {_FAMILIES.get(family, 'more')}", ""]
        purposes = ", ".join(one.purposes)
        text.append(
            _wrapped(f'- <a id="{one.id.lower()}"></a>**{one.id}** {one.text}{_planned(one)} *For {purposes}.*')
        )
    return "\n".join([*text, ""])


def _wrapped(item: str) -> str:
    """An item of a list over several lines, indented below its text."""
    indent = " " * (item.index("- ") + 2)
    return textwrap.fill(item, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _modes() -> list[str]:
    rows = ["| | " + " | ".join(mode.name for mode in limits.MODES) + " |", "| --- " * (len(limits.MODES) + 1) + "|"]
    for field, unit, title in _COLUMNS:
        values = [in_unit(field, getattr(mode, field), unit) for mode in limits.MODES]
        rows.append(f"| {title} | " + " | ".join(values) + " |")
    return rows


def _linked(one: Requirement) -> str:
    return f"[{one.id}](requirements.md#{one.id.lower()})"


def _planned(one: Requirement) -> str:
    return f" **Planned:** {one.planned}." if one.planned else ""
