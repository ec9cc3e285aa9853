"""Which files of the firmware decide about the output, by what, and what is kept: coverage and mutants ask the same."""

from fnmatch import fnmatch
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "firmware" / "ionto"
GATED = (
    *("limits", "raw_limits", "sampler", "regulator", "drive", "faults", "causes", "contact", "calibration"),
    *("zero", "measure", "selftest", "session*", "store*", "keeper", "framing", "manifest", "buttons"),
)


def gated_modules() -> list[str]:
    """Their names, in order."""
    names = sorted(path.stem for path in FOLDER.glob("*.py"))
    return [name for name in names if any(fnmatch(name, pattern) for pattern in GATED)]
