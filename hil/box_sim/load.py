"""What the box is to a board: a resistance that is switched. Runs on MicroPython and on CPython."""


class Switched:
    """A load whose contact area is a conductance: area 1 is `whole_ohm`, 0 is open, between them whole_ohm / area."""

    def __init__(self, whole_ohm=100.0):
        self.whole_ohm = float(whole_ohm)
        self.ohm = None

    def contact(self, area):
        self.ohm = self.whole_ohm / area if area > 0.0 else None

    def step(self, dt_us, source_v, series_ohm):
        if series_ohm is None:
            return 0.0, 0.0
        if self.ohm is None:
            return 0.0, source_v
        current_a = source_v / (series_ohm + self.ohm)
        return current_a, current_a * self.ohm
