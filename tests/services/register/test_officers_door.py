"""The officers' door: who comes in, who is locked out for how long, who never is."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from automaton.domain.officer import Entered, Knock, Officer, Refused
from automaton.errors import RequestError
from automaton.services.officers import NewOfficer, add_officer, tried_today, unlock
from automaton.services.officers_door import ask_ring_back, enter
from automaton.services.register import erase_contact
from tests.services.register.town_hall import TownHall

CODE, WRONG = "739154", "482610"
PHONE, STRANGER = "+33639980001", "+33199000066"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def officer(hall: TownHall) -> Officer:
    new = NewOfficer(hall.collectivity, "12", "Jeanne Marée", CODE, PHONE)
    return add_officer(hall.book, hall.clock, new, "Inès")


def tried(
    hall: TownHall,
    code: str = WRONG,
    caller: str | None = STRANGER,
    number: str = "12",
    **more: bool,
) -> Entered | Refused:
    knock = Knock(hall.collectivity.id, caller, number, code, **more)
    return enter(hall.book, hall.clock, knock)


def refused(hall: TownHall, *told: str | None, **more: bool) -> Refused:
    found = tried(hall, *told, **more)  # type: ignore[arg-type]
    assert isinstance(found, Refused)
    return found


def acts(hall: TownHall, action: str) -> list[str]:
    return [row.subject_id for row in hall.rows("audit") if row.action == action]


def commands(hall: TownHall, name: str) -> list[dict[str, str]]:
    return [row.payload for row in hall.rows("commands") if row.name == name]


def test_the_right_code_opens(hall: TownHall, officer: Officer) -> None:
    assert tried(hall, CODE) == Entered(officer)
    assert acts(hall, "officer_entered") == [officer.id]
    assert hall.rows("officer_tries") == []


def test_a_wrong_code_and_a_wrong_number_are_refused_alike(
    hall: TownHall, officer: Officer
) -> None:
    known, unknown = refused(hall, WRONG), refused(hall, CODE, PHONE, "13")
    assert (known.wait, known.is_last) == (unknown.wait, unknown.is_last)
    assert acts(hall, "officer_refused") == [officer.id, ""]


def test_a_caller_is_locked_by_steps_and_what_it_types_is_not_looked_at(
    hall: TownHall, officer: Officer
) -> None:
    locked = [timedelta()] * 2
    for step in (MINUTE, 15 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE):
        told = [refused(hall) for _ in range(3)]
        assert [one.locked_for for one in told] == [*locked, step]
        assert [one.is_last for one in told] == [False, False, True]
        away = refused(hall, CODE)
        assert away == Refused(is_last=True, locked_for=step)
        hall.clock.move(step)
    assert isinstance(tried(hall, CODE), Entered)
    assert len(acts(hall, "officer_turned_away")) == 4


def test_a_lock_is_the_callers_alone(hall: TownHall, officer: Officer) -> None:
    for _ in range(3):
        refused(hall)
    assert refused(hall, CODE).locked_for == MINUTE
    assert isinstance(tried(hall, CODE, "+33199000067"), Entered)


def test_many_at_once_gain_nothing(hall: TownHall, officer: Officer) -> None:
    with ThreadPoolExecutor(8) as callers:
        told = list(callers.map(lambda _: refused(hall), range(8)))
    assert len(acts(hall, "officer_refused")) == 3
    assert sum(one.is_last for one in told) >= 5


def test_the_mayor_gets_in_while_a_thousand_numbers_guess(
    hall: TownHall, officer: Officer
) -> None:
    for n in range(9):
        refused(hall, WRONG, f"+331990001{n:02}")
    waits = [refused(hall, WRONG, f"+331990002{n:02}").wait for n in range(3)]
    assert waits == [MINUTE] * 3
    for caller in (PHONE, STRANGER, None):
        assert tried(hall, CODE, caller) == Entered(officer, MINUTE)


def test_answers_wait_for_the_tries_before_them_right_or_wrong(
    hall: TownHall, officer: Officer
) -> None:
    callers = [f"+331990001{n:02}" for n in range(8)]
    waits = [refused(hall, WRONG, caller).wait for caller in callers]
    assert [wait.total_seconds() for wait in waits] == [0, 1, 2, 4, 8, 16, 32, 60]
    assert tried(hall, CODE, PHONE) == Entered(officer, MINUTE)
    hall.clock.move(timedelta(days=1))
    assert tried(hall, CODE, PHONE) == Entered(officer)


def test_whoever_withholds_a_number_locks_nobody_and_waits(
    hall: TownHall, officer: Officer
) -> None:
    for caller in (None, "", "anonymous", "unknown"):
        assert not refused(hall, WRONG, caller, "13").is_last
    assert tried(hall, CODE, None) == Entered(officer, MINUTE)
    assert tried(hall, CODE, STRANGER) == Entered(officer)


def test_an_officers_telephone_is_never_locked(
    hall: TownHall, officer: Officer
) -> None:
    told = [refused(hall, WRONG, "0639980001") for _ in range(8)]
    assert not any(one.is_last for one in told)
    assert all(one.may_ring_back for one in told)
    assert tried(hall, CODE, PHONE) == Entered(officer, MINUTE)


def test_a_telephone_that_we_rang_waits_for_nobody_elses_tries(
    hall: TownHall, officer: Officer
) -> None:
    for _ in range(9):
        refused(hall, WRONG, PHONE)
    assert tried(hall, CODE, PHONE, is_rung_back=True) == Entered(officer)
    assert refused(hall, WRONG, PHONE, is_rung_back=True).wait == timedelta()
    assert refused(hall, WRONG, PHONE, is_rung_back=True).wait > timedelta()


def test_who_mistypes_and_comes_in_is_forgiven(
    hall: TownHall, officer: Officer
) -> None:
    refused(hall)
    refused(hall)
    assert isinstance(tried(hall, CODE), Entered)
    assert not refused(hall).is_last
    assert tried_today(hall.book, hall.clock, hall.collectivity.id) == {"12": 1}


def test_a_right_code_of_ones_own_does_not_forgive_guessing_anothers(
    hall: TownHall, officer: Officer
) -> None:
    refused(hall, WRONG, STRANGER, "13")
    refused(hall, WRONG, STRANGER, "13")
    assert isinstance(tried(hall, CODE), Entered)
    assert refused(hall, WRONG, STRANGER, "13").is_last


def test_an_extension_of_the_town_hall_is_a_caller_of_its_own(
    hall: TownHall, officer: Officer
) -> None:
    for _ in range(3):
        refused(hall, WRONG, "3620")
    assert refused(hall, CODE, "3620").locked_for == MINUTE


def test_those_on_duty_are_told_at_the_tenth_try_once(
    hall: TownHall, officer: Officer
) -> None:
    for n in range(9):
        refused(hall, WRONG, f"+331990001{n:02}")
    assert commands(hall, "code_guessed") == []
    for n in range(9, 14):
        refused(hall, WRONG, f"+331990001{n:02}")
    whose = {"collectivity": hall.collectivity.id, "name": hall.name}
    assert commands(hall, "code_guessed") == [whose]
    hall.clock.move(timedelta(hours=6))
    refused(hall)
    assert commands(hall, "code_guessed") == [whose, whose]


def test_an_administrator_unlocks(hall: TownHall, officer: Officer) -> None:
    for _ in range(3):
        refused(hall)
    whose = (hall.collectivity, None)
    assert unlock(hall.book, hall.clock, *whose, "01 99 00 00 66", "Inès") == 3
    assert tried(hall, CODE) == Entered(officer)
    for n in range(8):
        refused(hall, WRONG, f"+331990001{n:02}")
    theirs = (hall.collectivity, officer, "", "Inès")
    assert unlock(hall.book, hall.clock, *theirs) == 8
    assert tried(hall, CODE) == Entered(officer)


def test_an_officer_is_rung_back_once_in_five_minutes(
    hall: TownHall, officer: Officer
) -> None:
    whose = hall.collectivity.id
    assert ask_ring_back(hall.book, hall.clock, whose, "06 39 98 00 01")
    assert not ask_ring_back(hall.book, hall.clock, whose, PHONE)
    hall.clock.move(5 * MINUTE)
    assert ask_ring_back(hall.book, hall.clock, whose, PHONE)
    assert (
        commands(hall, "ring_back")
        == [{"collectivity": whose, "officer": officer.id}] * 2
    )
    assert acts(hall, "officer_rung_back") == [officer.id] * 2


@pytest.mark.parametrize("caller", [STRANGER, None, "anonymous"])
def test_nobody_else_is_rung_back(
    hall: TownHall, officer: Officer, caller: str | None
) -> None:
    assert not ask_ring_back(hall.book, hall.clock, hall.collectivity.id, caller)
    assert commands(hall, "ring_back") == []


def test_without_a_collectivity_there_is_no_door(hall: TownHall) -> None:
    knock = Knock("nowhere", STRANGER, "12", CODE)
    with pytest.raises(RequestError) as nowhere:
        enter(hall.book, hall.clock, knock)
    assert CODE not in "".join(traceback.format_exception(nowhere.value))


def test_no_code_is_told_by_a_log_the_audit_the_tables_or_a_repr(
    hall: TownHall, officer: Officer
) -> None:
    # One who types the code where the short number is asked for, too.
    with capture_logs() as told:
        shown = [repr(tried(hall, CODE)), repr(tried(hall, WRONG))]
        shown.append(repr(refused(hall, WRONG, STRANGER, CODE)))
        ask_ring_back(hall.book, hall.clock, hall.collectivity.id, PHONE)
    shown.append(repr(Knock(hall.collectivity.id, PHONE, "12", CODE)))
    shown.append(repr(NewOfficer(hall.collectivity, "12", "Jeanne", CODE)))
    tables = ("audit", "commands", "officer_tries", "officers")
    shown += [str(row) for table in tables for row in hall.rows(table)]
    for code in (CODE, WRONG):
        assert code not in str(told)
        assert not [one for one in shown if code in one]


def test_numbers_of_callers_are_kept_for_a_day(
    hall: TownHall, officer: Officer
) -> None:
    refused(hall)
    hall.clock.move(timedelta(days=1))
    refused(hall, WRONG, "+33199000067")
    assert [row.caller for row in hall.rows("officer_tries")] == ["+33199000067"]


def test_who_is_erased_is_forgotten_there_too(hall: TownHall, officer: Officer) -> None:
    hall.take("nom;rue;tel\nAubrac;1 rue du Port;0199000066\n")
    refused(hall)
    (contact,) = hall.contacts()
    erase_contact(hall.book, hall.clock, contact.id, "Inès")
    assert hall.rows("officer_tries") == []
