"""The simulated load box: a second Pico in virtual time, with its own pins, converter, watchdog and serial line."""
