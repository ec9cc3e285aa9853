"""`micropython` for the simulated board's modules when CPython runs them beside the emulated chip."""


def const(value):
    return value


def native(function):
    return function


viper = native
