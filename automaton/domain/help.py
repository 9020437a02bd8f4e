"""A home's call for help: key 3, told to those on duty until one of them takes it.

It stays open until somebody closes it by name, and says what was done.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from automaton.domain.menu import HELP
from automaton.domain.phone import written_for

HELP_ASKED = "help_asked"
"""Why those on duty are rung; the other reasons are those of `domain.alarm`."""


class HelpState(StrEnum):
    """Where a call for help stands; the first two are open."""

    UNTAKEN = "untaken"
    TAKEN = "taken"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class HelpAlarm:
    """One call for help, with whom it is from. `number`: the one that was rung.

    `rounds`: how often the duty list was rung through in vain. `taken_by` is the id of
    an entry of the duty list, `taken_name` what it was called then. `note`: what was
    done.
    """

    id: str
    collectivity_id: str
    campaign_id: str
    recipient_id: str
    attempt_id: str
    opened_at: datetime
    rounds: int = 0
    taken_by: str | None = None
    taken_name: str = ""
    taken_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    note: str = ""
    campaign: str = ""
    is_exercise: bool = False
    name: str = ""
    address: str = ""
    number: str = ""

    @property
    def state(self) -> HelpState:
        """Return where it stands."""
        if self.closed_at is not None:
            return HelpState.CLOSED
        return HelpState.UNTAKEN if self.taken_at is None else HelpState.TAKEN

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed_at is None


def asks_for_help(keys: str) -> bool:
    """Tell whether the keys of a call ask for help."""
    return HELP in keys


def in_pairs(e164: str) -> str:
    """Return a number as it is read aloud: 01 99 00 00 01, or 00 and its country."""
    written = written_for(e164, "national")
    if re.fullmatch(r"\d+", written) is None or len(written) < 8:
        return written
    odd, even = written[: len(written) % 2], written[len(written) % 2 :]
    return " ".join(filter(None, [odd, *re.findall("..", even)]))


def told(alarm: HelpAlarm, language: str) -> str:
    """Return what those on duty hear: who asks, where, by which number.

    French where the language has no words.
    """
    words = WORDS.get(language, WORDS["fr"])
    who, where, number = alarm.name, alarm.address, in_pairs(alarm.number)
    parts = [
        words["opening"],
        words["campaign"].format(name=alarm.campaign),
        words["exercise"] if alarm.is_exercise else "",
        words["who"].format(name=who or words["unknown"]),
        words["where"].format(address=where or words["unknown"]),
        words["number"].format(number=number or words["unknown"]),
    ]
    return " ".join(filter(None, parts))


def told_in_short(alarm: HelpAlarm, language: str) -> str:
    """Return what is said where a voice cannot read a name or an address."""
    words = WORDS.get(language, WORDS["fr"])
    number = words["number"].format(number=in_pairs(alarm.number) or words["unknown"])
    return f"{words['opening']} {number} {words['look']}"


WORDS: dict[str, dict[str, str]] = {
    "fr": {
        "opening": "Demande d'aide. Un foyer demande de l'aide.",
        "campaign": "Campagne : {name}.",
        "exercise": "C'était pendant un exercice, mais l'aide peut être vraie.",
        "who": "Nom : {name}.",
        "where": "Adresse : {address}.",
        "number": "Téléphone : {number}.",
        "look": "Le nom et l'adresse sont dans la liste des demandes d'aide.",
        "unknown": "inconnu",
    },
    "en": {
        "opening": "Call for help. A home asks for help.",
        "campaign": "Campaign: {name}.",
        "exercise": "It was during an exercise, but the help may be needed.",
        "who": "Name: {name}.",
        "where": "Address: {address}.",
        "number": "Telephone: {number}.",
        "look": "The name and the address are in the list of calls for help.",
        "unknown": "unknown",
    },
}
