"""Who is erased is found in no byte of the data folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from automaton.clock import SystemClock
from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.ports import RecipientChange, Want
from automaton.store import tables
from automaton.store.engine import open_database, writing
from automaton.store.ledger import SqlLedger
from tests.cli.conftest import Node, drafted

NAMES = ("Fontbrune", "Zélie")
NUMBERS = ("261910012", "699980012", "639980012")
REGISTER = """nom;prénom;adresse;code postal;commune;téléphone;mobile;mot de code;notes
Aubrac;Honoré;1 rue Basse;17200;Royan;01 99 00 00 11;;;
Fontbrune;Zélie;2 rue Basse;17200;Royan;02 61 91 00 12;06 39 98 00 12;tulipe;sourde
"""


def traces(folder: Path) -> Iterator[str]:
    """Yield where a name, or a number however it is written, lies in a folder."""
    digits = b"|".join(b"[^0-9]?".join(map(re.escape, _chars(n))) for n in NUMBERS)
    words = b"|".join(
        form
        for name in (*NAMES, "tulipe")
        for form in (
            re.escape(name.encode()),
            re.escape(json.dumps(name)[1:-1].encode()),
        )
    )
    sought = re.compile(digits + b"|" + words, re.IGNORECASE)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (found := sought.search(path.read_bytes())):
            yield f"{path.relative_to(folder)}: {found[0]!r}"


def _chars(text: str) -> list[bytes]:
    return [sign.encode() for sign in text]


def called(node: Node, campaign: str) -> None:
    """Let a campaign call everybody; each presses 1, and it ends."""
    engine = open_database(f"sqlite:///{node.folder / 'data' / 'automaton.db'}")
    clock = SystemClock()
    is_it = tables.campaigns.c.id == campaign
    with writing(engine) as connection:
        running = update(tables.campaigns).where(is_it)
        connection.execute(running.values(state=CampaignState.RUNNING))
    with SqlLedger(engine, clock, 1).transaction() as transaction:
        now = clock.now()
        while transaction.plan_chunk(campaign, now, 500):
            pass
        taken = transaction.claim([Want(campaign, 500)], now, "main")
        transaction.save([ended(claim.attempt, now) for claim in taken])
        state = RecipientState.ACKNOWLEDGED
        changes = [RecipientChange(c.recipient.id, state, "key", now) for c in taken]
        transaction.conclude(changes, now)
        transaction.move_campaign(campaign, CampaignState.FINISHED, now)
    engine.dispose()


def ended(attempt: Attempt, now: datetime) -> Attempt:
    return replace(
        attempt,
        state=AttemptState.ENDED,
        outcome=Outcome.ACKNOWLEDGED,
        trunk="town",
        ended_at=now,
        keys="1",
    )


@pytest.fixture
def town(node: Node) -> Node:
    node.done("collectivity", "add", "Royan", "--insee", "17306")
    node.done("duty", "add", "Astreinte", "0199000001")
    others = "".join(
        f"Nom{i};Ana;{i} rue du Port;17200;Royan;035301{i:04d};;;\n" for i in range(99)
    )
    node.folder.joinpath("all.csv").write_text(REGISTER + others, "utf-8")
    node.done("contacts", "import", "all.csv")
    return node


def person(node: Node) -> str:
    (one,) = node.json("contacts", "list", "fontbrune")["contacts"]
    return str(one["id"])


def test_nothing_is_left_of_who_is_erased_after_a_campaign(town: Node) -> None:
    campaign = drafted(town)
    called(town, campaign)
    reports = town.folder / "data" / "reports"
    reports.mkdir(exist_ok=True)
    for form in ("json", "csv", "html", "visits"):
        town.done("report", campaign, "--format", form, "-o", reports / f"1.{form}")
    kept = reports / "other.csv"
    kept.write_text("Honoré Aubrac;+33199000011\n", "utf-8")
    data = town.folder / "data"
    daemon = open_database(f"sqlite:///{data / 'automaton.db'}")  # keeps the log open
    assert list(traces(data)), "the person must be there before"

    told = town.done("contacts", "erase", person(town), "--yes").out

    assert list(traces(data)) == []
    daemon.dispose()
    assert "1 call no longer says whom it was for" in told
    assert kept.exists()
    assert sorted(reports.iterdir()) == [reports / "1.visits", kept]
    town.done("report", campaign, "--format", "html", "-o", reports / "2.html")
    assert list(traces(data)) == []


def test_nothing_is_left_of_who_was_changed_and_moved_before(town: Node) -> None:
    campaign = drafted(town)
    called(town, campaign)
    town.folder.joinpath("all.csv").write_text(
        REGISTER.replace("06 39 98 00 12", "06 99 98 00 12").replace("2 rue", "9 rue"),
        "utf-8",
    )
    town.done("contacts", "import", "all.csv")
    for contact in town.json("contacts", "list", "fontbrune")["contacts"]:
        town.done("contacts", "erase", contact["id"], "--yes")
    assert list(traces(town.folder / "data")) == []


def test_who_is_on_the_telephone_is_not_erased_yet(town: Node) -> None:
    campaign = drafted(town)
    called(town, campaign)
    engine = open_database(f"sqlite:///{town.folder / 'data' / 'automaton.db'}")
    with writing(engine) as connection:
        connection.execute(update(tables.attempts).values(state="answered"))
    ended = town("contacts", "erase", person(town), "--yes")
    assert ended.code == 2
    assert "has not ended yet" in ended.err
    with writing(engine) as connection:
        connection.execute(update(tables.attempts).values(state="ended"))
        held = [
            {"e164": a.e164, "attempt_id": a.id, "node": "main", "taken_at": a.due_at}
            for a in connection.execute(select(tables.attempts))
        ]
        connection.execute(insert(tables.live_numbers), held)
    town.done("contacts", "erase", person(town), "--yes")
    with writing(engine) as connection:
        left = connection.execute(select(tables.live_numbers.c.e164)).scalars().all()
    engine.dispose()
    assert "+33199000011" in left
    assert not any(number[3:] in NUMBERS for number in left)


def test_what_somebody_reads_is_swept_later(town: Node) -> None:
    path = town.folder / "data" / "automaton.db"
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM contacts").fetchone()
    try:
        ended = town("contacts", "erase", person(town), "--yes")
        assert ended.code == 1
        assert "run automaton contacts sweep" in ended.err
    finally:
        reader.close()
    assert town.json("contacts", "list")["total"] == 100
    town.done("contacts", "sweep")
    assert list(traces(town.folder / "data")) == []


@pytest.mark.parametrize("name", ["before-upgrade.db", "before-upgrade.db.part"])
@pytest.mark.parametrize("is_swept_later", [True, False])
def test_what_was_cut_off_keeps_nobody_who_is_erased(
    town: Node, name: str, is_swept_later: bool
) -> None:
    # Neither an unpacked backup nor the copy of an upgrade was looked at.
    data = town.folder / "data"
    order = ("erase", person(town), "--yes")
    if is_swept_later:
        town.done("contacts", *order)
        order = ("sweep",)
    for left in (data / "unpacked-x", data / "backup"):
        left.mkdir(exist_ok=True)
    (data / "unpacked-x" / "contacts.csv").write_text(REGISTER, "utf-8")
    copy = data / "backup" / name
    copy.write_text(REGISTER, "utf-8")
    ended = town("--lang", "fr", "contacts", *order)
    assert ended.code == 1
    assert f"reste dans {copy}, la copie d’une mise à niveau" in ended.err
    assert not (data / "unpacked-x").exists()
    assert [one.partition(":")[0] for one in traces(data)] == [f"backup/{name}"]
    found = town("doctor", "--json").data["findings"]
    assert any(str(copy) in one["sentence"] for one in found)
    town("upgrade")
    shutil.rmtree(copy.parent)  # where the doctor is not content with this machine
    town.done("contacts", "sweep")
    assert list(traces(data)) == []


def test_a_report_goes_also_where_the_files_are_swept_later(town: Node) -> None:
    report = town.folder / "data" / "reports" / "1.csv"
    report.parent.mkdir(exist_ok=True)
    report.write_text("Zélie Fontbrune;+33261910012\n", "utf-8")
    reader = sqlite3.connect(town.folder / "data" / "automaton.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM contacts").fetchone()
    try:
        assert town("contacts", "erase", person(town), "--yes").code == 1
    finally:
        reader.close()
    assert not report.exists()


def test_a_sweep_takes_old_sounds_of_no_record_and_tells_others(town: Node) -> None:
    recordings, prompts = town.folder / "data/recordings", town.folder / "data/prompts"
    for folder in (recordings, prompts):
        folder.mkdir(exist_ok=True)
    gone = recordings / "call-1.alaw", prompts / "said-1.alaw"
    for file in (*gone, recordings / "mayor.wav", prompts / "1.alaw"):
        file.touch()
        os.utime(file, (0, 0))
    lost = recordings / "call-0.alaw"
    lost.touch()
    yesterday = (SystemClock().now() - timedelta(days=1)).timestamp()
    os.utime(lost, (yesterday, yesterday))
    told = town.done("contacts", "sweep").err
    assert "1 recording is of no record: deleted once as old as" in told
    assert not any(file.exists() for file in gone)
    assert lost.exists()
    assert (recordings / "mayor.wav").exists()
    assert (prompts / "1.alaw").exists()
    engine = open_database(f"sqlite:///{town.folder / 'data' / 'automaton.db'}")
    with writing(engine) as connection:
        owner = connection.execute(select(tables.collectivities.c.id)).scalar_one()
        row = {"id": "r1", "collectivity_id": owner, "at": SystemClock().now()}
        row |= {"file": "call-2.alaw", "seconds": 3.0}
        connection.execute(insert(tables.recordings_left), row)
    engine.dispose()
    told = town.done("--lang", "fr", "contacts", "sweep")
    assert "1 enregistrement n’a pas de son sur cette machine." in told.err
    assert "1 enregistrement n’est mentionné nulle part : il sera supprimé" in told.err
