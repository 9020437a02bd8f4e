"""People who share a number become a household or an establishment when asked."""

from __future__ import annotations

import pytest

from automaton.domain.collectivity import Act
from automaton.domain.roll import ProposalState
from automaton.errors import RequestError
from automaton.services.proposals import (
    Decision,
    accept_proposal,
    refuse_proposal,
)
from tests.services.register.town_hall import TownHall

COUPLE = "nom;rue;tel;portable\nA;1 rue X;0261910001;\nB;;0261910001;0639980001\n"
HOME = "nom;rue;tel;portable\n" + "".join(
    f"Personne {chr(65 + i)};2 rue des Tilleuls;0261910009;{own}\n"
    for i, own in enumerate(["", "", "", "", "", "0639980001"])
)


def decide(hall: TownHall, **more: str) -> Decision:
    (waiting,) = hall.proposals()
    return Decision(waiting.proposal.id, "Inès", **more)


def test_an_accepted_household_lives_under_one_roof_and_keeps_everybody(
    hall: TownHall,
) -> None:
    hall.take(COUPLE)

    accept_proposal(hall.book, hall.clock, decide(hall))

    known = hall.known()
    assert known["A"].household_id == known["B"].household_id
    ranks = {row.last_name: row.rank for row in hall.rows("contacts")}
    assert ranks == {"A": 0, "B": 1}
    (home,) = hall.rows("households")
    assert home.street == "1 rue X"
    assert hall.proposals() == []
    assert hall.rows("audit")[-1].action == "household_joined"
    assert hall.take(COUPLE).import_id == ""


def test_a_household_is_made_where_nobody_had_one(hall: TownHall) -> None:
    hall.take(COUPLE)
    hall.set("contacts", household_id=None)

    accept_proposal(hall.book, hall.clock, decide(hall))

    homes = {one.household_id for one in hall.known().values()}
    assert len(homes) == 1
    assert None not in homes


def test_an_accepted_establishment_has_the_number_and_a_contact_of_its_own(
    hall: TownHall,
) -> None:
    hall.take(HOME)
    decision = decide(hall, establishment="Les  Tilleuls", contact_name="L'accueil")

    accept_proposal(hall.book, hall.clock, decision)

    (made,) = hall.rows("establishments")
    assert (made.name, made.contact_name) == ("Les Tilleuls", "L'accueil")
    assert made.street == "2 rue des Tilleuls"
    points = [p.value for p in hall.rows("contact_points") if p.establishment_id]
    assert points == ["+33261910009"]
    known = hall.known()
    assert {one.establishment_id for one in known.values()} == {made.id}
    # Who has a number of their own is rung at home as well.
    at_home = [name for name, one in known.items() if one.household_id]
    assert at_home == ["Personne F"]
    assert hall.count("households") == 1
    assert hall.take(HOME).import_id == ""


def test_an_establishment_needs_a_name(hall: TownHall) -> None:
    hall.take(HOME)

    with pytest.raises(RequestError) as refusal:
        accept_proposal(hall.book, hall.clock, decide(hall, establishment=" "))

    assert refusal.value.error_id == "establishment_name"
    assert len(hall.proposals()) == 1


def test_a_refused_proposal_does_not_come_again(hall: TownHall) -> None:
    hall.take(COUPLE)

    refuse_proposal(hall.book, hall.clock, decide(hall))

    assert hall.take(COUPLE).import_id == ""
    assert [p.state for p in hall.every_proposal()] == [ProposalState.REFUSED]
    assert len({one.household_id for one in hall.known().values()}) == 2


def test_a_decision_is_made_once(hall: TownHall) -> None:
    hall.take(COUPLE)
    decision = decide(hall)
    proposal = hall.book.proposal(decision.proposal_id)
    accept_proposal(hall.book, hall.clock, decision)

    with pytest.raises(RequestError, match="decided already"):
        accept_proposal(hall.book, hall.clock, decision)
    act = Act("Inès", hall.clock.now(), "refused", "proposal", proposal.id)
    with pytest.raises(RequestError, match="decided already"):
        hall.book.refuse(proposal, act)


def test_people_who_are_gone_cannot_be_joined(hall: TownHall) -> None:
    hall.take(COUPLE)
    decision = decide(hall)
    hall.set("contacts", removed_at=hall.clock.now())

    with pytest.raises(RequestError) as refusal:
        accept_proposal(hall.book, hall.clock, decision)

    assert refusal.value.error_id == "no_contact"


def test_an_establishment_of_people_who_are_gone_is_not_made(hall: TownHall) -> None:
    hall.take(HOME)
    decision = decide(hall, establishment="Les Tilleuls")
    hall.set("contacts", removed_at=hall.clock.now())

    with pytest.raises(RequestError, match="gone"):
        accept_proposal(hall.book, hall.clock, decision)

    assert hall.count("establishments") == 0


def test_an_unknown_proposal_is_refused(hall: TownHall) -> None:
    with pytest.raises(RequestError) as refusal:
        refuse_proposal(hall.book, hall.clock, Decision("x", "Inès"))

    assert refusal.value.error_id == "no_proposal"
