"""Starts the load box. On the device it lies beside the folder `loadbox`."""

from loadbox.app import main

main()
