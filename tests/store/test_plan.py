"""Who becomes a recipient, by which numbers; a town is planned in chunks."""

from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.attempt import AttemptState
from automaton.domain.campaign import CampaignClass
from automaton.domain.recipient import RecipientState
from automaton.errors import RequestError
from automaton.ids import new_id
from tests.store.commune import NOW, Commune, number


def numbers_of(row: Any) -> list[str]:
    return [point[1] for point in row.points]


def names_of(commune: Commune, **wanted: Any) -> set[str]:
    return {row.name for row in commune.rows("recipients", **wanted)}


def agree(commune: Commune, person: str, action: str = "given", day: int = 0) -> None:
    commune.add(
        "consents",
        contact_id=person,
        at=NOW + timedelta(days=day),
        by="Inès Carlier",
        how="guichet",
        action=action,
    )


def test_home_is_one_recipient_with_the_numbers_of_all_who_live_there(
    commune: Commune,
) -> None:
    home = commune.home(number(2), number(3), rank=1, first_name="Paul")
    commune.person(
        number(1), number(3), household_id=home, rank=0, codeword_prompt="c1"
    )

    campaign = commune.planned()

    [recipient] = commune.rows("recipients")
    assert numbers_of(recipient) == [number(1), number(2), number(3)]
    assert [point[2] for point in recipient.points] == [0, 1, 2]
    assert recipient.household_id == home
    assert recipient.state is RecipientState.WAITING
    assert recipient.name == "Odile Vasseur, Paul Vasseur"
    assert recipient.address == "3 quai des Brumes, 17999 Rivemer"
    assert recipient.codeword_prompt == "c1"
    [attempt] = commune.rows("attempts")
    assert (attempt.e164, attempt.due_at, attempt.created_at) == (number(1), NOW, NOW)
    assert attempt.contact_point_id == recipient.points[0][0]
    assert commune.rows("campaigns", id=campaign)[0].planned


def test_person_without_a_home_and_establishment_are_recipients_too(
    commune: Commune,
) -> None:
    commune.home(number(1))
    commune.person(number(2), first_name="Seul")
    school = commune.add(
        "establishments",
        register_id=commune.register,
        name="École des Dunes",
        contact_name="Mme Roque",
    )
    commune.add(
        "contact_points", establishment_id=school, kind="landline", value=number(3)
    )
    commune.person(number(4), first_name="Élève", establishment_id=school)

    commune.planned()

    names = names_of(commune)
    assert names == {"Odile Vasseur", "Seul Vasseur", "École des Dunes Mme Roque"}


def test_welfare_rings_each_person_at_the_address_of_the_home(
    commune: Commune,
) -> None:
    home = commune.home(number(1), first_name="Paul")
    commune.person(number(2), household_id=home)

    commune.planned(campaign_class=CampaignClass.WELFARE)

    found = commune.rows("recipients")
    assert {row.name for row in found} == {"Paul Vasseur", "Odile Vasseur"}
    assert {row.address for row in found} == {"3 quai des Brumes, 17999 Rivemer"}
    assert all(row.contact_id and not row.household_id for row in found)


def test_information_rings_only_who_agreed_and_shows_the_others(
    commune: Commune,
) -> None:
    agree(commune, commune.person(number(1), first_name="Oui"))
    commune.person(number(2), first_name="Jamais")
    changed = commune.person(number(3), first_name="Plus")
    agree(commune, changed)
    agree(commune, changed, action="withdrawn", day=1)
    agree(commune, commune.person(number(4), first_name="Touche"))
    commune.add(
        "opt_outs", collectivity_id=commune.id, e164=number(4), at=NOW, how="key"
    )

    commune.planned(campaign_class=CampaignClass.INFORMATION)

    assert names_of(commune, state=RecipientState.WAITING) == {"Oui Vasseur"}
    assert names_of(commune, state=RecipientState.EXCLUDED) == {
        "Jamais Vasseur",
        "Plus Vasseur",
        "Touche Vasseur",
    }
    assert len(commune.rows("attempts")) == 1


def test_alert_rings_also_those_who_opted_out_of_information(
    commune: Commune,
) -> None:
    commune.home(number(4))
    commune.add(
        "opt_outs", collectivity_id=commune.id, e164=number(4), at=NOW, how="key"
    )

    commune.planned()

    assert len(commune.rows("attempts")) == 1


def test_home_without_a_number_that_can_be_called_is_bad_data(
    commune: Commune,
) -> None:
    person = commune.person(first_name="Muet")
    commune.add("contact_points", contact_id=person, kind="sms", value=number(1))
    commune.person(number(2), first_name="Faux")
    [point] = commune.rows("contact_points", value=number(2))
    commune.change("contact_points", point.id, flagged_at=NOW)

    commune.planned()

    bad = commune.rows("recipients", state=RecipientState.BAD_DATA)
    assert {row.name for row in bad} == {"Muet Vasseur", "Faux Vasseur"}
    assert all(row.finished_at == NOW for row in bad)
    assert commune.rows("attempts") == []


def test_flagged_number_is_marked_and_the_next_one_is_rung(commune: Commune) -> None:
    commune.home(number(1), number(2))
    [point] = commune.rows("contact_points", value=number(1))
    commune.change("contact_points", point.id, flagged_at=NOW)

    commune.planned()

    [recipient] = commune.rows("recipients")
    assert [point[3] for point in recipient.points] == [True, False]
    [attempt] = commune.rows("attempts")
    assert attempt.e164 == number(2)


def test_removed_and_unpublished_contacts_are_never_rung(commune: Commune) -> None:
    commune.home(number(1), removed_at=NOW)
    for state in ("staged", "undone", "published"):
        batch = commune.add(
            "imports",
            register_id=commune.register,
            file_name="liste.csv",
            sha256="0",
            at=NOW,
            by="Inès Carlier",
            state=state,
        )
        commune.home(number(2), import_id=batch, first_name=state)

    commune.planned()

    assert names_of(commune) == {"published Vasseur"}


def test_other_registers_are_never_rung(commune: Commune) -> None:
    Commune(commune.engine).home(number(1))

    assert commune.plan(commune.campaign()) == 0


def test_group_rings_the_homes_of_its_members(commune: Commune) -> None:
    group = commune.add("groups", register_id=commune.register, name="quai")
    home = commune.home(number(1))
    member = commune.person(number(2), household_id=home, first_name="Paul")
    commune.home(number(3))
    commune.add("establishments", register_id=commune.register, name="École")
    commune.add("group_members", group_id=group, contact_id=member)

    commune.planned(audience={"register": commune.register, "groups": [group]})

    [recipient] = commune.rows("recipients")
    assert numbers_of(recipient) == [number(1), number(2)]


def test_follow_up_rings_those_whom_the_first_round_left_in_a_state(
    commune: Commune,
) -> None:
    commune.home(number(1), first_name="Reste")
    commune.home(number(2), first_name="Fait")
    commune.person(number(3), first_name="Seul")
    first = commune.planned()
    done = next(r for r in commune.rows("recipients") if r.name == "Fait Vasseur")
    commune.change("recipients", done.id, state=RecipientState.ACKNOWLEDGED)

    again = commune.planned(
        parent_id=first,
        follow_up="again",
        audience={
            "register": commune.register,
            "recipients_of": first,
            "states": ["waiting", "exhausted"],
        },
    )
    everybody = commune.planned(
        audience={"register": commune.register, "recipients_of": first}
    )

    assert names_of(commune, campaign_id=again) == {"Reste Vasseur", "Seul Vasseur"}
    assert len(names_of(commune, campaign_id=everybody)) == 3


@pytest.mark.parametrize(
    "audience",
    [{"register": "r", "streets": ["quai"]}, {}, {"register": "r", "states": ["x"]}],
)
def test_audience_that_is_not_understood_rings_nobody(
    commune: Commune, audience: dict[str, Any]
) -> None:
    commune.home(number(1))

    with pytest.raises(RequestError, match="not understood"):
        commune.plan(commune.campaign(audience=audience))
    assert commune.rows("recipients") == []


def test_plan_goes_on_where_it_was_interrupted(commune: Commune) -> None:
    for index in range(5):
        commune.home(number(index))
    commune.person(number(5))
    campaign = commune.campaign()
    with commune.ledger.transaction() as transaction:
        assert transaction.plan_chunk(campaign, NOW, 2) == 2

    assert commune.plan(campaign, limit=2) == 4
    assert commune.plan(campaign) == 0
    assert len(commune.rows("recipients")) == 6
    assert len(commune.rows("attempts", state=AttemptState.PLANNED)) == 6


def test_empty_register_is_planned_at_once(commune: Commune) -> None:
    campaign = commune.campaign()

    assert commune.plan(campaign) == 0
    assert commune.rows("campaigns", id=campaign)[0].planned


def populate(commune: Commune, homes: int) -> None:
    """Fill the register in bulk: one person with two numbers in each home."""
    ids = [new_id() for _ in range(homes)]
    people = [new_id() for _ in range(homes)]
    owned = {"register_id": commune.register}
    commune.add(
        "households", *(owned | {"id": id_, "street": "rue Basse"} for id_ in ids)
    )
    commune.add(
        "contacts",
        *(
            owned | {"id": person, "household_id": id_, "last_name": "Vasseur"}
            for person, id_ in zip(people, ids, strict=True)
        ),
    )
    commune.add(
        "contact_points",
        *(
            {"contact_id": person, "kind": "landline", "value": number(n), "rank": rank}
            for rank in (0, 1)
            for n, person in enumerate(people, rank * homes)
        ),
    )


def test_town_is_planned_in_chunks_of_the_wished_size(commune: Commune) -> None:
    populate(commune, 1_200)
    campaign = commune.campaign()
    chunks = []
    for _ in range(4):
        with commune.ledger.transaction() as transaction:
            chunks.append(transaction.plan_chunk(campaign, NOW, 500))

    assert chunks == [500, 500, 200, 0]
    homes = {row.household_id for row in commune.rows("recipients")}
    assert len(homes) == len(commune.rows("attempts")) == 1_200
