"""Everything is destroyed in mid-campaign and put back: who confirmed is not rung."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from automaton import bootstrap
from automaton.asterisk import embedded
from automaton.clock import SystemClock
from automaton.daemon import only_one
from automaton.services import commands
from automaton.services.backups import Safe, make_backup
from automaton.services.restores import Restored, Wish, restore
from automaton.vault.signature import public_key
from tests.system.conftest import MakeStage
from tests.system.stage import BY, DUTY, Stage, home, on_duty, until
from tests.vault.conftest import Keys, make_keys

pytestmark = pytest.mark.asterisk

IN_THE_BACKUP, IN_THE_JOURNAL, NOT_YET = (1, 2), (3, 4), (5, 6)
SCRIPT = (
    "".join(home(serial, "press_1") for serial in IN_THE_BACKUP)
    + "".join(home(serial, "press_1", "press_1", ring=10) for serial in IN_THE_JOURNAL)
    + "".join(home(serial, "rings_out", "press_1") for serial in NOT_YET)
    + on_duty(DUTY)
)


def with_backups(keys: Keys) -> str:
    return (
        f'[backup]\nrecipients = ["{keys.public}"]\nfolder = "there"\n'
        "folder_is_mounted = false\n"
    )


def backed_up(here: Stage) -> tuple[Path, str]:
    """Make a backup while calls go on; return it and who signed it."""
    assert here.settings.backup.folder is not None
    here.settings.backup.folder.mkdir()
    safe = Safe(here.settings, SystemClock(), BY)
    made = make_backup(safe)
    assert made.faults == []
    return here.settings.backup.folder / made.name, public_key(safe.signing_key)


def destroy(here: Stage, *, journal_too: bool) -> None:
    """Lose the database and the keys; the journal too where that is said."""
    here.kill()
    embedded.stop(bootstrap.asterisk_folder(here.settings), grace=3)
    here.office.desk.engine.dispose()
    del here.__dict__["office"]
    data = here.settings.folders.data
    for lost in list(data.iterdir()):
        if lost.name == "asterisk" and not journal_too:
            continue
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()


def put_back(here: Stage, file: Path, keys: Keys, signer: str) -> Restored:
    """Restore as `automaton restore` does, with the daemon kept out."""
    wish = Wish(file, keys.secret, (signer,))
    with only_one(here.settings.folders.data / "daemon.lock"):
        return restore(here.settings, SystemClock(), wish, BY)


def acknowledged(here: Stage, campaign: str, homes: Sequence[int]) -> bool:
    states = here.states(campaign)
    return {states.get(str(serial)) for serial in homes} == {"acknowledged"}


@pytest.mark.parametrize("journal_is_lost", [False, True])
def test_after_a_restore_nobody_is_rung_whose_key_is_known(
    stage: MakeStage, tmp_path: Path, journal_is_lost: bool
) -> None:
    keys = make_keys(tmp_path)
    here = stage(SCRIPT, more=with_backups(keys))
    campaign = here.alerted(ring="20 s", talk="12 s")
    until(lambda: acknowledged(here, campaign, IN_THE_BACKUP))
    file, signer = backed_up(here)
    assert not here.happened("key", *IN_THE_JOURNAL)
    until(lambda: acknowledged(here, campaign, IN_THE_JOURNAL))
    assert not here.happened("key", *NOT_YET)
    destroy(here, journal_too=journal_is_lost)
    told = put_back(here, file, keys, signer)
    assert (told.into_empty, told.landed.paused) == (True, 1)
    here.start()
    assert here.state(campaign) == "paused"
    known = (*IN_THE_BACKUP, *(() if journal_is_lost else IN_THE_JOURNAL))
    until(lambda: acknowledged(here, campaign, known), what="the journal is read")
    asked = commands.resume(here.office, campaign, BY)
    commands.wait_for_command(here.office, asked.command_id)
    here.ended(campaign)
    assert set(here.states(campaign).values()) == {"acknowledged"}
    rung_again = 2 if journal_is_lost else 1
    assert [len(here.happened("invite", n)) for n in IN_THE_BACKUP] == [1, 1]
    assert [len(here.happened("invite", n)) for n in IN_THE_JOURNAL] == [rung_again] * 2
    assert [len(here.happened("invite", n)) for n in NOT_YET] == [2, 2]
