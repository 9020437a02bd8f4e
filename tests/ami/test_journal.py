"""The journal of keys: read whole, deleted key by key, by the account that may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from automaton.asterisk.journal import Journal, entry
from automaton.asterisk.link import Link
from automaton.clock import SettableClock
from automaton.errors import LineError
from automaton.ports import JournalledKey
from tests.ami.conftest import link_to
from tests.ami.villain import VillainAmi

KEY = JournalledKey(
    attempt_id="a-1",
    seq=2,
    installation="node",
    campaign_id="c-1",
    recipient_id="r-1",
    key="1",
    at=datetime(2026, 1, 15, 12, 0, tzinfo=UTC),
)
NAME, VALUE = "/automaton/a-1/2", "1|node|c-1|r-1|1|1768478400"


@pytest.fixture
async def journal(
    ami: VillainAmi, link: Link, clock: SettableClock
) -> AsyncIterator[Journal]:
    maintenance = link_to(ami, clock, hears_events=False)
    await maintenance.open()
    yield Journal(link, maintenance)
    await maintenance.close()


def test_an_entry_is_read_as_the_dialplan_writes_it() -> None:
    assert entry(NAME, VALUE) == KEY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", ""),
        ("/automaton/a-1", VALUE),
        ("/automaton/a-1/2/3", VALUE),
        ("/automaton/a-1/two", VALUE),
        ("/automaton/a)b(/2", VALUE),
        ("/automaton/a\r\nb/2", VALUE),
        (NAME, "2|node|c-1|r-1|1|1768478400"),
        (NAME, "1|node|c-1|r-1|1"),
        (NAME, "1|node|c-1|r-1||1768478400"),
        (NAME, "1|node|c-1|r-1|12|1768478400"),
        (NAME, "1|node|c-1|r-1|1|today"),
        (NAME, "1|node|c-1|r-1|1|999999999999"),
    ],
)
def test_an_entry_of_another_form_is_none(name: str, value: str) -> None:
    assert entry(name, value) is None


async def test_every_key_is_read_and_strangers_stay(
    ami: VillainAmi, journal: Journal
) -> None:
    ami.database = {NAME: VALUE, "/automaton/version": "old"}
    assert await journal.keys() == [KEY]
    assert "/automaton/version" in ami.database


async def test_an_empty_journal_is_no_key(journal: Journal) -> None:
    assert await journal.keys() == []


async def test_single_keys_are_deleted_and_a_newer_one_stays(
    ami: VillainAmi, journal: Journal
) -> None:
    # DBDelTree would take the key that was written between reading and deleting
    ami.database = {f"/automaton/a-{n}/1": VALUE for n in range(120)}
    keys = await journal.keys()
    ami.database["/automaton/a-7/2"] = VALUE
    await journal.forget(keys)
    assert list(ami.database) == ["/automaton/a-7/2"]
    assert ami.received("DBDelTree") == []


async def test_a_key_that_is_gone_already_is_fine(
    ami: VillainAmi, journal: Journal
) -> None:
    await journal.forget([KEY])
    (sent,) = ami.received("Setvar")
    assert sent["variable"] == ["DB_DELETE(automaton/a-1/2)"]


async def test_a_refusal_is_told(ami: VillainAmi, journal: Journal) -> None:
    ami.refuse("DBGetTree", "Permission denied")
    ami.refuse("Setvar", "Permission denied")
    with pytest.raises(LineError, match="Permission denied"):
        await journal.keys()
    with pytest.raises(LineError, match="Permission denied"):
        await journal.forget([KEY])
