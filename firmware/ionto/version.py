"""Version of the firmware and of the host tools, which are released together."""

VERSION = (0, 1, 0)
