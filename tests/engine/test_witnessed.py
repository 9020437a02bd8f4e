"""What the daemon notes in the audit: commands, refusals, its own moves, its start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from automaton import bootstrap
from automaton.clock import SettableClock
from automaton.domain.campaign import CampaignState
from automaton.settings import Settings
from automaton.store.audit_key import SealFile
from automaton.store.chain import look
from automaton.store.engine import open_database
from tests.engine.night import Night
from tests.store.commune import NOW
from tests.store.sealing import hashed


def told(night: Night) -> list[tuple[str, str]]:
    return [(row.action, row.by) for row in night.commune.rows("audit")]


async def test_a_refused_command_is_noted_as_refused(a_night):
    night = a_night()
    campaign = night.campaign(state=CampaignState.DRAFT)
    night.command("launch", campaign)
    night.command("pause", campaign)
    await night.tick()
    actions = [action for action, _ in told(night)]
    assert actions == ["launch_refused", "pause_refused"]
    assert night.commune.rows("audit")[0].subject_id == campaign


async def test_what_the_daemon_moves_by_itself_is_noted_as_its_own(a_night):
    night = a_night(homes=0)
    night.campaign(expires_at=night.commune.now - timedelta(minutes=1))
    await night.tick()
    automaton = hashed(night.commune.engine, "automaton")
    assert set(told(night)) <= {("expire", automaton), ("planned", automaton)}
    assert told(night)[0] == ("expire", automaton)


def test_each_start_tells_by_a_hash_whether_the_settings_changed(
    tmp_path: Path,
) -> None:
    settings = Settings.model_validate({"folders": {"data": str(tmp_path)}})
    changed = settings.model_copy(update={"region": "RE"})
    for one in (settings, settings, changed):
        bootstrap.ledger(one, SettableClock(NOW))
    engine = open_database(settings.database_url)
    lines = look(engine).chains["main"]
    engine.dispose()
    assert {one.action for one in lines} == {"daemon_started"}
    first, second, third = (one.details["settings"] for one in lines)
    assert first == second != third
    assert first.startswith("k:")
    assert SealFile("main", settings.audit_key).seal.fits(lines[0])
