"""Rows that the database refuses: the others go on, and what is kept is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from automaton.errors import LineError
from tests.engine.night import OPERATOR, Night
from tests.engine.test_faulty_database import HOMES, Obedient
from tests.engine.test_loop import running, until
from tests.engine.test_recover import journalled, killed_and_started_again
from tests.store.commune import number


class Picky:
    """A ledger whose transactions refuse some rows for what they are."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.refused: set[str] = set()
        self.given_back: list[str] = []

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._real.transaction() as real:
            yield PickyTransaction(real, self.refused, self.given_back)


def refusing(night: Night, e164: str) -> Picky:
    """Let the night's ledger refuse every row of one number from now on."""
    ledger = night.node.writer._ledger = Picky(night.node.writer._ledger)
    ledger.refused.add(e164)
    return ledger


class PickyTransaction:
    def __init__(self, real: Any, refused: set[str], given_back: list[str]) -> None:
        self._real, self._refused, self._given_back = real, refused, given_back

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def save(self, attempts: Any) -> None:
        for attempt in attempts:
            assert attempt.e164 not in self._refused, "no row for this one"
        self._real.save(attempts)

    def give_back(self, ids: Any, *how: Any) -> Any:
        self._given_back += ids
        return self._real.give_back(ids, *how)

    def claim(self, wants: Any, *how: Any) -> Any:
        for want in wants:
            assert want.campaign_id not in self._refused, "no claim for this one"
        return self._real.claim(wants, *how)


async def test_one_attempt_that_cannot_be_written_leaves_the_others_alone(
    a_night, monkeypatch
):
    monkeypatch.setattr("automaton.engine.calls.apart.AGAIN_AFTER", 0.3)
    night = a_night(homes=HOMES)
    night.campaign()
    night.telephone.world = Obedient(night)
    ledger = night.commune.ledger = Picky(night.commune.ledger)
    ledger.refused.add(number(5))
    async with running(night) as supervisor:
        supervisor.hurry()
        await until(lambda: night.states().count("acknowledged") == HOMES - 1)
        await until(lambda: len(night.commune.rows("live_numbers")) == 1)
        (held,) = night.commune.rows("live_numbers")
        assert held.e164 == number(5)
        ledger.refused.clear()
        await until(lambda: night.states() == ["acknowledged"] * HOMES)
    dialled = [order.dialled for order in night.telephone.orders]
    assert sorted(dialled) == [number(index) for index in range(HOMES)]


async def test_what_is_kept_for_later_says_no_less_than_what_came_after_it(a_night):
    # An old state was written a minute late over a newer one, and its key was gone.
    night = a_night(homes=1)
    campaign = await night.launched()
    ledger = refusing(night, number(0))
    order = night.order_to(0)
    night.picks_up(order)
    for _ in range(2):
        await beat_that_may_fail(night)
    ledger.refused.clear()
    night.hangs_up(order)
    await night.beat()
    night.presses(order)
    await night.beat()
    assert night.states() == ["acknowledged"]
    night.pass_time(61)
    await night.beat()
    attempt = night.attempts()[0]
    assert (attempt.state.value, attempt.keys) == ("ended", "1")
    await night.tick()
    assert night.state_of(campaign) == "finished"


@pytest.mark.parametrize("how", ["late key", "a word"])
async def test_a_fact_about_what_is_kept_for_later_is_not_overwritten(a_night, how):
    night = a_night(homes=1)
    campaign = await night.launched()
    ledger = refusing(night, number(0))
    order = night.order_to(0)
    night.does_not_answer(order)
    for _ in range(2):
        await beat_that_may_fail(night)
    ledger.refused.clear()
    if how == "late key":
        night.presses(order)
    else:
        (recipient,) = night.recipients()
        told = {"recipient": recipient.id, "proof": "called_back"}
        night.command("acknowledge", campaign, **told)
        await night.tick()
    await night.beat()
    night.pass_time(61)
    await night.beat()
    attempt = night.attempts()[0]
    said = attempt.keys or attempt.proof
    assert (attempt.state.value, said) in {("ended", "1"), ("ended", "called_back")}
    assert night.states() == ["acknowledged"]


async def test_who_is_engaged_while_a_beat_goes_in_parts_keeps_the_end(a_night):
    # Ended, not yet written, and followed no more: its claim seemed committed unheard,
    # went back, and could leave a second time under the same id.
    night = a_night(homes=4, trunks=(replace(OPERATOR, lines=6),))
    await night.launched()
    *others, last = sorted(night.telephone.orders, key=lambda o: o.recipient_id)
    engaged = [others.pop()]
    ledger = refusing(night, last.dialled)  # its part is tried first, the others follow
    night.supervisor.patience.wait_after(LineError("gone", error_id="database-lost"))
    night.supervisor.patience.wait_after(ValueError("a row that cannot be written"))
    apart = night.supervisor._apart
    write = apart._write

    async def write_while_a_call_ends(work: Any) -> Any:
        written = await write(work)
        if engaged:
            night.fails(engaged.pop(), 486, 17)
        return written

    apart._write = write_while_a_call_ends
    for order in (*others, last):
        night.rings(order)
    await night.beat()
    assert (engaged, ledger.given_back) == ([], [])


async def beat_that_may_fail(night: Night) -> None:
    try:
        await night.beat()
    except AssertionError as error:
        night.supervisor._wait_after(error)


async def test_a_stop_with_a_row_that_cannot_be_written_keeps_the_keys(
    a_night, database
):
    # The last beat failed as a whole: what everybody had pressed was lost with it.
    night = a_night(homes=2)
    await night.launched()
    refusing(night, number(0))
    for index in range(2):
        night.presses(night.order_to(index))
        night.hangs_up(night.order_to(index))
    await night.supervisor._last_beat(deadline=0.0)
    states = {row.id: row.state.value for row in night.recipients()}
    assert states[night.order_to(0).recipient_id] == "trying"
    assert states[night.order_to(1).recipient_id] == "acknowledged"
    night.telephone.journal = [journalled(night, night.order_to(0))]
    next_life = await killed_and_started_again(
        night, database, telephone=night.telephone
    )
    await next_life.beat()
    assert night.states() == ["acknowledged"] * 2
    assert {row.keys for row in night.attempts()} == {"1"}
    next_life.node.writer.close()


async def test_a_campaign_that_cannot_be_claimed_for_leaves_the_others_alone(a_night):
    night = a_night(homes=1)
    unsound = night.campaign()
    night.telephone.world = Obedient(night)
    ledger = night.commune.ledger = Picky(night.commune.ledger)
    ledger.refused.add(unsound)
    async with running(night) as supervisor:
        supervisor.hurry()
        await until(lambda: night.commune.rows("recipients"))
        night.campaign(name="Canicule")
        supervisor.hurry()
        await until(lambda: sorted(night.states()) == ["acknowledged", "waiting"])
    (order,) = night.telephone.orders
    assert order.campaign_id != unsound
