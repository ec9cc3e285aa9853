"""The load box's net list in numbers: which GP drives what, and what is behind it. docs/loadbox.md has the drawing.

Every output is active high, and low is safe: circuit open, nothing pressed, STOP loop closed, board supplied.
"""

# The ladder of loads: closing branch 0, then 1, then 2… puts one more resistor in parallel, so a change of load never
# opens the circuit and never passes a resistance outside of its two ends. Three more are always in series.
BRANCH_PINS = (2, 3, 4, 5, 6, 7, 8, 9)
BRANCHES_OHM = (68000, 150000, 41000, 18000, 8440, 3730, 1450, 0)
LIMITER_OHM = 100  # no combination of relays can short the output
SHUNT_OHM = 47
RELAYS_OHM = 3  # contact relay and a branch's, closed
LOADS_OHM = (68000, 47000, 22000, 10000, 4700, 2200, 1000, 150)  # nominal, with branches 0 to n closed

CONTACT = 10
BUTTONS = (("UP", 11), ("DOWN", 12), ("MODE", 13), ("START", 14), ("STOP", 15))
POWER = 16  # high: the board's supply is interrupted
SERVICE = 22  # to ground by a jumper: the box stays at its prompt
LED = 25
OUTPUT_PINS = BRANCH_PINS + (CONTACT,) + tuple([pin for _, pin in BUTTONS]) + (POWER, LED)

ADC_SHUNT = 26  # the shunt's upper end
ADC_LOW = 27  # its lower end, held at half the supply
ADC_ELECTRODE = 28  # the upper electrode terminal, before the contact relay, by a divider to the lower end
SUPPLY_UV = 3300000
FULL_SCALE = 65535
DIVIDER_TOP_KOHM = 2200
DIVIDER_BOTTOM_KOHM = 68


def current_ua(difference, count):
    """The current in µA, from the sum of `count` differences between the shunt's ends."""
    return difference * SUPPLY_UV // (FULL_SCALE * SHUNT_OHM * count)


def electrode_mv(difference, count):
    """The voltage between the electrode terminals in mV, from the sum of `count` differences at the divider."""
    whole = DIVIDER_TOP_KOHM + DIVIDER_BOTTOM_KOHM
    return difference * (SUPPLY_UV // 1000) * whole // (FULL_SCALE * DIVIDER_BOTTOM_KOHM * count)


def branch_mask(load):
    """The pins that are high for `LOADS_OHM[load]`, as bits."""
    mask = 0
    for pin in BRANCH_PINS[: load + 1]:
        mask |= 1 << pin
    return mask


def button_mask(names):
    """The pins of the buttons in `names`, joined by +, as bits. Raises Refused for a name that is none."""
    mask = 0
    for name in names.split("+"):
        for known, pin in BUTTONS:
            if name == known:
                mask |= 1 << pin
                break
        else:
            raise Refused("button", name[:20] or "-", ",".join([known for known, _ in BUTTONS]))
    return mask


def button_names(mask):
    """The names of the buttons among these bits, joined by +; `-` for none."""
    return "+".join([name for name, pin in BUTTONS if mask >> pin & 1]) or "-"


class Refused(Exception):
    """A request that cannot be granted: which field, what it said, what it may say."""

    def __init__(self, field, value, limit):
        super().__init__("%s %s %s" % (field, value, limit))
        self.text = "error %s %s %s" % (field, value, limit)
