"""What a stranger, an account or a log of the whole machine can reach: next to nothing.

One town is called at the log level `debug`; then every door is tried.
"""

from __future__ import annotations

import re
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from automaton import bootstrap
from automaton.asterisk.folder import Access
from automaton.asterisk.install import Installation
from automaton.domain.roll import Search
from automaton.services.register import erase_contact, list_contacts
from automaton.store.people import SqlBook
from tests.system.stage import BY, DUTY, Stage, Trunk, home, number, on_duty, until

pytestmark = pytest.mark.asterisk

CHANNELS = "core show channels count"
PASSWORD = "lune-77-Xk29vq"
HOMES = {1: "press_1", 2: "rings_out", 3: "busy", 4: "unallocated", 5: "rejects"}
NAMES = {serial: f"Fontbrune{serial}" for serial in HOMES}
REGISTER = "nom;prénom;rue;téléphone\n" + "".join(
    f"{name};Zélie;{serial} rue Basse;{number(serial)}\n"
    for serial, name in NAMES.items()
)


@dataclass
class Night:
    """A stage after its campaign; the daemon and its Asterisk still run."""

    here: Stage
    register: str

    @property
    def access(self) -> Access:
        found = bootstrap.asterisk_folder(self.here.settings).access()
        assert found is not None
        return found

    @property
    def data(self) -> Path:
        return self.here.settings.folders.data

    def secrets(self) -> list[str]:
        return [self.access.secret, self.access.maintenance_secret, PASSWORD]

    def processes(self) -> list[int]:
        assert self.here.daemon is not None
        return [self.here.daemon.pid, self.here.asterisk()]


@pytest.fixture(scope="module")
def night(installation: Installation, prompts: Path) -> Iterator[Night]:
    folder = Path(tempfile.mkdtemp(prefix="aut-"))
    script = "".join(home(s, how, how) for s, how in HOMES.items()) + on_duty(DUTY)
    account = f'auth_user = "rivemer"\nauth_password = "{PASSWORD}"\n'
    trunks = {"town": Trunk(script, more=account)}
    try:
        with Stage(
            folder, installation, prompts, trunks, 'log_level = "debug"'
        ) as here:
            register = here.commune()
            here.entered(register, REGISTER)
            campaign = here.drafted(register, tries_per_contact_point=1)
            here.launch(campaign)
            here.ended(campaign)
            until(lambda: [e for e in here.happened("invite") if e.number == DUTY])
            until(lambda: here.console(CHANNELS).startswith("0 active"))
            yield Night(here, register)
    finally:
        shutil.rmtree(folder)


def forms(e164: str) -> list[bytes]:
    """Return the writings of a number: E.164, 00, national, digits of nine."""
    return [e164[3:].encode(), " ".join(["0" + e164[3], *_pairs(e164[4:])]).encode()]


def _pairs(digits: str) -> list[str]:
    return [digits[i : i + 2] for i in range(0, len(digits), 2)]


def logs(night: Night) -> dict[str, bytes]:
    """Return everything that the daemon and Asterisk have said."""
    asterisk = bootstrap.asterisk_folder(night.here.settings).log
    found = {str(p): p.read_bytes() for p in asterisk.rglob("*") if p.is_file()}
    return {**found, "daemon": night.here.said().encode()}


# Logs, processes, files.


def test_no_log_names_a_number_or_a_person_or_a_secret(night: Night) -> None:
    people = [number(serial) for serial in HOMES] + [DUTY]
    sought = [form for one in people for form in forms(one)]
    sought += [name.encode() for name in NAMES.values()]
    sought += [secret.encode() for secret in night.secrets()]
    said = logs(night)
    assert b"The node is ready" in said["daemon"]
    found = [
        (place, word) for place, text in said.items() for word in sought if word in text
    ]
    assert found == []


def test_no_process_shows_a_secret(night: Night) -> None:
    for pid in night.processes():
        for name in ("cmdline", "environ"):
            shown = Path(f"/proc/{pid}/{name}").read_bytes()
            assert not [s for s in night.secrets() if s.encode() in shown]
    environ = Path(f"/proc/{night.here.asterisk()}/environ").read_bytes()
    assert b"AUTOMATON_" not in environ


def test_what_holds_secrets_or_names_is_its_owners_alone(night: Night) -> None:
    folder = bootstrap.asterisk_folder(night.here.settings)
    for path in (folder.root, folder.etc, folder.run, folder.log, folder.root / "db"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    private = [*folder.etc.iterdir(), *folder.log.iterdir(), *night.data.glob("*.db*")]
    private += [folder.root / "access.json", *(folder.root / "db").iterdir()]
    open_to_others = [p for p in private if p.is_file() and p.stat().st_mode & 0o077]
    assert open_to_others == []


# The manager interface.


def manager(night: Night, user: str, secret: str, *actions: str) -> str:
    """Return what one account is answered to some actions."""
    login = (
        f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
    )
    sent = login + "".join(f"{a}\r\n\r\n" for a in (*actions, "Action: Logoff"))
    said = b""
    with socket.create_connection(("127.0.0.1", night.access.port), 5) as link:
        link.sendall(sent.encode())
        while piece := link.recv(65536):
            said += piece
    return said.decode("utf-8", "replace")


LOCAL = "Action: Originate\r\nChannel: Local/s@from-trunk"
FORBIDDEN = (
    "Action: Command\r\nCommand: core show version",
    "Action: Command\r\nCommand: !id",
    "Action: ModuleLoad\r\nModule: app_system.so\r\nLoadType: load",
    "Action: UpdateConfig\r\nSrcFilename: manager.conf\r\nDstFilename: manager.conf",
    "Action: GetConfig\r\nFilename: manager.conf",
    "Action: CreateConfig\r\nFilename: x.conf",
    "Action: ListCategories\r\nFilename: manager.conf",
    "Action: DialplanExtensionAdd\r\nContext: from-trunk\r\nExtension: 1\r\n"
    "Priority: 1\r\nApplication: System\r\nApplicationData: id",
    f"{LOCAL}\r\nApplication: System\r\nData: id",
    f"{LOCAL}\r\nApplication: TrySystem\r\nData: id",
    f"{LOCAL}\r\nApplication: AGI\r\nData: /bin/id",
    f"{LOCAL}\r\nApplication: MixMonitor\r\nData: x.wav,,id",
    "Action: DBDelTree\r\nFamily: automaton",
    "Action: Getvar\r\nVariable: SHELL(id)",
)


# What the daemon's account may do, and the one that deletes journal entries may not.
FORBIDDEN_TO_MAINTENANCE = (
    "Action: Originate\r\nChannel: Local/s@from-trunk\r\nContext: automaton-alert\r\n"
    "Exten: s\r\nPriority: 1",
    "Action: DBGetTree\r\nFamily: automaton",
    "Action: DBGet\r\nFamily: automaton\r\nKey: a/1",
    "Action: DBPut\r\nFamily: automaton\r\nKey: a/1\r\nVal: x",
    "Action: DBDel\r\nFamily: automaton\r\nKey: a/1",
    "Action: CoreShowChannels",
    "Action: Reload",
    "Action: LoggerRotate",
    "Action: PJSIPShowEndpoints",
    "Action: ShowDialPlan",
)


@pytest.mark.parametrize("action", FORBIDDEN)
def test_the_daemons_account_may_not(night: Night, action: str) -> None:
    access = night.access
    said = manager(night, access.user, access.secret, action)
    assert "Authentication accepted" in said
    assert_refused(night, said)


@pytest.mark.parametrize("action", [*FORBIDDEN, *FORBIDDEN_TO_MAINTENANCE])
def test_the_maintenance_account_may_not(night: Night, action: str) -> None:
    access = night.access
    said = manager(night, access.maintenance_user, access.maintenance_secret, action)
    assert "Authentication accepted" in said
    assert_refused(night, said)


def assert_refused(night: Night, said: str) -> None:
    answer = said.split("\r\n\r\n", 2)[1]
    harmless = re.search(r"Response: Error|Permission denied|Value: *$", answer, re.M)
    assert harmless, said
    assert "uid=" not in said
    assert night.here.console(CHANNELS).startswith("0 active")


def test_a_wrong_secret_and_another_address_are_refused(night: Night) -> None:
    assert "Authentication failed" in manager(night, night.access.user, "guess-77-word")
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.2", 0))
        with pytest.raises(ConnectionRefusedError):
            elsewhere.connect(("127.0.0.2", night.access.port))


# SIP: a stranger (127.0.0.2), and somebody on the trunk's own address.


def sip(night: Night, source: str, method: str, extension: str) -> str:
    """Return the first line of the answer to one request, "" where none comes."""
    place = f"127.0.0.1:{night.access.sip_port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.bind((source, 0))
        scanner.settimeout(0.7)
        own = f"{source}:{scanner.getsockname()[1]}"
        scanner.sendto(
            _request(method, extension, place, own).encode(), place_of(place)
        )
        try:
            return scanner.recv(4096).decode("utf-8", "replace").splitlines()[0]
        except TimeoutError:
            return ""


def place_of(place: str) -> tuple[str, int]:
    host, _, port = place.partition(":")
    return host, int(port)


def _request(method: str, extension: str, place: str, own: str) -> str:
    mark = f"{method}{extension}".replace("+", "")
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
        "t=0 0\r\nm=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
    )
    has_body = method == "INVITE"
    lines = [
        f"{method} sip:{extension}@{place} SIP/2.0",
        f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{mark};rport",
        f"From: <sip:100@{own}>;tag={mark}",
        f"To: <sip:{extension}@{place}>",
        f"Call-ID: {mark}@{own}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:100@{own}>",
        "Max-Forwards: 70",
        *(["Event: presence", "Expires: 60"] if method == "SUBSCRIBE" else []),
        *(["Content-Type: application/sdp"] if has_body else []),
        f"Content-Length: {len(body) if has_body else 0}",
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + (body if has_body else "")


EXTENSIONS = ("100", "1000", "s", "+33199009999", "0199009999", "112", "town", "T")


@pytest.mark.parametrize("method", ["REGISTER", "OPTIONS", "SUBSCRIBE", "INVITE"])
def test_a_scanner_learns_nothing(night: Night, method: str) -> None:
    before = len(night.here.happened("invite"))
    told = {sip(night, "127.0.0.2", method, one) for one in EXTENSIONS}
    assert len(told) == 1, f"answers differ: {told}"
    assert not [line for line in told if re.match(r"SIP/2.0 [12]", line)], told
    assert night.here.console(CHANNELS).startswith("0 active")
    assert len(night.here.happened("invite")) == before


def test_from_the_trunk_no_extension_is_reached(night: Night) -> None:
    before = len(night.here.happened("invite"))
    for method in ("INVITE", "REGISTER", "SUBSCRIBE"):
        told = {sip(night, "127.0.0.1", method, one) for one in EXTENSIONS}
        assert not [line for line in told if line.startswith("SIP/2.0 2")], told
    assert night.here.console(CHANNELS).startswith("0 active")
    assert len(night.here.happened("invite")) == before


# Erasure, while the daemon runs: the last test, for it takes somebody away.


def test_who_was_called_and_is_erased_is_in_no_byte_of_the_data_folder(
    night: Night,
) -> None:
    book = SqlBook(night.here.office.desk.engine)
    clock = night.here.office.clock
    asked = Search(night.register, words=("fontbrune1",))
    (person,) = list_contacts(book, clock, asked, BY).contacts
    sought = [*forms(number(1)), NAMES[1].encode()]

    def left() -> list[str]:
        files = [p for p in night.data.rglob("*") if p.is_file()]
        return [
            f"{p.name}: {word!r}"
            for p in files
            for word in sought
            if word in p.read_bytes()
        ]

    assert left()
    erase_contact(book, clock, person.id, BY)
    assert left() == []
