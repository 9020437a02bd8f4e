"""The alert call on a real Asterisk, against telephones of our own.

All calls are placed at once, as a campaign does; each test looks at one record.
"""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.asterisk import far_end as far
from tests.asterisk.calls import Call, Record, ring_all
from tests.asterisk.conftest import Exchange

pytestmark = pytest.mark.asterisk

STREET = {
    "early": Call(far.PRESSES_1_EARLY),
    "in opening": Call(
        far.PRESSES_1_IN_OPENING,
        {"EXERCISE": "1", "AGAIN": "1", "CODEWORD": "codeword"},
    ),
    "at once": Call(far.PRESSES_1_AT_ONCE),
    "opening": Call(
        far.SILENT,
        {"EXERCISE": "1", "AGAIN": "1", "CODEWORD": "codeword", "REPEATS": "1"},
    ),
    "wrong": Call(far.WRONG_THEN_1),
    "star": Call(far.PRESSES_STAR_THEN_1),
    "again": Call(far.HEARS_AGAIN_THEN_1),
    "silent": Call(far.SILENT),
    "three keys": Call(far.SILENT, {"KEYS": "129", "REPEATS": "1"}),
    "allo": Call(far.SAYS_ALLO_HANGS_UP),
    "cut": Call(far.QUIET_HANGS_UP),
    "help": Call(far.PRESSES_3, {"KEYS": "123"}),
    "no help offered": Call(far.PRESSES_3, {"REPEATS": "1"}),
    "nine": Call(far.PRESSES_9_TWICE, {"KEYS": "19", "KEYWAIT": "3"}),
    "nine once": Call(far.PRESSES_9_ONCE, {"KEYS": "19", "REPEATS": "1"}),
    "one then help": Call(far.PRESSES_1_THEN_3, {"KEYS": "13"}),
    "one then no help": Call(far.PRESSES_1_THEN_3, {"KEYS": "12"}),
    "goodbye": Call(far.PRESSES_1_IN_GOODBYE, {"REPEATS": "1", "KEYS": "1"}),
    "machine": Call(far.MACHINE, {"MESSAGE": "long-message"}),
    "generic machine": Call(far.MACHINE, {"MESSAGE": "long-message", "MACHINE": ""}),
    "long machine": Call(
        far.LONG_MACHINE, {"MESSAGE": "long-message", "CODEWORD": "long-message"}
    ),
    "greeting to the end": Call(
        far.MACHINE_6_S, {"MESSAGE": "long-message", "REPEATS": "1"}
    ),
    "greeting outlasts": Call(
        far.MACHINE_10_S,
        {"MESSAGE": "middle-message", "MACHINE": "long-message", "REPEATS": "1"},
    ),
    "greeting over seam": Call(
        far.MACHINE_4_S, {"MESSAGE": "middle-message", "CODEWORD": "middle-message"}
    ),
    "greeting over short": Call(
        far.MACHINE_4_S, {"MESSAGE": "middle-message", "REPEATS": "1"}
    ),
    "allo twice": Call(
        far.SAYS_ALLO_TWICE, {"MESSAGE": "middle-message", "REPEATS": "1"}
    ),
    "talks over": Call(
        far.TALKS_OVER_THE_MESSAGE, {"MESSAGE": "long-message", "REPEATS": "1"}
    ),
    "pressed after label": Call(far.MACHINE_THEN_1, {"MESSAGE": "long-message"}),
    "stopped": Call(far.SILENT, {"MESSAGE": "long-message"}, stop_after=2.5),
    "no phrases": Call(far.PRESSES_1_LATE, {"LANG": "xx", "CODEWORD": "missing"}),
    "no prompt": Call(far.SILENT, {"MESSAGE": "nothing-here"}),
    "slow daemon": Call(far.PRESSES_1_EARLY, commit_after=0.3),
    "no daemon": Call(far.PRESSES_1_EARLY, commit_after=None),
    "duty": Call(far.PRESSES_1_EARLY, {"KEYS": "129"}, "automaton-duty"),
    "trunk": Call(far.PRESSES_1_EARLY, {"MESSAGE": ""}, "automaton-trunk-test"),
    "rings": Call(far.RINGS_THEN_PRESSES_1),
    "busy": Call(far.BUSY),
    "villain": Call(
        far.PRESSES_1_EARLY,
        {"MESSAGE": "../message", "CAMPAIGN": "c1|${SHELL(id)}", "TALK": "9x9"},
    ),
}


@pytest.fixture(scope="module")
def street(exchange: Exchange) -> dict[str, Record]:
    """The records of all calls, by the names above."""
    return asyncio.run(ring_all(exchange.access, STREET))


def test_key_in_the_message_is_reported_thanked_and_ends_the_call(street):
    record = street["early"]
    assert record.keys == ["1"]
    assert record.played == ["hello", "probe", "message", "thanks-1", "goodbye"]
    assert record.done["Keys"] == "1"
    assert record.done["Label"] == "human"
    assert record.done["Heard"] == "0"
    assert 0.4 < float(record.done["Seconds"]) < 1.0


def test_key_is_in_the_journal_before_it_is_reported(street):
    record = street["early"]
    path = f"/automaton/{record.attempt}/1"
    version, node, campaign, recipient, key, epoch = record.journal_at_key[path].split(
        "|"
    )
    assert (version, node, campaign, recipient, key) == ("1", "node-1", "c1", "r1", "1")
    assert abs(int(epoch) - float(record.facts[0]["Timestamp"])) < 2


def test_person_is_thanked_only_after_the_commit(street):
    record = street["slow daemon"]
    assert record.committed_at - record.key_at >= 0.3
    assert record.first("fr/thanks-1") > record.committed_at


def test_without_the_daemon_the_journal_counts_and_thanks_come_after_500_ms(street):
    record = street["no daemon"]
    assert 0.45 < record.first("fr/thanks-1") - record.key_at < 0.8
    assert [row.split("|")[4] for row in record.journal_at_end.values()] == ["1"]


def test_key_during_the_opening_counts(street):
    record = street["in opening"]
    assert record.keys == ["1"]
    assert "message" not in record.played
    assert float(record.done["Seconds"]) == 0


def test_key_before_the_first_word_counts(street):
    assert street["at once"].keys == ["1"]
    assert street["at once"].played[:2] == ["hello", "thanks-1"]


def test_opening_says_exercise_then_again_then_codeword_then_the_message(street):
    spoken = [
        name for name in street["opening"].played if name not in ("hello", "probe")
    ]
    assert spoken[:4] == ["exercise", "again", "codeword", "message"]


def test_message_is_said_three_times_then_goodbye(street):
    record = street["silent"]
    once = ["message", "ask-1", "ask-2", "1"]
    assert record.played == ["hello", "probe", *once, *once, *once, "goodbye"]
    assert record.done["Heard"] == "3"
    assert float(record.done["Seconds"]) == pytest.approx(3.6, abs=0.15)
    assert record.keys == []
    assert record.journal_at_end == {}


def test_each_offered_key_is_asked_for(street):
    asked = [name for name in street["three keys"].played if name.startswith("ask")]
    assert asked == ["ask-1", "ask-2", "ask-9"]


@pytest.mark.parametrize(("name", "keys"), [("wrong", "71"), ("star", "*1")])
def test_wrong_key_gets_one_sentence_and_the_right_one_still_counts(street, name, keys):
    record = street[name]
    assert record.keys == ["1"]
    assert record.done["Keys"] == keys
    assert record.played.count("wrong-key") == 1
    assert "thanks-1" in record.played


def test_key_2_says_the_message_again_at_once(street):
    record = street["again"]
    assert record.keys == ["1"]
    assert record.done["Keys"] == "21"
    after = record.played[record.played.index("message") + 1 :]
    assert "message" in after
    assert [row.split("|")[4] for row in record.journal_at_end.values()] == ["1"]


def test_allo_is_answered_at_once(street):
    """Answered, 0.4 s of "allô", 1 s later hung up: 0.7 s of message fit only so."""
    assert 0.5 < float(street["allo"].done["Seconds"]) < 0.9


def test_silence_is_answered_after_a_second_and_a_half(street):
    """Hung up 2.3 s after the answer."""
    assert float(street["cut"].done["Seconds"]) == pytest.approx(0.8, abs=0.2)
    assert street["cut"].done["Heard"] == "0"


def test_key_3_asks_for_help(street):
    assert street["help"].keys == ["3"]
    assert "thanks-3" in street["help"].played


def test_key_3_is_a_wrong_key_where_help_is_not_offered(street):
    assert street["no help offered"].keys == []
    assert "wrong-key" in street["no help offered"].played


def test_key_9_is_asked_twice(street):
    record = street["nine"]
    assert record.keys == ["9"]
    assert record.done["Keys"] == "99"
    assert record.played.index("sure-9") < record.played.index("thanks-9")


def test_key_9_once_changes_nothing(street):
    record = street["nine once"]
    assert record.keys == []
    assert record.journal_at_end == {}
    assert "sure-9" in record.played


def test_help_may_be_asked_for_while_the_first_key_is_thanked(street):
    record = street["one then help"]
    assert record.keys == ["1", "3"]
    assert [fact["Seq"] for fact in record.facts[:2]] == ["1", "2"]
    assert len(record.journal_at_end) == 2
    assert "thanks-3" in record.played


def test_other_keys_after_the_thanks_change_nothing(street):
    assert street["one then no help"].keys == ["1"]
    assert len(street["one then no help"].journal_at_end) == 1


def test_key_during_the_goodbye_counts(street):
    record = street["goodbye"]
    assert record.keys == ["1"]
    assert record.played.index("goodbye") < record.played.index("thanks-1")


def test_machine_is_labelled_and_gets_its_short_text_after_the_beep(street):
    record = street["machine"]
    assert [fact["Fact"] for fact in record.facts] == ["machine", "done"]
    assert record.done["Label"] == "machine"
    # it sends nothing while it records, so that the end of its beep is not heard
    before = record.played[: record.played.index("short-text")]
    assert before[-4:] == ["long-message", "1", "2", "probe"]
    assert record.played[-1] == "goodbye"
    beep_ends = record.up_at + 7.5
    assert record.first("short-text") > beep_ends
    assert record.first("long-message") - record.up_at < 1.7


def test_machine_without_a_text_of_its_own_gets_the_general_one(street):
    assert "machine" in street["generic machine"].played


def test_greeting_across_two_prompts_is_still_a_machine(street):
    assert street["long machine"].done["Label"] == "machine"


def test_what_is_labelled_and_did_not_beep_hears_the_message_after_the_short_text(
    street,
):
    """It may be a person: nobody is left unwarned for a long greeting."""
    record = street["long machine"]
    assert "long-message" in record.played[record.played.index("short-text") :]
    assert record.done["Heard"] == "1"


def test_noise_after_the_beep_neither_labels_again_nor_cuts_the_text(street):
    record = street["greeting outlasts"]
    assert [fact["Fact"] for fact in record.facts] == ["machine", "done"]
    assert record.played.count("long-message") == 1


def test_person_who_says_allo_twice_is_not_interrupted(street):
    record = street["allo twice"]
    assert record.played.count("middle-message") == 1
    assert record.done["Heard"] == "1"


def test_person_who_talks_over_the_message_hears_it_anew(street):
    record = street["talks over"]
    assert record.done["Label"] == "human"
    spoken = [name for name in record.played if name not in ("hello", "probe")]
    assert spoken[:3] == ["long-message", "1", "long-message"]
    assert record.done["Heard"] == "1"


def test_key_after_the_label_counts_all_the_same(street):
    record = street["pressed after label"]
    assert record.done["Label"] == "machine"
    assert record.keys == ["1"]


def test_nobody_is_labelled_a_machine_by_mistake(street):
    labels = {
        name
        for name, rec in street.items()
        if rec.facts and "machine" in str(rec.facts)
    }
    machines = (far.MACHINE, far.LONG_MACHINE, far.MACHINE_THEN_1)
    machines += (far.MACHINE_4_S, far.MACHINE_6_S, far.MACHINE_10_S)
    assert labels == {n for n, call in STREET.items() if call.number in machines}


def test_stopped_call_ends_its_sentence_and_says_goodbye(street):
    record = street["stopped"]
    assert record.played == ["hello", "probe", "long-message", "goodbye"]
    assert record.done["Heard"] == "1"


def test_missing_prompt_is_a_fault_and_counts_as_nothing_heard(street):
    record = street["no prompt"]
    assert record.facts[0]["Fact"] == "fault"
    assert record.facts[0]["What"] == "prompt-missing"
    assert record.done["Heard"] == "0"


def test_missing_phrases_do_not_end_the_call(street):
    record = street["no phrases"]
    # it presses at its own moment, which may come before the third time is over
    assert int(record.done["Heard"]) >= 2
    assert record.keys == ["1"]


def test_duty_list_is_asked_to_take_charge(street):
    record = street["duty"]
    assert record.keys == ["1"]
    spoken = [name for name in record.played if name not in ("hello", "probe")]
    assert spoken == ["duty-intro", "message", "duty-thanks", "goodbye"]


def test_trial_of_a_trunk_reports_codec_and_sound_both_ways(street):
    record = street["trunk"]
    assert record.keys == ["1"]
    assert "trunk-test" in record.played
    line = next(fact for fact in record.facts if fact["Fact"] == "line")
    assert "alaw" in line["Codec"]
    assert int(line["Sent"]) > 50
    assert int(line["Received"]) > 50


def test_done_is_the_last_fact_of_every_answered_call(street):
    for name, record in street.items():
        if name != "busy":
            assert [fact["Fact"] for fact in record.facts].count("done") == 1, name
            assert record.facts[-1]["Fact"] == "done", name


def test_busy_line_reports_no_fact_and_carries_its_sip_code(street):
    assert street["busy"].facts == []
    assert street["busy"].hangup["Cause"] == "17"
    assert street["busy"].hangup["TechCause"].endswith("486")


def test_call_costs_five_events(street):
    names = [event["Event"] for event in street["rings"].events]
    assert names == [
        "DialState",
        "OriginateResponse",
        "UserEvent",
        "UserEvent",
        "Hangup",
    ]


def test_variables_are_cleaned_before_anything_reads_them(street):
    record = street["villain"]
    assert record.facts[0].get("What", record.facts[0]["Fact"]) == "key"
    (row,) = record.journal_at_end.values()
    assert row.split("|")[2] == "c1SHELLid"


def test_no_prompt_is_ever_transcoded_on_its_way_out(street):
    looks = list(itertools.chain.from_iterable(rec.looks for rec in street.values()))
    prompts = {name for record in street.values() for name in record.played}
    assert len(looks) > 500
    assert {"message", "ask-1", "thanks-1", "wrong-key", "short-text"} <= prompts
    bad = [x for x in looks if x.write_transcoded or x.write_format != "alaw"]
    assert bad == []


def test_sixty_calls_at_once_lose_no_key(exchange):
    calls = {str(n): Call(far.PRESSES_1_EARLY) for n in range(60)}
    records = asyncio.run(ring_all(exchange.access, calls)).values()
    assert [record.keys for record in records] == [["1"]] * 60
    assert {len(record.journal_at_key) for record in records} == {1}


@pytest.mark.parametrize(
    "name",
    [
        "greeting to the end",
        "greeting outlasts",
        "greeting over seam",
        "greeting over short",
    ],
)
def test_greeting_is_a_machine_wherever_it_falls(street, name):
    """Machines were taken for people on the second call and by short messages.

    There the greeting lay over the seam of two prompts, or outlasted the message.
    """
    assert street[name].done["Label"] == "machine"
