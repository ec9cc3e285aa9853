"""The physical truth, recorded apart from anything that the firmware reports: samples to a file, events in a list."""

from array import array

import micropython

_CHUNK = 1024


class Truth:
    """Writes one sample every `every` ticks to `path`; 0 or no path: none. Events are kept until `take`n."""

    def __init__(self, path, every):
        self.file = open(path, "wb") if path and every else None
        self.value_file = open(path + "v", "wb") if self.file else None
        self.every = every if path else 0
        self.countdown = 1
        self.words = array("i", [0] * (3 * _CHUNK))
        self.values = array("f", [0.0] * (3 * _CHUNK))
        self.index = 0
        self.events = []

    def event(self, t_us, name, value=0):
        self.events.append([t_us, name, value])

    def take(self):
        taken, self.events = self.events, []
        return taken

    @micropython.native
    def sample(self, t_us, stage, flags):
        """Words: time low 31 bits, time high, DAC code | flags << 16. Values: current A, electrode V, amplifier V."""
        w = self.words
        v = self.values
        i = self.index
        w[i] = t_us & 0x7FFFFFFF
        w[i + 1] = t_us >> 31
        w[i + 2] = stage.codes_ab[0] | flags << 16
        v[i] = stage.current_a
        v[i + 1] = stage.electrode_v
        v[i + 2] = stage.amplifier_v
        i += 3
        self.index = i
        if i == 3072:
            self.flush()

    def flush(self):
        """Files get equal numbers of samples: `path` the words, `path`v the values."""
        if self.file and self.index:
            self.file.write(memoryview(self.words)[: self.index])
            self.value_file.write(memoryview(self.values)[: self.index])
        self.index = 0
