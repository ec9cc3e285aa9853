"""The person and the electrodes, and two loads for the bench. The same file runs on MicroPython and on CPython.

A load is any class with

    step(dt_us, source_v, series_ohm) -> (current_a, electrode_v)   at the end of the step; series_ohm None: K1 is open
    contact(area)                                                   0 (no contact) to 1 (whole electrode)

and, if it likes to be fast, `linear` and `resume` as Person has them: a board may then take plain steps by itself.

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

_FOR_EVER = 1 << 30  # steps
_NOTHING = (-1, None, True, 1.0, 0.0, 0.0, 0.0)
_exp = math.exp


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
        self.cp_f = float(at["cp_f"] if cp_f is None else cp_f)
        self.polarisation_v = polarisation_v
        self.rp_ohm = float(at["rp_ohm"] if rp_ohm is None else rp_ohm)
        low_ohm = min(self.rp_ohm, float(at["rp_min_ohm"] if rp_min_ohm is None else rp_min_ohm))
        per_fall_a = 1.0 / (at["fall_a"] if fall_a is None else fall_a)
        self._skin = (1.0 / fall_v, low_ohm, self.rp_ohm - low_ohm, per_fall_a, fall_s * 1e6, recover_s * 1e6)
        self.skin_v = 0.0
        self.area = float(area)
        self._wet_area = self.area or 1.0
        self._since_us = 0  # since the skin was last moved on
        self._prepared = _NOTHING
        self._circuit = (-1, None, True, 0.0, 0.0, 0.0, 0.0)

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
        if dt_us != for_dt_us or series_ohm != for_ohm:
            is_open, decay, gain, siemens, back = self._prepare(dt_us, series_ohm)
        elif since_us > _SKIN_US:
            is_open, decay, gain, siemens, back = self._solve()
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

    @micropython.native
    def linear(self, dt_us, series_ohm):
        """What the steps of `dt_us` to come are, for whoever takes them by itself and then says so to `resume`.

        (steps, decay, gain, siemens, back_v, skin_v, is_wet): for that many steps
            skin_v = emf * gain + skin_v * decay     with emf: the source, taken `back_v` nearer to 0
            current_a = (emf - skin_v) * siemens
        and with K1 open the electrodes show `skin_v` if `is_wet`, else nothing.
        """
        since_us = self._since_us + dt_us
        self._since_us = since_us
        for_dt_us, for_ohm, _, decay, gain, siemens, back_v = self._prepared
        if dt_us != for_dt_us or series_ohm != for_ohm:
            _, decay, gain, siemens, back_v = self._prepare(dt_us, series_ohm)
        elif since_us > _SKIN_US:
            _, decay, gain, siemens, back_v = self._solve()
        steps = 1 + (_SKIN_US - self._since_us) // dt_us
        return steps, decay, gain, siemens, back_v, self.skin_v, self.area > 0.0

    @micropython.native
    def resume(self, steps, dt_us, skin_v):
        """Takes the state back after `steps` of the steps that `linear` told."""
        self._since_us += (steps - 1) * dt_us
        self.skin_v = skin_v

    def _prepare(self, dt_us, series_ohm):
        """What stays the same from step to step until the skin is moved on: the circuit solved for `dt_us`."""
        per_dt = -1e-6 * dt_us / self.cp_f
        if series_ohm is None or self.area <= 0.0:
            self._circuit = (dt_us, series_ohm, True, per_dt, 0.0, 0.0, 0.0)
        else:
            ohm = series_ohm * self.area + self.rs_ohm
            self._circuit = (dt_us, series_ohm, False, per_dt, per_dt / ohm, ohm, self.area / ohm)
        return self._solve()

    @micropython.native
    def _solve(self):
        """Moves the skin on when it is time, and returns (is_open, decay, gain, siemens, back) with the present skin.

        The skin's resistance goes towards what the present current, per whole electrode, would leave of it.
        """
        per_fall_v, low_ohm, span_ohm, per_fall_a, fall_us, recover_us = self._skin
        dt_us, series_ohm, is_open, per_dt, own_rate, ohm, siemens = self._circuit
        skin_v = self.skin_v
        rp_ohm = self.rp_ohm
        if skin_v < 0.0:
            skin_v = -skin_v
        more = 1.0 + skin_v * per_fall_v
        since_us = self._since_us
        if since_us > _SKIN_US:
            goal_ohm = low_ohm + span_ohm
            if not self._prepared[2]:
                goal_ohm = low_ohm + span_ohm / (1.0 + skin_v * more / rp_ohm * per_fall_a)
            tau_us = fall_us if goal_ohm < rp_ohm else recover_us
            rp_ohm += (goal_ohm - rp_ohm) * since_us / (since_us + tau_us)
            self.rp_ohm = rp_ohm
            self._since_us = 0
        siemens_p = more / rp_ohm
        decay = _exp(per_dt * siemens_p + own_rate)
        gain = 0.0 if is_open else (1.0 - decay) / (1.0 + siemens_p * ohm)
        back_v = 0.0 if is_open else self.polarisation_v
        self._prepared = (dt_us, series_ohm, is_open, decay, gain, siemens, back_v)
        return is_open, decay, gain, siemens, back_v


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

    def linear(self, dt_us, series_ohm):
        """As Person.linear: no skin."""
        siemens = 0.0 if series_ohm is None or self.area <= 0.0 else 1.0 / (series_ohm + self.ohm)
        return _FOR_EVER, 0.0, 0.0, siemens, 0.0, 0.0, False

    def resume(self, steps, dt_us, skin_v):
        """As Person.resume: nothing is kept."""


class RC(Person):
    """A dummy load: `rs_ohm` in series with `rp_ohm` across `cp_f`; nothing changes with current or voltage."""

    def __init__(self, rs_ohm=300.0, rp_ohm=4700.0, cp_f=1e-6, area=1.0):
        super().__init__(rs_ohm=rs_ohm, rp_ohm=rp_ohm, rp_min_ohm=rp_ohm, cp_f=cp_f, fall_v=1e12, area=area)
