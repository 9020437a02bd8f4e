"""Calls for help in every report, and closed by name with what was done."""

from __future__ import annotations

import csv
import io
import json

import pytest

from automaton.domain.attempt import Attempt
from automaton.domain.campaign import CampaignClass
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.services.calls_for_help import (
    calls_for_help,
    close_alarm,
    find_alarm,
    reopen_alarm,
)
from automaton.services.launches import dry_run, launch
from automaton.services.progress import progress
from automaton.services.reports import ReportFormat as F
from automaton.services.reports import pieces, report
from automaton.store.engine import writing
from automaton.store.people.duty import refuse_last
from automaton.store.people.erasure import erase
from tests.services.campaigns.city import City, Told, play

HELPED = Told(Outcome.ACKNOWLEDGED, keys="3", state=RecipientState.ACKNOWLEDGED)
SILENT = Told(Outcome.NO_ANSWER)


@pytest.fixture
def asked(city: City) -> tuple[City, str, list[Attempt]]:
    """A campaign in which the first home asked for help."""
    city.on_duty()
    city.homes(2)
    campaign = city.started(help_key=True)
    return city, campaign, play(city, campaign, [HELPED, SILENT])


Asked = tuple[City, str, list[Attempt]]


def told(city: City, campaign: str, form: F, language: str = "fr") -> str:
    return "".join(pieces(report(city.office, campaign), form, language))


def sheet(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def doors(city: City, campaign: str) -> list[dict[str, str]]:
    """Return the list for the door-to-door, without the lines under it."""
    return [row for row in sheet(told(city, campaign, F.VISITS)) if row["nom"]]


def test_it_is_open_in_every_report_until_it_is_closed(asked: Asked) -> None:
    city, campaign, (helped, _) = asked
    data = json.loads(told(city, campaign, F.JSON))
    (alarm,) = data["alarms"]
    assert (alarm["state"], alarm["is_open"]) == ("untaken", True)
    assert (alarm["recipient_id"], alarm["number"]) == (
        helped.recipient_id,
        helped.e164,
    )
    assert alarm["name"] == "Odile Vasseur"
    assert {one["alarm"] for one in data["recipients"]} == {"untaken", None}
    rows = sheet(told(city, campaign, F.CSV))
    assert {row["demande d'aide"] for row in rows if row["touches"] == "3"} == {
        "OUVERTE, prise par personne"
    }
    page = told(city, campaign, F.HTML)
    assert "Demandes d&#39;aide ouvertes : 1" in page
    assert "OUVERTE, prise par personne" in page

    close_alarm(city.office, alarm["id"], "ines", "Vue à 10 h, tout va bien.")
    data = json.loads(told(city, campaign, F.JSON))
    (alarm,) = data["alarms"]
    assert (alarm["state"], alarm["closed_by"]) == ("closed", "ines")
    assert alarm["note"] == "Vue à 10 h, tout va bien."
    page = told(city, campaign, F.HTML)
    assert "Demandes d&#39;aide ouvertes" not in page
    assert "Vue à 10 h, tout va bien." in page
    assert data["help_asked"] == [helped.recipient_id]


def test_who_waits_for_help_is_the_first_door(asked: Asked) -> None:
    # Key 3 confirms too: who had pressed it was on no list of doors, help on the way
    # or not.
    city, campaign, (helped, silent) = asked
    first, last = doors(city, campaign)
    assert first["demande d'aide"] == "OUVERTE, prise par personne"
    assert (first["état"], last["demande d'aide"]) == ("a confirmé", "")
    assert helped.e164 in first["numéros"]
    assert "OPEN, taken by nobody" in told(city, campaign, F.VISITS, "en")
    assert report(city.office, campaign).to_visit == 2

    close_alarm(city.office, "odile vasseur", "ines", "Fait.")
    (only,) = doors(city, campaign)
    assert silent.e164 in only["numéros"]
    assert report(city.office, campaign).to_visit == 1


def test_whoever_took_it_is_named_and_it_stays_open(asked: Asked) -> None:
    city, campaign, _ = asked
    (alarm,) = city.commune.rows("alarms")
    at = city.commune.now
    city.commune.change("alarms", alarm.id, taken_at=at, taken_name="Mme Aubrac")
    assert "OUVERTE, prise en charge" in told(city, campaign, F.CSV)
    assert "Mme Aubrac" in told(city, campaign, F.HTML)
    assert "OPEN, taken" in told(city, campaign, F.CSV, "en")
    assert report(city.office, campaign).open_alarms[0].taken_name == "Mme Aubrac"


def test_a_screen_counts_the_open_ones(asked: Asked) -> None:
    city, campaign, _ = asked
    look = progress(city.office, campaign)
    assert (look.alarms_open, look.alarms_untaken) == (1, 1)
    close_alarm(city.office, "odile vasseur", "ines", "Fait.")
    look = progress(city.office, campaign)
    assert (look.alarms_open, look.alarms_untaken) == (0, 0)


def test_it_is_closed_by_name_in_the_audit_and_opened_again(asked: Asked) -> None:
    city, _, _ = asked
    (alarm,) = calls_for_help(city.office)
    close_alarm(city.office, alarm.id[-6:], "ines", " Vue \n chez elle. ")
    (closed,) = calls_for_help(city.office, closed=True)
    assert (closed.closed_by, closed.note) == ("ines", "Vue chez elle.")
    assert calls_for_help(city.office) == []
    assert reopen_alarm(city.office, alarm.id, "remi").id == alarm.id
    (again,) = calls_for_help(city.office)
    assert (again.closed_by, again.closed_at, again.note) == (
        None,
        None,
        "Vue chez elle.",
    )
    lines = [row for row in city.commune.rows("audit") if row.subject == "alarm"]
    assert [row.action for row in lines] == ["alarm_closed", "alarm_reopened"]
    assert {row.subject_id for row in lines} == {alarm.id}


@pytest.mark.parametrize(
    ("which", "note", "why"),
    [
        ("personne", "Fait.", "There is no call for help « personne »."),
        ("Odile Vasseur", "  ", "Say in up to 500 letters what was done"),
        ("Odile Vasseur", "x" * 501, "Say in up to 500 letters what was done"),
    ],
)
def test_what_cannot_be_closed_is_refused(
    asked: Asked, which: str, note: str, why: str
) -> None:
    with pytest.raises(RequestError, match=why):
        close_alarm(asked[0].office, which, "ines", note)


def test_nothing_is_closed_or_opened_twice(asked: Asked) -> None:
    city = asked[0]
    with pytest.raises(RequestError, match="is open already"):
        reopen_alarm(city.office, "Odile Vasseur", "ines")
    close_alarm(city.office, "Odile Vasseur", "ines", "Fait.")
    with pytest.raises(RequestError, match="is closed already"):
        close_alarm(city.office, "Odile Vasseur", "ines", "Fait.")


def test_of_several_of_one_name_one_is_named_by_its_code(city: City) -> None:
    city.on_duty()
    city.homes(2)
    campaign = city.started(help_key=True)
    play(city, campaign, [HELPED, HELPED])
    with pytest.raises(RequestError, match="Several calls for help"):
        find_alarm(city.office, "Odile Vasseur")
    one, other = calls_for_help(city.office)
    close_alarm(city.office, one.id[-6:], "ines", "Fait.")
    assert find_alarm(city.office, "Odile Vasseur").id == other.id


def test_a_home_has_one_open_alarm_and_another_one_after_its_end(asked: Asked) -> None:
    city, _, (helped, _) = asked
    later = helped.having(id="another", keys="3")
    insert = {"created_at": city.commune.now, "contact_point_id": "p"}
    told = {n: getattr(later, n) for n in ("id", "campaign_id", "recipient_id")}
    row = {"e164": later.e164, "due_at": later.due_at, "state": later.state}
    city.commune.add("attempts", **told, **row, **insert)
    city.commune.save(later)
    assert len(calls_for_help(city.office)) == 1
    close_alarm(city.office, "Odile Vasseur", "ines", "Fait.")
    city.commune.save(helped)  # told once more: it is not opened again
    assert calls_for_help(city.office) == []
    city.commune.save(later)
    (new,) = calls_for_help(city.office)
    assert new.attempt_id == "another"
    old = next(o for o in calls_for_help(city.office, closed=True) if not o.is_open)
    with pytest.raises(RequestError, match="is open already"):
        reopen_alarm(city.office, old.id, "ines")


def test_key_3_is_refused_where_nobody_would_be_rung(city: City) -> None:
    city.homes(1)
    wish = {"campaign_class": CampaignClass.EXERCISE, "help_key": True}
    campaign = city.create(**wish)
    why = "Its key 3 asks for help, and nobody would be rung"
    assert any(why in problem for problem in dry_run(city.office, campaign).problems)
    with pytest.raises(RequestError, match=why):
        launch(city.office, campaign, "ines")
    city.on_duty()
    assert not any(why in one for one in dry_run(city.office, campaign).problems)


def test_the_last_on_duty_stays_while_somebody_may_ask_for_help(city: City) -> None:
    city.on_duty()
    city.homes(1)
    wish = {"campaign_class": CampaignClass.EXERCISE, "help_key": True}
    campaign = city.started(**wish)
    (listed,) = city.commune.rows("duty_entries")
    with writing(city.engine) as connection:
        entry = duty_entry(city)
        with pytest.raises(RequestError, match="may ask for help"):
            refuse_last(connection, entry)
    play(city, campaign, [HELPED])
    city.commune.change("campaigns", campaign, state="finished")
    with (
        writing(city.engine) as connection,
        pytest.raises(RequestError, match="may ask for help"),
    ):
        refuse_last(connection, entry)
    close_alarm(city.office, "Odile Vasseur", "ines", "Fait.")
    with writing(city.engine) as connection:
        refuse_last(connection, entry)
    assert listed.id == entry.id


def duty_entry(city: City):  # type: ignore[no-untyped-def]
    from automaton.store.people import SqlBook  # noqa: PLC0415

    (entry,) = SqlBook(city.engine).duty_list(city.commune.id)
    return entry


def test_who_asked_for_help_is_erased_once_that_is_closed(asked: Asked) -> None:
    city, _, (helped, _) = asked
    points = {row.id: row.contact_id for row in city.commune.rows("contact_points")}
    person = points[helped.contact_point_id]
    with (
        writing(city.engine) as connection,
        pytest.raises(RequestError, match="has asked for help by key 3"),
    ):
        erase(connection, person)
    (alarm,) = calls_for_help(city.office)
    close_alarm(city.office, alarm.id, "ines", "Odile va bien.")
    with writing(city.engine) as connection:
        erase(connection, person)
    (left,) = calls_for_help(city.office, closed=True)
    assert (left.name, left.address, left.number, left.note) == ("", "", "", "")
