"""A dummy load for calibration: one resistor at full area, more ohm with less. Runs on MicroPython and on CPython."""

from hil.person import Resistor


class Dummy(Resistor):
    """`ohm` divided by the contact area; 0 is open."""

    def __init__(self, ohm=1000.0, area=1.0):
        Resistor.__init__(self, ohm, area)
        self._whole_ohm = float(ohm)
        self.contact(area)

    def contact(self, area):
        self.area = float(area)
        if area > 0:
            self.ohm = self._whole_ohm / area
