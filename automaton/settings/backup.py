"""What is put in safety, for whom it is encrypted, where it goes and how long."""

import re
from datetime import time, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from automaton.settings.values import Duration, Folder, Section, clock_time

_AGE = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_SSH = re.compile(r"ssh-(ed25519|rsa) [A-Za-z0-9+/]+={0,2}( [\x21-\x7e ]*)?")
_SFTP = re.compile(
    r"sftp://[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?"
    r"/[A-Za-z0-9._/-]+"
)


def _recipient(key: str) -> str:
    if _AGE.fullmatch(key) or _SSH.fullmatch(key):
        return key
    if key.upper().startswith("AGE-SECRET-KEY"):
        # Never repeated: what is wrong with it is that it is here at all.
        raise ValueError("has a secret key among the recipients: keep it off this node")
    raise ValueError('is no public key: write it like "age1…" or "ssh-ed25519 …"')


def _sftp(address: str) -> str:
    if not _SFTP.fullmatch(address):
        raise ValueError(
            'is no address: write it like "sftp://user@host:22/folder/backups"'
        )
    return address


def _time_of_day(written: object) -> time:
    """Return a time of day; TOML has a way of its own to write one."""
    return written if isinstance(written, time) else clock_time(str(written))


Recipient = Annotated[str, AfterValidator(_recipient)]
SftpAddress = Annotated[str, AfterValidator(_sftp)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class BackupSettings(Section):
    """Backups, and what stays in Asterisk's journal until there is one."""

    recipients: tuple[Recipient, ...] = ()
    """Public keys that the archive is encrypted to (`age`, or `ssh-ed25519`); the
    secret ones never come here. Without any there is no backup."""
    folder: Folder | None = None
    """A folder on another machine, mounted here. It must be there already."""
    folder_is_mounted: bool = True
    """Whether `folder` must be on another disk than the data folder and the system: one
    that is not mounted is then told, not filled. `false`: a plain folder is meant."""
    sftp: SftpAddress | None = None
    """A folder on another machine, as `sftp://user@host:22/folder/backups`."""
    sftp_key: Folder | None = None
    """SSH key that opens it; by default those of the account."""
    sftp_known_hosts: Folder | None = None
    """File with the machine's host key; by default the account's."""
    keep: Annotated[int, Field(ge=0, le=3650)] = 30
    """How many archives stay at each place, the latest; 0 deletes none."""
    at: TimeOfDay = time(9)
    """When the daemon makes its daily backup. By day: if it fails, somebody is rung."""
    journal_kept: Duration = timedelta(days=30)
    """A key on record stays in Asterisk's journal until a verified backup has it, or
    for so long."""

    @model_validator(mode="after")
    def _check_places(self) -> Self:
        if (self.folder or self.sftp) and not self.recipients:
            raise ValueError("has a place but no recipients: name a public key")
        return self

    @property
    def is_daily(self) -> bool:
        """Whether there is somebody to encrypt to, and a place off this machine."""
        return bool(self.recipients and (self.folder or self.sftp))
