"""The address of docs/nodes.md finds the one of several that takes what is written."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from automaton.loopback import free_port
from automaton.store.engine import open_database
from automaton.store.schema import prepare
from tests.store.cluster import Cluster, postgres_binaries, throwaway_cluster
from tests.store.commit_proxy import CommitProxy

pytestmark = pytest.mark.postgres

PAGE = Path(__file__).resolve().parents[2] / "docs/nodes.md"
PLAIN = "&sslmode=disable&gssencmode=disable"


@pytest.fixture
def standby() -> Iterator[Cluster]:
    """A server whose sessions may only read, as those of a standby."""
    binaries = postgres_binaries()
    assert binaries is not None
    with throwaway_cluster(binaries) as running:
        running.create("town")
        running._run(
            "postgres", "ALTER ROLE postgres SET default_transaction_read_only = on"
        )
        yield running


def test_a_dead_machine_and_a_standby_are_passed_over(
    cluster: Cluster, standby: Cluster
) -> None:
    told = PAGE.read_text("utf-8")
    (address,) = re.findall(r'^url = "(postgresql.*)"$', told, re.M)
    first, second = re.findall(r"host=([\d.]+:\d+)", address)
    with ExitStack() as ends:
        doors = [CommitProxy(one.folder, lambda: None) for one in (standby, cluster)]
        for door in doors:
            ends.callback(door.close)
        dead = f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"
        hosts = [dead, *(f"127.0.0.1:{door.port}" for door in doors)]
        url = address.replace(
            f"host={first}&host={second}", "&".join(f"host={h}" for h in hosts)
        )
        url = url.replace("//automaton@/automaton", "//postgres@/town") + PLAIN
        engine = open_database(url)
        ends.callback(engine.dispose)
        with engine.connect() as connection:
            found = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        assert Path(found).parent == cluster.folder
        prepare(url)
