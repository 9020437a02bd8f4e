"""Who writes a campaign is told where a call would end before all is said."""

from datetime import timedelta

import pytest

from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.message import RenderedText
from automaton.domain.policy import CallPolicy
from automaton.services.campaigns import create
from automaton.services.dialogue import dialogue_notices
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.messages import MessageWish
from automaton.store.audience import Audience
from automaton.store.drafts import Draft
from tests.services.campaigns.city import City
from tests.store.commune import number

FRENCH = {"ask-1": 2.5, "ask-2": 2.5, "ask-3": 3.0, "ask-9": 4.0}
FRENCH |= {"again": 3.5, "exercise": 6.5}
# 1.5 s of listening and « again », then each time the message, ask-1, ask-2, 8 s.
OPENING, ASKED = 5.0, 13.0


@pytest.fixture(autouse=True)
def phrases(city: City) -> None:
    """Install the phrases that French calls play, with lengths of our own."""
    folder = city.settings.folders.prompts / "fr"
    folder.mkdir(parents=True)
    for name, seconds in FRENCH.items():
        (folder / f"{name}.alaw").write_bytes(b"\xd5" * int(8000 * seconds))


def drafted(
    city: City,
    seconds: float,
    talk: float,
    campaign_class: CampaignClass = CampaignClass.ALERT,
    help_key: bool = False,
    language: str = "fr",
) -> tuple[str, ...]:
    """Return what is said of a message of so many seconds, and of such a policy."""
    policy = CallPolicy(talk=timedelta(seconds=talk), help_key=help_key)
    text = RenderedText(language, "Montez.", "p1", seconds)
    register, commune = city.commune.register, city.commune
    draft = Draft(
        "Crue",
        campaign_class,
        commune.id,
        register,
        (RenderedText("fr", "Montez.", "p0", 1.0), text),
        policy,
        Audience(register),
        "m.durand",
        commune.now,
    )
    return dialogue_notices(city.office, draft)


@pytest.mark.parametrize(
    ("seconds", "talk", "lasts"),
    [(12, 60, 80), (90, 300, 314)],
)
def test_the_questions_and_the_opening_are_counted(
    city: City, seconds: int, talk: int, lasts: int
) -> None:
    # 3 × (12 + 8) s are no more than 60 s: nothing was said of the third time.
    (notice,) = drafted(city, seconds, talk)
    assert notice == (
        f"Said 3 times with its questions the message takes {lasts} s, and a"
        f" call ends after {talk} s: shorten it or raise talk."
    )


def test_a_usual_message_under_the_usual_policy_is_not_warned_of(city: City) -> None:
    city.commune.home(number(1), codeword="mimosa")
    for one in CampaignClass:
        assert drafted(city, 30, 300, one, help_key=True) == ()


@pytest.mark.parametrize(
    ("campaign_class", "help_key", "more"),
    [
        (CampaignClass.ALERT, False, 0.0),
        (CampaignClass.WELFARE, True, 3 * 3.0),
        (CampaignClass.INFORMATION, False, 3 * 4.0),
        (CampaignClass.EXERCISE, True, 6.5 + 3 * 3.0),
    ],
)
def test_it_is_told_as_soon_as_a_second_is_missing(
    city: City, campaign_class: CampaignClass, help_key: bool, more: float
) -> None:
    whole = OPENING + 3 * (20 + ASKED) + more
    how = (campaign_class, help_key)
    assert drafted(city, 20, int(whole) + 1, *how) == ()
    assert drafted(city, 20, int(whole) - 1, *how) != ()


def test_the_longest_agreed_word_is_counted(city: City) -> None:
    for index, word in enumerate(("mimosa", "la grande tulipe noire du jardin")):
        city.commune.home(number(index), codeword=word)
    whole = int(OPENING + 3 * (20 + ASKED))
    assert drafted(city, 20, whole) == ()
    city.create()
    assert drafted(city, 20, whole + 1) != ()
    assert drafted(city, 20, whole + 4) == ()
    for row in city.commune.rows("contacts"):
        city.office.studio.cache.forget(row.codeword_prompt)
    assert drafted(city, 20, whole) == ()


def test_phrases_that_are_not_installed_yet_are_rendered(city: City) -> None:
    assert drafted(city, 12, 60, language="en") != ()
    assert drafted(city, 12, 100, language="en") == ()


def test_a_new_round_of_the_same_message_is_measured_too(city: City) -> None:
    city.homes(1)
    message = MessageWish({"fr": "Ici Rivemer. " + " ".join(["eau"] * 60)})
    made = create(city.office, city.wish(message=message))
    assert not any("a call ends" in notice for notice in made.notices)
    city.move(made.id, CampaignState.FINISHED)
    policy = city.folder / "policy.toml"
    policy.write_text('talk = "60 s"\n', "utf-8")
    wish = FollowUpWish(FollowUp.AGAIN, "m.durand", policy_file=policy)
    notices = follow_up(city.office, made.id, wish).notices
    assert any("a call ends after 60 s" in notice for notice in notices)
