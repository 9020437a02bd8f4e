"""The start of a campaign: what would happen, what forbids it, and the start itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from automaton.domain.campaign import (
    ACTIVE_CAMPAIGN_STATES,
    CampaignClass,
    CampaignState,
    Move,
)
from automaton.domain.forecast import (
    AnswerMix,
    Forecast,
    Work,
    expected_mix,
    forecast,
)
from automaton.domain.outcome import Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.put_off import Held, PutOff, free_at, put_off
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.services.campaigns import FollowUp
from automaton.services.codewords import render_code_words
from automaton.services.commands import Asked, leave, refuse_move
from automaton.services.office import Office
from automaton.services.policies import refuse_forbidden_register
from automaton.services.routes import route
from automaton.settings.trunk import TrunkSettings
from automaton.store.drafts import Ask, CampaignCard
from automaton.store.rings import rings_since
from automaton.store.tally import Question, future_recipients

ALL_CLEAR = FollowUp.ALL_CLEAR.value
GOING_ON = ACTIVE_CAMPAIGN_STATES | {CampaignState.SCHEDULED}


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a launch would do now; nothing was changed.

    `homes` would be rung, `by_trunk` by the trunk that comes first for the first of
    their numbers that one may dial. `undialled` numbers no trunk may dial;
    `undialled_homes` have no other. `bad_data` recipients have no number that can be
    rung, `excluded` did not agree. `put_off`: who waits for the ceilings on calls to
    one number. `problems` forbid the launch.
    """

    campaign_id: str
    name: str
    campaign_class: CampaignClass
    recipients: int
    homes: int
    bad_data: int
    excluded: int
    numbers: int
    undialled: int
    undialled_homes: int
    by_trunk: Mapping[str, int]
    lines: int
    caller_id: str | None
    starts_at: datetime | None
    forecast: Forecast
    put_off: PutOff | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Census:
    """Who would become a recipient, by state; who is to be rung, by first trunk.

    `numbers` are to be rung, `undialled` of them no trunk of the campaign may dial.
    `waiting`: the numbers of each home that is to be rung, and can be.
    """

    states: Counter[RecipientState]
    by_trunk: Counter[str]
    numbers: int
    undialled: int
    waiting: Sequence[tuple[str, ...]] = ()

    @property
    def homes(self) -> int:
        """Return how many recipients would be rung."""
        return len(self.waiting)

    @property
    def undialled_homes(self) -> int:
        """Return how many have no number that a trunk of the campaign may dial."""
        return self.states[RecipientState.WAITING] - self.homes


@dataclass(frozen=True, slots=True)
class Launched:
    """A launch that is asked for, and what is to be expected of it.

    Of the homes that are to be rung `undialled_homes` have no number that a trunk may
    dial.
    """

    asked: Asked
    starts_at: datetime | None
    forecast: Forecast
    undialled_homes: int = 0


def dry_run(office: Office, campaign_id: str) -> DryRun:
    """Tell what a launch would do, without doing it.

    `RequestError` where it is launched already, or over.
    """
    card = office.desk.card(campaign_id)
    refuse_move(card.state, Move.LAUNCH)
    office.desk.check(Ask("launch", card.id, "", office.clock.now()))
    found = census(office, card)
    begin = starts_at(office, card)
    held = held_homes(office, card, found.waiting, begin)
    return DryRun(
        campaign_id=card.id,
        name=card.name,
        campaign_class=card.campaign_class,
        recipients=sum(found.states.values()),
        homes=found.homes,
        bad_data=found.states[RecipientState.BAD_DATA],
        excluded=found.states[RecipientState.EXCLUDED],
        numbers=found.numbers,
        undialled=found.undialled,
        undialled_homes=found.undialled_homes,
        by_trunk=found.by_trunk,
        lines=office.capacity_of(card.policy).lines,
        caller_id=card.policy.caller_id,
        starts_at=begin,
        forecast=expected(office, card, found.homes, begin, held),
        put_off=put_off(held),
        problems=tuple(problems(office, card, found)),
    )


def launch(office: Office, campaign_id: str, by: str) -> Launched:
    """Ask the daemon to start a campaign, now or at its time.

    An all-clear that starts now first stops the alert and all that followed it: nobody
    hears the alert after its end. `RequestError` where something forbids it: nothing
    was changed then.
    """
    card = office.desk.card(campaign_id)
    refuse_move(card.state, Move.LAUNCH)
    found = census(office, card)
    for problem in problems(office, card, found):
        raise RequestError(problem, error_id="launch")
    render_code_words(office, card.register)  # of people who came after the draft
    begin = starts_at(office, card)
    held = held_homes(office, card, found.waiting, begin)
    told = expected(office, card, found.homes, begin, held)
    now = office.clock.now()
    homes = {"homes": str(found.homes)}
    start = Ask("launch", card.id, by, now, homes, _written(told), only_once=True)
    ended = _ended_by(office, card)
    stops = [Ask("stop", one.id, by, now, {"reason": ALL_CLEAR}) for one in ended]
    asked = leave(office, *stops, start)
    return Launched(asked, begin, told, found.undialled_homes)


def _ended_by(office: Office, card: CampaignCard) -> list[CampaignCard]:
    """Return what an all-clear that starts now ends: the alert, and what followed it.

    What is scheduled is ended too, and what waits for the daemon to be launched.
    """
    is_now = card.starts_at is None or card.starts_at <= office.clock.now()
    if card.follow_up != ALL_CLEAR or not is_now:
        return []
    family = {one.id: one for one in office.desk.family(card.id)}
    return [
        one
        for one in family.values()
        if one.state in GOING_ON or one.launch_waits
        if not _says_all_clear(one, family)
    ]


def _says_all_clear(card: CampaignCard, family: Mapping[str, CampaignCard]) -> bool:
    """Tell whether a campaign is an all-clear, or a new round of one."""
    if card.follow_up == FollowUp.AGAIN and card.parent_id is not None:
        return _says_all_clear(family[card.parent_id], family)
    return card.follow_up == ALL_CLEAR


def census(office: Office, card: CampaignCard) -> Census:
    """Count the audience of a campaign as it would be planned now."""
    trunks = office.trunks_of(card.policy)
    states: Counter[RecipientState] = Counter()
    by_trunk: Counter[str] = Counter()
    numbers: set[str] = set()
    waiting: list[tuple[str, ...]] = []
    for one in future_recipients(office.desk.engine, question_of(card)):
        states[one.state] += 1
        if one.state is RecipientState.WAITING:
            numbers.update(one.numbers)
            able = [name for n in one.numbers if (name := _carrier(n, trunks))]
            by_trunk.update(able[:1])
            diallable = tuple(n for n in one.numbers if _carrier(n, trunks))
            if able or not trunks:  # without any trunk that is what is told
                waiting.append(diallable or one.numbers)
    undialled = sum(_carrier(number, trunks) is None for number in numbers)
    return Census(states, by_trunk, len(numbers), undialled, waiting)


def held_homes(
    office: Office,
    card: CampaignCard,
    homes: Sequence[tuple[str, ...]],
    begin: datetime | None,
) -> tuple[Held, ...]:
    """Return the homes whose every number has rung too often to be rung at `begin`."""
    ceilings = card.policy.ceilings
    if not ceilings:
        return ()
    begin = begin or office.clock.now()
    since = begin - max(ceiling.within for ceiling in ceilings)
    numbers = sorted({number for home in homes for number in home})
    rings = rings_since(office.desk.engine, numbers, since)
    free = {number: free_at(past, ceilings) or begin for number, past in rings.items()}
    moments = (min(free.get(number, begin) for number in home) for home in homes)
    return tuple(Held(at) for at in sorted(moments) if at > begin)


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


def _is_unspoken(office: Office, card: CampaignCard) -> bool:
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
        _is_unspoken,
        "The message is no longer rendered: create the campaign again.",
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


def question_of(card: CampaignCard) -> Question:
    """Return the question "who" of a campaign."""
    owner = card.register.collectivity.id
    return Question(card.audience, card.campaign_class, owner)


def expected(
    office: Office,
    card: CampaignCard,
    homes: int,
    begin: datetime | None,
    held: tuple[Held, ...] = (),
) -> Forecast:
    """Return the forecast of a campaign that has not begun."""
    work = replace(work_of(card.policy, (float(homes - len(held)),)), held=held)
    capacity = office.capacity_of(card.policy)
    start = begin or office.clock.now()
    return forecast(work, capacity, assumed_mix(card), start, card.policy.hours)


def work_of(policy: CallPolicy, waiting: tuple[float, ...]) -> Work:
    """Return the work that a policy makes of homes by tries made."""
    retry = policy.retry
    delay = retry.delay_after(Outcome.NO_ANSWER, 1)
    return Work(waiting, tries=retry.tries_per_point, delay=delay)


def assumed_mix(card: CampaignCard) -> AnswerMix:
    """Return the answers that a campaign's message and policy let expect."""
    policy = card.policy
    seconds = max((text.seconds for text in card.message), default=0.0)
    ring, wait = policy.ring.total_seconds(), policy.key_wait.total_seconds()
    return expected_mix(seconds, ring, policy.repeats, wait)


def _carrier(number: str, trunks: Sequence[TrunkSettings]) -> str | None:
    able = (trunk.name for trunk in trunks if trunk.allowed.names(number))
    return next(able, None)


def _written(told: Forecast) -> dict[str, object]:
    """Return a forecast as it is kept beside the campaign."""
    shares = {str(s): at and at.isoformat() for s, at in told.milestones.items()}
    ends_at = told.ends_at and told.ends_at.isoformat()
    return {"milestones": shares, "ends_at": ends_at, "tries": round(told.tries)}
