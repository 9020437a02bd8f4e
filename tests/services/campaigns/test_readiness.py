"""What was proven end to end, in reports; and our own number, listened to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from automaton.domain.collectivity import Act
from automaton.domain.officer import Officer
from automaton.domain.readiness import Kind, Proof
from automaton.services.readiness import listening
from automaton.services.report_words import words_in
from automaton.services.reports import ReportFormat, pieces, report
from automaton.store.engine import writing
from automaton.store.people import SqlBook
from automaton.store.readiness import begin_proof, end_proof, read_proofs
from automaton.voices.audio import encoded, for_telephone
from automaton.voices.pico import Pico
from tests.services.campaigns.city import City

CLAIRE = "+33199000011"


def officer(city: City) -> None:
    one = Officer("o1", city.commune.id, "12", "Claire Dumas", CLAIRE)
    act = Act("admin", city.commune.now, "officer_added", "officer", one.id)
    SqlBook(city.engine).add_officer(one, "hash", act)


def noted(city: City, kind: Kind = Kind.OFFICER, ended: bool = True, **more: object):
    begun = Proof("p1", city.commune.id, kind, CLAIRE, "north", city.commune.now)
    whole = {"answered": True, "key": True, "sound": True, "rang": True, **more}
    with writing(city.engine) as connection:
        begin_proof(connection, begun)
        if ended:
            at = city.commune.now
            end_proof(connection, replace(begun, ended_at=at, **whole))


def told(city: City, campaign: str, form: ReportFormat) -> str:
    return "".join(pieces(report(city.office, campaign), form, "fr"))


def test_every_report_says_what_was_last_proven_before_the_launch(city: City) -> None:
    officer(city)
    noted(city)
    proven_at = city.commune.now
    city.commune.pass_time(minutes=2)
    campaign = city.started()
    found = json.loads(told(city, campaign, ReportFormat.JSON))["last_proven"]
    assert found == {
        "north": proven_at.isoformat(),
        "south": None,
        "Claire Dumas": proven_at.isoformat(),
    }
    moment = words_in("fr", "Europe/Paris").moment(proven_at)
    sentence = f"north : {moment}, south : jamais, Claire Dumas : {moment}"
    page = told(city, campaign, ReportFormat.HTML)
    assert page.index(sentence) < page.index("<h2")
    assert f"Dernière preuve de bout en bout {sentence}\r\n" in told(
        city, campaign, ReportFormat.CSV
    )


def test_what_was_proven_after_the_launch_is_not_told_of_it(city: City) -> None:
    officer(city)
    campaign = city.started()
    city.commune.pass_time(minutes=2)
    noted(city)
    found = json.loads(told(city, campaign, ReportFormat.JSON))["last_proven"]
    assert set(found.values()) == {None}


@pytest.fixture
def phrase(tmp_path: Path) -> Path:
    """A phrase as Asterisk plays it."""
    path = tmp_path / "prompts/fr/no-message.alaw"
    path.parent.mkdir(parents=True)
    text = "Bonjour. Il n'y a aucune alerte en cours dans la commune."
    path.write_bytes(encoded(for_telephone(Pico().render(text, "fr"))))
    return path


def heard_by(city: City, phrase: Path, sound: bytes) -> Proof:
    prompts = phrase.parents[1]
    with listening(city.office, prompts, "p1") as path:
        path.write_bytes(sound)
    assert not path.exists()
    (proof,) = read_proofs(city.engine)
    return proof


def test_our_own_number_is_proven_by_a_phrase_that_is_heard(
    city: City, phrase: Path
) -> None:
    noted(city, Kind.NUMBER, ended=False)
    proof = heard_by(city, phrase, b"\xd5" * 4000 + phrase.read_bytes())
    assert (proof.sound, proof.heard) == (True, "fr/no-message")
    with writing(city.engine) as connection:
        end_proof(connection, replace(proof, answered=True, sound=None, heard=""))
    (proof,) = read_proofs(city.engine)
    assert proof.is_proven


def test_a_line_that_is_silent_proves_nothing(city: City, phrase: Path) -> None:
    noted(city, Kind.NUMBER, ended=False)
    proof = heard_by(city, phrase, b"\xd5" * 64_000)
    assert (proof.sound, proof.heard) == (False, "")


def test_a_call_that_breaks_off_is_on_record_with_what_was_heard(
    city: City, phrase: Path
) -> None:
    def broken_off() -> None:
        with listening(city.office, phrase.parents[1], "p1") as path:
            path.write_bytes(phrase.read_bytes())
            raise OSError("over")

    noted(city, Kind.NUMBER, ended=False)
    with pytest.raises(OSError, match="over"):
        broken_off()
    assert read_proofs(city.engine)[0].sound


def test_the_number_of_whoever_is_no_officer_any_more_is_forgotten(city: City) -> None:
    officer(city)
    noted(city)
    act = Act("admin", city.commune.now, "officer_removed", "officer", "o1")
    SqlBook(city.engine).remove_officer("o1", act)
    (proof,) = read_proofs(city.engine)
    assert proof.e164 == ""
    assert proof.is_proven


def test_what_is_older_than_a_year_is_forgotten(city: City) -> None:
    noted(city)
    later = city.commune.now + timedelta(days=401)
    other = Proof("p2", city.commune.id, Kind.NUMBER, "+33199000100", "south", later)
    with writing(city.engine) as connection:
        begin_proof(connection, other)
    assert [one.id for one in read_proofs(city.engine)] == ["p2"]
