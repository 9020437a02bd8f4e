"""Settings: a TOML file and the environment in, one frozen typed object out."""

from automaton.settings.asterisk import AsteriskSettings
from automaton.settings.calling import (
    CallingSettings,
    CallingWindow,
    Hours,
    WindowsSettings,
)
from automaton.settings.model import (
    DatabaseSettings,
    FoldersSettings,
    ServerSettings,
    Settings,
    VoicesSettings,
)
from automaton.settings.trunk import RegistrationSettings, TrunkSettings

__all__ = [
    "AsteriskSettings",
    "CallingSettings",
    "CallingWindow",
    "DatabaseSettings",
    "FoldersSettings",
    "Hours",
    "RegistrationSettings",
    "ServerSettings",
    "Settings",
    "TrunkSettings",
    "VoicesSettings",
    "WindowsSettings",
]
