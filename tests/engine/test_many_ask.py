"""Many ask for help at once: each is put into words when its turn has come."""

from __future__ import annotations

import threading
from dataclasses import replace

from tests.engine.night import OPERATOR
from tests.engine.test_rescue import FIRST, OFFERED, asked, taken_by


async def test_what_waits_its_turn_is_not_rendered_yet(a_night):
    # 3,000 alarms were rendered before the first was told: what campaigns say to their
    # recipients waited behind them.
    night = a_night(homes=4, trunks=(replace(OPERATOR, lines=6),))
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0, 1, 2)
    await night.duty_order(FIRST)
    await night.settle_down()
    assert len(night.speaker.said) == 1
    for index in range(3):
        await taken_by(night, FIRST, seen=index)
    await night.alarms_end()
    assert len(night.speaker.said) == 3
    assert night.speaker.forgotten == ["spoken"] * 3


async def test_what_those_on_duty_hear_is_rendered_apart_from_all_else(a_night):
    night = a_night(homes=2)
    night.on_duty(FIRST)
    threads = []

    def say(text, language):
        threads.append(threading.current_thread().name)
        return "spoken"

    night.speaker.say = say
    await night.launched(OFFERED)
    await asked(night, 0)
    await taken_by(night, FIRST)
    await night.alarms_end()
    assert [name.rpartition("_")[0] for name in threads] == ["duty speech"]


async def test_what_is_taken_while_it_waits_is_never_rendered(a_night):
    night = a_night(homes=3)
    night.on_duty(FIRST)
    await night.launched(OFFERED)
    await asked(night, 0, 1)
    await night.duty_order(FIRST)
    _, waits = night.commune.rows("alarms")
    night.commune.change("alarms", waits.id, closed_at=night.now)
    await night.tick_without_waiting()
    await taken_by(night, FIRST)
    await night.alarms_end()
    assert len(night.speaker.said) == 1
