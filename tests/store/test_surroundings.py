"""What a database stands on: network disks, standbys, the clock of a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from automaton.store.surroundings import network_disk_under, server_of
from tests.store.cluster import Cluster, postgres_binaries
from tests.system.stage import until
from tests.tied import end, started

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /mnt rw shared:1 - nfs4 safe:/export rw
31 22 0:41 / /mnt/local\\040disk rw - xfs /dev/vdb rw
32 22 0:42 / /srv rw - cifs //safe/share rw
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/var/lib/automaton/automaton.db", None),
        ("/mnt/town/automaton.db", "nfs4"),
        ("/mnt/local disk/automaton.db", None),
        ("/mntelse/automaton.db", None),
        ("/srv/automaton.db", "cifs"),
    ],
)
def test_a_network_disk_is_known_by_what_is_mounted(
    tmp_path: Path, place: str, kind: str | None
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, "utf-8")
    assert network_disk_under(Path(place), mounts) == kind


def test_the_mounts_of_this_machine_can_be_read(tmp_path: Path) -> None:
    assert network_disk_under(tmp_path) is None


def test_a_file_is_no_server(engine: Engine) -> None:
    is_file = engine.dialect.name == "sqlite"
    assert (server_of(engine) is None) == is_file


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_a_standby_counts_and_who_only_keeps_the_log_does_not(
    engine: Engine, cluster: Cluster, tmp_path: Path
) -> None:
    def standbys() -> int:
        server = server_of(engine)
        assert server is not None
        assert abs(server.ahead) < timedelta(seconds=1)
        assert not server.is_waited_for
        return server.standbys

    assert standbys() == 0
    with following(cluster, tmp_path / "kept", "pg_receivewal"):
        until(lambda: followers(engine) == 1, 10, "it follows")
        assert standbys() == 0
        with following(cluster, tmp_path / "second", "second"):
            until(lambda: standbys() == 1, 10, "the second follows")


def followers(engine: Engine) -> int:
    with engine.connect() as connection:
        asked = "SELECT count(*) FROM pg_stat_replication"
        return int(connection.exec_driver_sql(asked).scalar_one())


@contextmanager
def following(cluster: Cluster, folder: Path, name: str) -> Iterator[None]:
    """Follow the log of a server, under a name, as a standby does."""
    binaries = postgres_binaries()
    assert binaries is not None
    folder.mkdir()
    server = f"host={cluster.folder} user=postgres application_name={name}"
    order = [binaries / "pg_receivewal", "-D", folder, "-d", server, "--no-sync"]
    process = started(order, folder.with_suffix(".log"))
    try:
        yield
    finally:
        end(process, 10)
