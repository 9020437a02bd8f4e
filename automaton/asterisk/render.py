"""The configuration of Asterisk, rendered from `asterisk-config/` and `dialplans/`.

In: an installation, the settings and a folder. Out: files below `folder.etc`, and
`Access`, which says how to reach the Asterisk that will be started on them.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import SecretStr

from automaton.asterisk.folder import Access, RunFolder, refuse_unsafe, write_private
from automaton.asterisk.install import Installation
from automaton.asterisk.published import OFFICERS, answering_lines, published
from automaton.asterisk.transports import routes
from automaton.domain.trunk import most_callers, most_turned_away
from automaton.errors import ConfigurationError
from automaton.loopback import free_port
from automaton.settings import AsteriskSettings, TrunkSettings
from automaton.settings.call_ins import CallInSettings

DIALPLAN_VERSION = 3
# What the dialplan answers to. For one release it serves the version before as well,
# so that a daemon that was upgraded can be rolled back beside a running Asterisk.
# Version 1 was never released: a redirect could name the endpoints of its orders.
SERVED_VERSIONS: tuple[int, ...] = (DIALPLAN_VERSION, 2)
PACKAGE = Path(__file__).parents[1]
CHECKOUT = PACKAGE.parent
SPARE_CALLS = 20
PARTS = ("automaton.conf", "manager-accounts.conf", "pjsip-trunks.conf")
"""What an Asterisk that is not ours includes."""
OF_ACCESS = frozenset(field.name for field in fields(Access))
ALAW_SILENCE = b"\xd5"
ALAW_BYTES_A_SECOND = 8000
ALAW_TONE = bytes.fromhex("d5878c87d5070c07")  # a millisecond of 1 kHz, at -14 dB
BEEP_SECONDS = 0.4
LONGEST_KEY_WAIT = 20


@dataclass(frozen=True)
class Node:
    """What the files are rendered for; `name` marks this node's journal entries.

    Without an installation (the Asterisk is not ours) only `PARTS` are rendered, or all
    where it `is_whole`: then it knows by itself where its modules and its data are.
    """

    installation: Installation | None
    settings: AsteriskSettings
    trunks: Sequence[TrunkSettings]
    prompts: Path
    name: str = "automaton"
    is_whole: bool = False
    language: str = "fr"
    call_ins: CallInSettings = field(default_factory=CallInSettings)

    @property
    def calls(self) -> int:
        """The most calls that may live at once: Asterisk's own last guard."""
        most = sum(trunk.lines for trunk in self.trunks) + SPARE_CALLS
        is_called = any(trunk.dids for trunk in self.trunks)
        return most + is_called * self.call_ins.waiting


def render(node: Node, folder: RunFolder) -> Access:
    """Write the configuration of an Asterisk; return how to reach it.

    Secrets and ports that the settings leave open are chosen now. Raises
    ConfigurationError for a folder or a value that Asterisk cannot take.
    """
    access = access_for(node)
    write_whole(node, folder, access)
    folder.keep(access)
    return access


def write_whole(node: Node, folder: RunFolder, access: Access) -> list[Path]:
    """Write every file of a folder, and the folders that it names; return the files."""
    refuse_unsafe(node.prompts)
    folder.make()
    written = texts(node, folder, access)
    for name, text in written.items():
        write_private(folder.etc / name, text)
    write_silences(node.prompts)
    return [folder.etc / name for name in written]


def render_theirs(node: Node, output: Path) -> list[Path]:
    """Write what an Asterisk that is not ours includes, or is started on; return it.

    The whole of it is started with `-C output/etc/asterisk.conf`.
    """
    if node.is_whole:
        return write_whole(node, RunFolder(output.absolute()), access_for(node))
    refuse_unsafe(node.prompts)
    output.mkdir(parents=True, exist_ok=True)
    written = texts(node, RunFolder(output), access_for(node))
    for name, text in written.items():
        write_private(output / name, text)
    write_silences(node.prompts)
    return [output / name for name in written]


def is_current(node: Node, folder: RunFolder) -> bool:
    """Tell whether the files of a folder are those that the node would get today."""
    wanted = texts(node, folder, access_for(node, folder.access()))
    files = {name: folder.etc / name for name in wanted}
    return all(
        file.is_file() and file.read_text("utf-8") == wanted[name]
        for name, file in files.items()
    )


def texts(node: Node, folder: RunFolder, access: Access) -> dict[str, str]:
    """Return the text of each file by its name."""
    values = template_values(node, folder, access)
    return {
        template.stem: environment(template.parent)
        .get_template(template.name)
        .render(values)
        for template in templates(node)
    }


def templates(node: Node) -> list[Path]:
    """Return the templates to render: all, or those that somebody else includes."""
    folders = map(template_folder, ("asterisk-config", "dialplans"))
    found = [path for folder in folders for path in sorted(folder.glob("*.conf.j2"))]
    is_whole = node.is_whole or node.installation is not None
    return [path for path in found if is_whole or path.stem in PARTS]


def template_values(node: Node, folder: RunFolder, access: Access) -> dict[str, Any]:
    """Return everything the templates may name."""
    transports, used = routes(node.trunks, node.settings.sip_bind, access.sip_port)
    return {
        "installation": node.installation,
        "folder": folder,
        "access": access,
        "transports": transports,
        "routes": used,
        "calls": node.calls,
        "prompts": node.prompts.resolve(),
        "node": node.name,
        "dialplan_versions": SERVED_VERSIONS,
        "published": published(node.trunks) if access.console_port else (),
        "answering_lines": answering_lines(node.trunks),
        "most_callers": most_callers,
        "most_turned_away": most_turned_away,
        "officers": OFFICERS,
        "language": node.language,
        "call_ins": node.call_ins,
    }


def access_for(node: Node, kept: Access | None = None) -> Access:
    """Return ports and secrets: the settings' own.

    What they leave open is as it was `kept`, else chosen now.
    """
    said = {
        field: plain(value)
        for field, value in node.settings
        if value and field in OF_ACCESS
    }
    if not node.settings.hears_retry_after:
        said["hep_port"] = 0
    if kept is None and not node.settings.answers:
        said["console_port"] = 0
    return Access(**{**asdict(kept or fresh_access(node)), **said})


def fresh_access(node: Node) -> Access:
    """Return ports that are free at this moment, and new secrets."""
    settings = node.settings
    first = settings.rtp_start or free_port_pair(socket.SOCK_DGRAM)
    return Access(
        host=settings.host,
        port=free_port(socket.SOCK_STREAM),
        user=settings.user,
        secret=secrets.token_urlsafe(24),
        maintenance_user=settings.maintenance_user,
        maintenance_secret=secrets.token_urlsafe(24),
        sip_port=free_port(socket.SOCK_DGRAM),
        rtp_start=first,
        rtp_end=min(first + 4 * node.calls + 1, 65535),
        hep_port=free_port(socket.SOCK_DGRAM),
        console_port=free_port(socket.SOCK_STREAM),
        console_secret=secrets.token_urlsafe(24),
    )


def plain(value: object) -> object:
    """Return a value of the settings as it is written into a file."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def free_port_pair(kind: socket.SocketKind) -> int:
    """Return an even port for the start of a range; Asterisk skips those in use."""
    spread = secrets.randbelow(20_000)
    with socket.socket(socket.AF_INET, kind) as probe:
        for step in range(0, 200, 2):
            port = 10_000 + (spread + step) // 2 * 2
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return 10_000 + spread // 2 * 2


def template_folder(name: str) -> Path:
    """Return the folder of templates, beside the package in a checkout, else inside."""
    beside = CHECKOUT / name
    found = beside if beside.is_dir() else PACKAGE / name
    if not found.is_dir():
        raise ConfigurationError(
            f"The folder {name} is missing from this installation: install it again.",
            error_id="templates-missing",
        )
    return found


def environment(folder: Path) -> Environment:
    """Return a jinja2 environment in which an unknown name is an error."""
    made = Environment(  # noqa: S701 - these are not pages
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["value"] = conf_value
    made.filters["sip"] = sip_uri
    return made


def conf_value(value: object) -> str:
    """Return a value as Asterisk reads it on one line: `;` would start a comment."""
    text = str(plain(value))
    if not text.isprintable():
        raise ConfigurationError(
            "A value for Asterisk has a control character in it: remove it.",
            error_id="asterisk-value",
        )
    return text.replace(";", "\\;")


def sip_uri(
    address: str, protocol: str = "udp", user: str | None = None, loose: bool = False
) -> str:
    """Return a SIP URI for `host[:port]` or a URI, with its transport and user.

    `loose` marks a proxy that routes by Route headers (RFC 3261), as nearly all do.
    """
    uri = address if address.startswith(("sip:", "sips:")) else f"sip:{address}"
    if user is not None:
        scheme, _, rest = uri.partition(":")
        uri = f"{scheme}:{user}@{rest.rpartition('@')[2]}"
    if protocol != "udp" and ";transport=" not in uri:
        uri += f";transport={protocol}"
    if loose and ";lr" not in uri:
        uri += ";lr"
    return conf_value(uri)


def write_silences(prompts: Path) -> None:
    """Write the silences that the dialplan plays while it listens, once.

    `silence/<seconds>.alaw`; `hello` and `probe` follow the answer, 1.5 s together;
    after `beep` who calls is recorded.
    """
    folder = prompts / "silence"
    folder.mkdir(parents=True, exist_ok=True)
    lengths = {str(n): float(n) for n in range(1, LONGEST_KEY_WAIT + 1)}
    for name, seconds in {
        "hello": 1.2,
        "probe": 0.3,
        "half": 1.5,
        "late": 2.5,
        **lengths,
    }.items():
        file = folder / f"{name}.alaw"
        size = int(seconds * ALAW_BYTES_A_SECOND)
        if not file.exists() or file.stat().st_size != size:
            file.write_bytes(ALAW_SILENCE * size)
    beep = folder / "beep.alaw"
    if not beep.exists():
        beep.write_bytes(ALAW_TONE * int(BEEP_SECONDS * 1000))
