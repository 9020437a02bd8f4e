"""What forbids the launch of a campaign, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from automaton.domain.campaign import CampaignClass
from automaton.errors import RequestError
from automaton.services.census import Census
from automaton.services.office import Office
from automaton.services.policies import refuse_forbidden_register
from automaton.services.routes import route
from automaton.services.variables import missing_values
from automaton.store.drafts import CampaignCard

UNSPOKEN = (
    "Its message is not on this machine: launch it where it was created, or create"
    " it again."
)


def problems(office: Office, card: CampaignCard, found: Census) -> Iterator[str]:
    """Yield what forbids the launch of a campaign, one sentence each."""
    if not found.states:
        yield "Nobody would be rung: the audience is empty."
    elif not found.numbers:
        yield "Nobody would be rung: nobody who may be rung has a number that works."
    elif office.trunks_of(card.policy) and found.undialled == found.numbers:
        yield "Nobody would be rung: there is no number that its trunks may dial."
    yield from (sentence for holds, sentence in OBSTACLES if holds(office, card))
    yield from filter(None, (_refusal(check, office, card) for check in CHECKS))
    yield from missing_values(office, card)


def _refusal(
    check: Callable[[Office, CampaignCard], object], office: Office, card: CampaignCard
) -> str | None:
    """Return in which words a check refuses a campaign, None where it does not."""
    try:
        check(office, card)
    except RequestError as error:
        return str(error)
    return None


def _route(office: Office, card: CampaignCard) -> None:
    route(office.settings, card.policy.trunks, card.policy.caller_id)


def _refuse_register(_: Office, card: CampaignCard) -> None:
    refuse_forbidden_register(card.campaign_class, card.register.kind)


def _lacks_duty_list(office: Office, card: CampaignCard) -> bool:
    is_alert = card.campaign_class is CampaignClass.ALERT
    return is_alert and not office.desk.has_duty_list(card.register.collectivity.id)


def _offers_help_of_nobody(office: Office, card: CampaignCard) -> bool:
    """Tell whether key 3 would ring nobody; an alert needs a duty list anyway."""
    is_alert = card.campaign_class is CampaignClass.ALERT
    lacks_one = not office.desk.has_duty_list(card.register.collectivity.id)
    return card.policy.help_key and not is_alert and lacks_one


def _reaches_no_person(office: Office, card: CampaignCard) -> bool:
    """Tell whether key 0 would ring a number that no trunk may dial any more."""
    person, trunks = card.policy.transfer, office.settings.sip_trunks
    return person is not None and not any(t.allowed.names(person) for t in trunks)


def is_unspoken(office: Office, card: CampaignCard) -> bool:
    """Tell whether the message of a campaign cannot be played from this machine."""
    return not card.message or not all(map(office.studio.is_rendered, card.message))


def _is_expired(office: Office, card: CampaignCard) -> bool:
    return card.expires_at is not None and card.expires_at <= office.clock.now()


def _never_opens(office: Office, card: CampaignCard) -> bool:
    return not _is_expired(office, card) and starts_at(office, card) is None


def _has_no_line(office: Office, card: CampaignCard) -> bool:
    return office.capacity_of(card.policy).lines < 1


OBSTACLES: tuple[tuple[Callable[[Office, CampaignCard], bool], str], ...] = (
    (
        _lacks_duty_list,
        "No alert starts without a duty list: enter who is rung in trouble.",
    ),
    (
        _offers_help_of_nobody,
        "Its key 3 asks for help, and nobody would be rung: enter a duty list, or"
        " create it again without that key.",
    ),
    (
        _reaches_no_person,
        "No trunk may dial the person of its key 0: change the trunks, or create it"
        " again.",
    ),
    (
        is_unspoken,
        UNSPOKEN,
    ),
    (_is_expired, "The campaign has expired."),
    (
        _never_opens,
        "The calling hours of its class never open before it expires.",
    ),
    (_has_no_line, "Its trunks have no line for campaigns."),
)

CHECKS: tuple[Callable[[Office, CampaignCard], None], ...] = (_refuse_register, _route)


def starts_at(office: Office, card: CampaignCard) -> datetime | None:
    """Return when the first call would leave, None where none ever may."""
    begin = max(card.starts_at or office.clock.now(), office.clock.now())
    opening = card.policy.hours.next_opening(begin)
    if opening is None or (card.expires_at is not None and opening >= card.expires_at):
        return None
    return opening
