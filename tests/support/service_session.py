"""A session in SERVICE, with a host that is heard and a dummy load."""

from ionto import limits
from ionto.session_service import CURRENT
from tests.test_session_support import Bench

DUMMY_OHM = 2000


class ServiceBench(Bench):
    """A session in SERVICE, calibrated, with a host that is heard every round while `is_alive`."""

    def __init__(self, percent: int = 100, start_ms: int = 0) -> None:
        super().__init__(start_ms)
        self.down_never = False
        self.is_alive = True
        self.inputs.is_service = True
        self.inputs.self_test = 0
        self.until("SERVICE", 100)
        self.service = self.session.service
        assert self.service is not None
        self.service.percent = percent
        self.service.choose(limits.RANGE_FACE)
        self.ohm = DUMMY_OHM

    def round(self, presses):
        if self.is_alive and hasattr(self, "service"):
            self.service.heard()
        super().round(presses)

    def _plant(self):
        super()._plant()
        if self.down_never:
            self.inputs.at_zero = False

    def ask(self, kind: int, value: int):
        return self.service.ask(kind, value, self.inputs)

    def driving(self, current_ua: int, range_: int = limits.RANGE_BODY) -> "ServiceBench":
        """Drives a current, arrived."""
        assert self.service.choose(range_) is None
        assert self.ask(CURRENT, current_ua) is None
        self.advance(15000)
        assert self.view.setpoint_ua == current_ua
        return self
