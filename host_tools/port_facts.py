"""What this computer knows of a serial port without opening it: may we use it, and who holds it."""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


class Holder(NamedTuple):
    """A process that has a port open."""

    pid: int
    name: str


def permission_problem(port: str) -> str:
    """Why this user may not read and write the port, and what to do; empty if nothing forbids it."""
    path = Path(port)
    if os.name != "posix" or not path.exists() or os.access(path, os.R_OK | os.W_OK):
        return ""
    group = _group_of(path)
    if group in _groups_of_user():
        return f"you are in the group {group} that owns it, but not in this session: log out and in again"
    return f"it belongs to the group {group}: `sudo usermod -aG {group} $USER`, then log out and in again"


def holders(port: str, proc: Path = PROC) -> list[Holder] | None:
    """The other processes that have the port open, as far as this user may see them; None where nobody can know."""
    if not proc.is_dir():
        return None
    target = os.path.realpath(port)
    return [
        Holder(int(entry.name), _name_of(entry))
        for entry in sorted(proc.iterdir(), key=lambda entry: entry.name)
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _holds(entry, target)
    ]


def _holds(process: Path, target: str) -> bool:
    # Other users' processes, and those that end meanwhile, are not to be looked into.
    with suppress(OSError):
        return any(_link(fd) == target for fd in (process / "fd").iterdir())
    return False


def _link(fd: Path) -> str:
    with suppress(OSError):
        return str(fd.readlink())
    return ""


def _name_of(process: Path) -> str:
    with suppress(OSError):
        words = (process / "cmdline").read_bytes().split(b"\0")
        return b" ".join(words).decode(errors="replace").strip()[:80]
    return ""


def _group_of(path: Path) -> str:
    try:
        return path.group()
    except (KeyError, OSError):
        return str(path.stat().st_gid)


def _groups_of_user() -> list[str]:
    """The groups that the user is a member of by the system's list, whether or not this session has them."""
    import grp
    import pwd

    name = pwd.getpwuid(os.getuid()).pw_name
    return [group.gr_name for group in grp.getgrall() if name in group.gr_mem]
