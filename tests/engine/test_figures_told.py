"""The figures that those on duty are told are counted where no key waits."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event

from tests.engine.test_duty import FIRST, ended_alert, silent_campaign


@pytest.fixture
def counted():
    """The threads on which homes are counted by state; call it with a night."""
    found = []

    def note(connection, cursor, statement, *_):
        if "GROUP BY recipients.state" in statement:
            found.append(threading.current_thread().name)

    def listening(night):
        event.listen(night.commune.engine, "before_cursor_execute", note)
        return found

    return listening


async def test_the_end_of_an_alert_is_counted_beside_the_writer(a_night, counted):
    # Half a million homes were counted on its thread for each round: 0.17 s each.
    night = a_night()
    night.on_duty(FIRST)
    threads = counted(night)
    await ended_alert(night)
    night.does_not_answer(await night.duty_order(FIRST))
    assert threads
    assert not any(name.startswith("writer") for name in threads)
    (said,) = night.speaker.said
    assert "1 foyers sur 1 ont confirmé" in said


async def test_an_alarm_that_tells_no_figures_counts_nobody(a_night, counted):
    night = a_night()
    night.on_duty(FIRST)
    threads = counted(night)
    await silent_campaign(night)
    await night.duty_order(FIRST)
    assert threads == []
