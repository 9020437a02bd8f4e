"""Several writers at once: no number twice, no attempt twice, nobody waits for ever."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.ports import Claim, Want
from automaton.store import claims
from automaton.store.claims import Turn
from automaton.store.engine import open_database, reading, writing
from tests.store.commune import NOW, Commune, number

WRITERS = 4


def together(work: Callable[[int], list[Claim]]) -> list[list[Claim]]:
    """Run `work` in several threads that start at the same moment."""
    barrier = Barrier(WRITERS)

    def one(index: int) -> list[Claim]:
        barrier.wait(timeout=10)
        return work(index)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS), timeout=60))


def test_writers_never_claim_one_number_twice(commune: Commune) -> None:
    for index in range(60):
        commune.home(number(index % 20))
    campaigns = [commune.planned() for _ in range(WRITERS)]

    def work(index: int) -> list[Claim]:
        found = []
        for _ in range(10):
            found += commune.claim(campaigns[index], limit=5, node=f"n{index}")
        return found

    found = [claim for some in together(work) for claim in some]

    assert len(found) == 20
    rung = Counter(claim.attempt.e164 for claim in found)
    assert rung == Counter(number(index) for index in range(20))
    taken = {row.attempt_id for row in commune.rows("live_numbers")}
    assert taken == {claim.attempt.id for claim in found}


def test_writers_share_one_campaign_without_taking_an_attempt_twice(
    commune: Commune,
) -> None:
    for index in range(60):
        commune.home(number(index))
    campaign = commune.planned()

    def work(index: int) -> list[Claim]:
        found = []
        for _ in range(8):
            found += commune.claim(campaign, limit=3, node=f"n{index}")
        return found

    found = [claim.attempt.id for some in together(work) for claim in some]

    assert len(found) == len(set(found)) == 60


def test_writers_that_free_and_take_the_same_numbers_never_deadlock(
    commune: Commune,
) -> None:
    for index in range(40):
        commune.home(number(index % 10))
    policy = CallPolicy(ceilings=())
    campaigns = [commune.planned(policy=policy) for _ in range(WRITERS)]

    def work(index: int) -> list[Claim]:
        """End the last calls and claim the next ones in one transaction."""
        live: list[Claim] = []
        want = Want(campaigns[index], 4)
        done = []
        for _ in range(15):
            with commune.ledger.transaction() as transaction:
                transaction.save([over(claim.attempt) for claim in live])
                live = list(transaction.claim([want], NOW, f"n{index}"))
            done += live
        with commune.ledger.transaction() as transaction:
            transaction.save([over(claim.attempt) for claim in live])
        return done

    found = [claim.attempt.id for some in together(work) for claim in some]

    assert len(found) == len(set(found)) > 0
    assert commune.rows("live_numbers") == []


def over(attempt: Attempt) -> Attempt:
    return replace(
        attempt, state=AttemptState.ENDED, ended_at=NOW, outcome=Outcome.BUSY
    )


@pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_claimer_passes_by_what_another_transaction_holds(commune: Commune) -> None:
    for index in (1, 1, 2):
        commune.home(number(index))
    first, second = commune.planned(), commune.planned()
    mine, theirs = Turn("n1", 1, NOW), Turn("n2", 1, NOW)

    with writing(commune.engine) as one, writing(commune.engine) as other:
        taken = claims.claim(one, [Want(first, 1)], mine)
        left = claims.claim(other, [Want(first, 5), Want(second, 5)], theirs)

    numbers = [claim.attempt.e164 for claim in [*taken, *left]]
    assert sorted(numbers) == [number(1), number(2)]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_claim_reads_the_queue_and_the_past_by_their_own_indexes(
    commune: Commune,
) -> None:
    """A bound 'planned' hid the queue's index; an OR over two made each claim read
    the whole campaign.
    """
    commune.home(number(1))
    campaign = commune.planned()
    [attempt] = commune.rows("attempts")
    commune.change("attempts", attempt.id, due_at=NOW, ordinal=2)
    asked: list[tuple[str, Any]] = []

    def listen(*told: Any) -> None:
        asked.append((told[2], told[3]))

    event.listen(commune.engine, "before_cursor_execute", listen)
    assert len(commune.claim(campaign, limit=2, again=1)) == 1
    event.remove(commune.engine, "before_cursor_execute", listen)

    read = [one for one in asked if one[0].startswith("SELECT")]
    retries, queue, past = (explained(commune, *one) for one in read)
    assert "ix_attempts_again" in retries
    assert "ix_attempts_queue" in queue
    assert "ix_attempts_e164_claimed_at (e164=? AND claimed_at>?)" in past
    assert "TEMP B-TREE" not in retries + queue + past
    assert "SCAN" not in retries + queue + past


def explained(commune: Commune, statement: str, values: Any) -> str:
    with reading(commune.engine) as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return " ".join(step[-1] for step in steps)


def test_two_processes_of_one_database_take_turns(url: str, commune: Commune) -> None:
    commune.home(number(1))
    campaign = commune.planned()
    second = open_database(url)
    with writing(second) as connection:
        claimed = claims.claim(connection, [Want(campaign, 1)], Turn("n2", 1, NOW))
    second.dispose()

    assert len(claimed) == 1
    assert commune.claim(campaign) == []
