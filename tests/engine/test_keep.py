"""The daily job: a backup, then the journal; and what a restored database lacks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from automaton.domain.alarm import Alarm
from automaton.engine.timetable import Timetable
from automaton.errors import LineError
from automaton.ids import new_id
from automaton.ports import JournalledKey
from automaton.store.engine import writing
from automaton.store.people.erasure import erase
from tests.engine.night import OPERATOR
from tests.engine.safe import FakeSafe
from tests.store.commune import number

DUTY = "+33199008001"


def journalled(night: Any, order: Any, key: str = "1", seq: int = 1) -> JournalledKey:
    ids = order.attempt_id, seq, "rivemer", order.campaign_id, order.recipient_id
    return JournalledKey(*ids, key, night.now)


async def answered(night: Any, index: int) -> Any:
    order = night.order_to(index)
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    return order


async def test_a_key_is_forgotten_once_a_verified_backup_has_it(a_night):
    night = a_night(homes=2, safe=FakeSafe())
    await night.launched()
    settled, live = await answered(night, 0), night.order_to(1)
    night.telephone.journal = [journalled(night, settled), journalled(night, live)]
    await night.supervisor.keeping.daily()
    assert [key.attempt_id for key in night.telephone.journal] == [live.attempt_id]


@pytest.mark.parametrize(
    ("last_at", "made"),
    [
        pytest.param(datetime(2026, 1, 15, 8, 1, tzinfo=UTC), 0, id="today's"),
        pytest.param(datetime(2026, 1, 14, 8, 1, tzinfo=UTC), 1, id="yesterday's"),
        pytest.param(None, 1, id="none"),
    ],
)
async def test_a_backup_whose_hour_was_missed_is_made_up_after_the_start(
    a_night, last_at, made
):
    # The daemon was down at nine: the next backup was made the day after.
    night = a_night(safe=FakeSafe())
    night.node.world.safe.last["there"] = last_at
    making_up = asyncio.create_task(night.supervisor.keeping.make_up())
    await night.pause_ends(60.0)
    await making_up
    assert night.node.world.safe.kept == made


async def test_before_its_hour_yesterdays_backup_is_the_latest(a_night):
    night = a_night(safe=FakeSafe())
    night.commune.clock.at = datetime(2026, 1, 15, 7, 0, tzinfo=UTC)
    night.node.world.safe.last["there"] = datetime(2026, 1, 14, 8, 1, tzinfo=UTC)
    making_up = asyncio.create_task(night.supervisor.keeping.make_up())
    await night.pause_ends(60.0)
    await making_up
    assert night.node.world.safe.kept == 0


async def test_a_backup_is_made_up_after_the_campaigns_that_run_or_a_quarter_hour(
    a_night,
):
    night = a_night(safe=FakeSafe())
    await night.launched()
    making_up = asyncio.create_task(night.supervisor.keeping.make_up())
    for _ in range(15):
        assert night.node.world.safe.kept == 0
        await night.pause_ends(60.0)
    await making_up
    assert night.node.world.safe.kept == 1


async def test_without_backups_nothing_is_made_up(a_night):
    night = a_night()
    night.on_duty(DUTY)
    making_up = asyncio.create_task(night.supervisor.keeping.make_up())
    await night.pause_ends(60.0)
    await making_up
    assert night.telephone.orders == []


async def test_a_journal_that_fails_while_it_is_made_up_ends_nothing(a_night):
    night = a_night(safe=FakeSafe())
    night.telephone.is_closed = True
    making_up = asyncio.create_task(night.supervisor.keeping.make_up())
    await night.pause_ends(60.0)
    await making_up
    assert night.node.world.safe.kept == 1


async def test_a_backup_that_fails_keeps_every_key_and_rings_the_duty_list(a_night):
    night = a_night(safe=FakeSafe(LineError("the place is full")))
    night.on_duty(DUTY)
    await night.launched()
    night.telephone.journal = [journalled(night, await answered(night, 0))]
    await night.supervisor.keeping.daily()
    assert len(night.telephone.journal) == 1
    order = await night.duty_order(DUTY)
    assert "sauvegarde" in night.speaker.said[-1]
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await night.settle_down()
    (call,) = night.commune.rows("duty_calls")
    assert (call.reason, call.taken) == (Alarm.BACKUP_FAILED.value, True)
    assert call.campaign_id is None


async def test_nobody_who_answers_is_rung_a_few_times_and_then_left(a_night):
    night = a_night(safe=FakeSafe(LineError("the place is full")))
    night.on_duty(DUTY)
    await night.supervisor.keeping.daily()
    for seen, pause in enumerate((60.0, 300.0, 900.0, None)):
        order = await night.duty_order(DUTY, seen)
        night.fails(order, 486, 17)
        if pause is not None:
            await night.pause_ends(pause)
    await night.settle_down()
    assert len([o for o in night.telephone.orders if o.dialled == DUTY]) == 4


async def test_a_key_pressed_while_the_backup_is_made_is_not_lost(a_night):
    # It was written between reading the journal and deleting from it.
    night = a_night(homes=2)
    await night.launched()
    settled, presses = await answered(night, 0), night.order_to(1)
    first = journalled(night, settled)
    later = journalled(night, settled, "3", 2), journalled(night, presses)
    night.telephone.journal = [first]
    safe = FakeSafe(lambda: night.telephone.journal.extend(later))
    night.node.world = type(night.node.world)(
        night.node.world.ledger,
        night.telephone,
        night.speaker,
        night.commune.clock,
        night.pauses,
        safe,
    )
    await night.supervisor.keeping.daily()
    assert safe.kept == 1
    assert night.telephone.journal == list(later)


async def test_a_key_committed_only_after_the_backup_began_waits_for_the_next(a_night):
    night = a_night(safe=FakeSafe())
    await night.launched()
    order = night.order_to(0)
    night.telephone.journal = [journalled(night, order)]
    await night.supervisor.keeping.daily()
    assert len(night.telephone.journal) == 1
    await answered(night, 0)
    await night.supervisor.keeping.daily()
    assert night.telephone.journal == []


async def test_without_a_backup_a_key_on_record_goes_after_its_retention(a_night):
    night = a_night()
    await night.launched()
    night.telephone.journal = [journalled(night, await answered(night, 0))]
    night.pass_time(timedelta(days=29).total_seconds())
    await night.supervisor.keeping.daily()
    assert len(night.telephone.journal) == 1
    night.pass_time(timedelta(days=2).total_seconds())
    await night.supervisor.keeping.daily()
    assert night.telephone.journal == []


async def test_an_earlier_key_that_is_in_the_journal_alone_is_taken_and_kept(a_night):
    # A 9 was pressed in a gap, its healing failed, and the 3 after it came by itself:
    # the highest number on record was taken for all before it.
    night = a_night(safe=FakeSafe())
    await night.launched()
    order = night.order_to(0)
    nine, three = journalled(night, order, "9", 1), journalled(night, order, "3", 2)
    night.presses(order, "3", 2)
    night.hangs_up(order)
    await night.beat()
    night.telephone.journal = [nine, three]
    await night.supervisor.keeping.daily()
    assert night.telephone.journal == [nine]
    await night.link_comes_up()
    await night.beat()
    assert [row.keys for row in night.attempts()] == ["39"]
    assert [row.e164 for row in night.commune.rows("opt_outs")] == [number(0)]
    await night.supervisor.keeping.daily()
    assert night.telephone.journal == []


async def erased(night: Any, order: Any) -> None:
    """Erase whose telephone was rung, the journal still holding its key."""
    (point,) = night.commune.rows("contact_points", value=order.dialled)
    with writing(night.commune.engine) as connection:
        erase(connection, point.contact_id)


async def test_an_erased_key_does_not_come_back_from_the_journal(a_night):
    night = a_night(safe=FakeSafe())
    await night.launched()
    order = await answered(night, 0)
    night.telephone.journal = [journalled(night, order)]
    await erased(night, order)
    await night.link_comes_up()
    await night.beat()
    assert [row.keys for row in night.attempts()] == [""]
    await night.supervisor.keeping.daily()
    assert night.telephone.journal == []


async def test_the_nine_of_who_was_erased_opts_nobody_else_of_the_home_out(a_night):
    night = a_night(homes=0)
    household = night.commune.home(number(1))
    night.commune.person(number(2), household_id=household, first_name="Paul")
    await night.launched()
    order = night.telephone.orders[-1]
    night.presses(order, "9")
    night.hangs_up(order)
    await night.beat()
    night.telephone.journal = [journalled(night, order, "9")]
    await erased(night, order)
    before = night.commune.rows("opt_outs")
    await night.link_comes_up()
    await night.beat()
    assert night.commune.rows("opt_outs") == before


# After a restore the journal knows attempts that the database does not.


def of_a_lost_attempt(night: Any, key: str = "1") -> JournalledKey:
    (row,) = night.recipients()
    return JournalledKey(
        new_id(), 1, "rivemer", row.campaign_id, row.id, key, night.now
    )


async def test_who_acknowledged_after_the_backup_is_not_rung_again(a_night):
    night = a_night()
    night.node.link_is_up = False
    campaign = await night.launched()
    assert night.telephone.orders == []
    night.telephone.journal = [of_a_lost_attempt(night)]
    await night.link_comes_up()
    await night.beat()
    await night.beat()
    assert night.states() == ["acknowledged"]
    assert night.telephone.orders == []
    lost = {row.e164: row.outcome.value for row in night.attempts() if row.keys}
    assert lost == {number(0): "acknowledged"}
    await night.tick()
    assert night.state_of(campaign) == "finished"


async def test_who_opted_out_after_the_backup_is_remembered(a_night):
    night = a_night()
    night.node.link_is_up = False
    await night.launched()
    night.telephone.journal = [of_a_lost_attempt(night, "9")]
    await night.link_comes_up()
    await night.beat()
    assert night.states() == ["refused"]
    assert [row.e164 for row in night.commune.rows("opt_outs")] == [number(0)]


async def test_who_opted_out_after_the_backup_is_rung_at_no_number_again(a_night):
    # Which number was rung is not in the journal: nothing was remembered at all.
    night = a_night(homes=0)
    night.commune.home(number(1), number(2))
    night.node.link_is_up = False
    await night.launched()
    night.telephone.journal = [of_a_lost_attempt(night, "9")]
    for _ in range(2):
        await night.link_comes_up()
        await night.beat()
    assert night.states() == ["refused"]
    told = night.commune.rows("opt_outs")
    assert {row.e164 for row in told} == {number(1), number(2)}
    assert {(row.how, row.at) for row in told} == {("key", night.now)}


@pytest.mark.parametrize("heals", [1, 2])
async def test_a_refusal_is_remembered_though_its_attempt_was_just_recalled(
    a_night, monkeypatch, heals
):
    # The keys 1 and 9 came in two transactions, or the 9 came later: it was lost.
    monkeypatch.setattr("automaton.engine.calls.listen.CHUNK", 1)
    night = a_night(homes=0)
    night.commune.home(number(1), number(2))
    night.node.link_is_up = False
    await night.launched()
    one = of_a_lost_attempt(night)
    both = [one, replace(one, seq=2, key="9")]
    for told in {1: [both], 2: [[one], both]}[heals]:
        night.telephone.journal = told
        await night.link_comes_up()
        await night.beat()
    told = night.commune.rows("opt_outs")
    assert {row.e164 for row in told} == {number(1), number(2)}


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_recalled_nine_comes_to_the_same_as_one_that_was_told(
    a_night, is_known
):
    night = a_night()
    campaign = await night.launched()
    order = night.order_to(0)
    if is_known:
        night.presses(order, "9")
    else:
        night.node.link_is_up = False
        night.telephone.journal = [journalled(night, order, "9")]
        await night.link_comes_up()
    night.hangs_up(order)
    await night.beat()
    assert (night.states(), night.outcomes()) == (["refused"], ["opted_out"])
    (opted,) = night.commune.rows("opt_outs")
    assert (opted.e164, opted.how, opted.campaign_id) == (number(0), "key", campaign)


async def test_a_strangers_key_changes_nothing(a_night):
    night = a_night(trunks=(OPERATOR,))
    night.node.link_is_up = False
    await night.launched()
    ours = of_a_lost_attempt(night)
    ids = new_id(), 1, "other", new_id(), ours.recipient_id
    night.telephone.journal = [JournalledKey(*ids, "1", night.now)]
    await night.link_comes_up()
    await night.beat()
    assert night.states() == ["trying"]
    assert len(night.attempts()) == 1


async def test_the_daily_job_has_its_hour_in_the_zone_of_the_settings():
    async def nothing() -> None: ...

    timetable = Timetable(nothing, nothing, nothing, "Europe/Paris", time(8, 30))
    timetable.start()
    try:
        next_run = timetable._scheduler.get_job("daily").next_run_time
    finally:
        timetable.stop()
    assert f"{next_run:%H:%M}" == "08:30"
    assert str(next_run.tzinfo) == "Europe/Paris"
