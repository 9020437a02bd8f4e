"""A campaign after a campaign: again, a correction, the all-clear."""

from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.launches import launch
from automaton.services.messages import MessageWish
from automaton.services.office import open_office
from tests.services.campaigns.city import City, Told, obey, play, settings_in

ALL_CLEAR = MessageWish({"fr": "L'alerte est finie."})


def ended(city: City) -> str:
    """Return a finished campaign: confirmed, silent, picked up in vain, no number."""
    city.homes(4)
    campaign = city.started(weight=4)
    script = [
        Told(Outcome.ACKNOWLEDGED, keys="1", state=RecipientState.ACKNOWLEDGED),
        Told(Outcome.NO_ANSWER),
        Told(Outcome.ANSWERED_NO_KEY, state=RecipientState.EXHAUSTED),
        Told(Outcome.UNALLOCATED, state=RecipientState.BAD_DATA),
    ]
    play(city, campaign, script)
    city.move(campaign, CampaignState.FINISHED)
    return campaign


def homes_of(city: City, campaign: str) -> set[str]:
    rows = city.commune.rows("recipients", campaign_id=campaign)
    return {row.household_id for row in rows}


def after(city: City, parent: str, wish: FollowUpWish) -> str:
    made = follow_up(city.office, parent, wish)
    city.move(made.id, CampaignState.RUNNING)
    city.commune.plan(made.id)
    return made.id


def test_a_new_round_goes_to_the_not_reached_with_the_same_message(city: City) -> None:
    parent = ended(city)
    wish = FollowUpWish(FollowUp.AGAIN, "m.durand", lines=5, attempts=1)
    again = after(city, parent, wish)
    card, before = city.office.desk.card(again), city.office.desk.card(parent)
    assert (card.parent_id, card.follow_up) == (parent, "again")
    assert [t.prompt for t in card.message] == [t.prompt for t in before.message]
    assert (card.policy.lines, card.policy.retry.tries_per_point) == (5, 1)
    rows = city.commune.rows("recipients", campaign_id=parent)
    missed = {
        r.household_id for r in rows if r.state is not RecipientState.ACKNOWLEDGED
    }
    assert homes_of(city, again) == missed
    assert card.policy.weight == before.policy.weight == 4


def test_an_all_clear_goes_to_whoever_picked_up(city: City) -> None:
    parent = ended(city)
    wish = FollowUpWish(FollowUp.ALL_CLEAR, "m.durand", ALL_CLEAR)
    clear = after(city, parent, wish)
    rows = city.commune.rows("attempts", campaign_id=parent)
    spoken = {row.recipient_id for row in rows if row.answered_at}
    recipients = city.commune.rows("recipients", campaign_id=parent)
    expected = {row.household_id for row in recipients if row.id in spoken}
    assert len(expected) == 2
    assert homes_of(city, clear) == expected


def test_a_correction_reaches_those_who_are_being_rung(city: City) -> None:
    city.homes(3)
    parent = city.started()
    (claim,) = city.commune.claim(parent, limit=1)
    wish = FollowUpWish(FollowUp.CORRECTION, "m.durand", ALL_CLEAR)
    correction = after(city, parent, wish)
    (row,) = city.commune.rows("recipients", id=claim.recipient.id)
    assert homes_of(city, correction) == {row.household_id}


@pytest.mark.parametrize("kind", [FollowUp.ALL_CLEAR, FollowUp.CORRECTION])
def test_nobody_waits_to_hear_that_the_danger_is_over(
    city: City, kind: FollowUp
) -> None:
    # Homes that the alert had rung three times and a correction once heard the
    # all-clear two hours later.
    def most(campaign: str) -> list[int]:
        ceilings = city.office.desk.card(campaign).policy.ceilings
        return [ceiling.calls for ceiling in ceilings]

    parent = ended(city)
    assert most(parent) == [4, 6]
    clear = after(city, parent, FollowUpWish(kind, "m.durand", ALL_CLEAR))
    assert most(clear) == [7, 9]
    file = city.folder / "policy.toml"
    file.write_text('ring = "12 s"\n', "utf-8")
    for of, policy, calls in ((clear, None, 10), (parent, file, 13)):
        wish = FollowUpWish(kind, "m.durand", ALL_CLEAR, policy_file=policy)
        assert most(after(city, of, wish)) == [calls, calls + 2]
    again = FollowUpWish(FollowUp.AGAIN, "m.durand")
    assert most(after(city, parent, again)) == [4, 6]


def test_a_policy_file_replaces_the_parents_policy(city: City) -> None:
    parent = ended(city)
    path = city.folder / "policy.toml"
    path.write_text('ring = "12 s"\n', "utf-8")
    wish = FollowUpWish(FollowUp.AGAIN, "m.durand", policy_file=path)
    made = follow_up(city.office, parent, wish)
    assert made.policy.ring == timedelta(seconds=12)
    assert made.policy.retry.tries_per_point == 3


@pytest.mark.parametrize(
    ("state", "wish", "said"),
    [
        (None, FollowUpWish(FollowUp.AGAIN, "x"), "Nobody was rung"),
        (CampaignState.RUNNING, FollowUpWish(FollowUp.AGAIN, "x"), "still going on"),
        (
            CampaignState.RUNNING,
            FollowUpWish(FollowUp.ALL_CLEAR, "x"),
            "message of its own",
        ),
    ],
)
def test_a_follow_up_that_makes_no_sense_is_refused(
    city: City, state: CampaignState | None, wish: FollowUpWish, said: str
) -> None:
    parent = city.create()
    if state is not None:
        city.move(parent, state)
    with pytest.raises(RequestError, match=said):
        follow_up(city.office, parent, wish)
    assert len(city.commune.rows("campaigns")) == 1


@pytest.mark.parametrize("name", ["", "  ", "Crue\n\x1b[2J", "x" * 201])
def test_a_follow_up_has_a_name_as_a_campaign_must(city: City, name: str) -> None:
    # "Crue\n\x1b[2J" was kept as it was, and a long name was cut without a word.
    parent = ended(city)
    wish = FollowUpWish(FollowUp.AGAIN, "m.durand", name=name)
    with pytest.raises(RequestError, match="a name of one line") as refused:
        follow_up(city.office, parent, wish)
    assert refused.value.error_id == "campaign-name"
    assert len(city.commune.rows("campaigns")) == 1


def test_rounds_without_a_name_of_their_own_are_never_namesakes(city: City) -> None:
    # A stop by the name that two rounds had was refused.
    parent = ended(city)
    wish = FollowUpWish(FollowUp.AGAIN, "m.durand", called="nouveau tour")
    rounds = [follow_up(city.office, parent, wish) for _ in range(3)]
    city.move(rounds[0].id, CampaignState.FINISHED)
    rounds.append(follow_up(city.office, parent, wish))
    names = [city.office.desk.card(made.id).name for made in rounds]
    named = "Crue de la Brume (nouveau tour"
    assert names == [f"{named})", f"{named} 2)", f"{named} 3)", f"{named} 4)"]
    assert not any("is called" in notice for made in rounds for notice in made.notices)


def test_a_long_name_is_cut_for_what_says_that_it_is_a_round(city: City) -> None:
    city.homes(1)
    parent = city.started(name="x" * 200)
    city.move(parent, CampaignState.FINISHED)
    made = follow_up(city.office, parent, FollowUpWish(FollowUp.AGAIN, "m.durand"))
    name = city.office.desk.card(made.id).name
    assert (len(name), name[-9:]) == (200, "x (again)")


def test_a_follow_up_that_is_named_like_a_live_campaign_says_so(city: City) -> None:
    parent = ended(city)
    live = city.create(name="Crue de nuit")
    wish = FollowUpWish(FollowUp.AGAIN, "m.durand", name=" Crue de nuit ")
    made = follow_up(city.office, parent, wish)
    assert city.office.desk.card(made.id).name == "Crue de nuit"
    assert any("« Crue de nuit »" in told and live in told for told in made.notices)


def test_an_office_opens_on_the_database_of_the_settings(city: City) -> None:
    office = open_office(settings_in(city.folder))
    assert office.desk.cards() == []
    office.desk.engine.dispose()


@pytest.mark.parametrize(
    ("hours", "commands"), [(None, ["stop", "launch"]), (2, ["launch"])]
)
def test_an_all_clear_that_starts_now_stops_the_alert(
    city: City, hours: int | None, commands: list[str]
) -> None:
    city.homes(3)
    city.on_duty()
    parent = city.started()
    city.commune.claim(parent, limit=1)
    starts = None if hours is None else city.commune.now + timedelta(hours=hours)
    wish = FollowUpWish(FollowUp.ALL_CLEAR, "m.durand", ALL_CLEAR, starts_at=starts)
    launch(city.office, follow_up(city.office, parent, wish).id, "m.durand")
    assert [row.name for row in city.commune.rows("commands")] == commands
    obey(city)
    stopped = city.office.desk.state(parent) is CampaignState.CANCELLED
    assert stopped == (hours is None)


def test_an_all_clear_stops_the_correction_that_runs_beside_it(city: City) -> None:
    # A correction went on ringing homes after the end of its alert had been told.
    city.homes(3)
    city.on_duty()
    parent = city.started()
    city.commune.claim(parent, limit=2)

    def follow(kind: FollowUp, after: str = parent, hours: int = 0) -> str:
        starts = city.commune.now + timedelta(hours=hours) if hours else None
        wish = FollowUpWish(kind, "m.durand", ALL_CLEAR, starts_at=starts)
        return follow_up(city.office, after, wish).id

    running, later = follow(FollowUp.CORRECTION), follow(FollowUp.CORRECTION, hours=2)
    waiting, draft = follow(FollowUp.CORRECTION), follow(FollowUp.CORRECTION)
    earlier, clear = follow(FollowUp.ALL_CLEAR), follow(FollowUp.ALL_CLEAR)
    city.move(running, CampaignState.RUNNING)
    city.move(later, CampaignState.SCHEDULED)
    city.move(earlier, CampaignState.RUNNING)
    launch(city.office, waiting, "s.loison")
    launch(city.office, clear, "m.durand")
    obey(city)
    states = {one: city.office.desk.state(one) for one in (parent, running, later)}
    assert set(states.values()) == {CampaignState.CANCELLED}
    assert city.office.desk.state(waiting) is CampaignState.CANCELLED
    assert city.office.desk.state(draft) is CampaignState.DRAFT
    assert city.office.desk.state(earlier) is CampaignState.RUNNING
    assert city.office.desk.state(clear) is CampaignState.RUNNING


def test_the_all_clear_of_a_correction_stops_the_alert_too(city: City) -> None:
    city.homes(2)
    city.on_duty()
    parent = city.started()
    city.commune.claim(parent, limit=1)
    wish = FollowUpWish(FollowUp.CORRECTION, "m.durand", ALL_CLEAR)
    correction = after(city, parent, wish)
    (told,) = city.commune.rows("recipients", campaign_id=correction)
    city.commune.change("recipients", told.id, state=RecipientState.ACKNOWLEDGED)
    wish = FollowUpWish(FollowUp.ALL_CLEAR, "m.durand", ALL_CLEAR)
    launch(city.office, follow_up(city.office, correction, wish).id, "m.durand")
    obey(city)
    assert city.office.desk.state(parent) is CampaignState.CANCELLED
    assert city.office.desk.state(correction) is CampaignState.CANCELLED
