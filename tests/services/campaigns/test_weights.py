"""How much of the lines a campaign is given beside others of its class."""

from __future__ import annotations

import pytest

from automaton.errors import RequestError
from automaton.services.campaigns import create
from tests.services.campaigns.city import City


def test_a_campaign_has_a_weight_of_one_where_nothing_is_said(city: City) -> None:
    heavy = create(city.office, city.wish(weight=10))
    assert city.office.desk.card(heavy.id).policy.weight == 10
    assert create(city.office, city.wish()).policy.weight == 1


@pytest.mark.parametrize("weight", [0, 11, -1])
def test_a_weight_that_none_can_be_is_refused(city: City, weight: int) -> None:
    with pytest.raises(RequestError) as refused:
        create(city.office, city.wish(weight=weight))
    assert str(refused.value) == "The weight is from 1 to 10."
