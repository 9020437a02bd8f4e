"""The report of a campaign: read and written bit by bit as JSON, CSV, HTML, visits.

Nothing is changed, but who is handed a report stands in the audit. A report is open
while it is written: it is of one moment of the database, and never whole in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

from automaton.domain.collectivity import Act
from automaton.domain.record import CampaignHead, SpokenText
from automaton.domain.report import Report, ShortWalk
from automaton.errors import unwritable
from automaton.private import open_private
from automaton.services.audit import audit_head
from automaton.services.office import Office
from automaton.services.readiness import is_officer, proven
from automaton.services.report_csv import csv_pieces, visits_pieces
from automaton.services.report_html import html_pieces
from automaton.services.report_json import json_pieces
from automaton.services.report_walk import LongWalk
from automaton.services.report_words import words_in
from automaton.store.approvals import approvals_of
from automaton.store.drafts import CampaignCard
from automaton.store.orders import orders_to
from automaton.store.people.journal import journalise
from automaton.store.records import (
    duty_rings,
    kept_forecasts,
    linked_campaigns,
    opened,
)


class ReportFormat(StrEnum):
    """How a report is written; `visits` is the list for the door-to-door alone."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"
    VISITS = "visits"


OWNER_AND_GROUP_READ = 0o640
SUFFIXES = {
    ReportFormat.JSON: ".json",
    ReportFormat.CSV: ".csv",
    ReportFormat.HTML: ".html",
    ReportFormat.VISITS: "-visits.csv",
}


def report(office: Office, campaign_id: str) -> Report:
    """Return everything that is on record of a small campaign, in memory."""
    with reported(office, campaign_id) as told:
        whole = tuple(told.recipients)
    return replace(
        told,
        recipients=whole,
        walk=ShortWalk,
        calls=None,
        moments=None,
        concerned=None,
        states=None,
    )


@contextmanager
def reported(office: Office, campaign_id: str) -> Iterator[Report]:
    """Give everything that is on record of a campaign, however large, while it is open.

    It is of one moment of the database.
    """
    card = office.desk.card(campaign_id)
    engine = office.desk.engine
    launched, foreseen = kept_forecasts(engine, card.id)
    with opened(engine, card.id) as records, ExitStack() as closing:
        yield Report(
            head=_head(office, card),
            lines=office.capacity_of(card.policy).lines,
            made_at=office.clock.now(),
            recipients=records.recipients,
            linked=linked_campaigns(engine, card.id),
            duty=duty_rings(engine, card.id),
            alarms=records.alarms,
            orders=orders_to(engine, card.id),
            approvals=approvals_of(engine, card.id),
            audit_head=audit_head(office),
            proven=_proven(office, card),
            launched=launched,
            foreseen=foreseen,
            calls=records.calls,
            moments=records.moments,
            concerned=records.concerned,
            states=records.states,
            walk=partial(LongWalk, closing),
        )


@contextmanager
def hand_out(
    office: Office, campaign_id: str, form: ReportFormat | None, by: str
) -> Iterator[Report]:
    """Give the report that a person asked for; who took what is journalled.

    `form` None: the summary alone.
    """
    with reported(office, campaign_id) as told:
        yield _journalled(office, told, form, by)


def _journalled(
    office: Office, told: Report, form: ReportFormat | None, by: str
) -> Report:
    act = Act(
        by=by,
        at=told.made_at,
        action="report_handed_out",
        subject="campaign",
        subject_id=told.head.id,
        collectivity_id=office.desk.card(told.head.id).register.collectivity.id,
        details=(
            ("format", form.value if form else "summary"),
            ("count", str(len(told.recipients))),
        ),
    )
    head = journalise(office.desk.engine, act)
    return replace(told, audit_head=str(head))


def pieces(told: Report, form: ReportFormat, language: str = "fr") -> Iterator[str]:
    """Yield the text of a report in a format and a language (fr, en)."""
    words = words_in(language, told.head.zone)
    if form is ReportFormat.JSON:
        return json_pieces(told)
    if form is ReportFormat.CSV:
        return csv_pieces(told, words)
    if form is ReportFormat.VISITS:
        return visits_pieces(told, words)
    return html_pieces(told, words)


def write_report(
    told: Report, form: ReportFormat, path: Path, language: str = "fr"
) -> None:
    """Write a report to a file, readable by its owner's group alone: it has names.

    Its folder must be there: one that a person wrote wrongly is not made.
    """
    try:
        with open_private(path, OWNER_AND_GROUP_READ) as file:
            file.writelines(pieces(told, form, language))
    except OSError as error:
        raise unwritable(path, error, "report-path") from error


def report_path(office: Office, campaign_id: str, form: ReportFormat) -> Path:
    """Return where the settings keep a report; the folder is made."""
    office.settings.folders.reports.mkdir(parents=True, exist_ok=True)
    return office.settings.folders.reports / f"{campaign_id}{SUFFIXES[form]}"


def _proven(office: Office, card: CampaignCard) -> dict[str, datetime | None]:
    """Return what was proven before a campaign was launched: trunks, then officers."""
    trunks = tuple(t.name for t in office.trunks_of(card.policy) if t.is_sip)
    until = card.launched_at or office.clock.now()
    found = proven(office, trunks, until, card.register.collectivity.id)
    people = ((one.name, at) for one, at in found.phones if is_officer(one))
    return dict(found.trunks) | dict(people)


def _head(office: Office, card: CampaignCard) -> CampaignHead:
    texts = tuple(
        SpokenText(one.language, one.text, one.recording, one.seconds)
        for one in card.message
    )
    owner = card.register.collectivity
    return CampaignHead(
        id=card.id,
        name=card.name,
        collectivity=owner.name,
        campaign_class=card.campaign_class,
        state=card.state,
        launch_waits=card.launch_waits,
        texts=texts,
        created_by=card.created_by,
        created_at=card.created_at,
        launched_by=card.launched_by,
        launched_at=card.launched_at,
        started_at=card.started_at,
        finished_at=card.finished_at,
        expires_at=card.expires_at,
        pause_reason=card.pause_reason,
        follow_up=card.follow_up,
        zone=owner.timezone or office.settings.calling.timezone,
        planned=card.planned,
    )
