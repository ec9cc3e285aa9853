"""How much a device was used since its calibration, by its own memory. [REQ-CAL-6]"""

from dataclasses import dataclass

from host_tools.client import Client
from host_tools.errors import RefusedError
from ionto import store_map, store_records


@dataclass(frozen=True)
class CalibrationUse:
    """Since the calibration; None is "nobody knows", as the counters were lost."""

    sessions: int | None
    treated_s: int | None
    is_due: bool

    @property
    def text(self) -> str:
        """In words."""
        due = ": calibration is due" if self.is_due else ""
        if self.sessions is None or self.treated_s is None:
            return f"use since then not known{due}"
        sessions = "1 session" if self.sessions == 1 else f"{self.sessions} sessions"
        return f"{sessions}, {self.treated_s / 3600:.1f} h of treatment since{due}"


def stored_payload(client: Client, region: int = store_map.CALIBRATION) -> bytes:
    """The one record of a region of the device's memory; empty if there is none that counts. Raises RefusedError."""
    size_bytes = client.region_info(region).payload_bytes
    stored = client.read_records(region)
    return bytes(stored.data[:size_bytes]) if stored.whole else b""


def use_of(client: Client) -> CalibrationUse | None:
    """The use since the device's calibration. None: it has none, or says nothing now, as a session is under way."""
    try:
        payload = stored_payload(client)
        counters = stored_payload(client, store_map.COUNTERS)
        is_first = client.region_info(store_map.COUNTERS).verdict < 0
    except RefusedError:
        return None
    if not payload:
        return None
    if is_first:
        counters = bytes(store_records.COUNTERS.size_bytes)
    if not counters:
        return CalibrationUse(None, None, is_due=True)
    sessions, treated_s, is_due = store_records.since_calibration(payload, store_records.unpack_counters(counters))
    if sessions < 0 or treated_s < 0:
        return CalibrationUse(None, None, is_due=True)
    return CalibrationUse(sessions, treated_s, is_due)
