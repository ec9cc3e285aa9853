"""Watches a device restart and test itself. The host never starts the test: that would put a voltage on the electrodes.

A person switches the device off and on; in SERVICE, where only a dummy load may be connected, the host has it restart.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from host_tools.client import Client
from host_tools.errors import IontoError, NoReplyError, PortError
from host_tools.records import Identity, Status
from host_tools.transport import Transport
from ionto import states

TESTING = (states.BOOT, states.SELF_TEST)
MAY_RESTART = (states.IDLE, states.DONE, states.FAULT, states.SERVICE)
TEST_S = 15.0  # from the first answer after the restart: start and test take 4 s
_POLL_S = 0.2

PROVEN = (
    "program files: every checksum is that of the build",
    "sampling loop: runs in time",
    "both senses of the current: agree at zero; reference and ground channel are right",
    "output: nothing stands at the electrodes with K1 open",
    "calibration: one of this board is there",
    "buttons, STOP, service USB: released, closed, unplugged",
    "battery: neither empty nor another supply",
    "DAC and amplifier: follow each other at half a volt",
    "K1: opens, and closes",
    "heartbeat: K1 opens without it",
    "latch: trips, opens K1, comes back",
)
"""What a device that has passed has proven, as firmware/ionto/selftest.py has it."""


class NoRestartError(IontoError):
    """The device did not restart, or did not come to an end of its test, in time."""


@dataclass(frozen=True)
class Outcome:
    """How a self-test ended, and on which device."""

    identity: Identity
    status: Status

    @property
    def passed(self) -> bool:
        """Whether it ended without a fault."""
        return self.status.state != states.FAULT


def watch_restart(
    open_transport: Callable[[], Transport],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    before_ms: int,
    wait_s: float,
) -> Outcome:
    """Waits until a device that was up for `before_ms` has restarted, and until its self-test has ended.

    Raises NoRestartError, and VersionMismatchError if another firmware starts.
    """
    deadline_s = clock() + wait_s
    restarted = False
    for identity, status in _asked(open_transport, clock, sleep):
        if identity is not None and status is not None:
            if not restarted and status.uptime_ms < before_ms:
                restarted, deadline_s = True, clock() + TEST_S
            if restarted and status.state not in TESTING:
                return Outcome(identity, status)
            before_ms = max(before_ms, status.uptime_ms)
        if clock() >= deadline_s:
            break
    if restarted:
        raise NoRestartError("the device has restarted, but its self-test does not end: read its panel")
    raise NoRestartError(f"the device was not switched off and on within {wait_s:g} s")


def _asked(
    open_transport: Callable[[], Transport], clock: Callable[[], float], sleep: Callable[[float], None]
) -> Iterator[tuple[Identity | None, Status | None]]:
    """Who and how the device is, again and again; (None, None) while it does not answer or its port is away."""
    while True:
        found: tuple[Identity | None, Status | None] = (None, None)
        with suppress(PortError, NoReplyError):
            client = Client(open_transport(), clock, attempts=1)
            try:
                found = client.hello(), client.status()
            finally:
                with suppress(PortError):
                    client.close()
        yield found
        sleep(_POLL_S)
