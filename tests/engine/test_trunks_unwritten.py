"""What is learnt of a trunk counts once, and is written at last, whatever fails."""

from __future__ import annotations

import pytest

from automaton.errors import LineError
from tests.engine.test_probes import PROBE_WAITS, probed, seconds_to_the_next_call
from tests.engine.test_safeguard import WIDE


async def beat_in_vain(night):
    """Let one beat fail: the database is away."""

    async def away(_):
        raise LineError("away")

    night.supervisor._write = away
    with pytest.raises(LineError):
        await night.beat()
    del night.supervisor._write


async def test_what_could_not_be_written_counts_once(a_night):
    night = a_night(homes=60, trunks=(WIDE,))
    await night.launched()
    for order in night.telephone.orders[:11]:
        night.fails(order, 404, 1)
    for _ in range(3):
        await beat_in_vain(night)
    await night.beat()
    assert night.node.safeguard.usable() == ["operator"]


async def test_a_condition_that_could_not_be_written_is_written_later(a_night):
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    night.fails(night.telephone.orders[0], 401, 21)
    await beat_in_vain(night)
    assert night.commune.rows("trunk_states") == []
    await night.beat()
    (row,) = night.commune.rows("trunk_states")
    assert row.reason == "trunk_auth"


@pytest.mark.parametrize("is_answered", [False, True])
async def test_a_beat_in_parts_that_fails_after_a_probe_ended_leaves_no_trunk_behind(
    a_night, is_answered
):
    # What was written was forgotten, and no probe ever left again.
    night = a_night(homes=120, trunks=(WIDE,))
    probe = await probed(night)
    if is_answered:
        night.picks_up(probe)
        night.presses(probe)
        night.hangs_up(probe)
    else:
        night.fails(probe, 401, 21)
    night.supervisor.patience.wait_after(ValueError("a row"))
    apart = night.supervisor._apart
    whole = apart._write

    async def write_rows_alone(work):
        if work.conditions or work.intent:
            raise LineError("away")
        return await whole(work)

    apart._write = write_rows_alone
    with pytest.raises(LineError):
        await night.beat()
    apart._write = whole
    night.supervisor.patience.ended()
    assert night.node.safeguard.usable() == ["operator"] * is_answered
    assert await seconds_to_the_next_call(night) <= 2 * PROBE_WAITS


def refuse(night, is_refused):
    """Let no beat or part be written of which this is true; return how to end it."""
    apart, supervisor = night.supervisor._apart, night.supervisor
    whole = apart._write

    async def write(work):
        if is_refused(work):
            raise ValueError("a row")
        return await whole(work)

    apart._write = supervisor._write = write

    def accept():
        apart._write = whole
        del supervisor._write

    return accept


async def test_a_row_that_is_kept_for_a_minute_counts_once(a_night):
    # A sound trunk was left each minute, for a refusal of long ago.
    night = a_night(homes=120, trunks=(WIDE,))
    await night.launched()
    refused = night.telephone.orders[0]
    refuse(night, lambda w: refused.attempt_id in {a.id for a in w.harvest.changed})
    night.fails(refused, 401, 21)
    night.supervisor.patience.wait_after(ValueError("a row"))
    await night.beat()
    night.pass_time(PROBE_WAITS)
    await night.tick()
    await night.beat()
    night.picks_up(night.telephone.orders[-1])
    await night.beat()
    assert night.node.safeguard.usable() == ["operator"]
    night.pass_time(61)
    for _ in range(3):
        night.supervisor.patience.wait_after(ValueError("a row"))
        await night.beat()
        assert night.node.safeguard.usable() == ["operator"]


async def test_a_condition_that_is_refused_is_written_a_minute_later(a_night):
    night = a_night(homes=9, trunks=(WIDE,))
    await night.launched()
    accept = refuse(night, lambda work: work.conditions)
    night.supervisor.patience.wait_after(ValueError("a row"))
    night.fails(night.telephone.orders[0], 401, 21)
    await night.beat()
    accept()
    await night.beat()
    assert night.commune.rows("trunk_states") == []
    night.pass_time(61)
    await night.beat()
    await night.beat()
    (row,) = night.commune.rows("trunk_states")
    assert row.reason == "trunk_auth"
