"""Three nodes in containers on one PostgreSQL, as compose.three.yaml has them."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import yaml

from automaton.asterisk.install import Installation
from automaton.lab.history import HistoryRules, Outage, TrunkRules, check
from automaton.loopback import free_port
from tests.docker.composed import ACCOUNT, POSTGRES, Composed, composed, write_secrets
from tests.docker.engine import Engine
from tests.system.stage import CALLER_ID, DUTY, home, on_duty, until

pytestmark = pytest.mark.containers

NODES = (1, 2, 3)
HOMES, LINES = 24, 9
TALK = 20
QUARANTINE = 8 + 6 + TALK + 40  # lease, ring, talk, the dialplan's own end
NEVER_TWICE = {"I1", "I2", "I5", "I7"}
URL = (
    "postgresql+psycopg://automaton:made-up-{password}-2049@127.0.0.1:{port}/automaton"
)
SETTINGS = """
installation = "contained"
[server]
shutdown = "2 s"
[readiness]
monthly = false
[trunk.town]
contact = "sip:127.0.0.1:{town}"
lines = {lines}
caller_ids = ["{shown}"]
"""


@pytest.fixture(scope="module")
def three(engine: Engine, installation: Installation) -> Iterator[Composed]:
    """A database and three nodes that are up, and the town of their trunk."""
    engine.build("database")
    script = "".join(home(n) for n in range(1, HOMES + 1)) + on_duty(DUTY)
    with composed(engine, "compose.three.yaml", script, installation) as here:
        write_files(here)
        try:
            bring_up(here)
            yield here
        finally:
            services = [f"{kind}-{n}" for n in NODES for kind in ("asterisk", "daemon")]
            sys.stdout.write(here.said("database", *services))
            sys.stdout.write("\n".join(event.line() for event in here.town.log()))
            here.down()


def write_files(here: Composed) -> None:
    """Write settings, secrets and, over the compose file, ports that are free."""
    told = SETTINGS.format(shown=CALLER_ID, town=here.town.port, lines=LINES)
    here.settings.write_text(told, "utf-8")
    port = free_port(socket.SOCK_STREAM)
    owners = {"ami": ACCOUNT, "ami-maintenance": ACCOUNT, "database-url": ACCOUNT}
    write_secrets(here.folder, {**owners, "database-password": POSTGRES})
    url = URL.format(password="database-password", port=port)
    (here.folder / "database-url").write_text(url, "utf-8")
    over = {"database": {"environment": {"PGPORT": str(port)}}}
    for n in NODES:
        own = {"environment": ports_of(n)}
        over |= {f"settings-{n}": own, f"daemon-{n}": own}
    overlay = yaml.safe_dump({"services": over})
    (here.folder / "overlay.yaml").write_text(overlay, "utf-8")


def ports_of(n: int) -> dict[str, str]:
    """Return the ports of one node, as its environment tells them."""
    ami, watch = (free_port(socket.SOCK_STREAM) for _ in range(2))
    return {
        "AUTOMATON__ASTERISK__PORT": str(ami),
        "AUTOMATON__ASTERISK__SIP_PORT": str(free_port(socket.SOCK_DGRAM)),
        "AUTOMATON__ASTERISK__RTP_START": str(43000 + 1000 * n),
        "AUTOMATON__ASTERISK__RTP_END": str(43999 + 1000 * n),
        "AUTOMATON__WATCH__BIND": f"127.0.0.1:{watch}",
    }


def bring_up(here: Composed) -> None:
    """Start everything in the order of `depends_on`."""
    here.up("database")
    here.healthy("database")
    for n in NODES:
        here.once(f"settings-{n}")
    here.up(*(f"asterisk-{n}" for n in NODES))
    for n in NODES:
        here.healthy(f"asterisk-{n}")
        here.up(f"daemon-{n}")
        here.healthy(f"daemon-{n}")


def asked(here: Composed, query: str) -> list[str]:
    """Return the lines of what the database answers."""
    order = ("psql", "--username=automaton", "--no-align", "--tuples-only")
    return here.within("database", *order, "--command", query).split()


def test_a_node_is_killed_in_the_middle_and_nobody_is_rung_twice(
    three: Composed,
) -> None:
    three.launched("daemon-1", talk=f"{TALK} s")
    until(lambda: three.happened("key") >= HOMES // 4, 60, "the first ones confirm")
    (chief,) = asked(three, "SELECT node FROM roles")
    doomed = [f"{kind}-{chief[-1]}" for kind in ("daemon", "asterisk")]
    died_at = datetime.now(UTC)
    three.engine.done("podman", "kill", *map(three.name, doomed))
    rest = [f"daemon-{n}" for n in NODES if f"daemon-{n}" not in doomed]
    records = three.records(rest[0], QUARANTINE + 100)
    calls = asked(three, "SELECT node, count(*) FROM attempts GROUP BY node")
    sys.stdout.write(f"\nthe chief was {chief}; calls {calls}\n")
    assert {row["state"] for row in records} == {"acknowledged"}
    assert len(records) == HOMES
    assert len(calls) == len(NODES), calls
    broken = check(
        records,
        three.town.log(),
        HistoryRules(any_trunk=TrunkRules(lines=LINES), others=frozenset({DUTY})),
        [Outage(died_at, datetime.now(UTC), "asterisk")],
    )
    assert [one for one in broken if one.invariant in NEVER_TWICE] == []
    assert all(three.is_healthy(daemon) for daemon in rest)
