"""After a gap: what lives is adopted, what was journalled counts, the rest waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from automaton.domain.events import LinkDown, LinkUp, Rang
from automaton.errors import LineError
from automaton.ports import JournalledKey, LiveCall
from tests.engine.night import LONGEST, Night


def journalled(night, order, key="1", seq=1):
    return JournalledKey(
        order.attempt_id,
        seq,
        "demo",
        order.campaign_id,
        order.recipient_id,
        key,
        night.now,
    )


async def killed_and_started_again(night, database, **world):
    """Return the next life of a daemon that was killed: all it knew is the database."""
    next_life = Night(
        database, homes=0, trunks=night.trunks, telephone=world["telephone"]
    )
    next_life.commune.clock.at = night.now
    next_life.node.link_is_up = False
    await next_life.supervisor.listener.adopt()
    await next_life.link_comes_up()
    return next_life


@pytest.fixture
async def after_a_kill(a_night, database):
    """A call was ordered and the daemon killed; a function starts the next one."""
    night = a_night()
    night.campaign_id = await night.launched()
    lives = []

    async def start():
        lives.append(
            await killed_and_started_again(night, database, telephone=night.telephone)
        )
        return lives[-1]

    yield night, start
    for life in lives:
        await life.node.watch.close(0.0)
        await life.node.finish_tasks(1.0)
        life.node.writer.close()


async def test_a_call_that_still_lives_is_adopted_with_its_line(after_a_kill):
    night, start = after_a_kill
    order = night.order_to(0)
    night.telephone.living = [LiveCall(order.attempt_id, is_up=True, is_ringing=False)]
    life = await start()
    assert life.node.lines.in_use == 1
    life.presses(order)
    life.hangs_up(order)
    await life.tick()
    await life.beat()
    assert life.states() == ["acknowledged"]
    assert len(night.telephone.orders) == 1


async def test_a_ringing_call_is_adopted_as_ringing(after_a_kill):
    night, start = after_a_kill
    order = night.order_to(0)
    night.telephone.living = [LiveCall(order.attempt_id, is_up=False, is_ringing=True)]
    life = await start()
    await life.tick()
    await life.beat()
    assert [row.state.value for row in life.attempts()] == ["ringing"]


async def test_a_key_journalled_meanwhile_is_recorded(after_a_kill):
    night, start = after_a_kill
    night.telephone.journal = [journalled(night, night.order_to(0))]
    life = await start()
    await life.tick()
    await life.beat()
    assert life.states() == ["acknowledged"]
    life.pass_time(3600)
    await life.tick()
    await life.beat()
    assert len(night.telephone.orders) == 1


async def test_who_has_confirmed_is_not_waited_for_when_the_call_is_gone(after_a_kill):
    # The campaign went on as long as the call might have, with nobody to ring.
    night, start = after_a_kill
    order = night.order_to(0)
    night.picks_up(order)
    night.telephone.journal = [journalled(night, order)]
    later = await start()
    await later.beat()
    await later.tick_without_waiting()
    assert later.outcomes() == ["acknowledged"]
    assert later.node.lines.in_use == 0
    assert later.state_of(night.campaign_id) == "finished"


async def test_what_is_gone_is_quarantined_and_not_rung_before_its_time(after_a_kill):
    night, start = after_a_kill
    life = await start()
    await life.tick()
    await life.beat()
    assert (life.states(), life.node.lines.in_use) == (["quarantined"], 0)
    life.pass_time(LONGEST - 1)
    await life.tick()
    await life.beat()
    assert len(night.telephone.orders) == 1
    life.pass_time(2)
    await life.tick()
    await life.beat()
    assert life.outcomes() == ["unknown", None]


async def test_a_restart_of_asterisk_ends_its_calls_at_once(a_night):
    night = a_night()
    await night.launched()
    await night.link_comes_up(restarted=True)
    await night.beat()
    assert night.outcomes() == ["unknown", None]
    assert night.node.lines.in_use == 0


async def test_while_the_link_is_down_nothing_is_dialled(a_night):
    night = a_night()
    night.node.link_is_up = False
    await night.launched()
    assert night.telephone.orders == []


async def test_healing_that_fails_is_tried_again_while_the_link_is_up(
    a_night, monkeypatch
):
    # One slow answer of Asterisk once kept the daemon from dialling for ever.
    monkeypatch.setattr("automaton.engine.calls.listen.AGAIN_AFTER", 0.0)
    night = a_night()
    night.node.link_is_up = False
    night.telephone.fails = [LineError("too slow")]
    await night.link_comes_up()
    assert not night.node.link_is_up
    await night.settle_down()
    assert night.node.link_is_up


async def test_healing_is_given_up_when_the_link_falls(a_night, monkeypatch):
    monkeypatch.setattr("automaton.engine.calls.listen.AGAIN_AFTER", 0.0)
    night = a_night()
    night.telephone.fails = [LineError("too slow")]
    night.telephone.told.put_nowait(LinkUp(night.now, restarted=False))
    night.telephone.told.put_nowait(LinkDown(night.now, "cut"))
    night.telephone.told.put_nowait(None)
    await night.supervisor.listener.run()
    await night.settle_down()
    assert not night.node.link_is_up


async def test_the_listener_notes_that_the_link_is_down(a_night):
    night = a_night()
    await night.launched()
    rang = Rang(night.order_to(0).attempt_id, night.now)
    night.telephone.told.put_nowait(rang)
    night.telephone.told.put_nowait(LinkDown(night.now, "cut"))
    night.telephone.told.put_nowait(None)
    await night.supervisor.listener.run()
    await night.beat()
    assert not night.node.link_is_up
    assert [row.state.value for row in night.attempts()] == ["ringing"]


async def test_an_overdue_call_that_still_lives_is_hung_up(a_night):
    night = a_night()
    await night.launched()
    order = night.order_to(0)
    night.telephone.living = [LiveCall(order.attempt_id, is_up=True, is_ringing=False)]
    night.pass_time(LONGEST + 1)
    await night.tick()
    assert night.telephone.hung_up == [order.attempt_id]


async def test_a_beat_that_cannot_be_written_is_written_by_the_next_one(
    a_night, database
):
    night = a_night()
    await night.launched()
    night.presses(night.order_to(0))
    broken = night.node.writer._ledger
    night.node.writer._ledger = _Broken()
    with pytest.raises(LineError):
        await night.beat()
    assert night.states() == ["trying"]
    assert night.telephone.confirmed == []
    night.node.writer._ledger = broken
    await night.beat()
    assert night.states() == ["acknowledged"]
    assert len(night.telephone.confirmed) == 1


class _Broken:
    def transaction(self):
        raise LineError("the disk is full")


async def test_without_backups_only_keys_on_record_are_forgotten_and_only_old_ones(
    a_night,
):
    night = a_night(homes=2)
    await night.launched()
    settled, live = night.order_to(0), night.order_to(1)
    night.presses(settled)
    night.hangs_up(settled)
    await night.beat()
    night.telephone.journal = [journalled(night, settled), journalled(night, live)]
    await night.supervisor.keeping.daily()
    assert len(night.telephone.journal) == 2
    night.pass_time(timedelta(days=30, seconds=1).total_seconds())
    await night.supervisor.keeping.daily()
    assert [key.attempt_id for key in night.telephone.journal] == [live.attempt_id]
