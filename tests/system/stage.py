"""A stage for the whole machine: towns, a node's daemon as a process, a campaign.

Everything is the product's own, from its shell's door to its database; what is judged
is judged by the town's log. Nothing outlives a stage.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from automaton import bootstrap
from automaton.asterisk import embedded
from automaton.asterisk.install import Installation
from automaton.domain.campaign import CampaignClass
from automaton.domain.report import Report
from automaton.lab import AsteriskPaths, Town, plan_from_script
from automaton.lab.log import Event
from automaton.loopback import free_port
from automaton.services import commands
from automaton.services.campaigns import CampaignWish, create
from automaton.services.collectivities import NewCollectivity, add_collectivity
from automaton.services.duty import NewDutyNumber, add_duty_number
from automaton.services.imports import import_contacts
from automaton.services.launches import launch
from automaton.services.messages import MessageWish
from automaton.services.office import Office, open_office
from automaton.services.previews import ImportRequest
from automaton.services.registers import find_register
from automaton.services.report_json import json_pieces
from automaton.services.reports import report
from automaton.settings import Settings, load
from automaton.store.people import SqlBook
from automaton.store.schema import upgrade
from tests.tied import started

T = TypeVar("T")
BY = "tests"
CALLER_ID = "+33199009999"
DUTY, DUTY_TOO = "+33199008001", "+33199008002"
MESSAGE = "Alerte à la crue. Montez."
POLICY = {"ring": "6 s", "talk": "60 s", "retry_every": "2 s", "key_wait": "1 s"}
DAEMON = "from automaton.cli import main; main()"
READY = b"The node is ready"
STEP_SECONDS = 0.05
BUSY = 2.0


def until(fact: Callable[[], T], seconds: float = 60, what: str = "") -> T:
    """Return what `fact` says once it is true; fail when the time is over.

    `seconds` are those of an idle machine; a busy one is waited for.
    """
    deadline = time.monotonic() + seconds * BUSY
    while not (found := fact()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or fact}"
        time.sleep(STEP_SECONDS)
    return found


def number(serial: int) -> str:
    """Return a number of the range kept for fiction."""
    return f"+3319900{serial:04d}"


def home(serial: int, *attempts: str, **more: Any) -> str:
    """Return one home of a town's script."""
    told = {"number": number(serial), "attempts": list(attempts or ["press_1"]), **more}
    return "[[home]]\n" + "".join(f"{k} = {_toml(v)}\n" for k, v in told.items())


def on_duty(*numbers: str, **more: Any) -> str:
    """Return the telephones of the duty list."""
    return "".join(
        f'[[home]]\nnumber = "{n}"\nduty = true\n'
        + "".join(f"{k} = {_toml(v)}\n" for k, v in more.items())
        for n in numbers
    )


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


@dataclass(frozen=True, slots=True)
class Trunk:
    """One trunk of the node: to a town of this script, or to a port of the test's."""

    script: str | None = None
    port: int = 0
    lines: int = 20
    more: str = ""


@dataclass
class Stage:
    """Towns and a node, alive in a `with`; the daemon is started by `start`."""

    folder: Path
    program: Installation
    prompts: Path
    trunks: Mapping[str, Trunk]
    more: str = ""
    shutdown: str = "1 s"
    node: str = "main"
    towns: dict[str, Town] = field(default_factory=dict)
    daemon: subprocess.Popen[bytes] | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        with self._open:
            self._open.callback(self.tell)
            self._raise_towns()
            self.start()
            self._open = self._open.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def tell(self) -> None:
        """Tell what the towns lived and what the daemon said, should a test fail."""
        lived = (e.line() for town in self.towns.values() for e in town.log())
        sys.stdout.write("\n".join([*lived, self.said()]))

    # The node.

    def start(self) -> None:
        """Start the daemon and return when it is ready."""
        before = self.readies()
        self.begin()
        until(lambda: self._is_ready(before), 60, "the daemon is ready")

    def begin(self) -> None:
        """Start the daemon and do not wait for it."""
        self.daemon = started(self.order(), self._log, env=_environment())

    def order(self) -> list[str]:
        """Return the command that starts the daemon."""
        order = [sys.executable, "-c", DAEMON, "--config", str(self.settings_file)]
        return [*order, "--lang", "en", "daemon"]

    def readies(self) -> int:
        """Count how often a daemon was ready so far."""
        return self._log.read_bytes().count(READY) if self._log.exists() else 0

    def _is_ready(self, before: int) -> bool:
        assert self.daemon is not None
        assert self.daemon.poll() is None, self.said()
        return self.readies() > before

    def kill(self) -> None:
        """End the daemon as a power cut would."""
        assert self.daemon is not None
        self.daemon.kill()
        self.daemon.wait(30)

    def ask_to_stop(self) -> None:
        """Ask the daemon to stop, and wait for its end."""
        assert self.daemon is not None
        self.daemon.terminate()
        self.daemon.wait(30)

    def said(self) -> str:
        """Return everything that the daemon has logged."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    def asterisk(self) -> int:
        """Return the process id of the node's Asterisk, 0 where it does not run."""
        found = embedded.status(bootstrap.asterisk_folder(self.settings))
        return 0 if found is None else found.pid

    def console(self, command: str) -> str:
        """Return what the node's Asterisk says at its console."""
        folder = bootstrap.asterisk_folder(self.settings)
        order = self.program.console(folder.conf, command)
        return subprocess.run(
            order, capture_output=True, text=True, check=True, timeout=10
        ).stdout

    @cached_property
    def settings(self) -> Settings:
        """Return the settings, written where the daemon reads them."""
        text = (
            f'installation = "stage"\n{self.more}\n'
            f"[folders]\ndata = {_toml(str(self.folder / 'data'))}\n"
            f"cache = {_toml(str(cache()))}\n"
            f"prompts = {_toml(str(self.prompts))}\n"
            f'[server]\nnode = "{self.node}"\nshutdown = {_toml(self.shutdown)}\n'
            '[watch]\nbind = "127.0.0.1:0"\n'
        )
        if "[readiness]" not in self.more:
            text += "[readiness]\nmonthly = false\n"
        for name, trunk in self.trunks.items():
            port = self.towns[name].port if name in self.towns else trunk.port
            text += (
                f'[trunk.{name}]\ncontact = "sip:127.0.0.1:{port}"\n'
                f"lines = {trunk.lines}\nreserved_lines = 1\n"
                f'caller_ids = ["{CALLER_ID}"]\n{trunk.more}\n'
            )
        self.settings_file.write_text(text, encoding="utf-8")
        return load(self.settings_file, {}).settings

    # The town.

    @property
    def town(self) -> Town:
        """Return the one town, or the first."""
        return next(iter(self.towns.values()))

    def happened(self, what: str, *serials: int) -> list[Event]:
        """Return what happened in the towns, to these numbers or to all."""
        numbers = {number(serial) for serial in serials}
        return [
            event
            for town in self.towns.values()
            for event in town.log()
            if event.what == what and (not numbers or event.number in numbers)
        ]

    def seen(self, what: str, *serials: int, seconds: float = 60) -> list[Event]:
        """Wait until something has happened to each of these numbers."""
        return until(
            lambda: (
                (
                    (found := self.happened(what, *serials))
                    and {e.number for e in found} >= {number(s) for s in serials}
                    and found
                )
                or []
            ),
            seconds,
            f"{what} at {serials}",
        )

    # The campaign.

    @cached_property
    def office(self) -> Office:
        """Return what a person at the town hall works with."""
        office = open_office(self.settings)
        self._open.callback(office.desk.engine.dispose)
        return office

    def commune(self, name: str = "Royan", duty: Sequence[str] = (DUTY,)) -> str:
        """Enter a commune with its duty list; return the id of its register."""
        book, clock = SqlBook(self.office.desk.engine), self.office.clock
        owner = add_collectivity(book, clock, NewCollectivity(name, "17306"), BY)
        for rank, phone in enumerate(duty, 1):
            entry = NewDutyNumber(owner, f"Astreinte {rank}", phone)
            add_duty_number(book, clock, entry, BY)
        return find_register(book, owner.id).id

    def entered(self, register: str, table: str | None = None) -> None:
        """Import the first town's register, or a table."""
        file = self.town.register_csv(self.folder / "register.csv")
        content = file.read_bytes() if table is None else table.encode()
        request = ImportRequest(register, file.name, content, BY)
        import_contacts(SqlBook(self.office.desk.engine), self.office.clock, request)

    def drafted(
        self,
        register: str,
        name: str = "Crue",
        wish: Mapping[str, Any] | None = None,
        **policy: Any,
    ) -> str:
        """Write an alert as a draft; return its id."""
        file = self.folder / f"{name}.toml"
        changed = {**POLICY, **policy}
        text = "".join(f"{key} = {_toml(value)}\n" for key, value in changed.items())
        file.write_text(text, encoding="utf-8")
        fields: dict[str, Any] = {
            "campaign_class": CampaignClass.ALERT,
            "message": MessageWish(texts={"fr": MESSAGE}),
            **(wish or {}),
        }
        return create(
            self.office,
            CampaignWish(
                name=name, register=register, by=BY, policy_file=file, **fields
            ),
        ).id

    def alerted(self, **policy: Any) -> str:
        """Enter the town as a commune and launch an alert to it; return its id."""
        register = self.commune()
        self.entered(register)
        campaign = self.drafted(register, **policy)
        self.launch(campaign)
        return campaign

    def launch(self, campaign: str) -> None:
        """Launch, and return once the daemon has done it."""
        asked = launch(self.office, campaign, BY).asked
        commands.wait_for_command(self.office, asked.command_id)

    def state(self, campaign: str) -> str:
        """Return the state of a campaign."""
        return self.office.desk.state(campaign).value

    def ended(
        self, campaign: str, seconds: float = 120, state: str = "finished"
    ) -> None:
        """Wait until a campaign is over."""
        until(lambda: self.state(campaign) == state, seconds, f"{campaign} {state}")

    def report(self, campaign: str) -> Report:
        """Return everything on record."""
        return report(self.office, campaign)

    def records(self, campaign: str) -> list[dict[str, Any]]:
        """Return the recipients of the written report, as the town's judge reads it."""
        told = json.loads("".join(json_pieces(self.report(campaign))))
        return [as_judged(recipient) for recipient in told["recipients"]]

    def states(self, campaign: str) -> dict[str, str]:
        """Return the state of each recipient by its first number's last digits."""
        return {
            record.numbers[0][-4:].lstrip("0"): record.state.value
            for record in self.report(campaign).recipients
        }

    def _raise_towns(self) -> None:
        scripts = {n: t.script for n, t in self.trunks.items() if t.script is not None}
        paths = AsteriskPaths(
            tuple(self.program.prefix()), self.program.module_dir, self.program.data_dir
        )
        for name, script in scripts.items():
            town = Town(plan_from_script(script), paths, self.folder / f"town-{name}")
            town.port = free_port(socket.SOCK_DGRAM)
            self.towns[name] = town
            self._open.callback(town.stop)
        (self.folder / "data").mkdir(parents=True)
        upgrade(self.settings.database_url)
        with ThreadPoolExecutor() as threads:
            list(threads.map(Town.start, self.towns.values()))
        self._open.callback(self._end_node)

    def _end_node(self) -> None:
        if self.daemon is not None and self.daemon.poll() is None:
            try:
                self.ask_to_stop()
            except subprocess.TimeoutExpired:
                self.kill()
        embedded.stop(bootstrap.asterisk_folder(self.settings), grace=3)

    @property
    def settings_file(self) -> Path:
        """Return where the daemon reads its settings."""
        return self.folder / "automaton.toml"

    @property
    def _log(self) -> Path:
        return self.folder / "daemon.log"


def as_judged(recipient: dict[str, Any]) -> dict[str, Any]:
    """Return one recipient of the JSON report in the words of the town's judge."""
    names = {one: f"{one}_at" for one in ("claimed", "rang", "answered")}
    names["sip_code"] = "sip"
    told = recipient["attempts"]
    attempts = [one | {new: one[old] for new, old in names.items()} for one in told]
    return {**recipient, "attempts": attempts}


def cache() -> Path:
    """Return where the fetched Asterisk is."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("AUTOMATON_CACHE") or Path(home, "automaton"))


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("AUTOMATON_")}
