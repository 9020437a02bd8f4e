"""No information leaves for a number that opted out, whoever claims it and when."""

from typing import Any

import pytest
from sqlalchemy import event

from automaton.domain.attempt import Attempt, AttemptState, advance
from automaton.domain.campaign import CampaignClass
from automaton.domain.events import HungUp, KeyPressed
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.ports import Want
from automaton.store import calls, claims
from automaton.store.claims import LOSER_WAITS, Turn
from automaton.store.engine import reading, writing
from automaton.store.standing import standing
from tests.store.commune import NOW, Commune, number

INFORMATION = CampaignClass.INFORMATION


def homes(commune: Commune, *numbers: str) -> None:
    """Add homes with one number each, whose people agreed to information."""
    for e164 in numbers:
        commune.home(e164)
    for person in commune.rows("contacts"):
        agreed = {"contact_id": person.id, "by": "Inès Carlier", "how": "guichet"}
        commune.add("consents", at=NOW, action="given", **agreed)


def opt_out(commune: Commune, e164: str) -> None:
    commune.add("opt_outs", collectivity_id=commune.id, e164=e164, at=NOW, how="words")


def refused(attempt: Attempt) -> Attempt:
    pressed = advance(attempt, KeyPressed(attempt.id, NOW, "9", 1))
    return advance(pressed, HungUp(pressed.id, NOW, None, 16))


def test_number_that_opted_out_after_the_plan_is_not_claimed(commune: Commune) -> None:
    homes(commune, number(1), number(2))
    campaign = commune.planned(campaign_class=INFORMATION)
    opt_out(commune, number(1))

    found = {claim.attempt.e164: claim for claim in commune.claim(campaign)}

    withheld = found[number(1)].attempt
    assert (withheld.state, withheld.outcome) == (AttemptState.ENDED, Outcome.OPTED_OUT)
    assert found[number(2)].attempt.state is AttemptState.CLAIMED
    [row] = commune.rows("attempts", e164=number(1))
    assert (row.state, row.outcome) == (AttemptState.ENDED, Outcome.OPTED_OUT)
    assert (row.ended_at, row.claimed_at, row.node) == (NOW, None, None)
    assert [row.e164 for row in commune.rows("live_numbers")] == [number(2)]
    [waiting] = commune.rows("recipients", state=RecipientState.WAITING)
    assert waiting.id == withheld.recipient_id
    assert commune.claim(campaign) == []


def test_call_that_was_withheld_is_not_counted_as_one(commune: Commune) -> None:
    homes(commune, number(1), number(2))
    campaign = commune.planned(campaign_class=INFORMATION)
    opt_out(commune, number(1))
    [live] = [c for c in commune.claim(campaign) if c.attempt.is_open]
    assert standing(commune.engine, campaign, NOW).by_outcome == {}

    commune.save(refused(live.attempt))

    told = standing(commune.engine, campaign, NOW).by_outcome
    assert told == {Outcome.OPTED_OUT: 1}


@pytest.mark.parametrize("other", [c for c in CampaignClass if c != INFORMATION])
def test_opt_out_binds_information_alone(
    commune: Commune, other: CampaignClass
) -> None:
    homes(commune, number(1))
    campaign = commune.planned(campaign_class=other)
    opt_out(commune, number(1))

    [claim] = commune.claim(campaign)

    assert claim.attempt.state is AttemptState.CLAIMED


def test_key_nine_holds_for_a_claim_of_its_own_transaction(commune: Commune) -> None:
    homes(commune, number(1))
    first, second = (commune.planned(campaign_class=INFORMATION) for _ in range(2))
    [live] = commune.claim(first)

    with commune.ledger.transaction() as transaction:
        transaction.save([refused(live.attempt)])
        [withheld] = transaction.claim([Want(second, 1)], NOW, "main")

    assert withheld.attempt.outcome is Outcome.OPTED_OUT


@pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_claim_beside_a_call_that_opts_out_never_wins(commune: Commune) -> None:
    """The number is free, and the opt-out seen, at one moment: that of the commit."""
    homes(commune, number(1))
    first, second = (commune.planned(campaign_class=INFORMATION) for _ in range(2))
    [live] = commune.claim(first)
    wants, later = [Want(second, 1)], NOW + LOSER_WAITS

    with writing(commune.engine) as one:
        calls.save(one, [refused(live.attempt)])
        with writing(commune.engine) as other:
            assert claims.claim(other, wants, Turn("n2", 1, NOW)) == []
    with writing(commune.engine) as other:
        [withheld] = claims.claim(other, wants, Turn("n2", 1, later))

    assert withheld.attempt.outcome is Outcome.OPTED_OUT


@pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_claim_sees_what_opted_out_just_before_it_took_the_number(
    commune: Commune,
) -> None:
    """Were opt-outs read with the queue, this one would have come too late."""
    homes(commune, number(1))
    first, second = (commune.planned(campaign_class=INFORMATION) for _ in range(2))
    ending = [refused(claim.attempt) for claim in commune.claim(first)]

    def listen(*told: Any) -> None:
        if "pg_try_advisory_xact_lock" in told[2] and ending:
            commune.save(ending.pop())

    event.listen(commune.engine, "before_cursor_execute", listen)
    [withheld] = commune.claim(second)
    event.remove(commune.engine, "before_cursor_execute", listen)

    assert withheld.attempt.outcome is Outcome.OPTED_OUT


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("kind", "questions"), [("alert", 2), ("information", 3)])
def test_claim_asks_for_opt_outs_by_their_key_and_for_information_alone(
    commune: Commune, kind: str, questions: int
) -> None:
    homes(commune, number(1))
    campaign = commune.planned(campaign_class=CampaignClass(kind))
    asked: list[tuple[str, Any]] = []

    def listen(*told: Any) -> None:
        asked.append((told[2], told[3]))

    event.listen(commune.engine, "before_cursor_execute", listen)
    commune.claim(campaign)
    event.remove(commune.engine, "before_cursor_execute", listen)

    read = [one for one in asked if one[0].startswith("SELECT")]
    assert len(read) == questions
    plans = [steps(commune, *one) for one in read]
    assert "SCAN" not in " ".join(plans)
    for plan in plans[2:]:
        assert "(collectivity_id=? AND e164=?)" in plan


def steps(commune: Commune, statement: str, values: Any) -> str:
    with reading(commune.engine) as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return " ".join(step[-1] for step in found)
