"""A rig whose board runs programs/remote.py, and the test's end of it."""

from pathlib import Path

from hil.rig import Rig

PROGRAM = Path(__file__).with_name("programs") / "remote.py"


class Remote:
    """Runs statements on the simulated board."""

    def __init__(self, rig: Rig):
        self.rig = rig
        rig.advance(150)

    def do(self, statement: str, ms: float = 10) -> None:
        """Runs `statement` there and lets `ms` pass."""
        self.rig.transport.write(statement.encode() + b"\n")
        self.rig.advance(ms)

    def off(self) -> None:
        """Ends what the program drives, so that the test leaves the board as it must."""
        self.do("k1(0); wanted[0] = 0")

    def ask(self, expression: str) -> str:
        """The text of an expression's value there."""
        self.rig.transport.read(0.001)
        self.do(f"uart.write('%r\\n' % ({expression},))")
        return self.rig.transport.read(0.1).decode().strip()

    def drive(self, code: int) -> None:
        """DAC code, with K1 asked for."""
        self.do(f"k1(1); wanted[0] = {code}", 30)
