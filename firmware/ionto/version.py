"""Version of the firmware and of the host tools, which are released together."""

VERSION = (0, 1, 0)

# The build's digest as text. `make firmware` puts it into the device's copy; None is code that runs from its sources.
BUILD = None

# Digests of the files that a damaged build still uses (manifest.py); stamped likewise.
LINK_SUM = None
PANEL_SUM = None
