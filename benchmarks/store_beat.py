"""What the store costs a call: claim, four saves and a conclusion, in batches.

And what a screen costs that looks at the campaign of a whole town.

`python -m benchmarks.store_beat [ADDRESS OF AN EMPTY DATABASE]`; without an address a
SQLite file that is gone afterwards. Times are this process's CPU, not the wall's.
"""

import sys
import tempfile
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from time import process_time

from automaton.domain.attempt import Attempt, advance
from automaton.domain.events import Answered, CallEvent, Heard, HungUp, KeyPressed, Rang
from automaton.domain.policy import CEILINGS
from automaton.domain.proof import proof_of
from automaton.domain.recipient import RecipientState
from automaton.ports import Case, RecipientChange, Want
from automaton.services.progress import ProgressView
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from tests.services.campaigns.city import City, fill, play, random_script
from tests.store.commune import NODE, NOW, Commune
from tests.store.test_plan import populate

HOMES, CHUNK = 19_000, 500
CALLS, BATCH = 2_000, 20
LOOKS = 20


def main(words: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = next(iter(words), "") or f"sqlite:///{Path(folder) / 'town.sqlite3'}"
        upgrade(url)
        seal = SealFile("main", Path(folder) / "audit.key")
        engine = sealed(open_database(url), seal)
        commune = Commune(engine)
        populate(commune, HOMES)
        campaign = commune.campaign()
        whole, slowest = plan(commune, campaign)
        print(f"plan of {HOMES} homes: {whole:.2f} s of CPU, a chunk {slowest:.3f} s")
        seconds = ring(commune, campaign)
        print(f"claim to conclusion, a call: {seconds / CALLS * 1e3:.3f} ms of CPU")
        reached = commune.rows("recipients", state=RecipientState.ACKNOWLEDGED)
        assert len(reached) == CALLS
        seconds = look(City(engine, Path(folder)))
        print(f"a look at {HOMES} homes, each rung once: {seconds:.3f} s of CPU")
        engine.dispose()


def plan(commune: Commune, campaign: str) -> tuple[float, float]:
    """Plan a town in chunks; return the seconds of all and of the slowest."""
    seconds = []
    for _ in range(0, HOMES, CHUNK):
        begun = process_time()
        with commune.ledger.transaction() as transaction:
            assert transaction.plan_chunk(campaign, NOW, CHUNK) == CHUNK
        seconds.append(process_time() - begun)
    return sum(seconds), max(seconds)


def ring(commune: Commune, campaign: str) -> float:
    """Ring the first homes; return the seconds of the store, its commits included.

    Each step of a batch is a beat of its own: a busy daemon has fewer commits.
    """
    want = Want(campaign, BATCH, CEILINGS)
    seconds = 0.0
    for _ in range(CALLS // BATCH):
        begun = process_time()
        with commune.ledger.transaction() as transaction:
            claims = transaction.claim([want], NOW, NODE)
            transaction.assign([(claim.attempt.id, "west") for claim in claims])
        seconds += process_time() - begun
        seconds += follow(commune, [claim.attempt for claim in claims])
    return seconds


def look(city: City) -> float:
    """Return the seconds of the cheapest look at a town that has been rung."""
    fill(city, HOMES)
    campaign = city.started(collectivity=city.commune.id)
    play(city, campaign, random_script(HOMES))
    view = ProgressView(city.office, campaign)
    view.look()
    spent = []
    for _ in range(LOOKS):
        begun = process_time()
        view.look()
        spent.append(process_time() - begun)
    return min(spent)


def rings(id_: str) -> list[CallEvent]:
    return [Rang(id_, NOW)]


def answers(id_: str) -> list[CallEvent]:
    return [Answered(id_, NOW)]


def presses(id_: str) -> list[CallEvent]:
    return [KeyPressed(id_, NOW, "1", 1, 1, 6.0)]


def hangs_up(id_: str) -> list[CallEvent]:
    return [Heard(id_, NOW, 1, 6.0), HungUp(id_, NOW, None, 16)]


def follow(commune: Commune, attempts: Sequence[Attempt]) -> float:
    seconds = 0.0
    for step in (rings, answers, presses, hangs_up):
        attempts = [told(attempt, step(attempt.id)) for attempt in attempts]
        begun = process_time()
        with commune.ledger.transaction() as transaction:
            transaction.save(attempts)
            if not attempts[0].is_open:
                cases = transaction.cases([a.recipient_id for a in attempts])
                transaction.conclude([concluded(case) for case in cases], NOW)
        seconds += process_time() - begun
    return seconds


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
    main(sys.argv[1:])
