"""`ionto doctor`: what keeps the tools from a device."""

import json
from dataclasses import asdict

import typer

from host_tools.cli_context import OK, JsonOption, PortOption, tools_of
from host_tools.doctor import BAD, NOTE, Finding, examine

_MARKS = {BAD: "BAD ", NOTE: "note", "good": "ok  "}


def doctor(context: typer.Context, port: PortOption = None, as_json: JsonOption = False) -> None:
    """Find out why a device cannot be reached: permissions, who holds the port, what answers there, versions.

    Changes nothing on an Ionto. To a port where none answers it sends one line of text that a prompt or a modem would
    answer. Without --port it looks at every port that could be a device's.

    Example: ionto doctor --port /dev/ttyUSB0
    """
    findings: list[Finding] = []
    for finding in examine(tools_of(context), port):
        findings.append(finding)
        if not as_json:
            print(f"{_MARKS[finding.verdict]}  {finding.check}: {finding.found}")
            if finding.advice:
                print(f"      {finding.advice}")
    code = next((finding.exit_code for finding in findings if finding.verdict == BAD), OK)
    if as_json:
        rows = [{name: value for name, value in asdict(one).items() if name != "exit_code"} for one in findings]
        print(json.dumps({"findings": rows, "exit_code": code}, indent=2, ensure_ascii=False))
    raise typer.Exit(code)
