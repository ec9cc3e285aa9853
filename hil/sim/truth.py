"""The physical truth, recorded apart from anything that the firmware reports: samples to a file, events in a list."""

from hil.sim import bus


class Truth:
    """Writes one sample every `every` ticks to `path`; 0 or no path: none. Events are kept until `take`n.

    `bus.show` makes the samples, six words each: time low 31 bits, time high, current nA, electrode 10 µV,
    amplifier mV, DAC code | flags << 16.
    """

    def __init__(self, path, every):
        self.file = open(path, "wb") if path and every else None
        self.events = []
        bus.state[bus.TRUTH_EVERY] = every if self.file else 0
        bus.state[bus.TRUTH_LEFT] = 1

    def event(self, t_us, name, value=0):
        self.events.append([t_us, name, value])

    def take(self):
        taken, self.events = self.events, []
        return taken

    def flush(self):
        count = bus.state[bus.TRUTH_INDEX]
        if self.file and count:
            self.file.write(memoryview(bus.truth)[:count])
        bus.state[bus.TRUTH_INDEX] = 0
