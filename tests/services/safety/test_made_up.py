"""A daemon with a place that fails for good, over its restarts: nothing is a fake here
but the telephone.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from automaton.bootstrap import safe
from automaton.engine.keep import Keeping
from automaton.store.schema import upgrade
from automaton.store.tables import backups
from tests.engine.night import Night
from tests.services.safety.safe_town import SafeTown, settings_of
from tests.services.safety.test_landing import rows
from tests.vault.conftest import Keys

DUTY = "+33199008001"


async def starts(town: SafeTown, night: Night, rings: int) -> None:
    """Begin a new life of the daemon an hour later; the list is rung so often."""
    night.pass_time(3600)
    making_up = asyncio.create_task(Keeping(night.node).make_up())
    await night.pause_ends(60.0)
    await making_up
    for _ in range(rings):
        order = await night.duty_order(DUTY, len(night.commune.rows("duty_calls")))
        night.presses(order)
        night.hangs_up(order)
    if night.node.tasks:
        await asyncio.wait(night.node.tasks, timeout=5)


async def test_a_place_that_fails_for_good_gets_one_more_backup_a_day(
    tmp_path: Path, keys: Keys
) -> None:
    settings = settings_of(tmp_path / "data", keys, tmp_path / "there")
    upgrade(settings.database_url)
    (tmp_path / "there").rmdir()
    with SafeTown(settings, keys) as town:
        night = Night(town.engine)
        night.on_duty(DUTY)
        night.node.world = replace(
            night.node.world, safe=safe(settings, night.commune.clock)
        )
        for rings in (1, 0, 0):
            await starts(town, night, rings)
        assert len(rows(town, backups.name)) == 1
        assert len(night.commune.rows("duty_calls")) == 1
        town.there.mkdir()
        town.clock.at = night.now
        assert town.backup().faults == []
        town.there.rename(tmp_path / "elsewhere")
        night.pass_time(24 * 3600)
        await starts(town, night, 1)
        await night.node.watch.close(0.0)
        await night.node.finish_tasks(1.0)
        night.node.writer.close()
    assert len(list((tmp_path / "elsewhere").glob("*.age"))) == 1
