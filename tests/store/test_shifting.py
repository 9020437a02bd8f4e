"""What waits is read by due moment, and moves once, whatever clock has jumped."""

from datetime import timedelta

from automaton.ports import Moved
from automaton.store.transaction import SqlTransaction
from tests.store.commune import NOW, Commune, number
from tests.store.told import conclude, ended, waits

HOUR = timedelta(hours=1)


def test_what_waits_is_read_in_pieces_without_what_was_planned_in_between(
    commune: Commune,
) -> None:
    for index in range(5):
        commune.home(number(index))
    campaign = commune.planned()
    commune.planned()
    rows = commune.rows("attempts", campaign_id=campaign)
    for hours, row in enumerate(rows):
        commune.change("attempts", row.id, due_at=NOW + max(1, hours) * HOUR)
    commune.change("attempts", rows[3].id, created_at=NOW + HOUR)
    commune.change("attempts", rows[4].id, created_at=NOW + 2 * HOUR)

    with commune.ledger.transaction() as transaction:
        found = read_all(transaction, campaign)

    assert found == [rows[0].id, rows[1].id, rows[2].id, rows[4].id]


def read_all(transaction: SqlTransaction, campaign: str) -> list[str]:
    found: list[str] = []
    after = (NOW, "")
    while some := transaction.waiting(campaign, (NOW, NOW + HOUR), after, 1):
        found += [attempt.id for attempt in some]
        after = some[-1].due_at, some[-1].id
    return found


def test_what_moves_is_moved_once(commune: Commune) -> None:
    commune.home(number(1))
    commune.planned()
    (row,) = commune.rows("attempts")
    moves = [Moved(row.id, row.due_at, row.due_at - 3 * HOUR)]

    for _ in range(2):
        with commune.ledger.transaction() as transaction:
            transaction.move_due(moves)
            transaction.move_due([])

    assert commune.rows("attempts")[0].due_at == row.due_at - 3 * HOUR


def test_tries_keep_their_order_when_the_clock_is_set_back(commune: Commune) -> None:
    commune.home(number(7))
    [claim] = commune.claim(commune.planned())
    first = ended(claim.attempt)
    commune.save(first)
    commune.pass_time(hours=-3)

    change = waits(first)
    conclude(commune, change)

    with commune.ledger.transaction() as transaction:
        [case] = transaction.cases([claim.recipient.id])
    assert change.next_try is not None
    assert [a.id for a in case.attempts] == [first.id, change.next_try.id]
