"""The tables of the bench database, as the steps that lead to them. A step that has been released is never changed.

Times ending in `_utc` are ISO 8601 texts in UTC; units stand last in every other name. Raw payloads are kept as the
device sent them, so that nothing is lost by how they are read today.
"""

APPLICATION_ID = 0x494F4E54  # "IONT", in the file's header: another program's database is not touched

_FIRST = (
    """CREATE TABLE devices (
        board_id TEXT PRIMARY KEY,          -- 16 hexadecimal digits
        first_seen_utc TEXT NOT NULL,
        last_seen_utc TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT ''
    )""",
    # A board's FRAM from when it was blank: its counts of power-ons and records only ever rise.
    """CREATE TABLE memories (
        id INTEGER PRIMARY KEY,
        board_id TEXT NOT NULL REFERENCES devices,
        since_utc TEXT NOT NULL,
        reason TEXT NOT NULL                -- why it is not the memory that was known before
    )""",
    # Each tells what the host's clock was at a time of the device's: uptime_ms at unix_ms, give or take.
    """CREATE TABLE connections (
        id INTEGER PRIMARY KEY,
        board_id TEXT NOT NULL REFERENCES devices,
        port TEXT NOT NULL,
        firmware TEXT NOT NULL,
        table_hash TEXT NOT NULL,
        calibration TEXT NOT NULL,
        reset_cause INTEGER NOT NULL,
        memory_id INTEGER REFERENCES memories,
        power_on INTEGER,                   -- NULL: could not be asked, a session was under way
        uptime_ms INTEGER NOT NULL,
        unix_ms INTEGER NOT NULL,
        uncertainty_ms INTEGER NOT NULL
    )""",
    """CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        board_id TEXT NOT NULL REFERENCES devices,
        started_utc TEXT NOT NULL,
        rate_hz INTEGER NOT NULL,
        mode TEXT NOT NULL,
        calibration TEXT NOT NULL,
        firmware TEXT NOT NULL,
        ended TEXT,                         -- NULL: under way, or its program ended without a word
        lost_telemetry INTEGER NOT NULL DEFAULT 0,
        lost_events INTEGER NOT NULL DEFAULT 0,
        bad_frames INTEGER NOT NULL DEFAULT 0
    )""",
    # A recording has one part for each time that the device was connected or started.
    """CREATE TABLE recording_parts (
        recording_id INTEGER NOT NULL REFERENCES recordings,
        part INTEGER NOT NULL,
        connection_id INTEGER NOT NULL REFERENCES connections,
        PRIMARY KEY (recording_id, part)
    ) WITHOUT ROWID""",
    """CREATE TABLE samples (
        recording_id INTEGER NOT NULL REFERENCES recordings,
        row INTEGER NOT NULL,
        part INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,           -- of the device
        state INTEGER NOT NULL,
        reasons INTEGER NOT NULL,
        fault INTEGER NOT NULL,
        level_ua INTEGER,
        setpoint_ua INTEGER,
        current_ua INTEGER NOT NULL,
        current_b_ua INTEGER NOT NULL,
        voltage_mv INTEGER NOT NULL,
        resistance_ohm INTEGER,
        remaining_s INTEGER NOT NULL,
        charge_ua_s INTEGER NOT NULL,
        PRIMARY KEY (recording_id, row)
    ) WITHOUT ROWID""",
    """CREATE TABLE recording_events (
        recording_id INTEGER NOT NULL REFERENCES recordings,
        row INTEGER NOT NULL,
        part INTEGER NOT NULL,
        number INTEGER NOT NULL,
        time_ms INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        a INTEGER NOT NULL,
        b INTEGER NOT NULL,
        PRIMARY KEY (recording_id, row)
    ) WITHOUT ROWID""",
    # What is not in a recording: so many samples or events, or so many ms without the device.
    """CREATE TABLE gaps (
        recording_id INTEGER NOT NULL REFERENCES recordings,
        sample_row INTEGER NOT NULL,        -- samples that were there when it was noticed
        kind TEXT NOT NULL CHECK (kind IN ('telemetry', 'events', 'away')),
        count INTEGER NOT NULL              -- samples, events, ms
    )""",
    "CREATE INDEX gaps_of_recording ON gaps (recording_id, sample_row)",
    """CREATE TABLE downloads (
        id INTEGER PRIMARY KEY,
        board_id TEXT NOT NULL REFERENCES devices,
        memory_id INTEGER REFERENCES memories,
        connection_id INTEGER NOT NULL REFERENCES connections,
        started_utc TEXT NOT NULL,
        finished_utc TEXT,                  -- NULL: broken off
        added INTEGER NOT NULL DEFAULT 0
    )""",
    # Rings. A position is a record's sequence with the wraps of 2**16 counted in.
    """CREATE TABLE log_records (
        memory_id INTEGER NOT NULL REFERENCES memories,
        region INTEGER NOT NULL,
        position INTEGER NOT NULL,
        layout INTEGER NOT NULL,
        payload BLOB NOT NULL,
        download_id INTEGER NOT NULL REFERENCES downloads,
        PRIMARY KEY (memory_id, region, position)
    ) WITHOUT ROWID""",
    # Regions of one record: each content that was seen.
    """CREATE TABLE log_slots (
        id INTEGER PRIMARY KEY,
        memory_id INTEGER NOT NULL REFERENCES memories,
        region INTEGER NOT NULL,
        layout INTEGER NOT NULL,
        payload BLOB NOT NULL,
        download_id INTEGER NOT NULL REFERENCES downloads,
        UNIQUE (memory_id, region, payload)
    )""",
    """CREATE TABLE calibrations (
        id INTEGER PRIMARY KEY,
        board_id TEXT NOT NULL REFERENCES devices,
        made_utc TEXT NOT NULL,
        technician TEXT NOT NULL,
        payload BLOB NOT NULL,              -- as written to the device
        content TEXT NOT NULL,              -- JSON: points, residuals, instruments
        sha256 TEXT NOT NULL UNIQUE         -- of content
    )""",
    """CREATE TABLE certificates (
        id INTEGER PRIMARY KEY,
        board_id TEXT NOT NULL REFERENCES devices,
        calibration_id INTEGER REFERENCES calibrations,
        kind TEXT NOT NULL CHECK (kind IN ('calibration', 'verification')),
        made_utc TEXT NOT NULL,
        due_utc TEXT,
        technician TEXT NOT NULL,
        passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
        content TEXT NOT NULL,              -- JSON, signed by its hash
        sha256 TEXT NOT NULL UNIQUE         -- of content
    )""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST,)
"""The statements that lead from each version to the next; the first from an empty file."""

VERSION = len(MIGRATIONS)
