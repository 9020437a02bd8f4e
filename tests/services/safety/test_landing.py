"""What a restore meets: another node's name, a database that is older, the erased."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.outcome import Outcome
from automaton.store.ledger import SqlLedger
from tests.services.safety.conftest import MakeTown
from tests.services.safety.safe_town import SafeTown
from tests.store.commune import Commune, number

EARLIER_ID = "00000000-0000-7000-8000-000000000001"
LATER_ID = "ffffffff-0000-7000-8000-000000000001"


def named(town: SafeTown, node: str) -> SafeTown:
    """Give a node another name than the one that its backup will come from."""
    server = town.settings.server.model_copy(update={"node": node})
    town.settings = town.settings.model_copy(update={"server": server})
    return town


def rows(town: SafeTown, table: str, **wanted: Any) -> list[Any]:
    bare = Commune.__new__(Commune)
    bare.engine, bare.clock = town.engine, town.clock
    return Commune.rows(bare, table, **wanted)


def over(commune: Commune, attempt: Attempt, planned: str) -> None:
    """Write what settling writes: a call that nobody took, and the next one."""
    ended = {"state": AttemptState.ENDED, "outcome": Outcome.NO_ANSWER}
    told = dataclasses.replace(attempt, **ended, ended_at=commune.now)
    with commune.ledger.transaction() as transaction:
        transaction.save([told])
    commune.add(
        "attempts",
        id=planned,
        campaign_id=attempt.campaign_id,
        recipient_id=attempt.recipient_id,
        contact_point_id=attempt.contact_point_id,
        e164=attempt.e164,
        due_at=commune.now + timedelta(minutes=10),
        state=AttemptState.PLANNED,
    )


def waiting_then_over(town: SafeTown, planned: str) -> tuple[Path, Attempt, Path]:
    """Return a backup from before a call, that call, and one from after it."""
    commune = town.commune()
    commune.home(number(0))
    campaign = commune.planned()
    older = town.file(town.backup())
    town.clock.move(timedelta(hours=1))
    (live,) = commune.claim(campaign, 1)
    over(commune, live.attempt, planned)
    return older, live.attempt, town.file(town.backup())


def test_calls_that_were_in_progress_are_settled_by_whoever_restores_them(
    node: MakeTown,
) -> None:
    # The node has another name than the one whose backup it is: its recovery looked
    # for calls of its own name alone, and their numbers stayed taken for ever.
    first = node("first")
    commune = first.commune()
    commune.home(number(0))
    campaign = commune.planned()
    (live,) = commune.claim(campaign, 1)
    file = first.file(first.backup())
    second = named(node("second"), "west")
    second.restored(file)
    (held,) = rows(second, "live_numbers")
    assert (held.attempt_id, held.node) == (live.attempt.id, "west")
    with SqlLedger(second.engine, second.clock, 1).transaction() as transaction:
        (taken,) = transaction.open_attempts("west")
        transaction.save([dataclasses.replace(taken, state=AttemptState.ENDED)])
    assert rows(second, "live_numbers") == []


def test_the_next_try_comes_with_the_end_of_the_one_before(node: MakeTown) -> None:
    # An older backup is here, in which the first call still waits. The next one was
    # refused by its place (one open attempt a recipient) before the first was ended.
    first = node("first")
    older, live, newer = waiting_then_over(first, LATER_ID)
    second = node("second")
    second.restored(older)
    told = second.restored(newer)
    states = {row.id: row.state for row in rows(second, "attempts")}
    assert states == {
        live.id: AttemptState.ENDED,
        LATER_ID: AttemptState.PLANNED,
    }
    assert told.landed.added["attempts"] == told.landed.advanced["attempts"] == 1


def test_the_end_is_written_first_wherever_it_stands(node: MakeTown) -> None:
    # Rows come by their id: here the next try's is the lower one.
    first = node("first")
    older, _live, newer = waiting_then_over(first, EARLIER_ID)
    second = node("second")
    second.restored(older)
    second.restored(newer)
    planned = rows(second, "attempts", state=AttemptState.PLANNED)
    (ended,) = rows(second, "attempts", state=AttemptState.ENDED)
    assert ended.claimed_at == first.now
    assert [row.id for row in planned] == [EARLIER_ID]


def test_what_has_no_room_is_counted_as_left(node: MakeTown) -> None:
    # This node went on by itself: its own next try keeps its place.
    first = node("first")
    older, live, newer = waiting_then_over(first, LATER_ID)
    second = node("second")
    second.restored(older)
    here = Commune.__new__(Commune)
    here.engine, here.clock = second.engine, second.clock
    here.ledger = SqlLedger(second.engine, second.clock, 1)
    over(here, live, "eeeeeeee-0000-7000-8000-000000000001")
    told = second.restored(newer)
    assert "attempts" not in told.landed.added
    assert told.landed.kept["attempts"] == 2
    planned = rows(second, "attempts", state=AttemptState.PLANNED)
    assert [row.id for row in planned] == ["eeeeeeee-0000-7000-8000-000000000001"]


def test_a_call_that_the_backup_saw_end_holds_its_number_no_more(
    node: MakeTown,
) -> None:
    first = node("first")
    commune = first.commune()
    commune.home(number(0))
    campaign = commune.planned()
    (live,) = commune.claim(campaign, 1)
    older = first.file(first.backup())
    first.clock.move(timedelta(hours=1))
    over(commune, live.attempt, LATER_ID)
    newer = first.file(first.backup())
    second = node("second")
    second.restored(older)
    assert len(rows(second, "live_numbers")) == 1
    second.restored(newer)
    assert rows(second, "live_numbers") == []


def test_a_call_that_left_is_not_made_again_as_if_it_had_not(node: MakeTown) -> None:
    first = node("first")
    commune = first.commune()
    commune.home(number(0))
    campaign = commune.planned()
    older = first.file(first.backup())
    first.clock.move(timedelta(hours=1))
    commune.claim(campaign, 1)
    newer = first.file(first.backup())
    second = node("second")
    second.restored(older)
    second.restored(newer)
    (attempt,) = rows(second, "attempts")
    assert (attempt.state, attempt.node) == (AttemptState.CLAIMED, "main")
