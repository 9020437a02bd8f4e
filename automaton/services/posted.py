"""Where an officer can be rung, and what who launched by telephone is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from automaton.domain.errand import NEWS, NOBODY_DECIDED, News
from automaton.domain.officer import Officer
from automaton.services.office import Office
from automaton.services.progress import progress
from automaton.store.engine import writing
from automaton.store.errands import errands_about, finish_errand, put_off

DECIDED = frozenset({News.AGREED, News.REFUSED})
TO_DECIDE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class NewsTold:
    """What an officer is rung for: a phrase, and what fills its blanks."""

    phrase: str
    blanks: dict[str, str]


def rings_at(office: Office, caller: str | None) -> str | None:
    """Return the number that called, where one of our trunks may ring it."""
    trunks = office.settings.sip_trunks
    if caller and any(trunk.allowed.names(caller) for trunk in trunks):
        return caller
    return None


def own_telephones(
    office: Office, officer: Officer, caller: str | None
) -> tuple[str, ...]:
    """Return where an officer can be rung: the telephone that is used, the own one."""
    found = (rings_at(office, caller), officer.phone)
    return tuple(dict.fromkeys(number for number in found if number is not None))


def news_told(office: Office, campaign_id: str, news: str, by: str) -> NewsTold:
    """Return what has become of a campaign, as of this moment."""
    look = progress(office, campaign_id)
    counts = {"reached": str(look.acknowledged), "all": str(look.recipients)}
    phrase = f"news-{news}" if by or news != News.PAUSED else "news-held"
    if news == News.AGREED:
        phrase = f"news-{_what_became(office, campaign_id)}"
    return NewsTold(phrase, {"name": look.name, "by": by} | counts)


def _what_became(office: Office, campaign_id: str) -> str:
    """Tell what the daemon has done with a launch that a second officer agreed to."""
    fate = office.desk.fate(office.desk.launch_of(campaign_id))
    if fate.finished_at is None:
        return "agreed-unsure"
    return "agreed" if fate.refusal is None else "agreed-in-vain"


def note_heard(office: Office, errand_id: int) -> None:
    """Note that an officer has heard what he was rung for: he is not rung again."""
    with writing(office.desk.engine) as connection:
        finish_errand(connection, errand_id, office.clock.now())


def note_told(office: Office, campaign_id: str) -> None:
    """Note that who asked for a second officer was told on the line what came of it."""
    for errand in errands_about(office.desk.engine, campaign_id):
        if errand.name == NEWS and errand.payload["news"] in DECIDED:
            note_heard(office, errand.id)
    note_given_up(office, campaign_id)


def note_given_up(office: Office, campaign_id: str) -> None:
    """Note that who asked for a second officer will not decide alone."""
    for errand in errands_about(office.desk.engine, campaign_id):
        if errand.name == NOBODY_DECIDED:
            note_heard(office, errand.id)


def let_decide(office: Office, campaign_id: str) -> None:
    """Let who asked decide on the line, and be rung for it where that breaks off."""
    due = office.clock.now() + TO_DECIDE
    for errand in errands_about(office.desk.engine, campaign_id):
        if errand.name == NOBODY_DECIDED:
            with writing(office.desk.engine) as connection:
                put_off(connection, errand, due)
