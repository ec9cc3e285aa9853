"""What lives where in the 32 KiB of FRAM, and the seed of every checksum in it. docs/store.md shows it as a table.

Any change of an address, a size or a payload is a new LAYOUT.
"""

from binascii import crc32
from collections import namedtuple

LAYOUT = 1
SIZE_BYTES = 32768

# Regions: the value that is reported with a fault of the memory.
LABEL = 0  # which board and layout this memory belongs to
CALIBRATION = 1
SETTINGS = 2
COUNTERS = 3
SESSIONS = 4
EVENTS = 5
TRACE = 6
REGIONS = ("label", "calibration", "settings", "counters", "sessions", "events", "trace")

SLOT_BYTES = 128  # of each of the two slots of the regions up to COUNTERS

RingPlace = namedtuple("RingPlace", ("region", "address", "record_bytes", "records"))
"""region; address of its first record; bytes of a record; how many there are: a power of two, so that the sequence of a
record, which wraps at 2**16, always says where it stands."""

SESSION_RING = RingPlace(SESSIONS, 0x1000, 64, 64)
EVENT_RING = RingPlace(EVENTS, 0x2000, 32, 256)
TRACE_RING = RingPlace(TRACE, 0x4000, 16, 1024)
RINGS = (SESSION_RING, EVENT_RING, TRACE_RING)

SEQUENCES = 1 << 16


def slot_address(region, slot):
    """Where slot 0 or 1 of a region begins."""
    return (2 * region + slot) * SLOT_BYTES


def is_newer(sequence, than):
    """Whether a sequence number comes after another one, with wraps; of equal ones none does."""
    return 0 < (sequence - than) % SEQUENCES < SEQUENCES // 2


def is_blank(buffer, count):
    """Whether the first `count` bytes are all 0x00 or all 0xFF: nothing has been written there."""
    first = buffer[0]
    if first not in (0x00, 0xFF):
        return False
    return all(buffer[index] == first for index in range(count))


def ring_seed(region, board_id):
    """What the CRC-32 of a ring's records starts from: records of another board, layout or ring are then not whole."""
    return crc32(bytes((region, LAYOUT)) + board_id)
