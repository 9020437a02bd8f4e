"""What every use case of campaigns works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automaton.clock import Clock, SystemClock
from automaton.domain.forecast import Capacity
from automaton.domain.policy import CallPolicy
from automaton.services.messages import Studio
from automaton.settings import Settings
from automaton.settings.trunk import TrunkSettings
from automaton.store.chain import open_sealed
from automaton.store.desk import CampaignDesk
from automaton.store.revision import check_schema

STARTS_A_SECOND = 200.0  # the most that one node attempts


@dataclass(frozen=True)
class Office:
    """The campaigns' desk, the settings, the time, and who renders messages."""

    desk: CampaignDesk
    settings: Settings
    clock: Clock
    studio: Studio

    def trunks_of(self, policy: CallPolicy) -> Sequence[TrunkSettings]:
        """Return the trunks of a policy that exist, in the order of preference."""
        if not policy.trunks:
            return self.settings.trunks
        named = (self.settings.trunk(name) for name in policy.trunks)
        return [trunk for trunk in named if trunk is not None]

    def capacity_of(self, policy: CallPolicy) -> Capacity:
        """Return the lines that a campaign may use, and how many calls a second."""
        trunks = self.trunks_of(policy)
        lines = sum(trunk.lines - trunk.reserved_lines for trunk in trunks)
        if policy.lines is not None:
            lines = min(lines, policy.lines)
        caps = [trunk.calls_per_second for trunk in trunks]
        cap = sum(STARTS_A_SECOND if c is None else c for c in caps)
        return Capacity(lines, min(cap, STARTS_A_SECOND))


def open_office(settings: Settings, clock: Clock | None = None) -> Office:
    """Return the office of a node whose database is there and of the right shape."""
    engine = open_sealed(settings)
    check_schema(engine)
    desk = CampaignDesk(engine)
    return Office(desk, settings, clock or SystemClock(), Studio(settings))
