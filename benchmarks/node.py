"""A node of the product in a folder of its own: Asterisk, database, daemon."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select as select_rows

from automaton import bootstrap
from automaton.asterisk.embedded import stop as stop_asterisk
from automaton.clock import SystemClock
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.importers.csv import read
from automaton.lab.numbers import landline
from automaton.services import campaigns, commands, launches
from automaton.services.collectivities import NewCollectivity, add_collectivity
from automaton.services.imports import import_contacts
from automaton.services.messages import MessageWish
from automaton.services.office import Office, open_office
from automaton.services.previews import ImportRequest
from automaton.services.registers import NewRegister, add_register
from automaton.settings import Settings, load
from automaton.store import tables
from automaton.store.engine import open_database, reading
from automaton.store.people import SqlBook
from automaton.store.schema import upgrade
from benchmarks.observer import PORT
from benchmarks.usage import Usage, usage_of
from tests.sipp_process import HOST

INSTALLATION, TRUNK, CALLER_ID = "bench", "operator", "+33199009999"
BY = "benchmark"
READY_SECONDS = 60.0
MESSAGE = (
    "Bonjour, ici la mairie. La rivière monte : montez à l'étage, coupez le gaz et"
    " l'électricité, et attendez les secours. N'allez pas chercher vos enfants à"
    " l'école, on s'occupe d'eux."
)
SETTINGS = """
installation = "{installation}"

[folders]
data = "{data}"
{cache}
[trunk.{trunk}]
contact = "{host}:{port}"
lines = {lines}
reserved_lines = 1
caller_ids = ["{caller_id}"]
{trunk_more}
[calling]
caller_id = "{caller_id}"
{calling}
[readiness]
monthly = false
[calling.windows.exercise]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
hours = ["00:00-24:00"]
public_holidays = true
"""


@dataclass(frozen=True)
class Node:
    """What is measured, set up as a newcomer would: by the product's own services."""

    config: Path
    settings: Settings
    office: Office
    lines: int

    @property
    def asterisk(self) -> int:
        """Return the process of Asterisk."""
        return bootstrap.start_asterisk(self.settings).pid


@contextmanager
def node_in(
    folder: Path, lines: int, calling: str = "", trunk: str = ""
) -> Iterator[Node]:
    """Make a node with an Asterisk that runs; both are gone afterwards.

    `calling`, `trunk`: more lines for these sections of its settings.
    """
    config = configured(folder, lines, calling, trunk)
    settings = load(config, {}).settings
    upgrade(settings.database_url)
    bootstrap.render_phrases(settings)
    bootstrap.start_asterisk(settings, tied=True)
    office = open_office(settings)
    try:
        yield Node(config, settings, office, lines)
    finally:
        stop_asterisk(bootstrap.asterisk_folder(settings))
        office.desk.engine.dispose()


def configured(
    folder: Path, lines: int, calling: str = "", trunk: str = "", port: int = PORT
) -> Path:
    """Write the settings of a node and return where they are."""
    config = folder / "automaton.toml"
    cache = os.environ.get("AUTOMATON_CACHE")
    config.write_text(
        SETTINGS.format(
            data=folder / "data",
            cache=f'cache = "{cache}"\n' if cache else "",
            installation=INSTALLATION,
            trunk=TRUNK,
            host=HOST,
            port=port,
            lines=lines + 1,
            caller_id=CALLER_ID,
            calling=calling,
            trunk_more=trunk,
        ),
        "utf-8",
    )
    return config


def populate(node: Node, registers: Mapping[str, Sequence[str]]) -> None:
    """Import registers of homes with one number each."""
    book, clock = SqlBook(node.office.desk.engine), SystemClock()
    commune = next(iter(book.collectivities()), None)
    if commune is None:
        new = NewCollectivity("Rochebrune-sur-Papier", insee="17306")
        commune = add_collectivity(book, clock, new, BY)
    for name, numbers in registers.items():
        register = add_register(book, clock, NewRegister(commune.id, name), BY)
        rows = (f"Habitant {i};{i} rue Neuve;{n}" for i, n in enumerate(numbers))
        text = "\n".join(["nom;adresse;téléphone", *rows])
        import_contacts(
            book, clock, ImportRequest(register.id, "town.csv", text.encode(), BY), read
        )


def numbers(first: int, count: int) -> list[str]:
    """Return so many numbers kept for fiction."""
    return [landline(first + index) for index in range(count)]


def create(
    node: Node,
    register: str,
    campaign_class: CampaignClass = CampaignClass.EXERCISE,
    message: str = MESSAGE,
) -> str:
    """Make a campaign to a register, one try each; its message is rendered now."""
    wish = campaigns.CampaignWish(
        name=register,
        campaign_class=campaign_class,
        register=register,
        message=MessageWish({"fr": message}),
        by=BY,
        attempts=1,
    )
    return campaigns.create(node.office, wish).id


def prompt_of(node: Node, campaign_id: str) -> str:
    """Return what is played in a campaign's calls."""
    return node.office.desk.card(campaign_id).message[0].prompt


def launch(node: Node, campaign_id: str) -> None:
    """Launch, as the shell and the pages do."""
    launches.launch(node.office, campaign_id, BY)


def stop(node: Node, campaign_id: str) -> None:
    """Stop, as the shell and the pages do."""
    commands.stop(node.office, campaign_id, BY)


def wait_for_end(node: Node, campaign_id: str, seconds: float) -> CampaignState:
    """Wait for the end of a campaign, but not longer; return its state."""
    within = timedelta(seconds=seconds)
    return commands.wait_for_end(node.office, campaign_id, within)


def keys_on_record(node: Node, campaign_id: str) -> dict[str, str]:
    """Return the keys that the database holds, by number."""
    engine = open_database(node.settings.database_url)
    wanted = select_rows(tables.attempts.c.e164, tables.attempts.c["keys"]).where(
        tables.attempts.c.campaign_id == campaign_id
    )
    with reading(engine) as connection:
        found = {e164: keys for e164, keys in connection.execute(wanted) if keys}
    engine.dispose()
    return found


class Daemon:
    """The daemon as a process of its own; used as a context."""

    def __init__(self, node: Node, log: Path, profile: Path | None = None) -> None:
        self._order = [sys.executable, "-m", "benchmarks.daemon_process"]
        self._order += [str(node.config), *([str(profile)] if profile else [])]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Daemon:
        tied = ["setpriv", "--pdeathsig", "TERM"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*tied, *self._order], stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], READY_SECONDS)[0]:
            raise TimeoutError(f"The daemon was not ready: {self.last_words()}")
        if not self._process.stdout.readline():
            raise RuntimeError(f"The daemon ended: {self.last_words()}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def usage(self) -> Usage:
        """Return what it has cost so far."""
        assert self._process is not None
        return usage_of(self._process.pid)

    def last_words(self) -> str:
        """Return the end of its log."""
        return self._log.read_text("utf-8", "replace")[-800:]
