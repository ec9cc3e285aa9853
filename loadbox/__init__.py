"""Firmware of the load box: a second Pico that switches resistors, buttons, STOP and power of a board under test."""
