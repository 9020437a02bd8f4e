"""What the store costs a call: claim, four saves and a conclusion, in batches.

`python -m benchmarks.store_beat [ADDRESS OF AN EMPTY DATABASE]`; without an address a
SQLite file that is gone afterwards. Times are this process's CPU, not the wall's.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from time import perf_counter, process_time

from automaton.domain.attempt import Attempt, advance
from automaton.domain.events import Answered, CallEvent, Heard, HungUp, KeyPressed, Rang
from automaton.domain.policy import CEILINGS
from automaton.domain.proof import proof_of
from automaton.domain.recipient import RecipientState
from automaton.ports import Case, RecipientChange, Want
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from tests.store.commune import NODE, NOW, Commune
from tests.store.test_plan import populate

CALLS, BATCH = 2_000, 20


def main(address: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = address or f"sqlite:///{Path(folder) / 'town.sqlite3'}"
        upgrade(url)
        engine = open_database(url)
        commune = Commune(engine)
        populate(commune, CALLS)
        campaign = commune.campaign()
        report("plan, a home", CALLS, lambda: commune.plan(campaign))
        report("claim to conclusion, a call", CALLS, lambda: ring(commune, campaign))
        assert len(commune.rows("recipients", state=RecipientState.ACKNOWLEDGED))
        engine.dispose()


def report(what: str, times: int, work: Callable[[], object]) -> None:
    cpu, wall = process_time(), perf_counter()
    work()
    cpu, wall = process_time() - cpu, perf_counter() - wall
    print(f"{what}: {cpu / times * 1e3:.3f} ms CPU, {wall / times * 1e3:.3f} ms wall")


def ring(commune: Commune, campaign: str) -> None:
    """Ring everybody; each step of a batch is a beat with its own commit."""
    want = Want(campaign, BATCH, CEILINGS)
    while True:
        with commune.ledger.transaction() as transaction:
            claims = transaction.claim([want], NOW, NODE)
            transaction.assign([(claim.attempt.id, "west") for claim in claims])
        if not claims:
            return
        follow(commune, [claim.attempt for claim in claims])


def rings(id_: str) -> list[CallEvent]:
    return [Rang(id_, NOW)]


def answers(id_: str) -> list[CallEvent]:
    return [Answered(id_, NOW)]


def presses(id_: str) -> list[CallEvent]:
    return [KeyPressed(id_, NOW, "1", 1, 1, 6.0)]


def hangs_up(id_: str) -> list[CallEvent]:
    return [Heard(id_, NOW, 1, 6.0), HungUp(id_, NOW, None, 16)]


def follow(commune: Commune, attempts: Sequence[Attempt]) -> None:
    for step in (rings, answers, presses, hangs_up):
        attempts = [told(attempt, step(attempt.id)) for attempt in attempts]
        with commune.ledger.transaction() as transaction:
            transaction.save(attempts)
            if not attempts[0].is_open:
                cases = transaction.cases([a.recipient_id for a in attempts])
                transaction.conclude([concluded(case) for case in cases], NOW)


def told(attempt: Attempt, events: Sequence[CallEvent]) -> Attempt:
    return reduce(advance, events, attempt)


def concluded(case: Case) -> RecipientChange:
    last = case.attempts[-1]
    return RecipientChange(
        case.recipient.id,
        RecipientState.ACKNOWLEDGED,
        proof_of(last).value,
        last.key_at,
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
