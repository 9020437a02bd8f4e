"""Which campaign a person means: one that is named alike is never taken for another."""

from __future__ import annotations

from collections.abc import Sequence

from automaton.cli.plain import cell
from automaton.cli.rooms import zone_of
from automaton.cli.shell import Shell
from automaton.domain.campaign import ACTIVE_CAMPAIGN_STATES
from automaton.errors import RequestError
from automaton.services.office import Office
from automaton.services.report_words import words_in
from automaton.store.drafts import CampaignCard

SHORTEST = 8


def campaign_to_change(shell: Shell, office: Office, name: str) -> str:
    """Return a campaign's id by its id, by its beginning, or by its name.

    `RequestError` where several have the name: it lists them.
    """
    named = _named(shell, office, name)
    if len(named) > 1:
        raise _ambiguous(shell, office, name, named)
    return office.desk.find(name)


def campaign_to_read(shell: Shell, office: Office, name: str) -> str:
    """Return the same for a verb that changes nothing: of several, the live one."""
    live = [card.id for card in _named(shell, office, name) if _is_live(card)]
    if len(live) == 1:
        return live[0]
    return campaign_to_change(shell, office, name)


def _named(shell: Shell, office: Office, name: str) -> list[CampaignCard]:
    if not name.strip():
        sentence = "Say which campaign: its id, the beginning of it, or its name."
        raise RequestError(shell.words(sentence), error_id="campaign-unknown")
    return [card for card in office.desk.cards() if card.name == name]


def _is_live(card: CampaignCard) -> bool:
    return card.state in ACTIVE_CAMPAIGN_STATES or card.launch_waits


def _ambiguous(
    shell: Shell, office: Office, name: str, named: Sequence[CampaignCard]
) -> RequestError:
    ids = [card.id for card in office.desk.cards()]
    told = ", ".join(_told(shell, card, ids) for card in named)
    sentence = "{count} campaigns are called « {name} »: {told}. Give the id."
    said = shell.words(sentence, count=len(named), name=name, told=told)
    return RequestError(said, error_id="campaign-ambiguous")


def _told(shell: Shell, card: CampaignCard, ids: Sequence[str]) -> str:
    """Return a campaign in a few words: how its id begins, its state, its moment."""
    words = words_in(shell.language, "UTC")
    state = words.standing(card.state, card.launch_waits, card.stop_waits)
    at = card.started_at or card.created_at
    moment = cell(at, zone_of(shell, card.register.collectivity))
    return f"{_beginning(card.id, ids)} ({state}, {moment})"


def _beginning(own: str, ids: Sequence[str]) -> str:
    """Return as much of an id as names no other."""
    for length in range(SHORTEST, len(own)):
        if sum(one.startswith(own[:length]) for one in ids) == 1:
            return own[:length]
    return own
