"""Due moments follow a clock that has jumped, but for those that are far away."""

from datetime import timedelta


def test_what_is_due_soon_is_shifted_and_what_waits_for_an_opening_is_not(commune):
    commune.home("+33199000001")
    commune.home("+33199000002")
    commune.planned()
    soon, far = commune.rows("attempts")
    opening = commune.now + timedelta(hours=14)
    commune.change("attempts", far.id, due_at=opening)
    by = timedelta(hours=-3)
    with commune.ledger.transaction() as transaction:
        transaction.shift_due(by, commune.now + timedelta(hours=1))
    after = {row.id: row.due_at for row in commune.rows("attempts")}
    assert after == {soon.id: soon.due_at + by, far.id: opening}
