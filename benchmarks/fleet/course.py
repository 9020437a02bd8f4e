"""The course of one campaign: nodes with their Asterisks ring the town, one may die."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from automaton import bootstrap
from automaton.asterisk.install import install
from automaton.domain.campaign import FINAL_CAMPAIGN_STATES, CampaignState
from automaton.services import commands
from automaton.settings import Settings
from automaton.settings.model import FoldersSettings
from automaton.store.tables import roles
from benchmarks.fleet.order import DUTY, POLICY, STARTS, Order
from benchmarks.fleet.verdict import Death, Lived, rows, seen
from benchmarks.ringing import ON_DISK, say
from tests.store.cluster import Cluster
from tests.system.stage import Stage, Trunk, cache

MOST_SECONDS, LOOK_SECONDS = 400.0, 0.5


class Silent(Stage):
    """A stage whose history is judged, not read."""

    def tell(self) -> None:
        """Say nothing."""


Fault = Callable[[Sequence[Stage], str], Death | None]


def nobody_dies(_: Sequence[Stage], __: str) -> None:
    """Let a campaign take its course."""


def the_chief_dies(order: Order, nodes: Sequence[Stage], campaign: str) -> Death:
    """Kill the leading node and its Asterisk once a third of the homes are done."""
    first = nodes[0]
    while len({e.number for e in first.happened("key")}) * 3 < order.homes:
        if first.office.desk.state(campaign) in FINAL_CAMPAIGN_STATES:
            raise RuntimeError("The campaign was over before a third had pressed.")
        time.sleep(LOOK_SECONDS)
    (chief,) = rows(first, roles)
    doomed = next(node for node in nodes if node.node == chief.node)
    died = Death(doomed.node, datetime.now(UTC))
    assert doomed.daemon is not None
    os.kill(doomed.asterisk(), signal.SIGKILL)
    doomed.kill()
    say(f"{died.node}, which leads, is killed with its Asterisk")
    return died


def lived(
    order: Order, cluster: Cluster, name: str, names: Sequence[str], fault: Fault
) -> Lived:
    """Ring the town once by these nodes; return what came of it."""
    with nodes_of(order, cluster.create(name), names) as nodes:
        say(f"{len(nodes)} of the fleet ring {order.homes} homes ({name})")
        first = nodes[0]
        register = first.commune(duty=(DUTY,))
        first.entered(register)
        campaign = first.drafted(register, **POLICY)
        first.launch(campaign)
        died = fault(nodes, campaign)
        within = timedelta(seconds=MOST_SECONDS)
        state = commands.wait_for_end(first.office, campaign, within)
        if state is not CampaignState.FINISHED:
            raise RuntimeError(f"The campaign is {state}: {first.said()[-800:]}")
        return seen(order, first, campaign, died)


@contextmanager
def nodes_of(
    order: Order, database: str, names: Sequence[str]
) -> Iterator[list[Stage]]:
    """Give nodes that share a database and a trunk to one town, and are ready."""
    program, prompts = install(cache()), cache() / "test-prompts"
    bootstrap.render_phrases(Settings(folders=FoldersSettings(prompts=prompts)))
    pace = f"calls_per_second = {STARTS}"
    trunk = Trunk(order.script(), lines=order.lines + 1, more=pace)
    more = f'[database]\nurl = "{database}"\n'
    with ExitStack() as ends:
        folder = Path(
            ends.enter_context(
                tempfile.TemporaryDirectory(prefix="aut-fleet-", dir=ON_DISK)
            )
        )
        nodes: list[Stage] = []
        for name in names:
            made = Silent(
                folder / name, program, prompts, {"town": trunk}, more, node=name
            )
            nodes.append(ends.enter_context(made))
            port = nodes[0].town.port
            trunk = Trunk(port=port, lines=order.lines + 1, more=pace)
        yield nodes
