"""Whether the files on the board are those of one build: `manifest.txt` has the checksum of every one.

Its first line is `# ionto VERSION build BUILD messages HASH files COUNT`; a line that begins with # says nothing else;
every other is as `sha256sum` writes it. It finds what an interrupted or damaged flash left, not who changed a file.
[REQ-FIL-1]
"""

import hashlib
import os
from binascii import hexlify

NAME = "manifest.txt"
FOLDERS = ("board", "ionto")  # where nothing but the build's own may stand: an import takes x.py before x.mpy

# What a damaged build still uses: everything that is imported to answer on the link, and to show a fault on the panel.
# But for this file and version.py, which has the sums: with boot.py and main.py they run before anything is compared.
_BOARD = ("board/__init__", "board/pins", "board/mcp4822", "board/ssd1306", "board/outside", "ionto/__init__")
_BOTH = _BOARD + ("ionto/states", "ionto/faults", "ionto/view", "ionto/messages")
LINK_FILES = _BOTH + ("ionto/framing", "ionto/link_out", "ionto/link", "ionto/refusing")
PANEL_FILES = _BOTH + (
    "ionto/fault_texts", "ionto/limits", "ionto/session_events", "ionto/session_table", "ionto/buttons",
    "ionto/font_letters", "ionto/font_digits", "ionto/font", "ionto/screens_parts", "ionto/screens_fault",
    "ionto/screens_session", "ionto/screens_setup", "ionto/screens", "ionto/sounds", "ionto/panel",
)  # fmt: skip

_buffer = bytearray(2048)  # for all files: half a block of the file system at a time
_HEX_DIGITS = 64
_SUM_DIGITS = 16


def header(version, build, table_hash, count):
    """The manifest's first line: version as three numbers, build as text, number of files."""
    dotted = "%d.%d.%d" % version
    return "# ionto %s build %s messages %08x files %d" % (dotted, build, table_hash, count)


def problems(folder, version, build, table_hash):
    """What is wrong with the files in `folder` ("" or ending in /), a line for each file; [] if nothing is.

    The other arguments are what the running code says of itself; the manifest has to say the same. `table_hash()` is
    called only if every file is what the manifest says.
    """
    wrong = []
    names = set()
    try:
        with open(folder + NAME) as lines:
            first = lines.readline().rstrip()
            for line in lines:
                if line[0] != "#":
                    line = line.rstrip()
                    names.add(line[_HEX_DIGITS + 2 :])
                    _check(folder, line, wrong)
    except (OSError, ValueError):
        return wrong + [NAME + " cannot be read"]
    if not first.endswith(" files %d" % len(names)) or not (
        wrong or first == header(version, build, table_hash(), len(names))
    ):
        return [NAME + " is of another build, or not whole"]
    for place in FOLDERS:
        wrong += sorted([name + " is not in " + NAME for name in _listed(folder, place) if name not in names])
    return wrong


def digest(folder, names):
    """One number for these files (without .py or .mpy), as text; None if one cannot be read."""
    whole = hashlib.sha256()
    try:
        for name in names:
            whole.update(_sha256(_found(folder + name)).encode())
    except OSError:
        return None
    return hexlify(whole.digest()).decode()[:_SUM_DIGITS]


def _found(path):
    """The file that an import of this path takes."""
    try:
        os.stat(path + ".py")
    except OSError:
        return path + ".mpy"
    return path + ".py"


def _listed(folder, place):
    try:
        return [place + "/" + entry for entry in os.listdir(folder + place)]
    except OSError:  # whatever should stand there is missing, and told already
        return []


def _check(folder, line, wrong):
    name = line[_HEX_DIGITS + 2 :]
    try:
        found = _sha256(folder + name)
    except OSError:
        wrong.append(name + " cannot be read")
    else:
        if found != line[:_HEX_DIGITS]:
            wrong.append(name + " has the wrong checksum")


def _sha256(path):
    whole = hashlib.sha256()
    view = memoryview(_buffer)
    with open(path, "rb") as opened:
        while True:
            count = opened.readinto(_buffer)
            if not count:
                return hexlify(whole.digest()).decode()
            whole.update(view[:count])
