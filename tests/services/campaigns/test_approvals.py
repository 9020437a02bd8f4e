"""A large alert by telephone: a second officer, or one alone who says why."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from automaton.domain.approval import Approval, Decision
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.officer import Officer
from automaton.errors import RequestError
from automaton.ids import new_id
from automaton.services.approvals import (
    alone_in,
    ask,
    decide,
    launch_alone,
    launch_by_telephone,
    standing,
)
from automaton.services.commands import stop
from automaton.services.launches import Launched, dry_run, launch
from automaton.services.reports import ReportFormat, pieces, report
from automaton.store.approvals import approvals_of
from tests.services.campaigns.city import City, obey, settings_in

SMALL = {"calling": {"second_officer_above": 2}}
WHY = "La digue cède, personne ne répond"
ASKED, GIVEN = ["ring_officers", "nobody_decided"], ["launch", "news"]


@pytest.fixture
def town(city: City) -> City:
    """A city of three homes, where more than two need a second officer."""
    return ready(city)


def ready(city: City) -> City:
    city.use(settings_in(city.folder, **SMALL))
    city.homes(3)
    city.on_duty()
    return city


def officer(city: City, name: str = "Jeanne Marée") -> Officer:
    number = str(len(name))
    return Officer(new_id(), city.commune.id, number, name)


def asked(city: City, **changes: object) -> Approval:
    told = dry_run(city.office, city.create(**changes))
    found = launch_by_telephone(city.office, told, officer(city))
    assert isinstance(found, Approval)
    return found


def commands(city: City) -> list[str]:
    return [row.name for row in city.commune.rows("commands")]


def refusal(what: object, *arguments: object, **more: object) -> str:
    with pytest.raises(RequestError) as refused:
        what(*arguments, **more)  # type: ignore[operator]
    return refused.value.error_id


def test_a_small_alert_is_launched_at_once(city: City) -> None:
    city.homes(2)
    city.on_duty()
    city.use(settings_in(city.folder, **SMALL))
    told = dry_run(city.office, city.create())
    assert isinstance(launch_by_telephone(city.office, told, officer(city)), Launched)
    assert commands(city) == ["launch"]
    assert city.commune.rows("commands")[0].by == "Jeanne Marée"


def test_a_large_exercise_needs_a_second_officer_and_is_never_launched_alone(
    town: City,
) -> None:
    # Other classes than alert asked nobody, whatever their size.
    approval = asked(town, campaign_class=CampaignClass.EXERCISE)
    town.commune.clock.move(timedelta(minutes=6))
    alone = refusal(launch_alone, town.office, approval.id, officer(town), WHY)
    assert alone == "approval-class"
    decide(town.office, approval.id, officer(town, "Paul"), approves=True)
    assert commands(town) == ASKED + GIVEN


def test_a_large_alert_rings_the_other_officers_and_nobody_else(town: City) -> None:
    approval = asked(town)
    assert (approval.asked_by, approval.homes) == ("Jeanne Marée", 3)
    ring, later = town.commune.rows("commands")
    assert (later.name, later.payload["approval"]) == ("nobody_decided", approval.id)
    assert later.payload["due"] == "2026-01-15T09:05:30+00:00"
    assert (ring.name, ring.campaign_id) == ("ring_officers", approval.campaign_id)
    assert ring.payload["why"] == "approval"
    assert ring.payload["approval"] == approval.id
    assert town.commune.rows("audit")[-1].action == "approval_asked"


def test_asking_twice_asks_once_and_an_hour_later_anew(town: City) -> None:
    approval = asked(town)
    told = dry_run(town.office, approval.campaign_id)
    assert ask(town.office, told, officer(town)) == approval
    assert commands(town) == ASKED
    town.commune.clock.move(timedelta(hours=1))
    assert ask(town.office, told, officer(town)).id != approval.id
    paul = officer(town, "Paul")
    late = refusal(decide, town.office, approval.id, paul, approves=True)
    assert late == "approval-lapsed"


def test_who_asks_again_for_the_same_people_asks_in_place_of_before(town: City) -> None:
    # Another officer could agree to both drafts of a scenario: all were rung twice.
    first = asked(town)
    town.commune.clock.move(timedelta(minutes=4))
    again = asked(town, name="Crue, encore")
    assert standing(town.office, first.id).decision is Decision.REFUSED
    assert again.asked_at == first.asked_at  # the wait goes on where the line broke
    assert alone_in(town.office, again) == timedelta(minutes=1)
    waiting = [row for row in town.commune.rows("commands") if not row.finished_at]
    assert [row.payload["approval"] for row in waiting] == [again.id] * 2
    assert waiting[1].payload["due"] == "2026-01-15T09:05:30+00:00"
    other = officer(town, "Denis")
    assert refusal(decide, town.office, first.id, other, approves=True) == (
        "approval-closed"
    )


def test_a_second_officer_approves_and_it_starts(town: City) -> None:
    approval = asked(town)
    paul = officer(town, "Paul")
    decided = decide(town.office, approval.id, paul, approves=True)
    assert decided.launched is not None
    assert decided.approval.decision is Decision.APPROVED
    assert standing(town.office, approval.id) == decided.approval
    assert commands(town) == ASKED + GIVEN
    obey(town)
    card = town.office.desk.card(approval.campaign_id)
    assert (card.state, card.launched_by) == (CampaignState.RUNNING, "Jeanne Marée")
    assert "approval_given" in [row.action for row in town.commune.rows("audit")]
    assert report(town.office, card.id).alone is None


def test_who_asked_cannot_decide(town: City) -> None:
    approval = asked(town)
    again = refusal(decide, town.office, approval.id, officer(town), approves=True)
    assert again == "approval-second"
    assert standing(town.office, approval.id).is_open


def test_a_second_officer_refuses_and_nobody_launches_it_alone(town: City) -> None:
    approval = asked(town)
    paul = officer(town, "Paul")
    told = decide(town.office, approval.id, paul, approves=False, reason="fausse")
    assert (told.launched, told.approval.reason) == (None, "fausse")
    assert commands(town) == [*ASKED, "news"]
    (news,) = town.commune.rows("commands", name="news")
    assert (news.payload["news"], news.payload["by"]) == ("refused", "Paul")
    assert news.payload["due"] == "2026-01-15T09:00:30+00:00"
    again = ask(town.office, dry_run(town.office, approval.campaign_id), officer(town))
    town.commune.clock.move(timedelta(minutes=6))
    alone = refusal(launch_alone, town.office, again.id, officer(town), WHY)
    assert alone == "approval-refused"


def test_a_word_is_given_once(town: City) -> None:
    approval = asked(town)
    decide(town.office, approval.id, officer(town, "Paul"), approves=False)
    anne = officer(town, "Anne")
    assert refusal(decide, town.office, approval.id, anne, approves=True) == (
        "approval-closed"
    )
    assert commands(town) == [*ASKED, "news"]


def test_one_officer_launches_alone_after_the_wait_and_says_why(town: City) -> None:
    approval = asked(town)
    jeanne = officer(town)
    early = refusal(launch_alone, town.office, approval.id, jeanne, WHY)
    assert early == "approval-early"
    assert alone_in(town.office, approval) == timedelta(minutes=5)
    town.commune.clock.move(timedelta(minutes=5))
    assert refusal(launch_alone, town.office, approval.id, jeanne, " ") == (
        "approval-reason"
    )
    done = launch_alone(town.office, approval.id, jeanne, WHY)
    assert done.launched is not None
    assert (done.approval.decision, done.approval.reason) == (Decision.ALONE, WHY)
    assert commands(town) == [*ASKED, "launch", "ring_officers"]
    assert town.commune.rows("commands")[-1].payload["why"] == "launched_alone"
    assert town.commune.rows("audit")[-1].action == "launched_alone"
    paul = officer(town, "Paul")
    assert refusal(decide, town.office, approval.id, paul, approves=False) == (
        "approval-closed"
    )


def test_what_forbids_a_launch_is_said_before_anybody_is_asked(city: City) -> None:
    city.homes(3)
    city.use(settings_in(city.folder, **SMALL))
    told = dry_run(city.office, city.create())
    assert refusal(launch_by_telephone, city.office, told, officer(city)) == "launch"
    assert commands(city) == []


def test_what_was_stopped_meanwhile_is_not_launched(town: City) -> None:
    approval = asked(town)
    stop(town.office, approval.campaign_id, "m.durand")
    obey(town)
    paul = officer(town, "Paul")
    over = refusal(decide, town.office, approval.id, paul, approves=True)
    assert over == "campaign-state"
    assert standing(town.office, approval.id).is_open


def test_officers_of_elsewhere_decide_nothing(town: City) -> None:
    approval = asked(town)
    stranger = Officer(new_id(), new_id(), "9", "Zoé")
    for call in (
        lambda: decide(town.office, approval.id, stranger, approves=True),
        lambda: launch_alone(town.office, approval.id, stranger, WHY),
        lambda: launch_by_telephone(
            town.office, dry_run(town.office, approval.campaign_id), stranger
        ),
    ):
        assert refusal(call) == "approval-stranger"
    unknown = refusal(decide, town.office, "x", officer(town), approves=True)
    assert unknown == "approval-unknown"


def test_the_shell_asks_nobody(town: City) -> None:
    assert launch(town.office, town.create(), "m.durand").asked.command_id
    assert commands(town) == ["launch"]


def test_a_launch_by_one_alone_stands_first_in_every_report(town: City) -> None:
    approval = asked(town)
    town.commune.clock.move(timedelta(minutes=5))
    launch_alone(town.office, approval.id, officer(town), f"{WHY}; \n=1+1")
    obey(town)
    told = report(town.office, approval.campaign_id)
    texts = {form: "".join(pieces(told, form)) for form in ReportFormat}
    data = json.loads(texts[ReportFormat.JSON])
    assert list(data)[:2] == ["format", "launched_alone"]
    assert data["launched_alone"]["decided_by"] == "Jeanne Marée"
    assert [one["decision"] for one in data["approvals"]] == ["alone"]
    for form in (ReportFormat.CSV, ReportFormat.VISITS):
        rows = list(csv.reader(io.StringIO(texts[form][1:]), delimiter=";"))
        assert rows[0][0].startswith("LANCÉE PAR UN SEUL RESPONSABLE : Jeanne")
        assert WHY in rows[0][0]
        assert len(rows[0]) == 1
    page = texts[ReportFormat.HTML]
    assert page.index("LANCÉE PAR UN SEUL") < page.index("<h1>")
    english = "".join(pieces(told, ReportFormat.HTML, "en"))
    assert "LAUNCHED BY ONE OFFICER ALONE: Jeanne" in english


def test_a_word_asked_for_and_given_stands_in_the_report(town: City) -> None:
    approval = asked(town)
    page = "".join(pieces(report(town.office, approval.campaign_id), ReportFormat.HTML))
    assert "second responsable demandé" in page
    paul = officer(town, "Paul")
    decide(town.office, approval.id, paul, approves=True, reason="vu avec le maire")
    told = report(town.office, approval.campaign_id)
    page = "".join(pieces(told, ReportFormat.HTML))
    assert "approuvée par un second responsable" in page
    assert "vu avec le maire" in page
    assert "LANCÉE" not in "".join(pieces(told, ReportFormat.CSV))
    data = json.loads("".join(pieces(told, ReportFormat.JSON)))
    assert data["launched_alone"] is None


@pytest.mark.postgres
def test_approvals_live_on_postgresql(city_on_postgres: City) -> None:
    town = ready(city_on_postgres)
    approval = asked(town)
    told = dry_run(town.office, approval.campaign_id)
    assert ask(town.office, told, officer(town)) == approval
    decide(town.office, approval.id, officer(town, "Paul"), approves=True)
    (found,) = approvals_of(town.engine, approval.campaign_id)
    assert found.decision is Decision.APPROVED
    assert commands(town) == ASKED + GIVEN
