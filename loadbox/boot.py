"""Runs before anything else on the box: every output low. On the device it lies beside the folder `loadbox`."""

from loadbox.board import make_safe

make_safe()
