"""One wrong sample of a converter."""

from __future__ import annotations

from hil.faults.model import BORNE, NOW, Expect, Fault, Inject, over
from hil.faults.sense import put
from ionto import faults as f

_ONE = "one sample, confirmed by more than one: nothing is to happen"
_LIMITED = "one sample, confirmed by more than one; for the voltage limit it takes a sixteenth off, for some ms"


def _glitch(channel: int, code: int) -> Inject:
    return put("adc_glitch", [channel, code, 1])


FAULTS = (
    Fault(
        "glitch of A downwards",
        "one sample of channel 0 reads 0",
        _glitch(0, 0),
        over,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of A upwards",
        "one sample of channel 0 reads 4095",
        _glitch(0, 4095),
        over,
        {"*": Expect(NOW, (f.OVERCURRENT_A, f.CUT_CONTACT_CHANGE), is_transient=True)},
    ),
    Fault("glitch of B downwards", "one sample of GP26 reads 0", _glitch(4, 0), over, {"*": Expect(BORNE, why=_ONE)}),
    Fault(
        "glitch of B upwards",
        "one sample of GP26 reads 4095",
        _glitch(4, 4095),
        over,
        {"*": Expect(NOW, (f.OVERCURRENT_B,), is_transient=True)},
    ),
    Fault(
        "glitch of the voltage",
        "one sample of channel 1 reads 4095",
        _glitch(1, 4095),
        over,
        {"*": Expect(BORNE, why=_LIMITED, rise_share=1 / 16)},
    ),
    Fault(
        "glitch of the voltage downwards",
        "one sample of channel 1 reads 0",
        _glitch(1, 0),
        over,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of the reference",
        "one sample of channel 2 reads 0",
        _glitch(2, 0),
        over,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of the ground",
        "one sample of channel 3 reads 4095",
        _glitch(3, 4095),
        over,
        {"*": Expect(BORNE, why=_ONE)},
    ),
    Fault(
        "glitch of the amplifier",
        "one sample of GP27 reads 4095",
        _glitch(5, 4095),
        over,
        {"*": Expect(BORNE, why=_ONE)},
    ),
)
