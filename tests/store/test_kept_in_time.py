"""What a node asks of either database to delete in time what it holds of people."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from automaton.domain.collectivity import Act
from automaton.domain.take import Take
from automaton.store.alarms import told_no_more
from automaton.store.codewords import words_in_use
from automaton.store.engine import writing
from automaton.store.people import SqlBook
from automaton.store.tables import tombstones
from automaton.store.tombstones import last_erasure
from tests.store.commune import NOW, Commune, number

AN_HOUR = timedelta(hours=1)


def test_alarms_are_told_no_more_once_they_are_taken_or_closed(
    commune: Commune,
) -> None:
    homes = [commune.home(number(index)) for index in range(3)]
    campaign = commune.planned()
    recipients = commune.rows("recipients", campaign_id=campaign)
    assert len(recipients) == len(homes)
    over = ({}, {"taken_at": NOW}, {"taken_at": NOW - AN_HOUR, "closed_at": NOW})
    for index, (row, values) in enumerate(zip(recipients, over, strict=True)):
        about = {"collectivity_id": commune.id, "campaign_id": campaign}
        about |= {"recipient_id": row.id, "attempt_id": f"a{index}"}
        commune.add("alarms", opened_at=NOW - 2 * AN_HOUR, **about, **values)
    found = told_no_more(commune.engine, NOW - AN_HOUR / 2, NOW + AN_HOUR)
    assert sorted(one.attempt_id for one in found) == ["a1", "a2"]
    assert told_no_more(commune.engine, NOW - AN_HOUR, NOW) == []


def test_an_agreed_word_is_in_use_while_somebody_has_it_or_is_to_hear_it(
    commune: Commune,
) -> None:
    commune.home(number(0), codeword_prompt="w1")
    commune.home(number(1), codeword_prompt="w2")
    commune.home(number(2))
    commune.planned()
    (person,) = commune.rows("contacts", codeword_prompt="w2")
    commune.change("contacts", person.id, codeword_prompt=None)
    assert words_in_use(commune.engine) == {"w1", "w2"}
    for row in commune.rows("recipients"):
        commune.change("recipients", row.id, state="acknowledged")
    assert words_in_use(commune.engine) == {"w1"}


def test_the_last_erasure_is_known(commune: Commune) -> None:
    assert last_erasure(commune.engine) is None
    with writing(commune.engine) as connection:
        for digest, at in (("a", NOW), ("b", NOW - AN_HOUR)):
            row = {"digest": digest, "at": at, "key_id": "k"}
            connection.execute(insert(tombstones), row)
    assert last_erasure(commune.engine) == NOW


def test_what_officers_recorded_is_purged_by_its_age(commune: Commune) -> None:
    book = SqlBook(commune.engine)
    act = Act("claire", NOW, "message_recorded", "take", "t", commune.id)
    for name, at, kept_at in (("old", NOW - AN_HOUR, None), ("new", NOW, NOW)):
        take = Take(name, commune.id, "o1", "Claire", f"{name}.alaw", at, 3.0, kept_at)
        book.add_take(take, act)
    assert book.take_files() == {"old.alaw": False, "new.alaw": True}
    assert book.purge_takes(NOW) == {"old.alaw"}
    assert book.take_files() == {"new.alaw": True}
