"""Several nodes at work on the same homes: nothing is lost, nobody waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.proof import Proof
from automaton.domain.recipient import RecipientState
from automaton.ports import RecipientChange, Want
from tests.store.commune import NOW, Commune, number

NODES = 4
POSTGRES = pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def over(attempt: Attempt) -> Attempt:
    return replace(
        attempt, state=AttemptState.ENDED, ended_at=NOW, outcome=Outcome.BUSY
    )


def acknowledged(recipient_id: str) -> RecipientChange:
    return RecipientChange(recipient_id, RecipientState.ACKNOWLEDGED, "key", NOW)


def test_an_end_leaves_the_word_that_another_node_has_written(commune: Commune) -> None:
    # The agent's word came to the chief; the node of the call wrote its end without it.
    commune.home(number(1))
    (claim,) = commune.claim(commune.planned())
    worded = replace(claim.attempt, proof=Proof.AGENTS_WORD)
    commune.save(worded)

    commune.save(over(claim.attempt))

    (row,) = commune.rows("attempts")
    assert (row.state, row.outcome) == (AttemptState.ENDED, Outcome.BUSY)
    assert row.proof == Proof.AGENTS_WORD


def test_closing_leaves_alone_who_is_being_rung(commune: Commune) -> None:
    for index in range(2):
        commune.home(number(index))
    campaign = commune.planned()
    (claim,) = commune.claim(campaign, limit=1)
    with commune.ledger.transaction() as transaction:
        closing = (campaign, RecipientState.CANCELLED, NOW, 50)
        assert transaction.close_recipients(*closing) == 1
        assert transaction.close_recipients(*closing) == 0
    by_id = {row.id: row.state for row in commune.rows("recipients")}
    assert by_id.pop(claim.recipient.id) is RecipientState.TRYING
    assert list(by_id.values()) == [RecipientState.CANCELLED]


@POSTGRES
def test_nodes_that_claim_and_conclude_the_same_homes_never_deadlock(
    commune: Commune,
) -> None:
    homes = 120
    for index in range(homes):
        commune.home(number(index))
    campaign = commune.planned(policy=CallPolicy(ceilings=()))
    everybody = [row.id for row in commune.rows("recipients")]
    barrier = Barrier(NODES)

    def work(index: int) -> int:
        """End what was claimed, acknowledge homes of anybody, claim the next ones."""
        barrier.wait(timeout=10)
        live: list[Attempt] = []
        some = everybody[index::2] if index % 2 else everybody[-1 - index :: -3]
        claimed = 0
        for start in range(0, 60, 3):
            with commune.ledger.transaction() as transaction:
                transaction.attempts([a.id for a in live], hold=True)
                transaction.save([over(one) for one in live])
                chunk = some[start : start + 3]
                transaction.cases(chunk, hold=True)
                changes = [acknowledged(id_) for id_ in chunk]
                transaction.conclude(changes, NOW)
                claims = transaction.claim([Want(campaign, 3)], NOW, f"n{index}")
                live = [claim.attempt for claim in claims]
            claimed += len(live)
        commune.save(*(over(one) for one in live))
        return claimed

    with ThreadPoolExecutor(NODES) as pool:
        assert sum(pool.map(work, range(NODES), timeout=60)) > 0

    acknowledged_now = [
        row
        for row in commune.rows("recipients")
        if row.state is RecipientState.ACKNOWLEDGED
    ]
    assert len(acknowledged_now) > homes / 3
    assert commune.rows("live_numbers") == []


@POSTGRES
def test_two_nodes_that_plan_one_audience_plan_everybody_once(commune: Commune) -> None:
    # Both read the same cursor, and the second insert broke a unique key.
    for index in range(80):
        commune.home(number(index))
    campaign = commune.campaign()
    barrier = Barrier(2)

    def work(_: int) -> int:
        barrier.wait(timeout=10)
        return commune.plan(campaign, limit=5)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2), timeout=60)) == 80
    assert len(commune.rows("recipients")) == 80


@POSTGRES
def test_who_concludes_waits_for_who_concluded_before_and_sees_it(
    commune: Commune,
) -> None:
    # A key of one node's was overwritten by what another had read before it.
    commune.home(number(1))
    commune.planned()
    (recipient,) = commune.rows("recipients")
    with ThreadPoolExecutor(1) as pool:
        with commune.ledger.transaction() as first:
            first.cases([recipient.id], hold=True)
            later = pool.submit(state_as_held, commune, recipient.id)
            first.conclude([acknowledged(recipient.id)], NOW)
        assert later.result(timeout=10) is RecipientState.ACKNOWLEDGED


def state_as_held(commune: Commune, recipient_id: str) -> RecipientState:
    with commune.ledger.transaction() as transaction:
        (case,) = transaction.cases([recipient_id], hold=True)
        return case.recipient.state
