"""An audience is frozen as of one moment, however long that takes."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from automaton.domain.recipient import RecipientState
from automaton.store.engine import reading, writing
from automaton.store.people.erasure import erase
from automaton.store.reach import _PEOPLE, Kind
from automaton.store.tables import campaigns
from tests.store.commune import NOW, Commune, number

LATER = NOW + timedelta(seconds=30)


def first_of(commune: Commune, **values: object) -> str:
    """Return a campaign that runs since NOW and of which one recipient is frozen."""
    campaign = commune.campaign(started_at=NOW, **values)
    with commune.ledger.transaction() as transaction:
        assert transaction.plan_chunk(campaign, NOW, 1) == 1
    commune.clock.move(LATER - NOW)
    return campaign


def names(commune: Commune) -> list[str]:
    return sorted(row.name for row in commune.rows("recipients"))


def test_who_is_added_to_the_register_later_is_not_rung(commune: Commune) -> None:
    home = commune.home(number(1), first_name="Avant")
    late = commune.home(number(2), first_name="Aussi")
    campaign = first_of(commune)
    commune.home(number(3), first_name="Après")
    commune.person(number(4), first_name="Seul")
    for there in (home, late):
        commune.person(number(5), household_id=there, first_name="Nouveau")
    commune.add("establishments", register_id=commune.register, name="École")

    commune.plan(campaign)

    assert names(commune) == ["Aussi Vasseur", "Avant Vasseur"]
    numbers = {point[1] for row in commune.rows("recipients") for point in row.points}
    assert numbers == {number(1), number(2)}


def test_who_comes_by_an_import_that_is_published_later_is_not_rung(
    commune: Commune,
) -> None:
    about = {
        "register_id": commune.register,
        "file_name": "x",
        "sha256": "0",
        "by": "x",
    }
    published = {"state": "published", "at": NOW}
    batches = [
        commune.add("imports", **about, **published, published_at=at)
        for at in (None, NOW, LATER)
    ]
    for index, batch in enumerate(batches):
        commune.home(number(index), import_id=batch, first_name=f"{index}")

    commune.plan(commune.campaign(started_at=NOW))

    assert names(commune) == ["0 Vasseur", "1 Vasseur"]


def test_who_is_erased_before_its_turn_is_not_rung(commune: Commune) -> None:
    homes = {commune.home(number(1)), commune.home(number(2))}
    campaign = first_of(commune)
    [frozen] = commune.rows("recipients")
    [gone] = homes - {frozen.household_id}
    [person] = commune.rows("contacts", household_id=gone)
    with writing(commune.engine) as connection:
        erase(connection, person.id, even_if_called=True)

    commune.plan(campaign)

    assert [row.id for row in commune.rows("recipients")] == [frozen.id]
    assert len(commune.rows("attempts")) == 1


@pytest.mark.parametrize("is_from_before", [False, True])
def test_how_many_can_be_rung_is_known_at_the_end(
    commune: Commune, *, is_from_before: bool
) -> None:
    for index in range(3):
        commune.home(number(index))
    commune.home()  # no number: shown, and not rung
    campaign = first_of(commune)
    if is_from_before:  # an older version had begun to freeze it
        unknown = update(campaigns).values(frozen_homes=None)
        with writing(commune.engine) as connection:
            connection.execute(unknown)

    commune.plan(campaign, limit=1)

    with commune.ledger.transaction() as transaction:
        assert transaction.frozen_homes(campaign) == 3
    assert len(commune.rows("recipients")) == 4


def test_a_start_after_a_crash_goes_on_as_of_the_same_moment(engine: Engine) -> None:
    commune = Commune(engine)
    for index in range(3):
        commune.home(number(index))
    campaign = first_of(commune)
    commune.home(number(4))

    again = Commune.__new__(Commune)  # another life on the same database
    again.__dict__ |= commune.__dict__
    again.clock.move(timedelta(hours=1))
    assert again.plan(campaign, limit=1) == 2
    assert len(again.rows("recipients", state=RecipientState.WAITING)) == 3


def test_a_chunk_never_reads_the_whole_register(engine: Engine) -> None:
    # 500 homes asked for by id: SQLite read everybody who ever came by a file instead.
    if engine.dialect.name != "sqlite":
        return
    some = _PEOPLE[Kind.HOME].params(ids=[f"{n:036}" for n in range(500)])
    literal = some.compile(engine, compile_kwargs={"literal_binds": True})
    with reading(engine) as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {literal}").all()
    told = " ".join(row[3] for row in plan)
    assert "ix_contacts_import_id" not in told
    assert "ix_contacts_household_id" in told
