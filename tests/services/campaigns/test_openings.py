"""What follows an alert says who calls, though its author only writes what changed."""

import pytest

from automaton.domain.campaign import CampaignState
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.messages import MessageWish
from tests.services.campaigns.city import City

FLOOD = {"fr": "La rivière monte.", "en": "The river rises."}
WRONG = {"fr": "Rectificatif. Le gymnase est fermé.", "en": "The gym is closed."}


def said(city: City, parent: str, kind: FollowUp, message: MessageWish) -> list[str]:
    made = follow_up(city.office, parent, FollowUpWish(kind, "m.durand", message))
    city.move(made.id, CampaignState.RUNNING)
    assert not any("does not say" in notice for notice in made.notices)
    texts = (text.text for text in city.office.desk.card(made.id).message)
    return [text.replace(city.commune.id, "-sur-Brume") for text in texts]


def alert(city: City, subject: str) -> str:
    parent = city.create(message=MessageWish(FLOOD, subject=subject))
    city.move(parent, CampaignState.RUNNING)
    return parent


@pytest.mark.parametrize("kind", FollowUp)
def test_a_follow_up_begins_with_who_calls_and_why_as_its_parent_did(
    city: City, kind: FollowUp
) -> None:
    # The guide's own correction went out as "Rectificatif. Le gymnase est fermé."
    parent = alert(city, "la crue de la Brume")
    if kind is FollowUp.AGAIN:
        city.move(parent, CampaignState.FINISHED)
    assert said(city, parent, kind, MessageWish(WRONG)) == [
        f"Bonjour. Ici Rivemer -sur-Brume, pour la crue de la Brume. {WRONG['fr']}",
        f"Hello. This is Rivemer -sur-Brume, about la crue de la Brume. {WRONG['en']}",
    ]


@pytest.mark.parametrize(
    ("kind", "french", "english"),
    [
        (
            FollowUp.CORRECTION,
            "une correction de notre message",
            "a correction of our message",
        ),
        (FollowUp.ALL_CLEAR, "la fin de l'alerte", "the end of the alert"),
    ],
)
def test_without_a_subject_it_says_who_calls_and_what_it_is(
    city: City, kind: FollowUp, french: str, english: str
) -> None:
    parent = alert(city, "")
    assert said(city, parent, kind, MessageWish(WRONG)) == [
        f"Bonjour. Ici Rivemer -sur-Brume, pour {french}. {WRONG['fr']}",
        f"Hello. This is Rivemer -sur-Brume, about {english}. {WRONG['en']}",
    ]


def test_the_all_clear_of_a_correction_is_not_introduced_as_a_correction(
    city: City,
) -> None:
    message = MessageWish({"fr": "Le gymnase est fermé."})
    wish = FollowUpWish(FollowUp.CORRECTION, "m.durand", message)
    correction = follow_up(city.office, alert(city, ""), wish).id
    city.move(correction, CampaignState.RUNNING)
    (text,) = said(city, correction, FollowUp.ALL_CLEAR, MessageWish({"fr": "Fini."}))
    assert text == "Bonjour. Ici Rivemer -sur-Brume, pour la fin de l'alerte. Fini."


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("", "Ici Rivemer -sur-Brume. Fini."),
        ("le gymnase", "Fini."),
    ],
)
def test_what_says_who_calls_by_itself_is_left_as_it_was_written(
    city: City, subject: str, text: str
) -> None:
    parent = alert(city, "la crue de la Brume")
    written = text.replace("-sur-Brume", city.commune.id)
    message = MessageWish({"fr": written}, subject=subject)
    begun = f"Bonjour. Ici Rivemer -sur-Brume, pour {subject}. " if subject else ""
    assert said(city, parent, FollowUp.ALL_CLEAR, message) == [begun + text]
