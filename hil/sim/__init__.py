"""The simulated Ionto-1 board. It runs inside MicroPython's unix build, beside the firmware."""
