"""What doors ask the chief to ring people for: it is done once, and nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from automaton.domain.collectivity import Act
from automaton.domain.officer import Officer
from automaton.store.engine import writing
from automaton.store.errands import (
    Errand,
    finish_errand,
    finish_errands_of,
    leave_errand,
)
from automaton.store.people import SqlBook

CLAIRE, DENIS, INES = "+33639980011", "+33639980012", None
ON_DUTY = "+33639980001"


def officers(night):
    """Three officers, of whom the last has no telephone here; return their ids."""
    book, ids = SqlBook(night.commune.engine), []
    for rank, (name, phone) in enumerate(
        [("Claire", CLAIRE), ("Denis", DENIS), ("Inès", INES)]
    ):
        one = Officer(f"officer-{rank}", night.commune.id, str(rank + 1), name, phone)
        act = Act("admin", night.now, "officer_added", "officer", one.id)
        book.add_officer(one, "hash", act)
        ids.append(one.id)
    return ids


def left(night, name, campaign=None, **payload):
    """A door leaves an errand; return its id."""
    told = {"collectivity": night.commune.id, "name": "Exampleville", **payload}
    with writing(night.commune.engine) as connection:
        return leave_errand(
            connection, Errand(name, "Claire", night.now, told, campaign)
        )


def waiting(night):
    rows = night.commune.rows("commands")
    return [row.name for row in rows if row.finished_at is None]


async def done(night):
    async with asyncio.timeout(30):
        await asyncio.gather(*night.node.watch.errands.runs.tasks)


async def answers(night, e164, seen=0):
    order = await night.duty_order(e164, seen)
    night.picks_up(order)
    night.hangs_up(order)
    return order


async def test_an_officer_is_rung_back_and_talks_with_the_console(a_night):
    night = a_night()
    claire, *_ = officers(night)
    errand = left(night, "ring_back", officer=claire)
    await night.tick_without_waiting()
    order = await answers(night, CLAIRE)
    await done(night)
    assert order.context == "automaton-officer"
    assert (order.campaign_id, order.recipient_id) == (str(errand), claire)
    assert waiting(night) == []
    await night.tick_without_waiting()
    assert len(night.telephone.orders) == 1


async def test_an_officer_who_has_yet_to_hang_up_is_rung_back_a_moment_later(a_night):
    # It was over after the first busy tone, which the officer's own call had caused.
    night = a_night()
    claire, *_ = officers(night)
    left(night, "ring_back", officer=claire)
    await night.tick_without_waiting()
    night.fails(await night.duty_order(CLAIRE), 486, 17)
    await night.pause_ends(5.0)
    await answers(night, CLAIRE, seen=1)
    await done(night)
    assert waiting(night) == []


async def test_one_who_is_no_officer_any_more_is_not_rung(a_night):
    night = a_night()
    left(night, "ring_back", officer="gone")
    await night.tick_without_waiting()
    await done(night)
    assert night.telephone.orders == []
    assert waiting(night) == []


async def test_officers_are_rung_in_turn_until_one_has_decided(a_night):
    night = a_night()
    claire, *_ = officers(night)
    campaign = night.commune.campaign(state="draft")
    left(night, "ring_officers", campaign, why="approval", approval="a", but=claire)
    await night.tick_without_waiting()
    night.does_not_answer(await night.duty_order(DENIS))
    await night.pause_ends(20.0)
    order = await night.duty_order(DENIS, seen=1)
    night.picks_up(order)
    with writing(night.commune.engine) as connection:
        finish_errands_of(connection, campaign, night.now)
    await night.tick_without_waiting()
    night.hangs_up(order)
    await done(night)
    assert {order.dialled for order in night.telephone.orders} == {DENIS}
    assert waiting(night) == []


async def test_each_officer_is_told_once_that_one_launched_alone(a_night):
    night = a_night()
    officers(night)
    left(night, "ring_officers", why="launched_alone", approval="a")
    await night.tick_without_waiting()
    night.fails(await night.duty_order(CLAIRE), 503, 34)
    await answers(night, DENIS)
    await night.pause_ends(20.0)
    await answers(night, CLAIRE, seen=1)
    await done(night)
    assert [order.dialled for order in night.telephone.orders] == [
        CLAIRE,
        DENIS,
        CLAIRE,
    ]


async def test_who_asked_is_rung_once_nobody_has_decided_in_time(a_night):
    # Who had asked for a second officer and hung up learned nothing.
    night = a_night()
    *_, ines = officers(night)
    due = night.now + timedelta(minutes=5)
    told = {"officer": ines, "number": ON_DUTY, "due": due.isoformat()}
    errand = left(night, "nobody_decided", **told)
    await night.tick_without_waiting()
    assert night.telephone.orders == []
    night.pass_time(300)
    await night.tick_without_waiting()
    order = await answers(night, ON_DUTY)
    assert (order.campaign_id, order.context) == (str(errand), "automaton-officer")
    assert waiting(night) == ["nobody_decided"]  # until the console has told it
    with writing(night.commune.engine) as connection:
        finish_errand(connection, errand, night.now)
    await night.tick_without_waiting()


async def test_those_on_duty_hear_that_codes_are_tried(a_night):
    night = a_night()
    night.on_duty(ON_DUTY)
    left(night, "code_guessed")
    await night.tick_without_waiting()
    order = await night.duty_order(ON_DUTY)
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await done(night)
    (said,) = night.speaker.said
    assert "Exampleville" in said
    assert waiting(night) == []


async def test_what_a_daemon_was_about_is_begun_anew_by_the_next(a_night):
    night = a_night()
    claire, *_ = officers(night)
    left(night, "ring_back", officer=claire)
    await night.tick_without_waiting()
    await night.duty_order(CLAIRE)
    night.node.watch.errands.runs.stand_down()
    assert waiting(night) == ["ring_back"]
    other = a_night(homes=0, commune=night.commune)
    with writing(night.commune.engine) as connection:
        connection.exec_driver_sql("DELETE FROM live_numbers")
    await other.tick_without_waiting()
    await answers(other, CLAIRE)
    await done(other)
    assert waiting(night) == []
