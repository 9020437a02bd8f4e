"""Our daemon as a contender: started, launched, killed and read like the others."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select as select_rows

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.store import tables
from automaton.store.engine import open_database, reading
from benchmarks import node as nodes
from benchmarks.node import Daemon, Node
from benchmarks.peers.contenders import GRACE_SECONDS
from benchmarks.peers.rounds import Round
from benchmarks.peers.verdict import Told


class KillableDaemon(Daemon):
    """The daemon, which may be killed."""

    def kill(self) -> None:
        """Kill the process."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Ours:
    """Our daemon and one campaign."""

    starts = 1

    def __init__(self, node: Node, round_: Round, folder: Path, campaign: str) -> None:
        folder.mkdir(parents=True)
        self._node, self._round, self._campaign = node, round_, campaign
        self._folder = folder
        self._daemon = KillableDaemon(node, folder / "log")
        self._idle_seconds = self._spent = 0.0

    def warm(self) -> None:
        """Start the daemon."""
        self._daemon.__enter__()

    def begin(self) -> None:
        """Launch the campaign."""
        self._idle_seconds = self._daemon.usage().cpu_seconds
        nodes.launch(self._node, self._campaign)

    def kill(self) -> None:
        """Kill the daemon."""
        self._daemon.kill()

    def revive(self) -> None:
        """Start the daemon again: it knows what it was doing."""
        self._daemon = KillableDaemon(self._node, self._folder / "log.again")
        self._daemon.__enter__()
        self._idle_seconds = 0.0

    def finish(self) -> Told:
        """Wait for the end of the campaign, or stop it."""
        node, campaign = self._node, self._campaign
        state = nodes.wait_for_end(node, campaign, self._round.seconds)
        if state not in FINAL_CAMPAIGN_STATES:
            nodes.stop(node, campaign)
            nodes.wait_for_end(node, campaign, GRACE_SECONDS)
        self._spent = self._daemon.usage().cpu_seconds - self._idle_seconds
        return on_record(node, campaign)

    def cpu_seconds(self) -> float:
        """Return what the kernel counted between the launch and the end."""
        return self._spent

    def close(self) -> None:
        """End the daemon."""
        self._daemon.__exit__()

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._daemon.last_words()


def on_record(node: Node, campaign: str) -> Told:
    """Return what the database holds: the acknowledged try, else the first one."""
    columns = tables.attempts.c
    wanted = select_rows(columns.e164, columns["keys"], columns.outcome)
    wanted = wanted.where(columns.campaign_id == campaign).order_by(columns.id)
    engine = open_database(node.settings.database_url)
    keys: dict[str, str] = {}
    outcomes: dict[str, str] = {}
    with reading(engine) as connection:
        for number, pressed, outcome in connection.execute(wanted):
            keys[number] = keys.get(number, "") + pressed
            if number not in outcomes or outcome == "acknowledged":
                outcomes[number] = str(outcome or "")
    engine.dispose()
    return Told(keys, outcomes)
