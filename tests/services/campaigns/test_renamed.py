"""What is said names its collectivity as it is called, or somebody is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from automaton.domain.campaign import CampaignState
from automaton.errors import RequestError
from automaton.services.campaigns import create
from automaton.services.follow_ups import FollowUp, FollowUpWish, follow_up
from automaton.services.messages import MessageWish, Studio
from automaton.voices.voice import Voice
from tests.services.campaigns.city import CALLER, City, Hum


def named(city: City) -> MessageWish:
    owner = city.office.desk.register("alerte").collectivity.name
    return MessageWish({"fr": f"Ici {owner}, allez à l'étage."})


def test_a_new_round_under_a_new_name_says_that_its_message_is_older(
    city: City,
) -> None:
    city.homes(1)
    parent = city.started(message=named(city), caller_id=CALLER)
    city.move(parent, CampaignState.FINISHED)
    again = FollowUpWish(FollowUp.AGAIN, "m.durand")
    assert follow_up(city.office, parent, again).notices == ()
    city.commune.change("collectivities", city.commune.id, name="Rivemer-les-Bains")
    (notice,) = follow_up(city.office, parent, again).notices
    assert notice.startswith("The message in fr is said as it was, and does not name")


@pytest.mark.parametrize("column", ["name", "removed_at"])
def test_what_was_rendered_while_the_name_changed_is_not_kept(
    city: City, column: str
) -> None:
    new = {"name": "Vaux", "removed_at": city.commune.now}[column]

    def slow(_: str) -> Sequence[Voice]:
        city.commune.change("collectivities", city.commune.id, **{column: new})
        return [Hum()]

    office = replace(city.office, studio=Studio(city.settings, slow))
    with pytest.raises(RequestError) as refused:
        create(office, city.wish(message=named(city)))
    assert refused.value.error_id == "collectivity-changed"
    assert city.commune.rows("campaigns") == city.commune.rows("messages") == []
