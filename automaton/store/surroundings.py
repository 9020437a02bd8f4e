"""What a database stands on: the disk under a file, the standbys and clock of a server.

In: an open database. Out: facts; what follows from them is for who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

MOUNTS = Path("/proc/self/mountinfo")
# Locks on these may be granted twice, or outlive who took them.
NETWORK_DISKS = frozenset(
    {"9p", "afs", "ceph", "cifs", "gfs2", "glusterfs", "lustre", "nfs", "nfs4"}
    | {"ocfs2", "smb3", "smbfs", "fuse.ceph", "fuse.glusterfs", "fuse.sshfs"}
)
# Who follows the log to keep it, and takes over from nobody.
_STANDBYS = text(
    "SELECT count(*) FROM pg_stat_replication WHERE application_name NOT IN "
    "('pg_receivewal', 'pg_basebackup') AND application_name NOT LIKE 'barman%'"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL: how far its clock is ahead of ours, and who may take over.

    `is_waited_for`: a commit waits until a standby has it.
    """

    ahead: timedelta
    standbys: int
    is_waited_for: bool


def server_of(engine: Engine) -> Server | None:
    """Return what is behind a database; None where that is a file."""
    if engine.dialect.name != "postgresql":
        return None
    with engine.connect() as connection:
        before = datetime.now(UTC)
        theirs = connection.scalar(text("SELECT clock_timestamp()"))
        middle = before + (datetime.now(UTC) - before) / 2
        standbys = connection.scalar(_STANDBYS)
        names = connection.scalar(text("SHOW synchronous_standby_names"))
    assert isinstance(theirs, datetime)
    return Server(theirs - middle, int(standbys or 0), bool(names))


def network_disk_under(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the kind of network disk that a path lies on; None where it is a disk."""
    kinds = {
        Path(place.encode().decode("unicode_escape")): kind
        for place, kind in map(_mounted, mounts.read_text("utf-8").splitlines())
    }
    real = path.resolve()
    found = next((kinds[one] for one in (real, *real.parents) if one in kinds), "")
    return found if found in NETWORK_DISKS else None


def _mounted(line: str) -> tuple[str, str]:
    """Return where one line of mountinfo(5) mounts, and what kind of file system."""
    head, _, tail = line.partition(" - ")
    return head.split(" ")[4], tail.split(" ")[0]
