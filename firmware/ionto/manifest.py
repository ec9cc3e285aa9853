"""Whether the files on the board are those of one build: `manifest.txt` has the checksum of every one.

Its first line is `# ionto VERSION build BUILD messages HASH files COUNT`; a line that begins with # says nothing else;
every other is as `sha256sum` writes it. It finds what an interrupted or damaged flash left, not who changed a file.
[REQ-FIL-1]
"""

import hashlib
from binascii import hexlify

NAME = "manifest.txt"
_buffer = bytearray(2048)  # for all files: half a block of the file system at a time
_HEX_DIGITS = 64


def header(version, build, table_hash, count):
    """The manifest's first line: version as three numbers, build as text, number of files."""
    dotted = "%d.%d.%d" % version
    return "# ionto %s build %s messages %08x files %d" % (dotted, build, table_hash, count)


def problem(folder, version, build, table_hash):
    """What is wrong with the files in `folder` ("" or ending in /), as one line; None if nothing is.

    The other arguments are what the running code says of itself; the manifest has to say the same.
    """
    try:
        with open(folder + NAME) as lines:
            first = lines.readline().rstrip()
            count = 0
            for line in lines:
                if line[0] != "#":
                    count += 1
                    wrong = _problem_of(folder, line.rstrip())
                    if wrong:
                        return wrong
    except (OSError, UnicodeError):
        return NAME + " cannot be read"
    if first != header(version, build, table_hash, count):
        return NAME + " is of another build, or not whole"
    return None


def _problem_of(folder, line):
    name = line[_HEX_DIGITS + 2 :]
    try:
        found = _sha256(folder + name)
    except OSError:
        return name + " cannot be read"
    return None if found == line[:_HEX_DIGITS] else name + " has the wrong checksum"


def _sha256(path):
    whole = hashlib.sha256()
    view = memoryview(_buffer)
    with open(path, "rb") as opened:
        while True:
            count = opened.readinto(_buffer)
            if not count:
                return hexlify(whole.digest()).decode()
            whole.update(view[:count])
