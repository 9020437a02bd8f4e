"""The Originate action: what travels, and what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automaton.asterisk.originate import originate
from automaton.asterisk.wire import refuse_unsafe
from automaton.domain.message import MOST_PARTS
from automaton.errors import RequestError
from automaton.ports import CallOrder, Person

ORDER = CallOrder(
    attempt_id="019a0000-0000-7000-8000-000000000001",
    campaign_id="campaign-1",
    recipient_id="recipient-1",
    trunk="operator",
    dialled="+33199000001",
    caller_id="+33199000999",
    ring=timedelta(seconds=25),
    talk=timedelta(seconds=120),
    message="5f3a",
)


def variables_of(order: CallOrder) -> dict[str, str]:
    pairs = originate(order)["Variable"]
    return dict(str(pair).split("=", 1) for pair in pairs)


def test_an_order_becomes_one_async_originate_into_the_dialplan() -> None:
    action = dict(originate(ORDER))
    del action["Variable"]
    assert action == {
        "Action": "Originate",
        "ActionID": ORDER.attempt_id,
        "ChannelId": ORDER.attempt_id,
        "Channel": r"PJSIP/+33199000001@operator\\guarded",
        "CallerID": "+33199000999",
        "Context": "automaton-alert",
        "Exten": "s",
        "Priority": "1",
        "Async": "true",
        "Codecs": "alaw",
        "EarlyMedia": "false",
        "Timeout": "25000",
    }


def test_the_dialplan_is_told_ids_and_integers_under_the_names_of_its_contract() -> (
    None
):
    assert variables_of(ORDER) == {
        "AUT_ATTEMPT": ORDER.attempt_id,
        "AUT_CAMPAIGN": "campaign-1",
        "AUT_RECIPIENT": "recipient-1",
        "AUT_MESSAGE": "5f3a",
        "AUT_MACHINE": "",
        "AUT_CODEWORD": "",
        "AUT_LANG": "fr",
        "AUT_KEYS": "12",
        "AUT_EXERCISE": "",
        "AUT_AGAIN": "",
        "AUT_REPEATS": "3",
        "AUT_KEYWAIT": "8",
        "AUT_TALK": "120",
    }


def test_what_a_campaign_chose_is_told_too() -> None:
    chosen = replace(
        ORDER,
        machine_message="aa",
        codeword="bb",
        language="en",
        keys="129",
        exercise=True,
        again=True,
        repeats=2,
        key_wait=timedelta(seconds=3),
        context="automaton-duty",
        caller_id=None,
    )
    told = variables_of(chosen)
    assert told["AUT_MACHINE"] == "aa"
    assert told["AUT_CODEWORD"] == "bb"
    assert told["AUT_LANG"] == "en"
    assert told["AUT_KEYS"] == "129"
    assert told["AUT_EXERCISE"] == told["AUT_AGAIN"] == "1"
    assert told["AUT_REPEATS"] == "2"
    assert told["AUT_KEYWAIT"] == "3"
    assert originate(chosen)["Context"] == "automaton-duty"
    assert "CallerID" not in originate(chosen)


def test_the_person_of_key_0_is_told_as_the_trunk_writes_them() -> None:
    person = Person("operator", "0639980009", 2, "0199000999")
    told = variables_of(replace(ORDER, keys="120", person=person))
    names = ("KEYS", "PERSON", "PERSONTRUNK", "PERSONLINES", "PERSONSHOWN")
    assert [told[f"AUT_{name}"] for name in names] == [
        "120",
        "0639980009",
        "operator",
        "2",
        "0199000999",
    ]
    hidden = replace(ORDER, person=replace(person, caller_id=None))
    assert variables_of(hidden)["AUT_PERSONSHOWN"] == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"dialled": "112"},
        {"dialled": "1&PJSIP/2"},
        {"trunk": "a b"},
        {"caller_id": "x"},
    ],
)
def test_no_other_person_is_told(wrong: dict[str, Any]) -> None:
    person = replace(Person("operator", "0639980009", 2, "0199000999"), **wrong)
    with pytest.raises(RequestError, match="must not be given"):
        originate(replace(ORDER, person=person))


@pytest.mark.parametrize(
    "dialled", ["3620", "0199000001", "0033199000001", "+33199000001"]
)
def test_a_number_travels_as_the_trunk_writes_it(dialled: str) -> None:
    action = originate(replace(ORDER, dialled=dialled))
    assert action["Channel"] == rf"PJSIP/{dialled}@operator\\guarded"


@pytest.mark.parametrize(
    "wrong",
    [
        {"dialled": ""},
        {"dialled": "12"},
        {"dialled": "+1234567890123456"},
        {"dialled": "0199000001&PJSIP/0199000002"},
        {"dialled": "0199000001\r\nAction: Originate"},
        {"dialled": "0199000001\n"},
        {"dialled": "٠١٩٩٠٠٠٠٠١"},
        {"dialled": "++33199000001"},
        *({"dialled": form + "112"} for form in ("", "0", "00", "+33", "0033", "+330")),
        *({"dialled": number} for number in ("015", "+3317", "0033116117", "119")),
        {"caller_id": "112"},
        {"caller_id": "+33112"},
        {"caller_id": "Mairie <0199000999>"},
        {"caller_id": ""},
        {"trunk": "operator@elsewhere"},
        {"trunk": ""},
        {"attempt_id": "a,b"},
        {"attempt_id": "a/b"},
        {"attempt_id": "x" * 129},
        {"campaign_id": "${SHELL(id)}"},
        {"recipient_id": "r\n"},
        {"message": "../../etc/passwd"},
        {"machine_message": ""},
        {"codeword": "a b"},
        {"language": "../fr"},
        {"keys": "4"},
        {"keys": ""},
        {"context": "default,s"},
    ],
)
def test_what_could_mean_something_else_to_asterisk_is_refused(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(RequestError):
        originate(replace(ORDER, **wrong))


def test_every_accepted_value_may_travel() -> None:
    action = originate(ORDER)
    refuse_unsafe(action)
    lists = [[value] if isinstance(value, str) else value for value in action.values()]
    texts = [text for values in lists for text in values]
    assert len(texts) > len(action)
    assert [text for text in texts if "," in text or not text.isprintable()] == []


def test_no_time_is_ever_none_at_all() -> None:
    # Asterisk reads 0 as "for ever"
    hasty = replace(ORDER, ring=timedelta(0), talk=timedelta(0), key_wait=timedelta(0))
    assert originate(hasty)["Timeout"] == "1"
    assert variables_of(hasty)["AUT_TALK"] == variables_of(hasty)["AUT_KEYWAIT"] == "1"


def test_parts_travel_behind_the_first_of_them() -> None:
    parts = variables_of(replace(ORDER, parts=("a1", "b2", "c3")))
    assert (parts["AUT_MESSAGE"], parts["AUT_PARTS"]) == ("a1", "b2.c3")
    alone = variables_of(replace(ORDER, parts=("a1",)))
    assert alone == variables_of(ORDER) | {"AUT_MESSAGE": "a1"}
    longest = originate(replace(ORDER, parts=("f" * 32,) * MOST_PARTS))["Variable"]
    assert max(map(len, longest)) < 1000  # Asterisk's own limit of a header is 1,024


@pytest.mark.parametrize("part", ["{name}", "a.b", "a,b", "../x", ""])
def test_a_part_that_is_no_prompt_does_not_travel(part: str) -> None:
    for parts in ((part, "a1"), ("a1", part)):
        with pytest.raises(RequestError, match="prompt"):
            originate(replace(ORDER, parts=parts))
