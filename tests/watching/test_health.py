"""`/healthz` and `/readyz`: alive, and able to let a call leave."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from threading import Event

import pytest
from sqlalchemy import text

from automaton import watching
from automaton.clock import SystemClock
from automaton.errors import LineError
from automaton.gauges.asked import FAILURE_KEPT, Asked
from automaton.gauges.lag import EVERY, Lag
from automaton.settings import Settings
from automaton.store.engine import writing
from automaton.watching import gauges_for, watched
from tests.engine.night import OPERATOR

GOOD = {
    "ready": True,
    "database": "ok",
    "schema": "ok",
    "asterisk": "ok",
    "daemon": "ok",
    "lease": "ok",
}


async def test_a_node_that_can_call_is_ready(watched_night):
    said = await (await watched_night()).get("/readyz")
    assert (said.status, said.told) == (200, GOOD)
    assert said.headers["Content-Type"] == "application/json"
    assert said.headers["Cache-Control"] == "no-store"


async def test_out_of_reach_of_asterisk_it_is_not_ready_and_lives(watched_night):
    watched = await watched_night()
    watched.night.node.link_is_up = False
    said = await watched.get("/readyz")
    assert (said.status, said.told["asterisk"]) == (503, "out of reach")
    alive = await watched.get("/healthz")
    assert (alive.status, alive.told["alive"]) == (200, True)


async def test_a_node_whose_lease_is_over_is_not_ready(watched_night):
    watched = await watched_night()
    watched.night.node.lease.valid_until = float("-inf")
    said = await watched.get("/readyz")
    assert (said.status, said.told["lease"]) == (503, "it is over")


async def test_a_node_that_stops_is_not_ready(watched_night):
    watched = await watched_night()
    watched.night.node.dialling = False
    said = await watched.get("/readyz")
    assert (said.status, said.told["daemon"]) == (503, "it was asked to stop")


async def test_a_database_that_refuses_a_write_is_found_without_any_call(
    watched_night, database
):
    watched = await watched_night()
    with writing(database) as connection:
        connection.execute(
            text(
                "CREATE TRIGGER stuck BEFORE UPDATE ON alembic_version "
                "BEGIN SELECT RAISE(ABORT, 'not today'); END"
            )
        )
    said = await watched.get("/readyz")
    assert said.status == 503
    assert said.told["database"] != "ok"
    assert said.told["schema"] == "ok"


async def test_a_write_that_failed_a_moment_ago_is_told_at_once(watched_night):
    watched = await watched_night()
    assert (await watched.get("/readyz")).status == 200
    watched.night.supervisor.patience.wait_after(LineError("full"))
    said = await watched.get("/readyz")
    assert (said.status, said.told["ready"]) == (503, False)


async def test_a_database_that_hangs_is_told_in_time_and_asked_once(
    watched_night, monkeypatch
):
    monkeypatch.setattr(watching, "WRITES_KEPT", 0.0)
    watched = await watched_night()
    go_on, asked = threading.Event(), []

    def hang(transaction):
        asked.append(transaction)
        go_on.wait(10)

    stuck = asyncio.create_task(watched.night.node.writer.run(hang))
    try:
        began = time.monotonic()
        first, second = await asyncio.gather(
            watched.get("/readyz"), watched.get("/readyz")
        )
        assert time.monotonic() - began < 4
    finally:
        go_on.set()
    assert first.told["database"] == second.told["database"] == "no answer in time"
    await stuck
    assert watched.night.node.writer._thread._work_queue.qsize() <= 1


async def test_tables_of_another_program_are_told(watched_night, database):
    watched = await watched_night()
    with writing(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    said = await watched.get("/readyz")
    assert said.status == 503
    assert "newer than the program" in said.told["schema"]


async def test_what_waits_is_not_shown_where_the_database_does_not_tell(
    watched_night, database
):
    watched = await watched_night()
    with writing(database) as connection:
        connection.execute(text("ALTER TABLE attempts RENAME TO gone"))
    said = await watched.get("/metrics")
    assert said.status == 200
    assert "automaton_due_attempts{" not in said.body
    assert "automaton_due_oldest_seconds NaN" in said.body


async def test_a_loop_that_was_blocked_is_told_as_late():
    told: list[float] = []
    lag = Lag(SystemClock(), told.append)
    pulse = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    time.sleep(EVERY + 0.3)  # noqa: ASYNC251 - what blocks a loop is what is meant
    assert lag.now >= 0.3
    await asyncio.sleep(0.01)
    pulse.cancel()
    assert told
    assert told[0] >= 0.3
    assert lag.worst >= 0.3


async def test_a_place_that_is_taken_does_not_keep_the_node_from_running(
    watched_night, tmp_path, capsys
):
    first = await watched_night()
    taken = f"127.0.0.1:{first.where[1]}"
    settings = Settings.model_validate(
        {"folders": {"data": tmp_path}, "watch": {"bind": taken}}
    )
    gauges = gauges_for(settings)
    async with watched(settings, first.night.supervisor, gauges, SystemClock()):
        assert (await first.get("/healthz")).status == 200
    assert "nobody can watch" in capsys.readouterr().out


async def test_nobody_watches_where_the_settings_want_none(a_night, tmp_path):
    settings = Settings.model_validate(
        {"folders": {"data": tmp_path}, "watch": {"bind": ""}}
    )
    night = a_night(trunks=(OPERATOR,))
    assert gauges_for(settings) is None
    async with watched(settings, night.supervisor, None, SystemClock()) as pages:
        assert pages is None


async def test_an_answer_is_kept_and_then_asked_for_anew(a_night):
    clock, asked = a_night().commune.clock, []

    async def ask() -> int:
        asked.append(json)
        return len(asked)

    source = Asked(ask, clock, kept=5.0)
    assert [await source.answer(), await source.answer()] == [1, 1]
    clock.seconds += 5
    assert await source.answer() == 2


async def test_a_failure_is_kept_for_seconds_however_long_an_answer_is(a_night):
    clock, faults = a_night().commune.clock, [LineError("away")]

    async def ask() -> str:
        if faults:
            raise faults.pop()
        return "back"

    source = Asked(ask, clock, kept=60.0)
    with pytest.raises(LineError, match="away"):
        await source.answer()
    clock.seconds += FAILURE_KEPT
    assert await source.answer() == "back"


async def test_a_source_that_fails_is_told_to_each_who_asks(a_night):
    async def ask() -> int:
        raise LineError("away")

    source = Asked(ask, a_night().commune.clock, kept=5.0)
    for _ in range(2):
        with pytest.raises(LineError, match="away"):
            await source.answer()
    source.close()


async def test_a_write_that_hangs_is_a_database_that_does_not_take_it(watched_night):
    """A disk that hangs raises nothing, and stops the looks that see a silence too."""
    watched = await watched_night()
    writer, begun, goes_on = watched.night.node.writer, Event(), Event()

    def hang(_) -> None:
        begun.set()
        goes_on.wait(10)

    writing_it = asyncio.create_task(writer.run(hang))
    await asyncio.to_thread(begun.wait, 10)
    try:
        assert await watched.figure("database_writes") == 1
        watched.night.pass_time(11)
        assert await watched.figure("database_writes") == 0
    finally:
        goes_on.set()
        await writing_it
    assert await watched.figure("database_writes") == 1
