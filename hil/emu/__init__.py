"""The emulated rig: the built firmware image on official MicroPython in an emulated RP2040, with Ionto-1 around it."""
