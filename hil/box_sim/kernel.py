"""Virtual time of the box's chip, in µs since the rig was made. One instance, `kernel`, which the shims use.

The firmware's code moves the clock by calling into the chip or by sleeping. When the time that the rig granted is used
up, the kernel reports and waits for more.
"""

NEVER = 1 << 60
CALL_US = 15
BOOT_US = 150000
WDT_RESET = 3


class Reset(BaseException):
    """The chip is reset."""


class SimError(Exception):
    """The code asked the box for something that it does not have."""


class Kernel:
    """The chip's state: pins that it drives, codes of its converter, bytes on its line."""

    def __init__(self):
        self.now_us = 0
        self.grant_us = 0
        self.boot_us = 0
        self.wdt_us = NEVER
        self.wdt_timeout_us = 0
        self.cause = 1
        self.jumper = 0
        self.board_id = b"\x00" * 8
        self.codes = {}
        self.levels = {}
        self.changes = []
        self.received = b""
        self.sent = b""
        self.errors = []
        self.resets = 0
        self.in_reset = False
        self.exchange = None

    def fail(self, text):
        """Ends the test as a failure that says `text`, whatever the firmware makes of the exception."""
        self.errors.append(text)
        raise SimError(text)

    def charge(self, us):
        """The code spends `us`."""
        end_us = self.now_us + us
        while end_us >= self.grant_us or end_us >= self.wdt_us:
            if self.wdt_us <= self.grant_us:
                self._reset()
            self.now_us = max(self.now_us, self.grant_us)
            self.exchange()
        self.now_us = end_us

    def _reset(self):
        """The watchdog has fired; what the code still does on its way out is not done any more."""
        if not self.in_reset:
            self.in_reset = True
            self.now_us = max(self.now_us, self.wdt_us)
            self.cause = WDT_RESET
            self.resets += 1
        raise Reset

    def drive(self, pin, level):
        """A pin changes its level now."""
        if self.levels.get(pin, 0) != level:
            self.levels[pin] = level
            self.changes.append((self.now_us, pin, level))

    def chip_reset(self):
        """The chip lets go of its pins, which are pulled low, and of what it had received."""
        for pin in list(self.levels):
            self.drive(pin, 0)
        self.wdt_us = NEVER
        self.in_reset = False
        self.received = b""


kernel = Kernel()
