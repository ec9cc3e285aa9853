"""One wrong sample of a converter."""

from __future__ import annotations

from hil.faults.model import BORNE, NOW, Expect, Fault, Inject
from hil.faults.sense import put
from hil.rig import Rig
from ionto import faults as f

_ONE = "one sample, confirmed by more than one: nothing is to happen"


def _glitch(channel: int, code: int) -> Inject:
    return put("adc_glitch", [channel, code, 1])


def _silence(_rig: Rig) -> None:
    """Over by itself."""


FAULTS = (
    Fault(
        "glitch of A downwards",
        "one sample of channel 0 reads 0",
        _glitch(0, 0),
        _silence,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of A upwards",
        "one sample of channel 0 reads 4095",
        _glitch(0, 4095),
        _silence,
        {"*": Expect(NOW, (f.OVERCURRENT_A, f.CUT_CONTACT_CHANGE), ("REQ-TRP-4",), is_transient=True)},
    ),
    Fault(
        "glitch of B downwards", "one sample of GP26 reads 0", _glitch(4, 0), _silence, {"*": Expect(BORNE, why=_ONE)}
    ),
    Fault(
        "glitch of B upwards",
        "one sample of GP26 reads 4095",
        _glitch(4, 4095),
        _silence,
        {"*": Expect(NOW, (f.OVERCURRENT_B, f.CUT_CONTACT_CHANGE), ("REQ-TRP-5",), is_transient=True)},
    ),
    Fault(
        "glitch of the voltage",
        "one sample of channel 1 reads 4095",
        _glitch(1, 4095),
        _silence,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of the voltage downwards",
        "one sample of channel 1 reads 0",
        _glitch(1, 0),
        _silence,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of the reference",
        "one sample of channel 2 reads 0",
        _glitch(2, 0),
        _silence,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of the ground",
        "one sample of channel 3 reads 4095",
        _glitch(3, 4095),
        _silence,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of the amplifier",
        "one sample of GP27 reads 4095",
        _glitch(5, 4095),
        _silence,
        {"*": Expect(BORNE, why=_ONE)},
    ),
)
