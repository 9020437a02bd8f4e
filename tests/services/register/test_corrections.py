"""What was entered of a commune is put right, as long as nothing hangs on it.

It could neither be renamed nor removed: a slip in its name stayed for ever.
"""

from __future__ import annotations

import pytest

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES, CampaignState
from automaton.domain.collectivity import Collectivity
from automaton.errors import RequestError
from automaton.services.collectivities import (
    NewCollectivity,
    add_collectivity,
    find_collectivity,
)
from automaton.services.corrections import Correction, correct_collectivity
from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.store.people import SqlBook
from tests.store.commune import Commune

NUMBER = "+33199000001"


def found(commune: Commune) -> Collectivity:
    return find_collectivity(SqlBook(commune.engine), commune.id)


def correct(commune: Commune, **wish: str) -> Collectivity:
    book, wished = SqlBook(commune.engine), Correction(**wish)
    return correct_collectivity(book, commune.clock, found(commune), wished, "Inès")


def refused(commune: Commune, **wish: str) -> str:
    """Return why a correction is refused; nothing has changed then."""
    before = found(commune)
    with pytest.raises(RequestError) as refusal:
        correct(commune, **wish)
    assert found(commune) == before
    assert commune.rows("audit") == []
    return refusal.value.error_id


def test_a_name_is_corrected_and_the_audit_does_not_tell_it(commune: Commune) -> None:
    now = correct(commune, name=" Rivemer-les-Bains ")
    assert (now.id, now.name) == (commune.id, "Rivemer-les-Bains")
    assert found(commune) == now
    (line,) = commune.rows("audit")
    assert (line.action, line.details) == (
        "collectivity_corrected",
        {"name": "corrected"},
    )


def test_a_name_may_change_by_its_capitals_alone(commune: Commune) -> None:
    name = found(commune).name.upper()
    assert correct(commune, name=name).name == name


def test_a_name_that_another_one_has_is_refused(commune: Commune) -> None:
    # "royan" beside "Royan" was taken, and only one of them could be called.
    book, clock = SqlBook(commune.engine), commune.clock
    commune.add("collectivities", name="Vaux")
    assert refused(commune, name="VAUX") == "exists"
    with pytest.raises(RequestError, match="There is a collectivity « Vaux » already"):
        add_collectivity(book, clock, NewCollectivity("vaux"), "Inès")


@pytest.mark.parametrize(
    ("wish", "error_id"),
    [
        ({}, "unchanged"),
        ({"language": "fr"}, "unchanged"),
        ({"postal_code": ""}, "unchanged"),
        ({"name": "x" * 101}, "bad_name"),
        ({"name": ""}, "bad_name"),
        ({"name": "Bo\x07"}, "bad_name"),
        ({"region": ""}, "bad_region"),
        ({"timezone": ""}, "bad_timezone"),
        ({"language": ""}, "bad_language"),
        ({"insee": "1"}, "bad_insee"),
        ({"postal_code": "1"}, "bad_postal_code"),
        ({"region": "ZZ"}, "bad_region"),
        ({"timezone": "Mars/Olympus"}, "bad_timezone"),
        ({"language": "de"}, "bad_language"),
    ],
)
def test_what_corrects_nothing_is_refused(
    commune: Commune, wish: dict[str, str], error_id: str
) -> None:
    assert refused(commune, **wish) == error_id


@pytest.mark.parametrize(
    ("wish", "region", "timezone"),
    [
        ({"insee": "97411"}, "RE", "Indian/Reunion"),
        ({"postal_code": "97600"}, "YT", "Indian/Mayotte"),
        ({"region": "be"}, "BE", "Europe/Paris"),
        ({"insee": "97411", "timezone": "Europe/Paris"}, "RE", "Europe/Paris"),
        ({"timezone": "Europe/London"}, "FR", "Europe/London"),
    ],
)
def test_region_and_zone_follow_from_another_code(
    commune: Commune, wish: dict[str, str], region: str, timezone: str
) -> None:
    now = correct(commune, **wish)
    assert (now.region, now.timezone) == (region, timezone)
    assert found(commune) == now


@pytest.mark.parametrize(
    ("wish", "region", "timezone"),
    [
        ({"postal_code": "97133"}, "BL", "America/St_Barthelemy"),
        ({"insee": "97701", "postal_code": "97133"}, "BL", "America/St_Barthelemy"),
        ({"postal_code": "97133", "region": "GP"}, "GP", "America/Guadeloupe"),
        ({"insee": "97133"}, "GP", "America/Guadeloupe"),
    ],
)
def test_region_and_zone_follow_from_the_insee_code_where_there_is_one(
    commune: Commune, wish: dict[str, str], region: str, timezone: str
) -> None:
    # 97133, of Saint-Barthélemy, begins like Guadeloupe: it moved there unasked.
    assert correct(commune, insee="97701").region == "BL"
    now = correct(commune, **wish)
    assert (now.region, now.timezone) == (region, timezone)


def test_a_code_that_is_a_slip_is_emptied_and_the_region_stays(
    commune: Commune,
) -> None:
    correct(commune, insee="97701", postal_code="97133")
    now = correct(commune, insee="")
    assert (now.insee, now.postal_code, now.region) == ("", "97133", "BL")
    assert correct(commune, postal_code="").postal_code == ""
    correct(commune, insee="97701")
    assert correct(commune, insee="", postal_code="97100").region == "GP"


def test_a_code_of_the_same_region_is_corrected_beside_contacts(
    commune: Commune,
) -> None:
    commune.home(NUMBER)
    assert correct(commune, insee="17306").insee == "17306"


def test_the_region_stays_once_numbers_were_read_by_it(commune: Commune) -> None:
    commune.home(NUMBER)
    assert refused(commune, insee="97411") == "collectivity-region"


def test_the_region_stays_while_somebody_is_on_duty(commune: Commune) -> None:
    new = NewDutyNumber(found(commune), "Maire", NUMBER)
    add_duty_number(SqlBook(commune.engine), commune.clock, new, "Inès")
    with pytest.raises(
        RequestError, match=r"those of FR already: .* give --region FR,"
    ):
        correct(commune, insee="97411")


@pytest.mark.parametrize("state", sorted(set(CampaignState) - FINAL_CAMPAIGN_STATES))
@pytest.mark.parametrize("wish", [{"name": "Vaux"}, {"timezone": "Europe/London"}])
def test_nothing_changes_while_a_campaign_is_not_over(
    commune: Commune, state: CampaignState, wish: dict[str, str]
) -> None:
    # Its prompts say the name as it was.
    commune.campaign(state=state)
    assert refused(commune, **wish) == "collectivity-campaigns"


def test_many_campaigns_in_the_way_are_told_in_one_line(commune: Commune) -> None:
    for index in range(7):
        commune.campaign(name=f"Crue {index}", state=CampaignState.DRAFT)
    commune.campaign(name="Canicule", state=CampaignState.FINISHED)
    with pytest.raises(RequestError, match=r"\(Crue 0, .*Crue 4, …\): end each"):
        correct(commune, name="Vaux")


def test_the_name_is_corrected_when_all_campaigns_are_over(commune: Commune) -> None:
    for state in FINAL_CAMPAIGN_STATES:
        commune.campaign(state=state)
    assert correct(commune, name="Vaux").name == "Vaux"
