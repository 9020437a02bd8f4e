"""The tenant and what belongs to it: its registers, its people, its duty list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person with an account may do."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    READER = "reader"


class RegisterKind(StrEnum):
    """Two registers by law, never merged: CSI L731-3, CASF L121-6-1."""

    ALERT = "alert"
    CANICULE = "canicule"


@dataclass(frozen=True, slots=True)
class Collectivity:
    """A commune, an intercommunality, a prefecture.

    `region` is the one in which its telephone numbers are written without +.
    """

    id: str
    name: str
    insee: str = ""
    postal_code: str = ""
    region: str = "FR"
    timezone: str = "Europe/Paris"
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account of one collectivity."""

    id: str
    collectivity_id: str
    login: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Register:
    """One list of contacts; `contacts` counts those that are visible."""

    id: str
    collectivity_id: str
    name: str
    kind: RegisterKind
    contacts: int = 0


@dataclass(frozen=True, slots=True)
class Establishment:
    """A school or a care home on a register, with the numbers that it is rung on."""

    id: str
    register_id: str
    name: str
    contact_name: str
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyEntry:
    """One telephone that is rung when something is wrong; `rank` 0 comes first."""

    id: str
    collectivity_id: str
    rank: int
    name: str
    e164: str


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something and when; `action` and `subject` as the audit names them.

    `details` tell ids and counts, never a name or a number: the audit outlives erasure.
    """

    by: str
    at: datetime
    action: str
    subject: str
    subject_id: str
    collectivity_id: str | None = None
    details: tuple[tuple[str, str], ...] = ()
