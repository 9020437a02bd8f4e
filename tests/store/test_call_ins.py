"""What calls that came in find in the database, on both of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from automaton.domain.call_in import Behind, CameTo, Home
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.collectivity import Act
from automaton.errors import RequestError
from automaton.store.call_ins import Bound, CallIn, CallInDesk, RecordingLeft, Room
from automaton.store.drafts import Ask
from automaton.store.engine import reading, writing
from automaton.store.people.erasure import erase
from tests.store.commune import Commune, number

DAY = timedelta(days=1)
PLENTY = Room(most=9, of_one=9, hidden=9)
BIG = {"recipients", "attempts", "contacts", "contact_points", "households"}


@pytest.fixture
def desk(engine: Engine) -> CallInDesk:
    return CallInDesk(engine)


def started(commune: Commune, **values: Any) -> str:
    return commune.planned(started_at=commune.now, **values)


def behind(commune: Commune, desk: CallInDesk, e164: str) -> Behind:
    return desk.behind(e164, commune.now, commune.now - DAY)


def told(commune: Commune, desk: CallInDesk) -> list[str]:
    found = desk.currents(commune.id, commune.now, commune.now - DAY)
    return [current.campaign_id for current in found]


def test_a_home_is_found_by_any_number_of_its_people(
    commune: Commune, desk: CallInDesk
) -> None:
    household = commune.home(number(0), number(1))
    commune.person(number(2), household_id=household)
    commune.home(number(3))
    campaign = started(commune)
    (recipient,) = commune.rows("recipients", household_id=household)
    for e164 in (number(0), number(1), number(2)):
        found = behind(commune, desk, e164)
        mine = Home(recipient.id, campaign, commune.id, "fr")
        assert found == Behind((mine,), frozenset({commune.id}))
    assert behind(commune, desk, number(9)) == Behind()


def test_a_home_that_was_rung_says_so(commune: Commune, desk: CallInDesk) -> None:
    commune.home(number(0))
    campaign = started(commune)
    commune.claim(campaign)
    (home,) = behind(commune, desk, number(0)).homes
    assert home.was_rung


def test_a_number_that_left_the_register_is_known_by_the_call(
    commune: Commune, desk: CallInDesk
) -> None:
    commune.home(number(0))
    started(commune)
    (point,) = commune.rows("contact_points")
    commune.change("contact_points", point.id, value=number(5))
    found = behind(commune, desk, number(0))
    assert len(found.homes) == 1
    assert not found.owners
    assert behind(commune, desk, number(5)).homes == ()


def test_an_establishment_and_another_town_make_a_number_shared(
    commune: Commune, desk: CallInDesk, engine: Engine
) -> None:
    commune.home(number(0))
    started(commune)
    assert not behind(commune, desk, number(0)).is_shared
    school = commune.add(
        "establishments", register_id=commune.register, name="École", city="Rivemer"
    )
    commune.add(
        "contact_points", establishment_id=school, kind="landline", value=number(0)
    )
    assert behind(commune, desk, number(0)).has_establishment
    other = Commune(engine, commune.clock)
    other.home(number(1))
    commune.home(number(1))
    assert behind(commune, desk, number(1)).owners == {commune.id, other.id}


def test_messages_are_told_while_they_matter_the_newest_first(
    commune: Commune, desk: CallInDesk
) -> None:
    first = started(commune)
    commune.pass_time(minutes=1)
    second = started(commune, campaign_class=CampaignClass.EXERCISE)
    draft = commune.campaign(state=CampaignState.DRAFT)
    stopped = started(commune, state=CampaignState.CANCELLED, finished_at=commune.now)
    over = commune.now - timedelta(seconds=1)
    started(commune, expires_at=over)
    ended = started(commune, state=CampaignState.FINISHED, finished_at=commune.now)
    assert set(told(commune, desk)) == {first, second, ended}
    assert told(commune, desk).index(second) < told(commune, desk).index(first)
    commune.pass_time(days=2)
    assert told(commune, desk) == [second, first]
    assert not {draft, stopped} & set(told(commune, desk))


def test_what_follows_a_message_is_found_for_ever(
    commune: Commune, desk: CallInDesk
) -> None:
    """Else the alert would be told again, once its all-clear is forgotten."""
    flood = started(commune)
    commune.pass_time(minutes=1)
    follows = {"parent_id": flood, "follow_up": "all_clear"}
    over = started(commune, state=CampaignState.CANCELLED, **follows)
    commune.campaign(state=CampaignState.DRAFT, **follows)
    commune.pass_time(days=400)
    found = desk.currents(commune.id, commune.now, commune.now - DAY)
    seen = [(one.campaign_id, one.is_current, one.follow_up) for one in found]
    assert seen == [(over, False, "all_clear"), (flood, True, None)]


def test_who_is_behind_a_number_is_known_of_what_was_told_though_it_is_over(
    commune: Commune, desk: CallInDesk
) -> None:
    commune.home(number(0))
    over = started(commune, state=CampaignState.CANCELLED)
    assert behind(commune, desk, number(0)).homes == ()
    now = commune.now
    (home,) = desk.behind(number(0), now, now - DAY, [over]).homes
    assert home.campaign_id == over


def test_a_call_and_its_words_are_written_together_and_once(
    commune: Commune, desk: CallInDesk
) -> None:
    flood = started(commune)
    call = CallIn("c1", commune.id, commune.now, number(0), CameTo.CALLED_BACK)
    word = Ask("acknowledge", flood, "telephone", commune.now, {"recipient": "r"})
    assert desk.take(call, [word])
    assert not desk.take(call, [word])
    assert len(commune.rows("call_ins")) == len(commune.rows("commands")) == 1


@pytest.mark.parametrize("caller", [number(0), None], ids=["one", "hidden"])
def test_of_words_at_the_same_moment_no_more_are_taken_than_may_be(
    commune: Commune, desk: CallInDesk, caller: str | None
) -> None:
    bound = Bound(3, commune.now - DAY)

    def word(index: int) -> bool:
        told = (f"c{index}", commune.id, commune.now, caller, CameTo.RELATIVES_WORD)
        return desk.take(CallIn(*told), [], bound)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(word, range(8)))
    assert taken.count(True) == len(commune.rows("call_ins")) == 3


def test_of_recordings_at_the_same_moment_no_more_are_kept_than_may_be(
    commune: Commune, desk: CallInDesk
) -> None:
    room = Room(most=9, of_one=2, hidden=1)
    now, whose = commune.now, commune.id

    def left(index: int) -> bool:
        caller = None if index % 2 else number(0)
        one = RecordingLeft(f"r{index}", whose, now, caller, f"r{index}.alaw", 3)
        act = Act("telephone", now, "recording_left", "recording", one.id)
        return desk.keep_recording(one, act, room)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(left, range(8))).count(True) == 3
    kept = [row.e164 for row in commune.rows("recordings_left")]
    assert sorted(kept, key=str) == [number(0), number(0), None]


def test_a_message_has_all_its_languages(commune: Commune, desk: CallInDesk) -> None:
    campaign = started(commune)
    (row,) = commune.rows("campaigns", id=campaign)
    english = {"message_id": row.message_id, "language": "en", "prompt": "p2"}
    commune.add("message_texts", english)
    (found,) = desk.currents(commune.id, commune.now, commune.now - DAY)
    assert {message.language for message in found.messages} == {"fr", "en"}


def test_calls_are_noted_once_counted_and_forgotten(
    commune: Commune, desk: CallInDesk
) -> None:
    call = CallIn("c1", commune.id, commune.now, number(0), CameTo.RELATIVES_WORD)
    desk.note(call)
    desk.note(call)
    desk.note(CallIn("c2", commune.id, commune.now, None, CameTo.INFORMED))
    word = CameTo.RELATIVES_WORD
    assert desk.count(number(0), word, commune.now - DAY) == 1
    assert desk.count(number(0), word, commune.now + DAY) == 0
    desk.purge(commune.now + DAY, commune.now)
    assert commune.rows("call_ins") == []


def test_what_was_left_is_listed_done_and_forgotten(
    commune: Commune, desk: CallInDesk
) -> None:
    left = RecordingLeft("r1", commune.id, commune.now, None, "call-r1.alaw", 3.5)
    act = Act("telephone", commune.now, "recording_left", "recording", "r1")
    desk.keep_recording(left, act, PLENTY)
    assert desk.recordings(commune.id) == [left]
    only = Room(most=1, of_one=9, hidden=9)
    assert not desk.has_room(commune.id, number(0), only)
    assert desk.files() == {"call-r1.alaw"}
    desk.finish("r1", Act("agent", commune.now, "recording_done", "recording", "r1"))
    assert desk.recordings(commune.id, is_done=False) == []
    assert desk.has_room(commune.id, number(0), only)
    (done,) = desk.recordings(commune.id, is_done=True)
    assert (done.done_at, done.done_by) == (commune.now, "agent")
    assert desk.purge(commune.now, commune.now + DAY) == {"call-r1.alaw"}
    assert desk.files() == frozenset()


def test_a_recording_is_meant_by_its_beginning(
    commune: Commune, desk: CallInDesk
) -> None:
    for id_ in ("ab1", "ab2"):
        left = RecordingLeft(id_, commune.id, commune.now, None, f"{id_}.alaw", 3)
        act = Act("telephone", commune.now, "recording_left", "recording", id_)
        desk.keep_recording(left, act, PLENTY)
    assert desk.recording("ab2").id == "ab2"
    with pytest.raises(RequestError, match="Several recordings"):
        desk.recording("ab")
    with pytest.raises(RequestError, match="no recording"):
        desk.recording("x")


def test_a_number_opts_out_once(commune: Commune, desk: CallInDesk) -> None:
    act = Act("telephone", commune.now, "opted_out", "collectivity", commune.id)
    desk.opt_out(commune.id, number(0), act)
    desk.opt_out(commune.id, number(0), act)
    (row,) = commune.rows("opt_outs")
    assert (row.e164, row.how) == (number(0), "call_back")


def test_who_is_erased_leaves_no_number_and_no_voice(
    commune: Commune, desk: CallInDesk, engine: Engine
) -> None:
    commune.home(number(0))
    (person,) = commune.rows("contacts")
    desk.note(CallIn("c1", commune.id, commune.now, number(0), CameTo.INFORMED))
    left = RecordingLeft("r1", commune.id, commune.now, number(0), "r1.alaw", 3)
    act = Act("t", commune.now, "recording_left", "recording", "r")
    desk.keep_recording(left, act, PLENTY)
    with writing(engine) as connection:
        erase(connection, person.id)
    assert [row.e164 for row in commune.rows("call_ins")] == [None]
    assert commune.rows("recordings_left") == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_no_big_table_is_read_from_its_beginning_for_a_caller(
    commune: Commune, desk: CallInDesk, engine: Engine
) -> None:
    """A campaign may have 500,000 recipients."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    desk.behind(number(0), commune.now, commune.now - DAY)
    assert len(asked) == 2
    for statement, parameters in asked:
        with reading(engine) as connection:
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            ).all()
        scanned = {row.detail.split()[1] for row in plan if "SCAN" in row.detail}
        assert not scanned & BIG, plan
