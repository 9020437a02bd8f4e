"""SIP chaos: what a trunk may do wrong, and what must be on record of it.

One node rings one home by each of these trunks at once, each a SIPp of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automaton.asterisk.install import Installation
from automaton.services.imports import import_contacts
from automaton.services.previews import ImportRequest
from automaton.store.people import SqlBook
from tests.faults.sipp import PREMIUM, Sipp
from tests.system.stage import BY, Stage, Trunk, number

HEADINGS = "nom;prénom;adresse;téléphone\n"


@dataclass(frozen=True, slots=True)
class Chaos:
    """One trunk that misbehaves, and how the call by it must end.

    `seen`: what the trunk must have heard from us, besides the INVITE; `more`: lines
    of its section of the settings; `policy`: of its campaign.
    """

    name: str
    outcome: str
    state: str = "exhausted"
    keys: str = ""
    seen: tuple[str, ...] = ()
    scenario: str = ""
    more: str = ""
    policy: Mapping[str, Any] = field(default_factory=dict)
    wish: Mapping[str, Any] = field(default_factory=dict)
    ceiling: int = 1


def by_mode(mode: str, scenario: str) -> Chaos:
    """Return a telephone whose key must arrive with this `dtmf_mode`."""
    return Chaos(
        f"{scenario}-{mode}".replace("_", "-"),
        "acknowledged",
        "acknowledged",
        "1",
        ("ACK", "BYE"),
        scenario,
        f'dtmf_mode = "{mode}"',
    )


CHAOS = (
    Chaos("only_trying", "no_answer", seen=("CANCEL", "ACK")),
    Chaos("mute", "no_answer", seen=("CANCEL",)),
    Chaos("progress_for_ever", "no_answer", seen=("CANCEL", "ACK")),
    Chaos("answer_after_cancel", "no_answer", seen=("CANCEL", "ACK", "BYE")),
    Chaos("bye_before_ack", "answered_no_key", seen=("ACK",)),
    Chaos("doubled_answer", "acknowledged", "acknowledged", "1", ("ACK", "BYE")),
    Chaos("moved", "number_changed", seen=("ACK",)),
    Chaos("unavailable", "congestion", "not_served", seen=("ACK",)),
    Chaos("no_sound", "answered_no_key", seen=("ACK", "BYE")),
)
KEYS = (
    by_mode("info", "key_by_info"),
    by_mode("inband", "key_in_band"),
    by_mode("auto", "key_in_band"),
    by_mode("auto", "key_by_info"),
    by_mode("rfc4733", "key_by_info"),
)
EVENT_KEYS = (by_mode("rfc4733", "key_as_event"), by_mode("auto", "key_as_event"))
"""Those that need a raw socket: SIPp replays the packets of a recording."""


@dataclass
class Scene:
    """One node between trunks that misbehave."""

    stage: Stage
    trunks: Mapping[str, Sipp]
    campaigns: dict[str, str] = field(default_factory=dict)

    def ring(self, chaos: Sequence[Chaos]) -> None:
        """Launch one campaign to one home by each trunk."""
        for serial, one in enumerate(chaos, 1):
            register = self.stage.commune(one.name, duty=())
            self._enter(register, serial)
            self.campaigns[one.name] = self.stage.drafted(
                register,
                one.name,
                {"trunks": (trunk_name(one),), **one.wish},
                **{
                    "tries_per_contact_point": 1,
                    "uncounted_per_recipient": 1,
                    **one.policy,
                },
            )
        for campaign in self.campaigns.values():
            self.stage.launch(campaign)

    def _enter(self, register: str, serial: int) -> None:
        table = f"{HEADINGS}A{serial};B;{serial} rue Basse;{number(serial)}\n"
        request = ImportRequest(register, "homes.csv", table.encode(), BY)
        office = self.stage.office
        import_contacts(SqlBook(office.desk.engine), office.clock, request)

    def faults_of(self, one: Chaos) -> list[str]:
        """Return what is wrong on record or on the wire; nothing is right."""
        (record,) = self.stage.records(self.campaigns[one.name])
        (attempt, *more) = record["attempts"]
        trunk = self.trunks[one.name]
        expected = {
            "state": (record["state"], one.state),
            "outcome": (attempt["outcome"], one.outcome),
            "keys": ("".join(attempt["keys"] or ""), one.keys),
            "calls": (len(trunk.numbers()), 1 + len(more)),
            "trunk alive": (trunk.is_alive, True),
        }
        wrong = [
            f"{k}: {is_!r}, not {must!r}"
            for k, (is_, must) in expected.items()
            if is_ != must
        ]
        wrong += [f"no {what} was heard" for what in one.seen if not trunk.heard(what)]
        return [f"{one.name}: {word}" for word in wrong]


def trunk_name(one: Chaos) -> str:
    """Return a chaos's name as the settings write it."""
    return one.name.replace("_", "-")


@contextmanager
def scene(
    chaos: Sequence[Chaos], folder: Path, program: Installation, prompts: Path
) -> Iterator[Scene]:
    """Put up the trunks and a node that has them all; nothing outlives it."""
    with ExitStack() as ends:
        nobody = ends.enter_context(Sipp("no_sound", folder / "elsewhere"))
        elsewhere = f"{PREMIUM}@127.0.0.1:{nobody.port}"
        trunks = {
            one.name: ends.enter_context(
                Sipp(one.scenario or one.name, folder / one.name, elsewhere)
            )
            for one in chaos
        }
        settings = {
            trunk_name(one): Trunk(port=trunks[one.name].port, more=one.more, lines=2)
            for one in chaos
        }
        stage = ends.enter_context(Stage(folder / "node", program, prompts, settings))
        found = Scene(stage, {**trunks, "elsewhere": nobody})
        yield found
