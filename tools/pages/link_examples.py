"""One worked example of each message: values as a device or a host could send them.

The table hash and the version are those of the table itself, so an example is a frame that this version sends.
"""

from ionto import faults, messages, states
from ionto import messages_service as service
from ionto.calibration import NOMINAL

Value = int | bytes | None

BOARD_ID = bytes.fromhex("e66138935f2a4b21")
_HELLO = (messages.TABLE_HASH, *messages.VERSION)
_STATUS: tuple[Value, ...] = (
    754_210, states.HOLD, 0, 500, 10, 500, 497, 3150, 6338, 412, 93_000, faults.V_LIMIT, 0, 0, 0, 0,
    messages.CALIBRATION_STORED, 1_508_420, 0, 2, 3920,
)  # fmt: skip
_TELEMETRY: tuple[Value, ...] = (
    754_210, states.RAMP_UP, faults.RAMPING, 0, 500, 250, 248, 251, 1575, 6350, 600, 1240,
)  # fmt: skip
_READINGS: tuple[Value, ...] = (
    61_500, 1, 2, 5000, 1, 0, 0, 15_000, 36_000, 1, 123_000, 98_400_000, 98_600_000, 84_300_000, 6150, 6_150_000,
    3_840_000, 1, 2, 0, 4998, 10_010,
)  # fmt: skip

# Type: (sequence, one value a field in the table's order).
EXAMPLES: dict[int, tuple[int, tuple[Value, ...]]] = {
    messages.HELLO: (1, _HELLO),
    messages.STATUS: (2, ()),
    messages.SUBSCRIBE: (3, (20,)),
    messages.STOP: (4, ()),
    messages.LOWER_LEVEL: (5, (500,)),
    messages.OK: (5, (messages.LOWER_LEVEL, 500)),
    messages.HELLO_REPLY: (1, (*_HELLO, BOARD_ID, messages.CALIBRATION_STORED, 1)),
    messages.STATUS_REPLY: (2, _STATUS),
    messages.REFUSED: (6, (messages.LOWER_LEVEL, faults.WOULD_RAISE, 0, 3000, 500)),
    messages.TELEMETRY: (17, _TELEMETRY),
    messages.EVENT: (9, (9, 741_300, messages.EVENT_STATE, states.HOLD, states.RAMP_UP)),
    service.READ_INFO: (7, (4,)),
    service.READ: (8, (4, 16)),
    service.READ_RAW: (9, (0x1000,)),
    service.SERVICE_OFF: (10, ()),
    service.SERVICE_RANGE: (11, (1,)),
    service.SERVICE_CURRENT: (12, (5000,)),
    service.SERVICE_VOLTAGE: (13, (10_000,)),
    service.SERVICE_READ: (14, ()),
    service.SERVICE_SAVE: (15, tuple(value for row in NOMINAL for value in row)),
    service.SERVICE_ADOPT: (16, (BOARD_ID,)),
    service.SERVICE_LEAVE: (17, ()),
    service.SERVICE_SETTINGS: (18, (2, 4000, 15, 1)),
    service.REGION_INFO: (7, (4, 0, 17, 64, 58)),
    service.RECORDS: (8, (16, 0b11, bytes(range(1, 117)))),
    service.RAW: (9, (0x1000, bytes(range(1, 65)))),
    service.SERVICE_READINGS: (14, _READINGS),
}
