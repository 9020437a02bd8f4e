"""Homes of alerts that wait for a line of a trunk which may dial them."""

from __future__ import annotations

from automaton.domain.dialling import AllowList
from automaton.domain.trunk import Trunk
from automaton.engine.lines.astray import KEPT, MOST, REMEMBERED, Astray
from tests.engine.conftest import Begin
from tests.engine.night import Night
from tests.engine.test_preempt import (
    SHOWN,
    alert,
    busy_night,
    end,
    hurried,
    information,
    looks,
    withdrawn,
)

EAST, BOTH = frozenset({"east"}), frozenset({"east", "west"})


def astray() -> Astray:
    homes = Astray()
    homes.went_back("flood", {"a": EAST, "b": EAST, "c": BOTH}, 0.0)
    return homes


def test_lines_are_kept_for_them_of_the_trunks_that_may_dial_them():
    homes = astray()
    assert homes.kept({"east": 9, "west": 9}, 0.0) == {"east": 3}
    assert homes.kept({"east": 2, "west": 9}, 0.0) == {"east": 2, "west": 1}
    assert homes.kept({"west": 9}, 0.0) == {"west": 1}


def test_none_are_kept_once_they_are_due_again():
    assert astray().kept({"east": 9}, KEPT) == {}
    assert astray().not_due("flood", KEPT - 0.1) == 3
    assert astray().not_due("flood", KEPT) == 0


def test_who_has_a_line_is_forgotten():
    homes = astray()
    homes.leave(["a", "another"])
    assert homes.of("flood") == {EAST: 1, BOTH: 1}
    assert homes.of("fire") == {}


def test_who_is_asked_for_no_more_is_forgotten():
    homes = astray()
    homes.keep(["flood"], REMEMBERED - 0.1)
    assert homes.of("flood").total() == 3
    homes.keep(["flood"], REMEMBERED)
    assert homes.of("flood").total() == 0
    homes = astray()
    homes.keep(["fire"], 0.0)
    assert homes.of("flood").total() == 0


def test_no_more_are_remembered_than_may_ever_have_lines_at_once():
    # An alert to a region went back whole; each beat read through all of it.
    homes = Astray()
    for id_ in range(2 * MOST):
        homes.went_back("flood", {str(id_): EAST}, 0.0)
    homes.went_back("flood", {str(MOST): BOTH}, 1.0)
    assert homes.of("flood") == {EAST: MOST - 1, BOTH: 1}
    homes.went_back("flood", {"new": EAST}, 1.0)
    assert homes.of("flood") == {EAST: MOST - 1, BOTH: 1}


def only_east_may_dial(begin: Begin, west: int = 2) -> Night:
    """Two trunks; by the second nothing but the first fiction range may be rung."""
    lists = AllowList(), AllowList(("+3319900",))
    trunks = (
        Trunk("east", 2, 0, allowed=lists[0], caller_ids=SHOWN),
        Trunk("west", west, 0, allowed=lists[1], caller_ids=SHOWN),
    )
    return busy_night(begin, homes=12, trunks=trunks)


async def ends_follow(night: Night, quarters: int) -> None:
    """Let seconds pass by their quarters; who is hung up is gone at the next look."""
    gone: set[str] = set()
    for quarter in range(quarters):
        ended, gone = withdrawn(night) - gone, withdrawn(night)
        end(night, *ended)
        await looks(night, 1)
        if quarter % 4 == 0:
            await night.tick()


def rung_by(night: Night, campaign: str) -> list[str]:
    mine = {row.id for row in night.attempts() if row.campaign_id == campaign}
    return sorted(o.trunk for o in night.telephone.orders if o.attempt_id in mine)


async def test_an_alert_gets_the_lines_of_the_trunk_that_may_dial_its_homes(
    a_night: Begin,
) -> None:
    """Lines of another trunk were freed again and again; the alert rang nobody."""
    night = only_east_may_dial(a_night)
    _, orders = await information(night)
    on_east = [order for order in orders if order.trunk == "east"]
    for order in on_east:
        night.rings(order)
        night.picks_up(order)  # who listens is asked last
    danger = alert(night, 2, first=10_000)
    await hurried(night)
    await ends_follow(night, 32)
    assert len(withdrawn(night)) <= 4
    assert set(night.telephone.wound_up) == {order.attempt_id for order in on_east}
    for order in on_east:
        night.hangs_up(order)
    await ends_follow(night, 8)
    assert rung_by(night, danger) == ["east", "east"]


async def test_free_lines_that_may_not_dial_its_homes_do_not_help_an_alert(
    a_night: Begin,
) -> None:
    """It found free lines, and took its claims back again each five seconds."""
    night = only_east_may_dial(a_night, west=40)
    await information(night)
    danger = alert(night, 2, first=10_000)
    await hurried(night)
    await ends_follow(night, 8)
    assert rung_by(night, danger) == ["east", "east"]
    assert len(withdrawn(night)) == 2


async def test_a_line_that_was_freed_for_an_alert_is_nobody_elses(
    a_night: Begin,
) -> None:
    """Whom it was freed for waited for his turn; the next campaign was quicker."""
    night = only_east_may_dial(a_night)
    first, _ = await information(night)
    danger = alert(night, 1, first=10_000)
    await hurried(night)
    await ends_follow(night, 1)
    before = rung_by(night, first).count("east")
    await ends_follow(night, 12)
    assert rung_by(night, danger) == ["east"]
    assert rung_by(night, first).count("east") == before
