"""A dry run tells what the launch itself would, and is refused as it is."""

import pytest

from automaton.domain.campaign import CampaignState
from automaton.errors import RequestError
from automaton.services.launches import dry_run, launch
from tests.services.campaigns.city import City


def test_a_home_whose_numbers_no_trunk_may_dial_is_told_of(city: City) -> None:
    # 50 homes "would be rung", two of which no trunk could dial; launch said nothing.
    city.homes(3)
    city.commune.home("+33639980042")
    city.commune.home("+33639980043", "+33261910043")
    city.on_duty()
    campaign = city.create()
    told = dry_run(city.office, campaign)
    assert (told.homes, told.undialled, told.undialled_homes) == (4, 2, 1)
    assert sum(told.by_trunk.values()) == 4
    assert launch(city.office, campaign, "m.durand").undialled_homes == 1
    (row,) = city.commune.rows("campaigns")
    assert row.forecast["homes"] == 4


@pytest.mark.parametrize("state", ["running", "paused", "finished"])
def test_a_dry_run_of_what_cannot_be_launched_is_refused(
    city: City, state: str
) -> None:
    # It told that all would be rung again; the launch itself was refused.
    city.homes(3)
    city.on_duty()
    campaign = city.create()
    city.move(campaign, CampaignState(state))
    with pytest.raises(RequestError, match=f"is {state} cannot launch"):
        dry_run(city.office, campaign)


def test_a_dry_run_of_what_waits_for_the_daemon_is_refused(city: City) -> None:
    city.homes(3)
    city.on_duty()
    campaign = city.create()
    launch(city.office, campaign, "m.durand")
    with pytest.raises(RequestError, match=r"m.durand asked for this launch already"):
        dry_run(city.office, campaign)
