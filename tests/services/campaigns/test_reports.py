"""Reports of a played campaign, read back and counted independently."""

import csv
import io
import json
import sqlite3
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.domain.report import Report
from automaton.errors import RequestError
from automaton.ports import DutyCall
from automaton.services.commands import stop
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.report_words import LANGUAGES, word_table, words_in
from automaton.services.reports import (
    ReportFormat,
    hand_out,
    pieces,
    report,
    report_path,
    write_report,
)
from automaton.services.sheets import harmless
from tests.services.campaigns.city import City, Told, fill, obey, play, random_script
from tests.store.sealing import hashed

HOMES = 60
VOID = {"meta", "line", "rect", "polyline", "polygon", "br"}
F = ReportFormat


class Page(HTMLParser):
    """A page as its reader meets it: balanced tags, headings, tables, languages."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.text: list[str] = []
        self.links: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        self.links += [v or "" for k, v in attrs if k in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def has(self, words: str) -> bool:
        return words in " ".join("".join(self.text).split())


@pytest.fixture
def campaign(city: City) -> str:
    fill(city, HOMES)
    campaign = city.started(lines=10)
    play(city, campaign, random_script(HOMES))
    city.commune.pass_time(minutes=2)
    city.move(campaign, CampaignState.FINISHED)
    return campaign


def told(city: City, campaign: str, form: ReportFormat, language: str = "fr") -> str:
    return "".join(pieces(report(city.office, campaign), form, language))


def sheet(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:]), delimiter=";"))
    return rows[:-2]  # the last ones tell what was proven, the head of the audit


def counted(city: City, question: str, campaign: str) -> dict[str, int]:
    """Count by hand, past everything that the product knows of its database."""
    connection = sqlite3.connect(city.folder / "automaton.db")
    try:
        return dict(connection.execute(question, (campaign,)).fetchall())
    finally:
        connection.close()


def test_json_counts_are_those_of_an_independent_count(
    city: City, campaign: str
) -> None:
    data = json.loads(told(city, campaign, F.JSON))
    states = "SELECT state, count(*) FROM recipients WHERE campaign_id=? GROUP BY 1"
    outcomes = (
        "SELECT outcome, count(*) FROM attempts WHERE campaign_id=?"
        " AND claimed_at IS NOT NULL GROUP BY 1"
    )
    figures = data["figures"]
    assert figures["by_state"] == counted(city, states, campaign)
    assert figures["by_outcome"] == counted(city, outcomes, campaign)
    assert figures["recipients"] == len(data["recipients"]) == HOMES


def test_json_holds_every_attempt_with_every_fact(city: City, campaign: str) -> None:
    data = json.loads(told(city, campaign, F.JSON))
    listed = {a["id"]: a for r in data["recipients"] for a in r["attempts"]}
    rows = city.commune.rows("attempts", campaign_id=campaign)
    assert set(listed) == {row.id for row in rows}
    for row in rows:
        one = listed[row.id]
        assert (one["number"], one["trunk"], one["keys"]) == (
            row.e164,
            row.trunk,
            row.keys,
        )
        assert (one["sip"], one["q850"]) == (row.sip, row.q850)
        assert one["claimed_at"] == row.claimed_at.isoformat()
        assert one["ended_at"] == row.ended_at.isoformat()
        assert one["outcome"] == row.outcome


def test_time_to_half_is_the_moment_of_the_home_in_the_middle(
    city: City, campaign: str
) -> None:
    data = json.loads(told(city, campaign, F.JSON))
    rows = city.commune.rows("recipients", campaign_id=campaign)
    moments = sorted(row.acknowledged_at for row in rows if row.acknowledged_at)
    started = city.office.desk.card(campaign).started_at
    assert started is not None
    half = data["figures"]["seconds_to_acknowledged"]["50"]["of_recipients"]
    assert half == (moments[HOMES // 2 - 1] - started).total_seconds()


def test_line_utilisation_is_worked_out_again_from_the_rows(
    city: City, campaign: str
) -> None:
    rows = city.commune.rows("attempts", campaign_id=campaign)
    busy = sum((row.ended_at - row.claimed_at).total_seconds() for row in rows)
    first = min(row.claimed_at for row in rows)
    last = max(row.ended_at for row in rows)
    expected = busy / (10 * (last - first).total_seconds())
    figures = json.loads(told(city, campaign, F.JSON))["figures"]
    assert figures["line_utilisation"] == pytest.approx(expected)
    assert figures["first_ring_at"] == min(row.rang_at for row in rows).isoformat()


def test_csv_has_a_row_for_every_call_and_every_number_is_harmless(
    city: City, campaign: str
) -> None:
    rows = sheet(told(city, campaign, F.CSV))
    assert len(rows) == HOMES
    assert all(row["numéro"].startswith("'+33") for row in rows)
    data = json.loads(told(city, campaign, F.JSON))
    by_outcome = Counter(row["issue"] for row in rows)
    words = word_table()["fr"]["outcome"]
    expected = {words[o]: n for o, n in data["figures"]["by_outcome"].items()}
    assert by_outcome == expected


def test_csv_speaks_english_too_and_who_was_never_called_has_a_row(city: City) -> None:
    city.homes(2)
    rows = sheet(told(city, city.started(), F.CSV, "en"))
    assert [row["state"] for row in rows] == ["waiting", "waiting"]
    assert [row["call"] for row in rows] == ["", ""]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_of_a_sheet_is_a_formula(city: City, sign: str) -> None:
    evil = f'{sign}HYPERLINK("http://x.example";"clic")'
    city.commune.home("+33199000007", last_name=evil, first_name="")
    campaign = city.started()
    play(city, campaign, [Told(Outcome.NO_ANSWER)])
    for form in (F.CSV, F.VISITS):
        text = told(city, campaign, form)[1:]
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
        cells = [cell for row in rows[1:] for cell in row]
        assert not [cell for cell in cells if cell.startswith(sign)]
        assert any("HYPERLINK" in cell for cell in cells)


def test_harmless_cells_stay_as_they_are() -> None:
    assert [harmless(cell) for cell in ("Le Goff", 12, None, "a=b")] == [
        "Le Goff",
        "12",
        "",
        "a=b",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_stands_alone_and_is_well_formed(
    city: City, campaign: str, language: str
) -> None:
    text = told(city, campaign, F.HTML, language)
    page = Page(text)
    assert page.open == []
    assert ("html", {"lang": language}) in page.attributes
    assert all(link.startswith("#") for link in page.links)
    assert "url(" not in text
    assert "@import" not in text
    assert page.tags["script"] == 0
    assert page.tags["h1"] == 1


def test_html_is_accessible(city: City, campaign: str) -> None:
    page = Page(told(city, campaign, F.HTML))
    drawings = [attrs for tag, attrs in page.attributes if tag == "svg"]
    assert drawings[0]["role"] == "img"
    named = (drawings[0]["aria-labelledby"] or "").split()
    ids = {attrs.get("id") for _, attrs in page.attributes}
    assert set(named) <= ids
    heads = [attrs for tag, attrs in page.attributes if tag == "th"]
    assert all("scope" in attrs for attrs in heads)
    assert page.tags["main"] == page.tags["header"] == page.tags["footer"] == 1


def test_html_shows_the_figures_of_the_json(city: City, campaign: str) -> None:
    page = Page(told(city, campaign, F.HTML))
    figures = json.loads(told(city, campaign, F.JSON))["figures"]
    words = words_in("fr", "Europe/Paris")
    acknowledged = figures["acknowledged"]
    share = words.percent(acknowledged / HOMES)
    assert page.has(f"{acknowledged} ({share})")
    assert page.has(words.percent(figures["line_utilisation"]))
    missed = HOMES - acknowledged
    assert page.has(f"À visiter : foyers qui n'ont pas confirmé : {missed}")
    for row in city.commune.rows("attempts", campaign_id=campaign):
        assert page.has(row.id)


def test_html_draws_the_curve_up_to_those_who_confirmed(
    city: City, campaign: str
) -> None:
    page = Page(told(city, campaign, F.HTML))
    ((_, curve),) = [found for found in page.attributes if found[0] == "polyline"]
    heights = [float(p.split(",")[1]) for p in (curve["points"] or "").split()]
    assert heights == sorted(heights, reverse=True)
    figures = json.loads(told(city, campaign, F.JSON))["figures"]
    share = figures["acknowledged"] / HOMES
    assert heights[-1] == pytest.approx(300 - 284 * share, abs=0.1)


def test_html_escapes_what_people_are_called(city: City) -> None:
    city.commune.home("+33199000007", last_name="<script>alert(1)</script>")
    text = told(city, city.started(), F.HTML)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_report_of_nothing_is_a_report(city: City) -> None:
    campaign = city.create()
    page = Page(told(city, campaign, F.HTML))
    assert page.has("Personne.")
    assert page.tags["svg"] == 0
    assert json.loads(told(city, campaign, F.JSON))["recipients"] == []


def test_an_exercise_is_said_at_the_top(city: City) -> None:
    city.homes(1)
    campaign = city.create(campaign_class=CampaignClass.EXERCISE)
    assert Page(told(city, campaign, F.HTML)).has("EXERCICE")


def test_visits_are_sorted_street_by_street(city: City, campaign: str) -> None:
    rows = sheet(told(city, campaign, F.VISITS))
    data = json.loads(told(city, campaign, F.JSON))
    assert [row["adresse"] for row in rows] == [
        one["address"] for one in data["not_reached"]
    ]
    numbers = [int(row["adresse"].split()[0]) for row in rows]
    assert numbers == sorted(numbers)
    acknowledged = data["figures"]["acknowledged"]
    assert len(rows) == HOMES - acknowledged


def test_who_asked_for_help_comes_first(city: City) -> None:
    city.homes(2)
    campaign = city.started(help_key=True)
    script = [
        Told(Outcome.ACKNOWLEDGED, keys="3", state=RecipientState.ACKNOWLEDGED),
        Told(Outcome.NO_ANSWER),
    ]
    helped = play(city, campaign, script)[0].recipient_id
    assert json.loads(told(city, campaign, F.JSON))["help_asked"] == [helped]
    page = Page(told(city, campaign, F.HTML))
    assert page.has("Ont demandé de l'aide (touche 3) : 1")


def test_follow_ups_and_their_parent_show_each_other(city: City, campaign: str) -> None:
    again = follow_up(city.office, campaign, FollowUpWish(FollowUp.AGAIN, "x")).id
    (down,) = report(city.office, campaign).linked
    assert (down.id, down.follow_up, down.is_parent) == (again, "again", False)
    (up,) = report(city.office, again).linked
    assert (up.id, up.is_parent) == (campaign, True)
    assert sum(up.counts.values()) == HOMES
    assert Page(told(city, campaign, F.HTML)).has("nouvelle tournée")
    assert Page(told(city, again, F.HTML, "en")).has("follows")


def test_calls_to_the_duty_list_are_told(city: City, campaign: str) -> None:
    ring = DutyCall(
        "d1",
        city.commune.id,
        campaign,
        "alert_ended",
        "+33639980001",
        "south",
        city.commune.now,
        "acknowledged",
        True,
    )
    with city.commune.ledger.transaction() as transaction:
        transaction.note_duty_call(ring)
    (duty,) = json.loads(told(city, campaign, F.JSON))["duty_calls"]
    assert (duty["number"], duty["taken"]) == ("+33639980001", True)
    assert Page(told(city, campaign, F.HTML)).has("fin de l'alerte")


@pytest.mark.parametrize(
    ("form", "named"), [(None, "summary"), (F.CSV, "csv"), (F.VISITS, "visits")]
)
def test_who_is_handed_a_report_stands_in_the_audit(
    city: City, campaign: str, form: F | None, named: str
) -> None:
    with hand_out(city.office, campaign, form, "Inès") as handed_out:
        assert len(handed_out.recipients) == HOMES
    last = city.commune.rows("audit")[-1]
    by = hashed(city.commune.engine, "Inès")
    assert (last.action, last.by) == ("report_handed_out", by)
    assert (last.subject, last.subject_id) == ("campaign", campaign)
    assert last.collectivity_id == city.commune.id
    assert last.details == {"format": named, "count": str(HOMES)}


def test_a_report_is_written_for_its_owner_and_group(city: City, campaign: str) -> None:
    path = report_path(city.office, campaign, F.HTML)
    write_report(report(city.office, campaign), F.HTML, path)
    assert path.parent == city.settings.folders.reports
    assert path.stat().st_mode & 0o777 == 0o640
    assert Page(path.read_text("utf-8")).open == []


def test_a_report_that_cannot_be_written_says_where(city: City, campaign: str) -> None:
    blocked = city.folder / "blocked"
    blocked.write_text("a file, no folder")
    with pytest.raises(RequestError, match="cannot be written: Not a directory"):
        write_report(report(city.office, campaign), F.CSV, blocked / "x.csv")


@pytest.mark.slow
def test_nineteen_thousand_recipients_are_reported_in_seconds(city: City) -> None:
    fill(city, 19_000)
    campaign = city.started()
    play(city, campaign, random_script(19_000))
    made: Report = report(city.office, campaign)
    for form in ReportFormat:
        write_report(made, form, path := Path(city.folder / form.value))
        assert path.stat().st_size > 100_000
    written = json.loads((city.folder / F.JSON.value).read_text("utf-8"))
    assert len(written["recipients"]) == 19_000
    with (city.folder / F.CSV.value).open(encoding="utf-8-sig", newline="") as rows:
        assert len(list(csv.DictReader(rows, delimiter=";"))) == 19_000 + 2


def test_why_a_campaign_pauses_is_shown(city: City) -> None:
    city.homes(1)
    campaign = city.started()
    city.commune.change("campaigns", campaign, pause_reason="orage sur la ville")
    assert Page(told(city, campaign, F.HTML)).has("orage sur la ville")


def test_why_somebody_stopped_a_campaign_is_in_the_report(city: City) -> None:
    city.homes(1)
    campaign = city.started()
    stop(city.office, campaign, "m.durand", "fausse alerte")
    obey(city)
    (order,) = json.loads(told(city, campaign, F.JSON))["orders"]
    known = [order[name] for name in ("name", "by", "reason")]
    assert known == ["stop", "m.durand", "fausse alerte"]
    assert order["done_at"]
    page = Page(told(city, campaign, F.HTML))
    assert all(page.has(words) for words in ("Ordre d'arrêter", "fausse alerte"))


def test_what_blames_a_trunk_is_told(city: City, campaign: str) -> None:
    (trunk,) = json.loads(told(city, campaign, F.JSON))["figures"]["trunks"]
    rows = city.commune.rows("attempts", campaign_id=campaign)
    congested = sum(row.outcome is Outcome.CONGESTION for row in rows)
    assert trunk["faults"] == {"congestion": congested}
    assert Page(told(city, campaign, F.HTML)).has(f"réseau encombré : {congested}")
