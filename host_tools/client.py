"""One device, seen from the host: requests with their replies, and the telemetry and events that it sends.

What they hold is in records.py. Time is the clock that is handed in and the transport's own waiting, so that a rig with
virtual time can drive a client.
"""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Self

from host_tools.describe import mode_name, state_name
from host_tools.errors import FrameError, NoReplyError, RefusedError, VersionMismatchError
from host_tools.framing import Decoder, Frame, encode
from host_tools.records import (
    Event,
    Identity,
    Raw,
    Readings,
    Record,
    Records,
    RegionInfo,
    Status,
    Telemetry,
    fault,
    parse,
    row_of_type,
    values_of,
)
from host_tools.transport import Transport
from ionto import messages
from ionto import messages_service as service
from ionto.faults import reason_names

__all__ = [
    "Client", "Event", "Identity", "Readings", "Record", "Records", "RegionInfo", "Status", "Telemetry", "fault",
    "mode_name", "reason_names", "state_name",
]  # fmt: skip

REPLY_TIMEOUT_S = 0.3
ATTEMPTS = 3  # all of them within the second for which the device knows a request again, so none is done twice
READ_AHEAD = 6  # the device answers three frames in a round of its main loop, and finds the next ones waiting
MAX_UNREAD = 100_000  # records kept for `poll`; beyond, the oldest are dropped and counted as lost

_Request = tuple[int, tuple[int | bytes, ...], int]  # type, values, type of the reply

_HELLO_FIXED_BYTES = 7  # hash and version: they stay in place in every table, or a mismatch could not be explained


class Client:
    """A conversation with one device. Making one sends nothing; say `hello` first.

    Any request may raise PortError, NoReplyError (no answer after `attempts` times `reply_timeout_s`) or RefusedError.
    `lost_telemetry` and `lost_events` count the gaps in what the device numbered; `bad_frames` what arrived damaged.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Callable[[], float] = time.monotonic,
        *,
        attempts: int = ATTEMPTS,
        reply_timeout_s: float = REPLY_TIMEOUT_S,
    ) -> None:
        self.lost_telemetry = 0
        self.lost_events = 0
        self._transport = transport
        self._clock = clock
        self._attempts = attempts
        self._reply_timeout_s = reply_timeout_s
        self._decoder = Decoder()
        self._misfits = 0  # good frames that are not in the table
        self._sequence = 0
        self._subscribed = False
        self._replies: list[Frame] = []
        self._ahead: deque[tuple[int, _Request]] = deque()  # of several that are under way, with their numbers
        self._records: deque[Record] = deque()
        self._next_telemetry: int | None = None
        self._next_event: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def bad_frames(self) -> int:
        """Frames that arrived damaged or that are not in the message table."""
        return self._decoder.bad_frames + self._misfits

    def hello(self) -> Identity:
        """Compare message tables and learn who the device is. Raises VersionMismatchError if the tables differ.

        The device sends events only after this; a subscription from before it has ended. [REQ-LNK-6]
        """
        body = self._request(messages.HELLO, (messages.TABLE_HASH, *messages.VERSION), messages.HELLO_REPLY)
        if len(body) < _HELLO_FIXED_BYTES:
            raise FrameError(f"HELLO_REPLY has {len(body)} bytes, at least {_HELLO_FIXED_BYTES} are needed")
        table_hash = int.from_bytes(body[:4], "little")
        if table_hash != messages.TABLE_HASH:
            version = (body[4], body[5], body[6])
            raise VersionMismatchError(version, table_hash, messages.VERSION, messages.TABLE_HASH)
        self._subscribed = False
        return parse(Identity, messages.HELLO_REPLY, body)

    def status(self) -> Status:
        """Everything the device says of itself."""
        return parse(Status, messages.STATUS_REPLY, self._request(messages.STATUS, (), messages.STATUS_REPLY))

    def subscribe(self, rate_hz: int) -> None:
        """Ask for telemetry this many times a second; 0 ends it. Needs a `hello` first."""
        self._request(messages.SUBSCRIBE, (rate_hz,), messages.OK)
        self._subscribed = rate_hz > 0

    def stop(self) -> None:
        """End the session: the device ramps down and opens its relay."""
        self._request(messages.STOP, (), messages.OK)

    def lower_level(self, level_ua: int) -> None:
        """Set a level that is not above the present one. A higher one is refused."""
        self._request(messages.LOWER_LEVEL, (level_ua,), messages.OK)

    def region_info(self, region: int) -> RegionInfo:
        """What stands in a region of the memory (ionto.store_map). Refused while a session is under way."""
        body = self._request(service.READ_INFO, (region,), service.REGION_INFO)
        return parse(RegionInfo, service.REGION_INFO, body)

    def read_records(self, region: int, sequence: int = 0) -> Records:
        """The records of a region from `sequence` on, as many as a frame takes. Refused while a session is under way.

        A region that holds one record alone (calibration, settings, counters, label) answers with that one.
        """
        return parse(Records, service.RECORDS, self._request(service.READ, (region, sequence), service.RECORDS))

    def region_infos(self, regions: Iterable[int]) -> list[RegionInfo]:
        """What stands in each of these regions, as `region_info` says it, with several requests under way."""
        bodies = self._ask_ahead((service.READ_INFO, (region,), service.REGION_INFO) for region in regions)
        return [parse(RegionInfo, service.REGION_INFO, body) for body in bodies]

    def read_ahead(self, places: Iterable[tuple[int, int]]) -> Generator[Records]:
        """What `read_records` says for each (region, sequence), in order, with up to READ_AHEAD requests under way.

        Ask for nothing else before it has ended or is closed.
        """
        with closing(self._ask_ahead((service.READ, place, service.RECORDS) for place in places)) as bodies:
            for body in bodies:
                yield parse(Records, service.RECORDS, body)

    def read_raw(self, addresses: Iterable[int]) -> Generator[bytes]:
        """RAW_BYTES of the memory as it stands at each of these addresses, with up to READ_AHEAD requests under way.

        Ask for nothing else before it has ended or is closed. Refused while a session is under way.
        """
        asked = ((service.READ_RAW, (address,), service.RAW) for address in addresses)
        with closing(self._ask_ahead(asked)) as bodies:
            for body in bodies:
                yield parse(Raw, service.RAW, body).data

    # SERVICE: refused with NOT_IN_STATE in every other state. Each of these, but for the last four, drives or reads;
    # without one for half a second the device ends its output.

    def service_off(self) -> None:
        """Ends the output: a current by a ramp, a voltage at once."""
        self._request(service.SERVICE_OFF, (), messages.OK)

    def service_range(self, range_: int) -> None:
        """Takes FACE (0) or BODY (1) range; refused while the output is on."""
        self._request(service.SERVICE_RANGE, (range_,), messages.OK)

    def service_current(self, current_ua: int) -> None:
        """Drives a current into a dummy load."""
        self._request(service.SERVICE_CURRENT, (current_ua,), messages.OK)

    def service_voltage(self, voltage_mv: int) -> None:
        """Drives a voltage at the amplifier's output, with the current limit of the probe."""
        self._request(service.SERVICE_VOLTAGE, (voltage_mv,), messages.OK)

    def service_read(self) -> Readings:
        """Raw readings; also the sign of life that keeps the output on."""
        body = self._request(service.SERVICE_READ, (), service.SERVICE_READINGS)
        return parse(Readings, service.SERVICE_READINGS, body)

    def service_save(self, values: Sequence[int]) -> None:
        """Writes a calibration: the fields of SERVICE_SAVE, in order. The device checks, reads back and uses it."""
        self._request(service.SERVICE_SAVE, tuple(values), messages.OK)

    def service_adopt(self, board_id: bytes) -> None:
        """Makes the memory this board's, named by its number; its calibration has then to be made anew."""
        self._request(service.SERVICE_ADOPT, (board_id,), messages.OK)

    def service_settings(self, mode: int, level_ua: int, minutes: int, is_reversing: bool) -> None:
        """Writes what a mode begins with from the next power-on on. The device checks it and reads it back."""
        self._request(service.SERVICE_SETTINGS, (mode, level_ua, minutes, int(is_reversing)), messages.OK)

    def service_leave(self) -> None:
        """Restarts the device."""
        self._request(service.SERVICE_LEAVE, (), messages.OK)

    def poll(self, timeout_s: float = 0.0) -> list[Record]:
        """Telemetry and events in the order they came; waits at most `timeout_s` for the first."""
        deadline_s = self._clock() + (0.0 if self._records else timeout_s)
        while self._receive(deadline_s) and not self._records:
            pass
        records = list(self._records)
        self._records.clear()
        return records

    def records(self, idle_s: float = 1.0) -> Iterator[Record]:
        """Telemetry and events as they come; ends when none has come for `idle_s`."""
        while records := self.poll(idle_s):
            yield from records

    def telemetry(self, idle_s: float = 1.0) -> Iterator[Telemetry]:
        """Telemetry as it comes, passing over events; ends when nothing has come for `idle_s`."""
        return (record for record in self.records(idle_s) if isinstance(record, Telemetry))

    def events(self, idle_s: float = 1.0) -> Iterator[Event]:
        """Events as they come, passing over telemetry; ends when nothing has come for `idle_s`."""
        return (record for record in self.records(idle_s) if isinstance(record, Event))

    def close(self) -> None:
        """End the subscription, if there is one, without waiting for the reply; then let go of the transport."""
        try:
            if self._subscribed:
                self._subscribed = False
                self._send(messages.SUBSCRIBE, (0,))
        finally:
            self._transport.close()

    # Requests.

    def _request(self, request_type: int, values: tuple[int | bytes, ...], reply_type: int) -> bytes:
        """The body of the reply to a request, which is repeated with the same sequence until one comes."""
        number = self._next_number()
        self._send(request_type, values)
        return self._reply_to(number, request_type, reply_type, lambda: self._send(request_type, values))

    def _next_number(self) -> int:
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    def _ask_ahead(self, requests: Iterable[_Request]) -> Generator[bytes]:
        """The bodies of the replies to requests that may be repeated, with up to READ_AHEAD of them under way."""
        left = iter(requests)
        try:
            while True:
                for request in islice(left, READ_AHEAD - len(self._ahead)):
                    self._ahead.append((self._next_number(), request))
                    self._send(request[0], request[1])
                if not self._ahead:
                    return
                number, (request_type, _, reply_type) = self._ahead[0]
                body = self._reply_to(number, request_type, reply_type, self._repeat_ahead)
                self._ahead.popleft()
                yield body
        finally:
            self._ahead.clear()

    def _repeat_ahead(self) -> None:
        for number, (request_type, values, _) in self._ahead:
            self._send(request_type, values, number)

    def _send(self, request_type: int, values: tuple[int | bytes, ...], number: int | None = None) -> None:
        body = messages.pack(row_of_type(request_type), values)
        frame = encode(request_type, self._sequence if number is None else number, body)
        self._transport.write(b"\0" + frame)  # the zero ends whatever noise came before

    def _reply_to(self, number: int, request_type: int, reply_type: int, repeat: Callable[[], None]) -> bytes:
        """The body of the reply to the request with this number, which was sent once. RefusedError, NoReplyError."""
        for attempt in range(self._attempts):
            if attempt:
                repeat()
            reply = self._await_reply(number, request_type, reply_type)
            if reply is not None:
                if reply.type == messages.REFUSED:
                    raise RefusedError(*values_of(messages.REFUSED, reply.body))
                return reply.body
        raise NoReplyError(row_of_type(request_type).name, self._attempts)

    def _await_reply(self, number: int, request_type: int, reply_type: int) -> Frame | None:
        deadline_s = self._clock() + self._reply_timeout_s
        waiting = True
        while True:
            ours = [r for r in self._replies if r.sequence == number and _answers(r, request_type, reply_type)]
            # Others answer what else is under way, or, late, what was asked before, perhaps by another program.
            ahead = {other for other, _ in self._ahead if other != number}
            self._replies = [r for r in self._replies if r.sequence in ahead]
            if ours or not waiting:
                return ours[0] if ours else None
            waiting = self._receive(deadline_s)

    # Receiving.

    def _receive(self, deadline_s: float) -> bool:
        """Take in what has come, waiting until the deadline at most; whether there is time for more."""
        began_s = self._clock()
        data = self._transport.read(max(0.0, deadline_s - began_s))
        for frame in self._decoder.feed(data):
            self._take(frame)
        now_s = self._clock()
        # A transport that comes back empty-handed while its clock stands still has nothing more to give.
        return now_s < deadline_s and (bool(data) or now_s > began_s)

    def _take(self, frame: Frame) -> None:
        try:
            if frame.type == messages.TELEMETRY:
                self._keep(parse(Telemetry, messages.TELEMETRY, frame.body))
                self.lost_telemetry += _gap(self._next_telemetry, frame.sequence, 0xFF)
                self._next_telemetry = frame.sequence + 1
            elif frame.type == messages.EVENT:
                self._take_event(parse(Event, messages.EVENT, frame.body))
            elif messages.message(frame.type) is None:
                self._misfits += 1
            else:
                self._replies.append(frame)
                if frame.type == messages.HELLO_REPLY:
                    self._count_anew()  # what follows may be from a device that has restarted
        except FrameError:
            self._misfits += 1

    def _take_event(self, event: Event) -> None:
        if event.kind == messages.EVENT_BOOT:
            self._count_anew()
        self._keep(event)
        self.lost_events += _gap(self._next_event, event.number, 0xFFFF)
        self._next_event = event.number + 1

    def _count_anew(self) -> None:
        self._next_telemetry = self._next_event = None

    def _keep(self, record: Record) -> None:
        self._records.append(record)
        if len(self._records) > MAX_UNREAD:
            lost = self._records.popleft()
            self.lost_telemetry += isinstance(lost, Telemetry)
            self.lost_events += isinstance(lost, Event)


def _gap(expected: int | None, number: int, mask: int) -> int:
    return 0 if expected is None else (number - expected) & mask


def _answers(reply: Frame, request_type: int, reply_type: int) -> bool:
    if reply.type in (messages.OK, messages.REFUSED) and reply.body[:1] != bytes((request_type,)):
        return False
    return reply.type in (reply_type, messages.REFUSED)
