"""Settings: a TOML file and the environment in, one frozen typed object out."""

from automaton.settings.asterisk import AsteriskSettings
from automaton.settings.backup import BackupSettings
from automaton.settings.calling import (
    CallingSettings,
    CallingWindow,
    Hours,
    WindowsSettings,
)
from automaton.settings.checks import caller_id_warnings
from automaton.settings.dated import rule_data_warnings
from automaton.settings.load import Loaded, load
from automaton.settings.model import (
    DatabaseSettings,
    FoldersSettings,
    ServerSettings,
    Settings,
    VoicesSettings,
)
from automaton.settings.show import Shown, show
from automaton.settings.trunk import RegistrationSettings, TrunkSettings
from automaton.settings.watch import WatchSettings

__all__ = [
    "AsteriskSettings",
    "BackupSettings",
    "CallingSettings",
    "CallingWindow",
    "DatabaseSettings",
    "FoldersSettings",
    "Hours",
    "Loaded",
    "RegistrationSettings",
    "ServerSettings",
    "Settings",
    "Shown",
    "TrunkSettings",
    "VoicesSettings",
    "WatchSettings",
    "WindowsSettings",
    "caller_id_warnings",
    "load",
    "rule_data_warnings",
    "show",
]
