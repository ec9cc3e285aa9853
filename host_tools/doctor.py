"""Looks for what keeps the tools from a device, one check after the other, and says what to do about each."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from host_tools import describe, who_answers
from host_tools.cli_context import NO_PORT, NO_REPLY, OK, REFUSED, Tools
from host_tools.errors import PortError
from host_tools.port_facts import holders, permission_problem
from host_tools.who_answers import ROUNDS, Answer
from ionto import messages
from ionto.faults import FIRMWARE

GOOD, NOTE, BAD = "good", "note", "bad"


@dataclass(frozen=True)
class Finding:
    """One check: what was found and, unless it is good, what to do. `exit_code` is for one that is bad."""

    check: str
    verdict: str
    found: str
    advice: str = ""
    exit_code: int = OK


_OTHERS = {
    who_answers.PROMPT: (
        "MicroPython's prompt answers, not Ionto's link",
        "this is the service USB inside the case, or a board without the link: use the port of the isolated bridge",
    ),
    who_answers.MODEM: ("a modem answers", "this is another device: choose the device's port with --port"),
    who_answers.ECHO: ("what was sent comes back", "transmit and receive are joined, or a modem echoes: another port"),
    who_answers.TEXT: ("a device answers that speaks text: {shown}", "this is another device: another port"),
    who_answers.NOISE: (
        "bytes come that are no frames: {shown}",
        f"another device, or one at another rate than {921_600:,} baud, or a bad cable",
    ),
    who_answers.NOTHING: (
        "nothing answers",
        "is the device on, its cable in, and the port its own? `ionto ports` before and after plugging it in tells",
    ),
}


def examine(tools: Tools, port: str | None) -> Iterator[Finding]:
    """Every check, one after the other; of one port, or of all that could be the device's."""
    version = ".".join(map(str, messages.VERSION))
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("tools", GOOD, f"ionto {version}, table {messages.TABLE_HASH:08x}, Python {python}")
    listed = tools.list_ports()
    names = [port] if port else [item.name for item in listed if item.description not in ("", "n/a")]
    if not names:
        advice = "plug the cable into the device and this computer; on Linux `dmesg` says whether a USB device came"
        yield Finding("ports", BAD, "this computer has no serial port that could be a device's", advice, NO_PORT)
        return
    if port and port not in [item.name for item in listed]:
        found = ", ".join(item.name for item in listed) or "none"
        yield Finding("ports", NOTE, f"{port} is not among the ports that the system lists: {found}")
    service = tools.list_service_ports()
    for name in names:
        yield from _examine_port(tools, name, name in service)


def _examine_port(tools: Tools, name: str, is_service: bool) -> Iterator[Finding]:
    if is_service:
        yield Finding(
            name, NOTE, "the service USB of a Pico; nothing was sent to it",
            "for `ionto flash` only: unplug it, or the output stays off",
        )  # fmt: skip
        return
    problem = permission_problem(name)
    if problem:
        yield Finding(name, BAD, "this user may not use the port", problem, NO_PORT)
        return
    others = holders(name) or []
    for holder in others:
        yield Finding(name, NOTE, f"process {holder.pid} has it open: {holder.name}", "end it if the port is in use")
    try:
        answer = who_answers.who_answers(tools.open_transport(name), tools.clock)
    except PortError as error:
        yield Finding(name, BAD, str(error), "", NO_PORT)
        return
    yield from _judge(name, answer)


def _judge(name: str, answer: Answer) -> Iterator[Finding]:
    if answer.kind == who_answers.OTHER_TABLE:
        yield Finding(name, BAD, str(answer.mismatch), "", NO_REPLY)
    elif answer.identity is None:
        found, advice = _OTHERS[answer.kind]
        yield Finding(name, BAD, found.format(shown=answer.shown), advice, NO_REPLY)
    else:
        yield from _judge_ionto(name, answer)


def _judge_ionto(name: str, answer: Answer) -> Iterator[Finding]:
    identity, status = answer.identity, answer.status
    assert identity is not None
    version = f"{identity.major}.{identity.minor}.{identity.patch}"
    yield Finding(name, GOOD, f"Ionto answers: firmware {version}, board {identity.board_id.hex()}, the same table")
    if answer.answered < ROUNDS or answer.damaged:
        found = f"{answer.answered} of {ROUNDS} requests answered at once, {answer.damaged} damaged frames"
        yield Finding("link", NOTE, found, "try another cable, another USB port, no hub")
    else:
        yield Finding("link", GOOD, f"{ROUNDS} of {ROUNDS} requests answered at once, no damaged frame")
    note = describe.calibration_note(describe.calibration_name(identity.calibration))
    if answer.use is not None and answer.use.is_due:
        yield Finding("calibration", NOTE, answer.use.text, "`ionto calibrate` makes it anew; sessions remain possible")
    elif note and not (status is not None and status.fault == FIRMWARE):  # such a device uses none, whatever it has
        yield Finding("calibration", NOTE, note, "docs/calibration.md says how it is calibrated")
    if status is not None and status.fault:
        found = describe.fault_text(status.fault, status.fault_value, status.fault_limit)
        yield Finding("device", BAD, found, f"`ionto faults {status.fault}` says more", REFUSED)
    elif status is not None:
        battery = describe.volts(status.battery_mv)
        yield Finding("device", GOOD, f"{describe.state_name(status.state)}, no fault, battery {battery}")
