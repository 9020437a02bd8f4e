"""A campaign is made, or refused in one sentence and nothing is written."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from automaton.bootstrap import trunks
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.errors import RequestError
from automaton.services.campaigns import create
from automaton.services.launches import dry_run
from automaton.services.messages import Caller, MessageWish, Studio
from automaton.services.policies import public_holidays
from tests.services.campaigns.city import CALLER, SHARED, City, settings_in


def policy_file(city: City, text: str) -> Path:
    path = city.folder / "policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_draft_keeps_everything_that_was_said(city: City) -> None:
    expires = city.commune.now + timedelta(hours=3)
    made = create(
        city.office,
        city.wish(lines=12, attempts=2, caller_id="01 99 00 00 01", expires_at=expires),
    )
    card = city.office.desk.card(made.id)
    assert card.state is CampaignState.DRAFT
    assert (card.name, card.created_by) == ("Crue de la Brume", "m.durand")
    assert card.policy.lines == 12
    assert card.policy.retry.tries_per_point == 2
    assert (card.policy.caller_id, card.policy.trunks) == (CALLER, ("north",))
    assert card.expires_at == expires
    assert card.message == made.message
    assert card.audience.register == city.commune.register
    assert [row.action for row in city.commune.rows("audit")] == ["campaign_created"]


def test_the_message_is_rendered_before_any_call(city: City) -> None:
    made = create(city.office, city.wish())
    (text,) = made.message
    assert city.office.studio.is_rendered(text)
    assert text.seconds > 1
    assert SHARED in text.machine_text
    assert text.machine_prompt is not None


def test_the_own_language_of_the_collectivity_comes_first(city: City) -> None:
    message = MessageWish({"en": "The river rises.", "fr": "La rivière monte."})
    made = create(city.office, city.wish(message=message))
    assert [text.language for text in made.message] == ["fr", "en"]
    campaign = city.office.desk.campaign(made.id)
    assert campaign.message_for("de").language == "fr"


def test_a_subject_says_first_who_calls_and_why(city: City) -> None:
    message = MessageWish({"fr": "Allez à l'étage."}, subject="une alerte à la crue")
    (text,) = create(city.office, city.wish(message=message)).message
    owner = city.commune.rows("collectivities")[0].name
    opening = f"Bonjour. Ici {owner}, pour une alerte à la crue. "
    assert text.text == opening + "Allez à l'étage."


def test_an_alert_may_ring_at_any_hour(city: City) -> None:
    assert create(city.office, city.wish()).policy.hours.windows == ()


@pytest.mark.parametrize("chosen", [CampaignClass.INFORMATION, CampaignClass.EXERCISE])
def test_information_and_exercise_keep_their_hours_and_holidays(
    city: City, chosen: CampaignClass
) -> None:
    policy = create(city.office, city.wish(campaign_class=chosen)).policy
    assert {(w.opens.hour, w.closes.hour) for w in policy.hours.windows} == {
        (10, 13),
        (14, 20),
    }
    assert policy.hours.windows[0].days == frozenset(range(5))
    assert date(2027, 7, 14) in policy.hours.holidays
    assert policy.hours.zone == "Europe/Paris"


@pytest.mark.parametrize(
    ("chosen", "kind", "may"),
    [
        (CampaignClass.ALERT, "alert", True),
        (CampaignClass.ALERT, "canicule", True),
        (CampaignClass.INFORMATION, "alert", True),
        (CampaignClass.INFORMATION, "canicule", False),
        (CampaignClass.WELFARE, "alert", False),
        (CampaignClass.WELFARE, "canicule", True),
        (CampaignClass.EXERCISE, "alert", True),
        (CampaignClass.EXERCISE, "canicule", True),
    ],
)
def test_a_class_rings_its_registers_and_no_others(
    city: City, chosen: CampaignClass, kind: str, may: bool
) -> None:
    city.commune.change("registers", city.commune.register, kind=kind)
    wish = city.wish(campaign_class=chosen)
    if may:
        assert city.office.desk.card(create(city.office, wish).id).register.kind == kind
        return
    with pytest.raises(RequestError, match=f"may not ring a register of kind {kind}"):
        create(city.office, wish)
    assert city.commune.rows("campaigns") == []


def test_holidays_are_those_of_the_place_for_three_years() -> None:
    today = date(2026, 11, 21)
    mainland = public_holidays("FR", "17306", today)
    assert {day.year for day in mainland} == {2026, 2027, 2028}
    alsace = public_holidays("FR", "67482", today)
    assert date(2026, 12, 26) in alsace - mainland
    assert public_holidays("none", "17306", today) == frozenset()


def test_a_policy_file_changes_what_it_names(city: City) -> None:
    path = policy_file(
        city,
        'ring = "10 s"\nretry_every = "10 s"\nmessage_repeats = 2\n'
        '[retry_delays]\nbusy = ["20 s", "40 s"]\n',
    )
    policy = create(city.office, city.wish(policy_file=path)).policy
    assert policy.ring == timedelta(seconds=10)
    assert policy.repeats == 2
    assert policy.retry.delay_after(Outcome.NO_ANSWER, 1) == timedelta(seconds=10)
    assert policy.retry.delay_after(Outcome.BUSY, 2) == timedelta(seconds=40)
    assert policy.talk == timedelta(seconds=300)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rings = 3", "rings is no key"),
        ('ring = "soon"', 'ring = "soon" is no duration'),
        ("ring = ", "cannot be read"),
        ("retry_every = 0", "retry_every"),
        ('[retry_delays]\nsulky = ["1 s"]', "retry_delays"),
        ("number_tries_in_a_day = 99", "ceilings_reason"),
        ('longest_message = "1 s"', "1 s are allowed"),
    ],
)
def test_a_wrong_policy_file_is_refused(city: City, text: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        create(city.office, city.wish(policy_file=policy_file(city, text)))
    assert city.commune.rows("campaigns") == []


def test_a_policy_file_that_is_not_there_is_refused(city: City) -> None:
    with pytest.raises(RequestError, match=r"no policy file absent\.toml"):
        create(city.office, city.wish(policy_file=city.folder / "absent.toml"))


def test_only_an_alert_raises_the_ceilings_and_says_why(city: City) -> None:
    raised = 'number_tries_in_two_hours = 9\nceilings_reason = "rupture du barrage"'
    path = policy_file(city, raised)
    policy = create(city.office, city.wish(policy_file=path)).policy
    assert policy.ceilings[0].calls == 9
    information = city.wish(campaign_class=CampaignClass.INFORMATION, policy_file=path)
    with pytest.raises(RequestError, match="Only an alert"):
        create(city.office, information)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "a\nb"}, "needs a name"),
        ({"register": "canicule"}, "no register « canicule »"),
        ({"groups": ("rive gauche",)}, "no group « rive gauche »"),
        ({"lines": 0}, "lines must be 1"),
        ({"attempts": 0}, "attempts must be 1"),
        ({"trunks": ("east",)}, "no trunk east: north, south"),
        ({"caller_id": "+33199000099"}, r"No trunk may show \+33199000099"),
        ({"caller_id": "3117"}, "No trunk may show 3117"),
        (
            {"caller_id": CALLER, "trunks": ("south",)},
            r"Trunk south may not show \+33199000001",
        ),
        ({"message": MessageWish()}, "a text or a recording"),
        ({"message": MessageWish({"fr": " "})}, "text is empty"),
        ({"message": MessageWish({"de": "Hochwasser."})}, "de is not spoken here"),
        (
            {"message": MessageWish({"fr": "a"}, {"fr": Path("a.wav")})},
            "not both",
        ),
        (
            {"message": MessageWish(recordings={"fr": Path("absent.wav")})},
            "no recording",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    city: City, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(RequestError, match=said):
        create(city.office, city.wish(**changes))
    assert city.commune.rows("campaigns") == []
    assert city.commune.rows("messages") == []


@pytest.mark.parametrize(
    ("starts", "expires", "said"),
    [(-1, None, "in the past"), (None, -1, "would expire"), (5, 4, "would expire")],
)
def test_moments_that_make_no_sense_are_refused(
    city: City, starts: int | None, expires: int | None, said: str
) -> None:
    now = city.commune.now
    wish = city.wish(
        starts_at=None if starts is None else now + timedelta(hours=starts),
        expires_at=None if expires is None else now + timedelta(hours=expires),
    )
    with pytest.raises(RequestError, match=said):
        create(city.office, wish)


def test_without_any_trunk_no_campaign_is_made(city: City) -> None:
    city.use(settings_in(city.folder, trunk={}))
    with pytest.raises(RequestError, match="name no trunk"):
        create(city.office, city.wish())


def test_two_registers_of_one_name_need_an_owner(city: City) -> None:
    other = city.commune.add("collectivities", name="Hautbourg")
    kind = {"name": "alerte", "kind": "alert"}
    city.commune.add("registers", collectivity_id=other, **kind)
    with pytest.raises(RequestError, match="Say whose"):
        create(city.office, city.wish())
    made = create(city.office, city.wish(collectivity=city.commune.id))
    owner = city.office.desk.card(made.id).register.collectivity
    assert owner.id == city.commune.id


def test_a_long_message_warns_and_one_that_is_cut_warns_too(city: City) -> None:
    text = " ".join(["eau"] * 400)
    made = create(city.office, city.wish(message=MessageWish({"fr": text})))
    assert any("hang up before the end" in notice for notice in made.notices)
    assert any("a call ends after 300 s" in notice for notice in made.notices)


def test_more_lines_than_there_are_is_said(city: City) -> None:
    made = create(city.office, city.wish(lines=200))
    owner = city.commune.rows("collectivities")[0].name
    assert made.notices == (
        f"The message in fr does not say {owner}: with --subject it begins with who"
        " calls.",
        "Its trunks have 30 lines, not 200.",
    )


def test_a_message_that_says_who_calls_has_no_notice(city: City) -> None:
    owner = city.commune.rows("collectivities")[0].name
    named = MessageWish({"fr": f"Ici {owner.upper()}. La rivière monte."})
    assert create(city.office, city.wish(message=named)).notices == ()
    opened = MessageWish({"fr": "Montez."}, subject="une crue")
    wish = city.wish(name="Crue de la Seudre", message=opened)
    assert create(city.office, wish).notices == ()


def test_a_recording_is_kept_and_played_as_it_is(city: City) -> None:
    hummed = city.folder / "preview.wav"
    (text,) = create(city.office, city.wish()).message
    city.office.studio.preview(text, CampaignClass.ALERT, False, hummed)
    message = MessageWish(recordings={"fr": hummed})
    (recorded,) = create(city.office, city.wish(message=message)).message
    assert recorded.text == ""
    assert recorded.recording is not None
    assert (city.settings.folders.recordings / recorded.recording).is_file()


def test_a_preview_is_what_a_resident_hears(city: City) -> None:
    (text,) = create(city.office, city.wish()).message
    studio = city.office.studio
    alert = studio.preview(text, CampaignClass.ALERT, False, city.folder / "a.wav")
    exercise = studio.preview(text, CampaignClass.EXERCISE, True, city.folder / "e.wav")
    assert (city.folder / "a.wav").read_bytes()[:4] == b"RIFF"
    assert timedelta(seconds=text.seconds) < alert < exercise


def test_a_preview_without_a_folder_is_refused(city: City) -> None:
    (text,) = create(city.office, city.wish()).message
    absent = city.folder / "absent" / "a.wav"
    with pytest.raises(RequestError, match="cannot be written"):
        city.office.studio.preview(text, CampaignClass.ALERT, False, absent)


def test_campaigns_are_found_by_id_by_its_beginning_and_by_name(city: City) -> None:
    first = city.create()
    city.commune.pass_time(seconds=1)
    second = city.create()
    desk = city.office.desk
    assert desk.find(first) == first
    assert desk.find("Crue de la Brume") == second
    assert [card.id for card in desk.cards(city.commune.id)] == [second, first]
    with pytest.raises(RequestError, match="no campaign"):
        desk.find("absent")
    with pytest.raises(RequestError, match="no campaign"):
        desk.card("absent")


def test_the_beginning_of_an_id_must_fit_one_campaign(city: City) -> None:
    first, second = city.create(name="Crue"), city.create(name="Canicule")
    desk = city.office.desk
    shared = next(n for n in range(36) if first[n] != second[n])
    assert desk.find(first[: shared + 1]) == first
    with pytest.raises(RequestError, match="Several campaigns begin"):
        desk.find(first[:shared])


def test_a_group_is_named_or_given_by_its_id(city: City) -> None:
    group = city.commune.add(
        "groups", register_id=city.commune.register, name="rive gauche"
    )
    for named in ("rive gauche", group):
        made = city.create(groups=(named,))
        assert city.office.desk.card(made).audience.groups == (group,)


def test_without_a_number_to_call_back_machines_hear_the_usual_phrase(
    city: City,
) -> None:
    line = {"contact": "127.0.0.1:5099", "lines": 3}
    city.use(settings_in(city.folder, trunk={"west": line}))
    (text,) = create(city.office, city.wish()).message
    assert (text.machine_text, text.machine_prompt) == ("", None)


def two_trunks(city: City, north: list[str], south: list[str]) -> None:
    line = {"contact": "127.0.0.1:5099", "lines": 3}
    trunks = {
        "north": line | {"caller_ids": north},
        "south": line | {"caller_ids": south},
    }
    city.use(settings_in(city.folder, trunk=trunks))


def test_every_call_of_a_campaign_shows_one_number(city: City) -> None:
    policy = create(city.office, city.wish()).policy
    assert policy.caller_id == SHARED
    alone = create(city.office, city.wish(trunks=("north",))).policy
    assert (alone.caller_id, alone.trunks) == (CALLER, ("north",))
    assert dry_run(city.office, city.create()).caller_id == SHARED


def test_trunks_that_share_no_number_carry_no_campaign_together(city: City) -> None:
    for south in (["+33261910001"], []):
        two_trunks(city, [CALLER], south)
        with pytest.raises(RequestError, match="north, south share no caller ID"):
            create(city.office, city.wish())
    assert city.commune.rows("campaigns") == []


def test_a_trunk_without_a_number_makes_anonymous_calls_and_it_is_said(
    city: City,
) -> None:
    two_trunks(city, [], [])
    made = create(city.office, city.wish(trunks=("south",)))
    assert made.policy.caller_id is None
    assert "Trunk south lists no caller ID: its calls show no number." in made.notices


def test_a_channel_without_numbers_goes_beside_any_caller_id(city: City) -> None:
    line = {"contact": "127.0.0.1:5099", "lines": 3, "caller_ids": [CALLER]}
    other = {"channel": "fake", "lines": 3}
    city.use(settings_in(city.folder, trunk={"north": line, "paper": other}))
    made = create(city.office, city.wish(trunks=("north", "paper")))
    assert made.policy.caller_id == CALLER
    city.homes(1)
    city.on_duty()
    assert dry_run(city.office, made.id).problems == ()


def test_a_duty_call_shows_the_number_of_the_settings(city: City) -> None:
    first = {trunk.name: trunk.shows() for trunk in trunks(city.settings)}
    assert first == {"north": CALLER, "south": "+33261910001"}
    chosen = settings_in(city.folder, calling={"caller_id": SHARED})
    assert {trunk.shows() for trunk in trunks(chosen)} == {SHARED}


def test_the_voice_of_the_settings_speaks(city: City) -> None:
    studio = Studio(city.settings)
    message = MessageWish({"fr": "La rivière monte."})
    (text,) = studio.rendered(message, Caller("la mairie de Rivemer")).texts
    assert 0.5 < text.seconds < 5
