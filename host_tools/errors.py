"""What can go wrong between the host and a device: each error is one clear line that says what to do."""

from ionto.faults import NOT_IN_STATE, refusal_text
from ionto.messages import NO_FIELD, STATES, message

Version = tuple[int, int, int]


class IontoError(Exception):
    """Any error of the host tools. Its text is one line for a person."""


class PortError(IontoError):
    """The serial port could not be opened, or was lost."""


class NoReplyError(IontoError):
    """The device did not answer a request."""

    def __init__(self, request: str, attempts: int) -> None:
        self.request = request
        times = "once" if attempts == 1 else f"{attempts} times"
        super().__init__(
            f"no reply to {request}, asked {times}: is this the right port, is the device on, is its cable in?"
        )


class FrameError(IontoError):
    """Bytes that are not a frame, or a frame that does not fit its place."""


class VersionMismatchError(IontoError):
    """Device and host have different message tables. Names both and what to do about either."""

    def __init__(self, device_version: Version, device_hash: int, host_version: Version, host_hash: int) -> None:
        self.device_version = device_version
        self.device_hash = device_hash
        self.host_version = host_version
        self.host_hash = host_hash
        device, host = _dotted(device_version), _dotted(host_version)
        if device_version > host_version:
            advice = f"The host tools are older: install host tools {device}, or put firmware {host} on the device."
        elif device_version < host_version:
            advice = f"The firmware is older: put firmware {host} on the device, or install host tools {device}."
        else:
            advice = "The versions are equal but not their sources: build both from the same commit."
        super().__init__(
            f"message tables differ: device firmware {device} (table {device_hash:08x}), "
            f"host tools {host} (table {host_hash:08x}). {advice}"
        )


class RefusedError(IontoError):
    """The device refused a request. `field` is the name of the field it refused, or None."""

    def __init__(self, request: int, code: int, field_index: int, value: int, limit: int) -> None:
        row = message(request)
        self.request = row.name if row else f"type {request}"
        self.code = code
        self.value = value
        self.limit = limit
        known = row is not None and field_index != NO_FIELD and field_index < len(row.fields)
        self.field: str | None = row.fields[field_index].name if row is not None and known else None
        super().__init__(f"{self.request} refused: {refusal_text(code)} ({self._figures()})")

    def _figures(self) -> str:
        if self.code == NOT_IN_STATE and 0 <= self.value < len(STATES):
            return f"state {STATES[self.value]}"
        return f"{self.field or 'value'} {self.value}, limit {self.limit}"


def _dotted(version: Version) -> str:
    return ".".join(str(part) for part in version)
