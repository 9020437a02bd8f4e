"""The settings of a node: one frozen, typed object, built once and passed in pieces."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from automaton.settings.asterisk import AsteriskSettings
from automaton.settings.backup import BackupSettings
from automaton.settings.call_ins import CallInSettings
from automaton.settings.calling import CallingSettings
from automaton.settings.readiness import ReadinessSettings
from automaton.settings.trunk import TrunkSettings
from automaton.settings.values import (
    Country,
    Duration,
    Folder,
    Lease,
    MessageTime,
    Section,
    Slug,
    Tongue,
    VoiceNames,
    VoiceTime,
)
from automaton.settings.watch import WatchSettings

Language = Literal["fr", "en"]


def _database_url(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("sqlite:", "postgresql")):
        raise ValueError("is neither a sqlite: nor a postgresql: address")
    return url


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: Annotated[SecretStr, AfterValidator(_database_url)] | None = None
    """SQLAlchemy address, `sqlite:///…` or `postgresql+psycopg://…`; may hold a
    password. By default a SQLite file in the data folder."""
    reserve: int = Field(default=64, ge=0, le=1_000_000)
    """Room kept on its disk (MiB). It is given up when the disk is full, so that keys
    are still written; no call starts until twice as much is free again."""


class FoldersSettings(Section):
    """Folders. A relative one is counted from the folder of the settings file."""

    data: Folder = Field(default_factory=lambda: _home() / ".local/share/automaton")
    """Database, sounds and what Asterisk writes."""
    cache: Folder = Field(default_factory=lambda: _home() / ".cache/automaton")
    """What can be fetched again, such as Asterisk."""
    prompts: Folder = Field(default_factory=lambda made: made["data"] / "prompts")
    """Sounds ready to be played."""
    recordings: Folder = Field(default_factory=lambda made: made["data"] / "recordings")
    """Messages that people recorded."""
    phrases: Folder = Field(default_factory=lambda made: made["data"] / "voice_prompts")
    """Fixed phrases of your own, and languages (voice_prompts/README.md)."""
    reports: Folder = Field(default_factory=lambda made: made["data"] / "reports")
    """Reports of campaigns."""


class VoicesSettings(Section):
    """Who speaks the messages that are written as text."""

    default: VoiceNames = ("pico",)
    """Voices of every language that has none of its own: the first that can speaks.
    `pico` and `espeak` always come last."""
    by_language: dict[Tongue, VoiceNames] = Field(default={})
    """Voices of one language, such as `fr = ["kokoro", "pico"]`."""
    deadline: VoiceTime = timedelta(minutes=1)
    """So long a voice may take for one text; then the next one speaks."""
    passing_kept: Duration = timedelta(days=7)
    """So long after it was last said a sound is kept that was made for one person or
    one moment: names, streets, what a caller was told. It is rendered anew if need
    be."""
    longest_message: MessageTime = timedelta(minutes=5)
    """A longer message is refused."""
    kokoro_model: Folder | None = None
    """Kokoro's model, `kokoro-v1.0.int8.onnx`; by default where
    `automaton voice install` puts it (docs/voices.md)."""
    kokoro_styles: Folder | None = None
    """Folder with Kokoro's voices, `ff_siwis.bin` and `af_heart.bin`; by default
    likewise."""
    piper_models: dict[Tongue, Folder] = Field(default={})
    """piper's model for each language, such as `fr = "/srv/voices/fr.onnx"`, with its
    `.onnx.json` beside it."""

    @property
    def named(self) -> tuple[str, ...]:
        """The names of all voices that the settings know, each once."""
        chains = (self.default, *self.by_language.values())
        return tuple(dict.fromkeys(name for chain in chains for name in chain))

    def of(self, language: str) -> tuple[str, ...]:
        """The names of the voices that speak a language, in their order."""
        return self.by_language.get(language, self.default)


class ServerSettings(Section):
    """The daemon of this node."""

    node: Slug = "main"
    """Name of the node, in claims and in logs."""
    socket: Folder | None = None
    """Local socket that wakes the daemon; by default in the data folder."""
    audit_key: Folder | None = None
    """File with the key that seals the audit; by default in the data folder."""
    shutdown: Duration = timedelta(seconds=30)
    """How long live calls may go on when the daemon is asked to stop."""
    lease: Lease = timedelta(seconds=8)
    """Of several nodes: so long the others wait for a sign of life (docs/fleet.md)."""


class Settings(Section):
    """Everything that can be set."""

    installation: Slug = "automaton"
    """Short name of this installation; it marks our entries in Asterisk's database."""
    language: Language = "fr"
    """Language of pages, shell and spoken phrases where nobody chose another."""
    region: Country = "FR"
    """Country or overseas territory whose way of writing numbers is read."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least important log line that is written."""
    log_format: Literal["json", "text"] = "json"
    """How the daemon writes a log line: for machines, or for people."""
    folders: FoldersSettings = Field(default_factory=FoldersSettings)
    """Folders. A relative one is counted from the folder of the settings file."""
    database: DatabaseSettings = DatabaseSettings()
    """Where everything is kept."""
    asterisk: AsteriskSettings = AsteriskSettings()
    """The node's Asterisk. A port 0 is chosen free when an embedded one starts."""
    trunks: tuple[TrunkSettings, ...] = ()
    """The trunks, each a section `[trunk.NAME]`."""
    calling: CallingSettings = CallingSettings()
    """Defaults of the calling policy."""
    call_ins: CallInSettings = CallInSettings()
    """Calls that come in at a published number (docs/operators-guide.md)."""
    voices: VoicesSettings = VoicesSettings()
    """Who speaks the messages that are written as text."""
    server: ServerSettings = ServerSettings()
    """The daemon of this node."""
    backup: BackupSettings = BackupSettings()
    """Backups, and what stays in Asterisk's journal until there is one."""
    readiness: ReadinessSettings = ReadinessSettings()
    """The monthly proof that officers and those on duty can be rung."""
    watch: WatchSettings = WatchSettings()
    """Figures and health for those who watch the daemon (docs/watching.md)."""

    @model_validator(mode="before")
    @classmethod
    def _read_sections(cls, data: Any) -> Any:
        """Turn the sections `[trunk.NAME]` into trunks that know their name."""
        if not isinstance(data, dict) or "trunk" not in data:
            return data
        rest = {key: value for key, value in data.items() if key != "trunk"}
        return {**rest, "trunks": (*data.get("trunks", ()), *_named(data["trunk"]))}

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [trunk.name for trunk in self.trunks]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"have two trunks named {', '.join(sorted(twice))}")
        return self

    @property
    def database_url(self) -> str:
        """The SQLAlchemy address of the database, with its password if it has one."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{self.folders.data / 'automaton.db'}"

    @property
    def control_socket(self) -> Path:
        """The local socket that wakes the daemon."""
        return self.server.socket or self.folders.data / "daemon.sock"

    @property
    def audit_key(self) -> Path:
        """The file with the key that seals this node's audit."""
        return self.server.audit_key or self.folders.data / "audit.key"

    @property
    def sip_trunks(self) -> tuple[TrunkSettings, ...]:
        """The trunks whose calls Asterisk carries."""
        return tuple(one for one in self.trunks if one.is_sip)

    def trunks_presenting(self, caller_id: str) -> tuple[TrunkSettings, ...]:
        """The trunks that may show this caller ID."""
        return tuple(one for one in self.trunks if caller_id in one.caller_ids)

    def trunk(self, name: str) -> TrunkSettings | None:
        """The trunk of that name, if there is one."""
        return next((one for one in self.trunks if one.name == name), None)


def _named(sections: object) -> list[dict[str, Any]]:
    if not isinstance(sections, dict) or not all(
        isinstance(section, dict) for section in sections.values()
    ):
        raise ValueError("need one section [trunk.NAME] for each trunk")
    if unneeded := [name for name in sections if "name" in sections[name]]:
        raise ValueError(f"name trunk {unneeded[0]} twice: take its key name out")
    return [{**section, "name": name} for name, section in sections.items()]


def _home() -> Path:
    return Path.home()
