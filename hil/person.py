"""The person and the electrodes, and two loads for the bench. The same file runs on MicroPython and on CPython.

A load is any class with

    step(dt_us, source_v, series_ohm) -> (current_a, electrode_v)   at the end of the step; series_ohm None: K1 is open
    contact(area)                                                   0 (no contact) to 1 (whole electrode)

It shares no formula with the firmware. A source may be negative (polarity reversed); so are the results then.
"""

import math

from hil.compat import micropython

SITES = {
    "FACE": {"rs_ohm": 400.0, "rp_ohm": 12000.0, "rp_min_ohm": 2200.0, "cp_f": 0.3e-6, "fall_a": 0.0006},
    "UNDERARMS": {"rs_ohm": 350.0, "rp_ohm": 9000.0, "rp_min_ohm": 1800.0, "cp_f": 0.5e-6, "fall_a": 0.001},
    "HANDS": {"rs_ohm": 300.0, "rp_ohm": 3000.0, "rp_min_ohm": 1000.0, "cp_f": 1.0e-6, "fall_a": 0.003},
    "FEET": {"rs_ohm": 300.0, "rp_ohm": 2500.0, "rp_min_ohm": 900.0, "cp_f": 1.5e-6, "fall_a": 0.004},
}


_SKIN_US = 2000  # the skin changes over seconds: moving it on this often is plenty

_NOTHING = (-1, None, True, 1.0, 0.0, 0.0, 0.0)


class Person:
    """Water and tissue (`rs_ohm`) in series with skin: a resistance that falls under current, across a capacitance.

    `rp_ohm` is the skin at rest; under current it goes towards `rp_min_ohm` (half way at `fall_a`) with `fall_s`, and
    comes back with `recover_s`; it also drops at once with the voltage across it (half at `fall_v`).
    `polarisation_v` opposes the current. All values are those of the whole electrode: a smaller area has a higher
    resistance and a lower capacitance. Area that is lifted keeps its charge, area that is wetted shares it.
    """

    def __init__(
        self,
        site="FACE",
        rs_ohm=None,
        rp_ohm=None,
        rp_min_ohm=None,
        cp_f=None,
        fall_a=None,
        fall_v=60.0,
        fall_s=5.0,
        recover_s=40.0,
        polarisation_v=0.0,
        area=1.0,
    ):
        if site not in SITES:
            raise ValueError("no site named %r; there are %s" % (site, ", ".join(sorted(SITES))))
        at = SITES[site]
        self.rs_ohm = float(at["rs_ohm"] if rs_ohm is None else rs_ohm)
        self.rp0_ohm = float(at["rp_ohm"] if rp_ohm is None else rp_ohm)
        self.rp_min_ohm = min(self.rp0_ohm, float(at["rp_min_ohm"] if rp_min_ohm is None else rp_min_ohm))
        self.cp_f = float(at["cp_f"] if cp_f is None else cp_f)
        self.fall_a = float(at["fall_a"] if fall_a is None else fall_a)
        self.fall_v = fall_v
        self.fall_us = fall_s * 1e6
        self.recover_us = recover_s * 1e6
        self.polarisation_v = polarisation_v
        self.rp_ohm = self.rp0_ohm
        self.skin_v = 0.0
        self.area = float(area)
        self._wet_area = self.area or 1.0
        self._since_us = 0  # since the skin was last moved on
        self._prepared = _NOTHING

    def contact(self, area):
        """Sets the wetted share of the electrode, 0 to 1. Raises ValueError outside of it."""
        if not 0.0 <= area <= 1.0:
            raise ValueError("contact area is %r, must be 0 to 1" % area)
        if area > self._wet_area:
            self.skin_v *= self._wet_area / area
        if area > 0.0:
            self._wet_area = float(area)
        self.area = float(area)
        self._prepared = (-1,) + self._prepared[1:]

    @micropython.native
    def step(self, dt_us, source_v, series_ohm):
        """Current in A and electrode voltage in V after `dt_us` at a constant source. Exact for a constant skin."""
        since_us = self._since_us + dt_us
        self._since_us = since_us
        for_dt_us, for_ohm, is_open, decay, gain, siemens, back = self._prepared
        if dt_us != for_dt_us or series_ohm != for_ohm or since_us > _SKIN_US:
            is_open, decay, gain, siemens, back = self._prepare(dt_us, series_ohm)
        if is_open:
            skin_v = self.skin_v * decay
            self.skin_v = skin_v
            if series_ohm is None:
                return 0.0, (skin_v if self.area > 0.0 else 0.0)
            return 0.0, source_v
        emf = source_v
        if back:
            emf = source_v - back if source_v > back else source_v + back if source_v < -back else 0.0
        skin_v = emf * gain + self.skin_v * decay
        self.skin_v = skin_v
        current_a = (emf - skin_v) * siemens
        return current_a, source_v - current_a * series_ohm

    def _prepare(self, dt_us, series_ohm):
        """Moves the skin on and computes what stays the same from step to step: the circuit solved for `dt_us`."""
        if self._since_us > _SKIN_US:
            self._move_skin()
        area = self.area
        rp = self.rp_ohm / (1.0 + abs(self.skin_v) / self.fall_v)
        if series_ohm is None or area <= 0.0:
            solved = (True, math.exp(-1e-6 * dt_us / (rp * self.cp_f)), 0.0, 0.0, 0.0)
        else:
            rp = rp / area
            total = series_ohm + self.rs_ohm / area
            decay = math.exp(-1e-6 * dt_us / (self.cp_f * area * rp * total / (rp + total)))
            solved = (False, decay, rp / (rp + total) * (1.0 - decay), 1.0 / total, self.polarisation_v)
        self._prepared = (dt_us, series_ohm) + solved
        return solved

    def _move_skin(self):
        """Moves the skin's resistance towards what the present current, per whole electrode, would leave of it."""
        density_a = 0.0
        if not self._prepared[2]:
            density_a = abs(self.skin_v) * (1.0 + abs(self.skin_v) / self.fall_v) / self.rp_ohm
        low = self.rp_min_ohm
        goal = low + (self.rp0_ohm - low) / (1.0 + density_a / self.fall_a)
        tau_us = self.fall_us if goal < self.rp_ohm else self.recover_us
        self.rp_ohm += (goal - self.rp_ohm) * self._since_us / (self._since_us + tau_us)
        self._since_us = 0


class Resistor:
    """A resistor of `ohm` across the electrodes; contact area only opens and closes it."""

    def __init__(self, ohm=4700.0, area=1.0):
        self.ohm = float(ohm)
        self.area = float(area)

    def contact(self, area):
        self.area = float(area)

    @micropython.native
    def step(self, dt_us, source_v, series_ohm):
        if series_ohm is None:
            return 0.0, 0.0
        if self.area <= 0.0:
            return 0.0, source_v
        current_a = source_v / (series_ohm + self.ohm)
        return current_a, current_a * self.ohm


class RC(Person):
    """A dummy load: `rs_ohm` in series with `rp_ohm` across `cp_f`; nothing changes with current or voltage."""

    def __init__(self, rs_ohm=300.0, rp_ohm=4700.0, cp_f=1e-6, area=1.0):
        super().__init__(rs_ohm=rs_ohm, rp_ohm=rp_ohm, rp_min_ohm=rp_ohm, cp_f=cp_f, fall_v=1e12, area=area)
