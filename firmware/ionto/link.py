"""The device's side of the link: answers requests, sends events and telemetry, and starts nothing by itself.

`device` is any object with what the link may see and ask of it:

    view                    the View that the panel shows
    identity()              (board id of 8 bytes, messages.CALIBRATION_*, reset cause)
    ticks()                 number of sampling ticks since power-on
    uptime_ms()             milliseconds since power-on, which do not wrap
    request_stop()          None, or why not: (refusal code, value, limit)
    request_level(level_ua) None, or why not: (refusal code, value, limit); it lowers, never raises
    store                   the Store, which link_log.py reads

There is nothing to start a session or to raise a level: the host may only stop or lower. [REQ-LNK-2]
"""

from ionto import states
from ionto.faults import ABOVE_MAXIMUM, BAD_LENGTH, NOT_IN_STATE, UNKNOWN_TYPE, VERSION_MISMATCH
from ionto.framing import Decoder, encode
from ionto.link_out import Transmitter, telemetry
from ionto.messages import (
    EVENT,
    HELLO,
    HELLO_REPLY,
    LOWER_LEVEL,
    MAX_TELEMETRY_HZ,
    MESSAGES,
    NO_FIELD,
    OK,
    REFUSED,
    STATUS,
    STATUS_REPLY,
    STOP,
    SUBSCRIBE,
    TABLE_HASH,
    VERSION,
    body_size,
    pack,
    unpack,
)

READ_BYTES = 256  # at most this much input is worked on in one step, so that a chatty host cannot hold up the device
MAX_EVENTS = 32
JITTER_MS = 4  # a step that comes this much early or late drops no telemetry, even at one sample a step
REPEAT_WINDOW_MS = 1000  # longer than a host retries, shorter than a sequence number takes to come round

# Of messages_service.py, which the first of them imports.
READING = (0x10, 0x11, 0x12)
AT_REST = (states.IDLE, states.DONE, states.SERVICE, states.FAULT)  # where the memory may be read
SERVICE_FIRST = 0x20
SERVICE_LAST = 0x28

_ROWS = {row.type: row for row in MESSAGES}
_CLOCK_MASK = 0x3FFFFFFF  # now_ms wraps at 2**30
_MAX_ELAPSED_MS = 10000  # keeps the sums below small after a long gap between steps
_U32 = 0xFFFFFFFF  # times and tick counts wrap on the wire rather than stand still at their maximum


class Link:
    """One host on one UART (`any()`, `readinto(buffer)`, `write(buffer)`).

    `step` raises for no input whatever, and its work in one round is bounded. [REQ-LNK-9]
    """

    def __init__(self, uart, device):
        self._uart = uart
        self._device = device
        self._out = Transmitter(uart)
        self._decoder = Decoder()
        self._input = bytearray(READ_BYTES)
        self._input_view = memoryview(self._input)
        self._frames = None  # the frames of the last read that are still to be answered
        self._step_ms = None
        self._matched = False  # a HELLO with our own table has come
        self._request = None  # the last request, when it came, and the frame that answered it
        self._request_age_ms = 0
        self._reply = b""
        self._events = []
        self._event_number = 0
        self._rate_hz = 0
        self._phase = 0  # of telemetry, in thousandths of a period
        self._telemetry_sequence = 0
        self._dropped_telemetry = 0
        self._handlers = {
            HELLO: self._hello,
            STATUS: self._status,
            SUBSCRIBE: self._subscribe,
            STOP: self._stop,
            LOWER_LEVEL: self._lower_level,
        }

    def event(self, time_ms, kind, a, b):
        """Queue an event for the host (kind: messages.EVENT_*, with the meaning of `a` and `b`).

        Events wait for a HELLO. When the queue is full the oldest is lost: the host sees a gap. [REQ-LNK-8]
        """
        if len(self._events) == MAX_EVENTS:
            self._events.pop(0)
        self._events.append((self._event_number, time_ms & _U32, kind, a, b))
        self._event_number = (self._event_number + 1) & 0xFFFF

    def step(self, now_ms):
        """One round: answer what has come in, then send events, then telemetry if it is due. Never waits."""
        elapsed_ms = 0 if self._step_ms is None else (now_ms - self._step_ms) & _CLOCK_MASK
        if elapsed_ms > _MAX_ELAPSED_MS:
            elapsed_ms = _MAX_ELAPSED_MS
        self._step_ms = now_ms
        self._out.elapse(elapsed_ms)
        if self._request_age_ms < REPEAT_WINDOW_MS:
            self._request_age_ms += elapsed_ms
        if self._rate_hz:
            self._phase += elapsed_ms * self._rate_hz
        if self._frames is not None or self._uart.any():
            self._answer_requests()
        if self._events:
            self._send_events()
        if self._phase >= 1000:
            self._send_telemetry()

    # Sending. Replies need room for one frame, the rest for two, so that a reply always finds room.

    def _answer_requests(self):
        """Answer what an earlier step has left and what one read brings; what finds no room waits for the next step."""
        may_read = True
        while self._out.has_room(1):
            if self._frames is None and may_read:
                may_read = False
                self._frames = self._read()
            if self._frames is None:
                return
            try:
                frame = next(self._frames)
            except StopIteration:
                self._frames = None
            else:
                self._answer(*frame)

    def _send_events(self):
        # Nothing unasked before a HELLO: who only opens the port sees silence. [REQ-LNK-1]
        while self._matched and self._events and self._out.has_room(2):
            values = self._events.pop(0)
            self._out.send(encode(EVENT, values[0] & 0xFF, pack(_ROWS[EVENT], values)))

    def _send_telemetry(self):
        """Send one sample if one is due; count those that find no room or whose time has passed. [REQ-LNK-7]"""
        due = self._phase // 1000
        self._phase -= due * 1000
        room = self._out.has_room(2)
        self._dropped_telemetry += due - 1 if room else due
        self._telemetry_sequence = (self._telemetry_sequence + due) & 0xFF  # dropped ones count: the host sees a gap
        if room:
            sequence = (self._telemetry_sequence - 1) & 0xFF
            self._out.send(telemetry(sequence, self._device.uptime_ms() & _U32, self._device.view))

    # Receiving.

    def _read(self):
        """Takes in what waits, a step's work at most. Returns the frames in it, None if there was nothing."""
        available = min(self._uart.any(), READ_BYTES)
        count = self._uart.readinto(self._input_view[:available]) if available else 0
        return self._decoder.feed(self._input, count) if count else None

    def _answer(self, request_type, sequence, body):
        """Send this request's reply; a request that is repeated is answered again and not done again. [REQ-LNK-5]"""
        request = (request_type, sequence, bytes(body))
        if request != self._request or self._request_age_ms >= REPEAT_WINDOW_MS:
            self._request = request
            self._request_age_ms = 0
            reply_type, reply_body = self._execute(request_type, body)
            self._reply = encode(reply_type, sequence, reply_body)
        self._out.send(self._reply)

    def _execute(self, request_type, body):
        """The (type, body) that answers a request: every one gets its result or its refusal. [REQ-LNK-4]"""
        if request_type not in self._handlers and not self._learn(request_type):
            if request_type in READING or SERVICE_FIRST <= request_type <= SERVICE_LAST:
                return _refused(request_type, NOT_IN_STATE, NO_FIELD, self._device.view.state, 0)
            return _refused(request_type, UNKNOWN_TYPE, NO_FIELD, request_type, 0)
        row = _ROWS[request_type]
        if len(body) != body_size(row):
            return _refused(request_type, BAD_LENGTH, NO_FIELD, len(body), body_size(row))
        return self._handlers[request_type](*unpack(row, body))

    def _learn(self, request_type):
        """Takes in the handlers of a request that is seldom made. Returns False if there are none, or not now.

        Nothing is imported while a session is under way: that would hold up the main loop. [REQ-LNK-10]
        """
        if request_type not in READING or self._device.view.state not in AT_REST:
            return False
        from ionto import link_log

        self.learn(link_log.LogReader(self._device).handlers())
        return True

    def learn(self, handlers):
        """Takes in what answers more requests, of messages_service.py, by their types."""
        from ionto.messages_service import SERVICE_MESSAGES

        _ROWS.update([(row.type, row) for row in SERVICE_MESSAGES])
        self._handlers.update(handlers)

    def _hello(self, table_hash, _major, _minor, _patch):
        """Say who this is. Tables that differ are the host's to explain; nothing is sent unasked until they match."""
        self._matched = table_hash == TABLE_HASH
        self._rate_hz = 0  # a new host sees no telemetry that another one had asked for
        self._phase = 0
        return HELLO_REPLY, pack(_ROWS[HELLO_REPLY], (TABLE_HASH,) + VERSION + tuple(self._device.identity()))

    def _status(self):
        own = {
            "uptime_ms": self._device.uptime_ms() & _U32,
            "ticks": self._device.ticks() & _U32,
            "bad_frames": self._decoder.bad_frames,
            "dropped_telemetry": self._dropped_telemetry,
        }
        return STATUS_REPLY, self._view_body(STATUS_REPLY, own)

    def _subscribe(self, rate_hz):
        if rate_hz > MAX_TELEMETRY_HZ:
            return _refused(SUBSCRIBE, ABOVE_MAXIMUM, 0, rate_hz, MAX_TELEMETRY_HZ)
        if rate_hz and not self._matched:
            return _refused(SUBSCRIBE, VERSION_MISMATCH, NO_FIELD, 0, 0)
        self._rate_hz = rate_hz
        self._phase = (1000 + JITTER_MS * rate_hz) if rate_hz else 0  # the first sample at once
        return _ok(SUBSCRIBE, rate_hz)

    def _stop(self):
        refusal = self._device.request_stop()
        if refusal is None:
            return _ok(STOP, 0)
        code, value, limit = refusal
        return _refused(STOP, code, NO_FIELD, value, limit)

    def _lower_level(self, level_ua):
        refusal = self._device.request_level(level_ua)
        if refusal is None:
            return _ok(LOWER_LEVEL, level_ua)
        code, value, limit = refusal
        return _refused(LOWER_LEVEL, code, NO_FIELD if code == NOT_IN_STATE else 0, value, limit)

    def _view_body(self, message_type, own):
        """The body of a message whose fields are those of the View, except the ones that are given."""
        row = _ROWS[message_type]
        view = self._device.view
        return pack(row, [own[f.name] if f.name in own else getattr(view, f.name) for f in row.fields])


def _ok(request_type, value):
    return OK, pack(_ROWS[OK], (request_type, value))


def _refused(request_type, code, field, value, limit):
    return REFUSED, pack(_ROWS[REFUSED], (request_type, code, field, value, limit))
