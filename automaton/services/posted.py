"""Where an officer can be rung, and what who launched by telephone is told."""

from __future__ import annotations

from dataclasses import dataclass

from automaton.domain.errand import News
from automaton.domain.officer import Officer
from automaton.services.office import Office
from automaton.services.progress import progress
from automaton.store.engine import writing
from automaton.store.errands import finish_errand


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
    return NewsTold(phrase, {"name": look.name, "by": by} | counts)


def note_heard(office: Office, errand_id: int) -> None:
    """Note that an officer has heard what he was rung for: he is not rung again."""
    with writing(office.desk.engine) as connection:
        finish_errand(connection, errand_id, office.clock.now())
