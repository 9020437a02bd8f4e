"""What `/metrics` says of a real engine's night, asked for at a real socket."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from datetime import timedelta

import pytest

from automaton import watching
from automaton.domain.trunk import Trunk
from automaton.engine.lines.exchanges import EXCHANGES_OF_A_TRUNK
from automaton.errors import LineError
from automaton.ports import JournalledKey
from tests.engine.safe import FakeSafe
from tests.store.commune import number

PACED = Trunk("operator", 4, 1, calls_per_second=3.0, caller_ids=("+33199009999",))


async def test_calls_are_counted_once_each_by_trunk_and_outcome(watched_night):
    watched = await watched_night(homes=3)
    night = watched.night
    await night.launched()
    assert await watched.figure("calls_started_total", trunk="operator") == 3
    first, second, _ = night.telephone.orders
    night.picks_up(first)
    night.presses(first)
    await night.beat()  # at the key it is confirmed, at its end nothing more
    night.hangs_up(first)
    night.fails(second, 486, 17)
    await night.beat()
    await night.beat()
    samples = (await watched.get("/metrics")).samples
    ended = {
        dict(labels)["outcome"]: value
        for (name, labels), value in samples.items()
        if name == "automaton_calls_ended_total"
    }
    assert ended == {"acknowledged": 1, "busy": 1}
    assert await watched.figure("keys_total") == 1
    done = await watched.figure("recipients_concluded_total", state="acknowledged")
    assert done == 1
    assert await watched.figure("calls_live") == 1


async def test_lines_and_rate_of_a_trunk_are_told(watched_night):
    watched = await watched_night(homes=3, trunks=(PACED,))
    await watched.night.launched()
    told = {
        name: await watched.figure(name, trunk="operator")
        for name in ("trunk_lines", "trunk_lines_offered", "trunk_lines_held")
    }
    assert told == {
        "trunk_lines": 4,
        "trunk_lines_offered": 3,
        "trunk_lines_held": len(watched.night.telephone.orders),
    }
    assert await watched.figure("trunk_rate_limit", trunk="operator") == 3
    watched.night.node.lines.lose(["operator"])
    assert await watched.figure("trunk_lines_offered", trunk="operator") == 0
    there = {"trunk": "operator", "state": "unreachable"}
    assert await watched.figure("trunk_state", **there) == 1


async def test_a_broken_trunk_is_in_one_state_alone(watched_night):
    watched = await watched_night(homes=3)
    night = watched.night
    await night.launched()
    for order in list(night.telephone.orders):
        night.fails(order, 401, 21)
    await night.beat()
    assert night.node.safeguard.usable() == []
    samples = (await watched.get("/metrics")).samples
    states = {
        dict(labels)["state"]: value
        for (name, labels), value in samples.items()
        if name == "automaton_trunk_state"
    }
    assert states == {"sound": 0, "slowed": 0, "broken": 1, "unreachable": 0}


async def test_an_exchange_that_chokes_is_slowed_and_its_trunk_is_sound(watched_night):
    watched = await watched_night(homes=3)
    night = watched.night
    await night.launched()
    assert await watched.figure("exchanges_slowed") == 0
    assert await watched.figure("exchanges_rate_limit") == math.inf
    night.fails(night.telephone.orders[0], 503, 34)
    await night.beat()
    assert await watched.figure("exchanges_slowed") == 1
    (rate,) = night.node.safeguard.exchanges.slow.values()
    assert await watched.figure("exchanges_rate_limit") == rate
    there = {"trunk": "operator", "state": "sound"}
    assert await watched.figure("trunk_state", **there) == 1
    assert await watched.figure("trunk_rate_limit", trunk="operator") == math.inf


async def test_a_trunk_that_chokes_is_slowed_and_says_how_much(watched_night):
    watched = await watched_night(homes=0, trunks=(PACED,))
    night = watched.night
    for exchange in range(EXCHANGES_OF_A_TRUNK):
        night.commune.home(number(10_000 * exchange))
    await night.launched()
    for _ in range(40):
        night.pass_time(0.1)
        await night.beat()
    orders = list(night.telephone.orders)
    assert len(orders) == EXCHANGES_OF_A_TRUNK
    for order in orders:
        night.fails(order, 503, 34)
    await night.beat()
    there = {"trunk": "operator", "state": "slowed"}
    assert await watched.figure("trunk_state", **there) == 1
    rate = night.node.safeguard.rate("operator")
    assert rate is not None
    assert rate <= 1.5
    assert await watched.figure("trunk_rate_limit", trunk="operator") == rate
    assert await watched.figure("exchanges_slowed") == 0


async def test_the_queue_is_told_by_how_long_it_has_waited(watched_night):
    watched = await watched_night(homes=9)
    await watched.night.launched()
    watched.night.pass_time(61)
    samples = (await watched.get("/metrics")).samples
    waited = {
        dict(labels)["waited_over"]: value
        for (name, labels), value in samples.items()
        if name == "automaton_due_attempts"
    }
    assert waited == {"0": 6, "1": 6, "10": 6, "60": 6, "600": 0}
    assert samples["automaton_due_oldest_seconds", frozenset()] == pytest.approx(61)


async def test_only_the_node_that_leads_counts_what_all_have_in_common(watched_night):
    watched = await watched_night(homes=9)
    await watched.night.launched()
    assert await watched.figure("due_attempts", waited_over="0") == 6
    lease = watched.night.node.lease
    lease.standing = replace(lease.standing, chief=("another", 1))
    samples = (await watched.get("/metrics")).samples
    assert "automaton_due_attempts" not in {name for name, _ in samples}
    assert math.isnan(samples["automaton_due_oldest_seconds", frozenset()])


async def test_silence_is_that_of_a_campaign_whose_calls_are_due(watched_night):
    watched = await watched_night()
    night = watched.night
    assert await watched.figure("silence_seconds") == 0
    night.node.link_is_up = False
    await night.launched()
    await night.tick()
    night.pass_time(21)
    assert await watched.figure("silence_seconds") == 21
    assert await watched.figure("asterisk_up") == 0
    assert await watched.figure("campaigns", state="running") == 1
    night.node.link_is_up = True
    await night.beat()
    assert await watched.figure("silence_seconds") == 0


async def test_keys_that_are_not_on_record_are_told_until_they_are(watched_night):
    watched = await watched_night()
    night = watched.night
    await night.launched()
    await night.link_comes_up()
    order = night.order_to(0)
    night.picks_up(order)
    night.presses(order)
    night.presses(order)  # told twice, pressed once
    night.pass_time(7)
    assert await watched.figure("journal_unwritten_keys") == 1
    assert await watched.figure("journal_unwritten_seconds") == 7
    assert await watched.figure("journal_keys") == 0
    await night.beat()
    assert await watched.figure("journal_unwritten_keys") == 0
    assert await watched.figure("journal_unwritten_seconds") == 0
    assert await watched.figure("journal_keys") == 1


async def test_keys_of_calls_that_nobody_follows_are_awaited_too(watched_night):
    watched = await watched_night()
    night = watched.night
    await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    night.hangs_up(order)
    await night.beat()
    night.presses(order)
    assert await watched.figure("journal_unwritten_keys") == 1
    await night.beat()
    assert await watched.figure("journal_unwritten_keys") == 0


async def test_a_key_that_a_gap_swallowed_is_counted_once(watched_night):
    watched = await watched_night()
    night = watched.night
    await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    night.telephone.journal = [_entry(order, night)]
    await night.link_comes_up()
    assert await watched.figure("journal_unwritten_keys") == 1
    await night.beat()
    assert await watched.figure("keys_total") == 1
    assert await watched.figure("journal_keys") == 1


async def test_a_key_pressed_during_the_daily_job_stays_counted(watched_night):
    safe, loop = FakeSafe(), asyncio.get_running_loop()
    watched = await watched_night(safe=safe, homes=2)
    night = watched.night
    await night.launched()
    await night.link_comes_up()
    first, second = night.telephone.orders
    night.picks_up(first)
    night.presses(first)
    night.hangs_up(first)
    await night.beat()
    night.telephone.journal = [_entry(first, night)]

    async def press() -> None:
        night.pass_time(1)
        night.picks_up(second)
        night.presses(second)
        await night.supervisor.beat()

    safe.does = [lambda: asyncio.run_coroutine_threadsafe(press(), loop).result(5)]
    await night.supervisor.keeping.daily()
    assert night.telephone.journal == []
    assert await watched.figure("journal_keys") == 1
    night.pass_time(9)
    assert await watched.figure("journal_oldest_seconds") >= 9


async def test_a_journal_that_cannot_be_read_today_is_as_old_as_it_was(watched_night):
    watched = await watched_night(safe=FakeSafe())
    night = watched.night
    await night.launched()
    night.telephone.journal = [_stranger(night.order_to(0), night)]
    await night.link_comes_up()
    night.pass_time(3600)
    await night.link_comes_up()
    night.telephone.fails = [LineError("away")]
    await night.supervisor.keeping.daily()
    assert await watched.figure("journal_keys") == 1
    assert await watched.figure("journal_oldest_seconds") == 3600


async def test_the_journal_is_as_long_as_the_daily_job_left_it(watched_night):
    watched = await watched_night(safe=FakeSafe())
    night = watched.night
    await night.launched()
    order = night.order_to(0)
    night.picks_up(order)
    night.presses(order)
    night.hangs_up(order)
    await night.beat()
    night.telephone.journal = [_entry(order, night), _stranger(order, night)]
    await night.link_comes_up()
    assert await watched.figure("journal_keys") == 2
    await night.supervisor.keeping.daily()
    assert len(night.telephone.journal) == 1
    assert await watched.figure("journal_keys") == 1
    night.pass_time(3600)
    assert await watched.figure("journal_oldest_seconds") == 3600


async def test_a_database_that_fails_is_told(watched_night):
    watched = await watched_night()
    assert await watched.figure("database_writes") == 1
    watched.night.supervisor.patience.wait_after(LineError("full"))
    assert await watched.figure("database_writes") == 0


async def test_a_database_that_is_away_is_told_while_nothing_is_written(
    watched_night, monkeypatch
):
    def lost(*_: object) -> None:
        raise LineError("The connection to the database was lost.")

    monkeypatch.setattr(watching, "due_by_age", lost)
    watched = await watched_night()
    assert await watched.figure("database_writes") == 0


async def test_transactions_are_measured(watched_night):
    watched = await watched_night()
    await watched.night.launched()
    assert await watched.figure("commit_seconds_count") >= 2
    assert await watched.figure("write_seconds_count") >= 2


async def test_no_backup_is_expected_where_there_is_no_job(watched_night):
    watched = await watched_night()
    assert await watched.figure("backup_expected") == 0


async def test_a_place_without_any_backup_is_told_as_never(watched_night, tmp_path):
    place = tmp_path / "safe"
    place.mkdir()
    job = {"recipients": ["age1" + "q" * 58], "folder": str(place)}
    watched = await watched_night({"backup": job})
    assert await watched.figure("backup_expected") == 1
    samples = (await watched.get("/metrics")).samples
    (never,) = [
        value
        for (name, _), value in samples.items()
        if name == "automaton_backup_last_timestamp_seconds"
    ]
    assert never == 0


async def test_no_label_tells_where_the_backups_are(watched_night, tmp_path):
    far = "sftp://keeper@vault.example.org/town/backups"
    job = {
        "recipients": ["age1" + "q" * 58],
        "folder": str(tmp_path),
        "sftp": far,
        "sftp_key": str(tmp_path / "key"),
    }
    watched = await watched_night({"backup": job})
    page = (await watched.get("/metrics")).body
    assert 'place="sftp"' in page
    assert 'place="folder"' in page
    for told in ("keeper", "vault.example.org", str(tmp_path)):
        assert told not in page


async def test_no_label_is_a_name_a_number_or_an_id(watched_night):
    watched = await watched_night(homes=2)
    night = watched.night
    campaign = await night.launched()
    night.fails(night.order_to(0), 486, 17)
    await night.beat()
    page = (await watched.get("/metrics")).body
    assert campaign not in page
    assert "+33" not in page
    assert not any(order.attempt_id in page for order in night.telephone.orders)


def _entry(order, night):
    return JournalledKey(
        order.attempt_id,
        1,
        "automaton",
        order.campaign_id,
        order.recipient_id,
        "1",
        night.now - timedelta(seconds=5),
    )


def _stranger(order, night):
    return replace(_entry(order, night), attempt_id="stranger", at=night.now)
