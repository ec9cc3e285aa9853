"""A simulated board and a simulated load box on two serial ports, in a process of their own."""

import subprocess
import sys
import threading
import time

from hil.process import ROOT
from host_tools.client import Client
from host_tools.errors import IontoError
from host_tools.transport import SerialTransport
from ionto import states

STARTS_S = 60


class Desk:
    """`python -m hil.bench_rig.world` in a process of its own, and the environment that leads a rig to it."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hil.bench_rig.world", "--seconds", "240"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        named = dict(word.split("=") for word in line.split())
        self._reader = threading.Thread(target=self._process.stdout.read, daemon=True)
        self._reader.start()
        self.environment = {f"IONTO_{name}": path for name, path in named.items()}
        self.await_idle()

    def await_idle(self):
        ends_s = time.monotonic() + STARTS_S
        with Client(SerialTransport(self.environment["IONTO_PORT"])) as client:
            while True:
                try:
                    if client.status().state == states.IDLE:
                        return
                except IontoError:
                    pass
                assert time.monotonic() < ends_s, "the simulated board does not come to IDLE"

    def close(self):
        self._process.terminate()
        self._process.wait(timeout=20)
        self._reader.join(timeout=5)
        self._process.stdout.close()  # pyright: ignore[reportOptionalMemberAccess]
