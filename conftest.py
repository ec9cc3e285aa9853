"""What holds for every test, in `tests` and in `hil/tests`."""

from hypothesis import settings

# How long an example takes is the machine's affair: a test never asserts wall time.
settings.register_profile("ionto", deadline=None)
settings.load_profile("ionto")
