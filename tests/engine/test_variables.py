"""A call says what is its recipient's own, and is never late for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.attempt import AttemptState
from automaton.errors import LineError
from tests.engine.night import Night
from tests.engine.test_several_shares import FakeSounds


def personal(night: Night, *parts: str, **values: Any) -> str:
    """Write a campaign whose message has parts; return its id."""
    campaign = night.campaign(**values)
    (row,) = night.commune.rows("campaigns", id=campaign)
    (text,) = night.commune.rows("message_texts", message_id=row.message_id)
    words = "Bonjour {name}. Montez."
    night.commune.change("message_texts", text.id, parts=list(parts), text=words)
    return campaign


async def rung(night: Night) -> Any:
    await night.tick()
    await night.beat()
    return night.order_to(0)


async def test_an_order_has_the_prompts_of_its_recipient(a_night):
    night = a_night()
    personal(night, "p2", "{name}", "p3", "{street}")
    order = await rung(night)
    assert order.parts == ("p2", "spoken", "p3", "spoken")
    assert night.speaker.said == ["Odile Vasseur", "3 quai des Brumes"]
    assert order.text == "Bonjour Odile Vasseur. Montez."
    assert order.message == "p1"


async def test_a_message_without_variables_asks_nobody(a_night):
    night = a_night()
    await night.launched()
    assert (night.order_to(0).parts, night.speaker.said) == ((), [])


async def test_who_has_no_value_any_more_hears_the_rest(a_night):
    night = a_night()
    personal(night, "p2", "{code_word}", "p3")
    order = await rung(night)
    assert order.parts == ("p2", "p3")


async def test_a_code_word_is_said_once(a_night):
    night = a_night(homes=0)
    night.commune.home("+33199000000", codeword="mimosa", codeword_prompt="w1")
    personal(night, "p2", "{code_word}")
    order = await rung(night)
    assert (order.parts, order.codeword) == (("p2", "spoken"), None)


async def test_where_no_voice_can_the_message_is_said_without_variables(a_night):
    night = a_night()
    night.speaker.fails = [LineError("no voice")]
    personal(night, "p2", "{name}")
    order = await rung(night)
    assert (order.parts, order.message) == ((), "p1")


@pytest.mark.parametrize("seconds", [1.5, 2.8, 10.0])
async def test_a_voice_that_takes_long_keeps_no_call_waiting(
    a_night, monkeypatch, seconds
):
    # It was waited for until the order was too old to leave: nobody was ever rung.
    night = a_night()
    clock, loop = night.commune.clock, asyncio.get_running_loop()
    monkeypatch.setattr(loop, "time", clock.boottime)

    def say(text, language):
        for _ in range(round(seconds * 10)):
            clock.move(timedelta(seconds=0.1))
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
        return "late"

    night.speaker.say = say
    personal(night, "p2", "{name}")
    order = await rung(night)
    assert order.parts == (("p2", "late") if seconds == 1.5 else ())
    assert night.attempts()[0].state is AttemptState.CLAIMED


async def test_a_node_waits_for_the_words_around_variables(a_night):
    sounds = FakeSounds("p1", "p2")
    night = a_night(sounds=sounds)
    personal(night, "p2", "{name}", "p3")
    await night.tick()
    await night.beat()
    assert night.telephone.orders == []
    sounds.sent.add("p3")
    assert (await rung(night)).parts == ("p2", "spoken", "p3")
