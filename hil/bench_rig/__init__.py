"""The rig `bench`: a real board on a serial port, and a load box that is its person and its fingers."""
