"""Who launched by telephone is rung: at 80 %, at the end, when anything stops; once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from automaton.domain.collectivity import Act
from automaton.domain.errand import News
from automaton.domain.foreseen import Foreseen
from automaton.domain.officer import Officer
from automaton.store.engine import writing
from automaton.store.errands import finish_errand
from automaton.store.people import SqlBook

CLAIRE, ELSEWHERE = "+33639980011", "+33199000042"


class Oracle:
    """Foresees that some can be reached of whom some have acknowledged."""

    def __init__(self, reachable, acknowledged):
        self.found = reachable, acknowledged
        self.clock = None

    def foresee(self, campaign_id):
        return Foreseen(self.clock.now(), {}, None, *self.found)


def launched(night, phone=CLAIRE, by="Claire", **payload):
    """A campaign that an officer has launched by telephone."""
    one = Officer("claire", night.commune.id, "1", "Claire", phone)
    act = Act("admin", night.now, "officer_added", "officer", one.id)
    SqlBook(night.commune.engine).add_officer(one, "hash", act)
    night.on_duty("+33639980001")
    campaign = night.campaign(state="draft")
    told = {"officer": one.id, **payload}
    row = {"name": "launch", "campaign_id": campaign, "payload": told}
    night.commune.add("commands", by=by, asked_at=night.now, **row)
    return campaign


def news(night):
    rows = night.commune.rows("commands", name="news")
    return [(row.payload["news"], row.finished_at is None) for row in rows]


def is_heard(night):
    """The officer presses 1: the console notes it."""
    row = night.commune.rows("commands", name="news")[-1]
    with writing(night.commune.engine) as connection:
        finish_errand(connection, row.id, night.now)


async def told(night, e164=CLAIRE, seen=0):
    """The officer is rung, hears it and says so."""
    order = await night.duty_order(e164, seen)
    night.picks_up(order)
    is_heard(night)
    night.hangs_up(order)
    async with asyncio.timeout(30):
        await asyncio.gather(*night.node.watch.errands.runs.tasks)
    return order


async def test_a_safeguards_pause_is_told_once(a_night):
    night = a_night(homes=1)
    campaign = launched(night)
    await night.tick_without_waiting()
    with night.commune.ledger.transaction() as transaction:
        for _ in range(2):
            transaction.tell_launcher(campaign, News("paused"), "automaton")
    await night.tick_without_waiting()
    order = await told(night)
    assert order.context == "automaton-officer"
    assert news(night) == [("paused", False)]


@pytest.mark.parametrize(
    ("command", "by", "expected"),
    [
        ("pause", "agent", [("paused", True)]),
        ("stop", "agent", [("stopped", True)]),
        ("stop", "Claire", []),
        ("pause", "Claire", []),
    ],
)
async def test_what_another_one_does_is_told_and_nothing_of_ones_own(
    a_night, command, by, expected
):
    night = a_night(homes=1)
    campaign = launched(night)
    await night.tick_without_waiting()
    row = {"name": command, "campaign_id": campaign, "payload": {}}
    night.commune.add("commands", by=by, asked_at=night.now, **row)
    await night.tick_without_waiting()
    assert news(night) == expected


async def test_the_end_is_told_and_no_news_before_it_any_more(a_night):
    night = a_night(homes=1)
    campaign = launched(night)
    await night.tick_without_waiting()
    with night.commune.ledger.transaction() as transaction:
        transaction.tell_launcher(campaign, News("most"), "automaton")
    night.commune.change(
        "campaigns", campaign, expires_at=night.now - timedelta(seconds=1)
    )
    await night.tick_without_waiting()
    assert news(night) == [("most", False), ("ended", True)]
    with night.commune.ledger.transaction() as transaction:
        transaction.tell_launcher(campaign, News("paused"), "automaton")
    assert len(news(night)) == 2


async def test_nothing_but_its_end_is_told_of_what_is_over(a_night):
    night = a_night(homes=1)
    campaign = launched(night)
    await night.tick_without_waiting()
    night.commune.change("campaigns", campaign, state="finished")
    with night.commune.ledger.transaction() as transaction:
        transaction.tell_launcher(campaign, News("most"), "automaton")
    assert news(night) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [((10.0, 7), []), ((10.0, 8), [("most", True)]), ((None, 8), []), ((0.0, 0), [])],
)
async def test_most_is_told_at_four_fifths_of_those_who_can_be_reached(
    a_night, found, expected
):
    oracle = Oracle(*found)
    night = a_night(homes=1, foreseer=oracle)
    oracle.clock = night.commune.clock
    launched(night)
    for _ in range(3):
        await night.tick_without_waiting()
        night.pass_time(60)
    assert news(night) == expected


async def test_who_launched_by_the_shell_is_not_rung(a_night):
    night = a_night(homes=1)
    night.on_duty("+33639980001")
    campaign = night.campaign(state="draft")
    night.command("launch", campaign)
    await night.tick_without_waiting()
    night.command("stop", campaign)
    await night.tick_without_waiting()
    assert news(night) == []


async def test_without_an_own_telephone_the_number_that_called_is_rung(a_night):
    night = a_night(homes=1)
    campaign = launched(night, phone=None, number=ELSEWHERE)
    await night.tick_without_waiting()
    night.command("pause", campaign)
    await night.tick_without_waiting()
    assert (await told(night, ELSEWHERE)).recipient_id == "claire"


async def test_an_officer_who_is_gone_or_has_no_telephone_is_not_rung(a_night):
    night = a_night(homes=1)
    campaign = launched(night, phone=None)
    with writing(night.commune.engine) as connection:
        connection.exec_driver_sql("DELETE FROM officers")
    await night.tick_without_waiting()
    night.command("pause", campaign)
    await night.tick_without_waiting()
    async with asyncio.timeout(30):
        await asyncio.gather(*night.node.watch.errands.runs.tasks)
    assert news(night) == [("paused", False)]


async def test_who_does_not_say_to_have_heard_is_rung_three_times(a_night):
    night = a_night(homes=1)
    campaign = launched(night)
    await night.tick_without_waiting()
    night.command("pause", campaign)
    await night.tick_without_waiting()
    for seen, pause in enumerate((20.0, 40.0, None)):
        night.does_not_answer(await night.duty_order(CLAIRE, seen))
        if pause:
            await night.pause_ends(pause)
    async with asyncio.timeout(30):
        await asyncio.gather(*night.node.watch.errands.runs.tasks)
    assert news(night) == [("paused", False)]
