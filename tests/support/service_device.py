"""A board in SERVICE in memory, with nominal parts and a load: all real but the parts.

The link, its requests and the store are the firmware's own.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from host_tools.errors import PortError
from ionto import limits, store_map
from ionto.calibration import NOMINAL
from ionto.link_service import ServiceRequests
from ionto.sampler import SUM_CURRENT, SUM_CURRENT_B, SUM_VOLTAGE, TICKS
from ionto.session_service import CURRENT, VOLTAGE
from ionto.states import STATES
from ionto.store import Store
from tests.link_fakes import BOARD_ID, STEP_MS, BenchTransport, LinkBench
from tests.support.fram import Fram
from tests.support.store_parts import VERSION

MASK = 0x3FFFFFFF
TICKS_A_STEP = 2 * STEP_MS
OPEN = math.inf


class Service:
    """What the session's SERVICE would be asked."""

    def __init__(self) -> None:
        self.range = self.kind = self.value = self.cut = 0
        self.percent = 100

    def heard(self) -> None:
        """A sign of life; this board needs none."""

    def is_on(self) -> bool:
        return self.kind != 0

    def choose(self, range_: int) -> None:
        self.range = range_

    def ask(self, kind: int, value: int, _inputs: object) -> None:
        self.kind, self.value = kind, value


class ServiceBench(LinkBench):
    """The board. `load_ohm` is what is connected; `gain` is what its sense A is off its nominal."""

    def __init__(self, fram: Fram | None = None) -> None:
        super().__init__()
        self.fram = fram or Fram()
        self.load_ohm = OPEN
        self.gain = 1.0
        self.service = Service()
        self.rounds = self.sum_dac = self.sum_amplifier = 0
        self.zeros = (0, 0)
        self.show(state=STATES.index("SERVICE"))
        store: Any = Store(self.fram, BOARD_ID, VERSION)
        store.open()
        self.device.store = store
        self.app = SimpleNamespace(
            session=SimpleNamespace(state=STATES.index("SERVICE")), inputs=None, store=store, view=self.device.view,
            drive=SimpleNamespace(copy=[0] * 64, is_on=self.service.is_on), uptime_ms=self.device.uptime_ms,
            board=SimpleNamespace(board_id=BOARD_ID), request_stop=self._off,
        )  # fmt: skip
        self.link.learn(ServiceRequests(self).handlers())

    # What ServiceRequests asks of its host.

    def take_calibration(self) -> None:
        """It is read from the store whenever it is wanted."""

    def is_settled(self) -> bool:
        if self.service.kind == VOLTAGE:
            return True
        return self.load_ohm != OPEN and self.truth()[0] == self.service.value / 1e6

    def range_row(self) -> Any:
        return NOMINAL[self.service.range]

    def limits(self) -> tuple[int, int]:
        mode = limits.MODES[limits.FACE if self.service.range == 0 else limits.HANDS]
        return mode.max_ua, mode.max_electrode_mv

    def _off(self) -> None:
        self.service.kind = self.service.value = 0

    # What flows.

    def truth(self) -> tuple[float, float, float]:
        """(A through the load, V at the electrodes, V at the amplifier)."""
        row, service = self.range_row(), self.service
        if service.kind == CURRENT and self.load_ohm != OPEN:
            amps = min(service.value / 1e6, self.limits()[1] / 1e3 / self.load_ohm)
            return amps, amps * self.load_ohm, amps * (self.load_ohm + row.series_mohm / 1e3)
        if service.kind == VOLTAGE:
            volts = service.value / 1e3
            amps = 0.0 if self.load_ohm == OPEN else volts / (self.load_ohm + row.series_mohm / 1e3)
            return amps, volts if self.load_ohm == OPEN else amps * self.load_ohm, volts
        return 0.0, 0.0, 0.0

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            amps, volts, amplifier = self.truth()
            row, copy = self.range_row(), self.app.drive.copy
            for index, raw in (
                (SUM_CURRENT, amps * 1e9 / row.a_na_per_lsb * self.gain),
                (SUM_VOLTAGE, volts * 1e6 / row.v_uv_per_lsb),
                (SUM_CURRENT_B, amps * 1e9 / row.b_na_per_lsb),
                (TICKS, 1),
            ):
                copy[index] = copy[index] + round(raw * TICKS_A_STEP) & MASK
            self.rounds = self.rounds + 1 & MASK
            self.sum_dac = self.sum_dac + round(amplifier * 1e6 / row.dac_uv_per_lsb) & MASK
            self.sum_amplifier = self.sum_amplifier + round(amplifier * 1e6 / row.amp_uv_per_lsb) & MASK
            self.device.view.current_ua, self.device.view.voltage_mv = round(amps * 1e6), round(volts * 1e3)
            super().step()


class ServiceTransport(BenchTransport):
    """A cable to a ServiceBench. Nothing comes through once it is pulled."""

    def __init__(self, bench: ServiceBench) -> None:
        super().__init__(bench)
        self.bench: ServiceBench = bench
        self.is_pulled = False

    def write(self, data: bytes) -> None:
        if self.is_pulled:
            raise PortError("x: the port is gone; the cable may have come out")
        super().write(data)

    def read(self, timeout_s: float) -> bytes:
        if self.is_pulled:
            raise PortError("x: the port is gone; the cable may have come out")
        return super().read(timeout_s)


class BenchMeter:
    """A perfect meter at the bench. `factor` is what it is set wrong by; `at_reading` is when what happens."""

    name = "meter in memory"
    readings = 5
    is_slow = False

    def __init__(self, transport: ServiceTransport) -> None:
        self._transport = transport
        self.factor = 1.0
        self.count = 0
        self.at_reading: tuple[int, Callable[[], None]] = (-1, lambda: None)

    def read(self, kind: str) -> float:
        self.count += 1
        if self.count == self.at_reading[0]:
            self.at_reading[1]()
        amps, volts, _ = self._transport.bench.truth()
        return (volts if kind == "voltage" else amps) * self.factor


def stored_calibration(bench: ServiceBench) -> bytes | None:
    """The record that the board's memory holds."""
    return bench.device.store.place(store_map.CALIBRATION).payload
