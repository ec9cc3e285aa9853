"""The physical truth, recorded apart from anything that the firmware reports: samples to a file, events in a list."""

from array import array

import micropython

_CHUNK = 1024


class Truth:
    """Writes one sample every `every` ticks to `path`; 0 or no path: none. Events are kept until `take`n."""

    def __init__(self, path, every):
        self.file = open(path, "wb") if path and every else None
        self.every = every if path else 0
        self.countdown = 1
        self.words = array("i", [0] * (6 * _CHUNK))
        self.index = 0
        self.events = []

    def event(self, t_us, name, value=0):
        self.events.append([t_us, name, value])

    def take(self):
        taken, self.events = self.events, []
        return taken

    @micropython.native
    def sample(self, t_us, stage, flags):
        """Words: time low 31 bits, time high, current nA, electrode mV, amplifier mV, DAC code | flags << 16."""
        w = self.words
        i = self.index
        w[i] = t_us & 0x7FFFFFFF
        w[i + 1] = t_us >> 31
        w[i + 2] = int(stage.current_a * 1e9)
        w[i + 3] = int(stage.electrode_v * 1e3)
        w[i + 4] = int(stage.amplifier_v * 1e3)
        w[i + 5] = stage.codes_ab[0] | (flags << 16)
        self.index = i + 6
        if i + 6 == 6144:
            self.flush()

    def flush(self):
        if self.file and self.index:
            self.file.write(memoryview(self.words)[: self.index])
        self.index = 0
