"""Lines, calls per second and one call a number hold by the town's own clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from automaton.lab.compare import calls_of, compare
from automaton.lab.history import HistoryRules, TrunkRules, check
from automaton.lab.log import Event
from automaton.store.engine import reading
from automaton.store.tables import attempts
from tests.system.conftest import MakeStage
from tests.system.stage import (
    DUTY,
    Stage,
    Trunk,
    home,
    number,
    on_duty,
    until,
)

pytestmark = pytest.mark.asterisk

A_SECOND = timedelta(seconds=1)
LINES, A_SECOND_EACH = 4, 4
QUICK, TALKING = range(1, 13), range(13, 21)
SHARED = 1


def test_lines_and_calls_per_second_hold(stage: MakeStage) -> None:
    script = "".join(home(serial, "busy") for serial in QUICK)
    script += "".join(home(serial, "hangs_up", think=1) for serial in TALKING)
    trunk = Trunk(
        script + on_duty(DUTY),
        lines=LINES + 1,
        more=f"calls_per_second = {A_SECOND_EACH}",
    )
    here = stage(trunks={"town": trunk})
    campaign = here.alerted(tries_per_contact_point=1)
    here.ended(campaign)
    until(lambda: len(here.happened("hangup", *TALKING)) == len(TALKING))
    calls = [
        (call.invite.at, call.ended_at)
        for one, calls in calls_of(here.town.log()).items()
        for call in calls
        if one != DUTY
    ]
    assert len(calls) == len(QUICK) + len(TALKING)
    starts = sorted(begin for begin, _ in calls)
    assert most_in_a_second(starts) <= A_SECOND_EACH + 1
    alive = [sum(b <= at < (e or at) for b, e in calls) for at in starts]
    assert 2 <= max(alive) <= LINES
    assert here.town.compare(here.records(campaign), tries=1) == []
    rules = HistoryRules(
        any_trunk=TrunkRules(LINES + 1, A_SECOND_EACH),
        tries=1,
        expectations=here.town.oracle(1),
        others=frozenset({DUTY}),
    )
    assert check(here.records(campaign), here.town.log(), rules) == []


def test_what_meets_a_full_exchange_is_on_record_and_comes_back(
    stage: MakeStage,
) -> None:
    choke = '[[choke]]\nprefix = "+3319900"\ncalls_a_minute = 30\nretry_after = 3\n'
    script = "".join(home(serial) for serial in range(1, 9)) + on_duty("+33261910001")
    here = stage(choke + script)
    register = here.commune(duty=("+33261910001",))
    here.entered(register)
    campaign = here.drafted(register, retry_every="5 s")
    here.launch(campaign)
    here.ended(campaign)
    refused = [event for event in here.happened("refused") if event.sip == 503]
    assert 0 < len(refused) < 40
    assert set(here.states(campaign).values()) == {"acknowledged"}
    assert here.town.compare(here.records(campaign)) == []
    asked = select(attempts.c.retry_after).where(attempts.c.sip == 503)
    with reading(here.office.desk.engine) as connection:
        assert set(connection.execute(asked).scalars()) == {3}
    assert "an exchange is slowed" in here.said()


def most_in_a_second(starts: list[object]) -> int:
    return max(
        sum(begin <= other < begin + A_SECOND for other in starts) for begin in starts
    )


def test_two_campaigns_and_two_homes_never_ring_one_number_at_once(
    stage: MakeStage,
) -> None:
    here = stage(home(SHARED, "hangs_up", think=1) + on_duty(DUTY))
    register = here.commune()
    here.entered(
        register,
        "nom;prénom;adresse;téléphone\n"
        f"Aubrac;Marthe;1 rue Basse;{number(SHARED)}\n"
        f"Zabalza;Firmin;9 quai du Héron;{number(SHARED)}\n",
    )
    campaigns = [
        here.drafted(register, name, tries_per_contact_point=1) for name in ("A", "B")
    ]
    for campaign in campaigns:
        here.launch(campaign)
    for campaign in campaigns:
        here.ended(campaign)
    assert len(rung(here)) == 4
    assert compare([], here.town.log()) == []
    assert sum(len(here.report(c).attempts) for c in campaigns) == 4
    records = [row for campaign in campaigns for row in here.records(campaign)]
    rules = HistoryRules(tries=1, others=frozenset({DUTY}))
    assert check(records, here.town.log(), rules) == []


def rung(here: Stage) -> list[Event]:
    return here.happened("invite", SHARED)
