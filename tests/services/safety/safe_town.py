"""A commune on a node of its own that has somebody to encrypt backups to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from automaton.clock import SettableClock
from automaton.domain.collectivity import Act
from automaton.services.backups import Backup, Safe, make_backup
from automaton.services.restores import Restored, Wish, restore
from automaton.settings import Settings
from automaton.store.chain import open_sealed
from automaton.store.people import SqlBook
from automaton.vault.signature import public_key
from tests.store.commune import NOW, Commune
from tests.vault.conftest import Keys


def settings_of(
    folder: Path, keys: Keys, there: Path, url: str | None = None, **backup: Any
) -> Settings:
    """Return the settings of a node whose backups go into a folder."""
    there.mkdir(exist_ok=True)
    table: dict[str, Any] = {
        "installation": "rivemer",
        "folders": {"data": str(folder)},
        "backup": {
            "recipients": [keys.public],
            "folder": str(there),
            "folder_is_mounted": False,
            **backup,
        },
        "trunk": {
            "north": {
                "contact": "127.0.0.1:5099",
                "lines": 4,
                "caller_ids": ["+33199000001"],
                "auth_user": "rivemer",
                "auth_password": "a-long-word-of-ours",
            }
        },
    }
    if url is not None:
        table["database"] = {"url": url}
    return Settings.model_validate(table)


@dataclass
class SafeTown:
    """One node: its database, and what its keeper does."""

    settings: Settings
    keys: Keys
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW))

    def __enter__(self) -> Self:
        self.engine = open_sealed(self.settings)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.engine.dispose()

    def commune(self) -> Commune:
        """Enter a commune; a node without one is empty."""
        return Commune(self.engine, self.clock)

    def backup(self) -> Backup:
        return make_backup(Safe(self.settings, self.clock, "tests"))

    @property
    def there(self) -> Path:
        assert self.settings.backup.folder is not None
        return self.settings.backup.folder

    def file(self, made: Backup) -> Path:
        return self.there / made.name

    @property
    def signer(self) -> str:
        return public_key(self.settings.folders.data / "backup/signing-key")

    def restored(self, file: Path, *signers: str, preview: bool = False) -> Restored:
        wish = Wish(file, self.keys.secret, signers, preview)
        return restore(self.settings, self.clock, wish, "tests")

    def erase(self, contact_id: str) -> None:
        act = Act("tests", self.now, "contact_erased", "contact", contact_id)
        SqlBook(self.engine).erase(contact_id, act)

    @property
    def now(self) -> datetime:
        return self.clock.now()
