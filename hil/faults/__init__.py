"""Faults to inject into the simulated board, and the matrix of what follows from each: docs/faults-matrix.md."""

import sys

from hil.process import ROOT

# The firmware's font, by which the panel is read, imports `micropython`; the package of that name here is another one.
_SHIMS = str(ROOT / "tests" / "shims")
if _SHIMS not in sys.path:
    sys.path.insert(0, _SHIMS)
