"""SIP chaos: what a trunk may do wrong, and what must be on record of it.

One node rings some homes by each of these trunks at once, each a SIPp of its own. A
trunk has fewer lines than homes, so that every line must come free again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from automaton.domain.campaign import CampaignClass
from automaton.services.imports import import_contacts
from automaton.services.previews import ImportRequest
from automaton.store.people import SqlBook
from tests.faults.fault import Fault, Observed
from tests.faults.ground import FaultStage, Ground
from tests.faults.sipp import PREMIUM, Sipp
from tests.system.stage import BY, Trunk, number

# An exercise needs no duty list, whose alarms would ring by these trunks too.
AT_ANY_HOUR = """
[calling.windows.exercise]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
hours = ["00:00-24:00"]
public_holidays = true
"""
HEADINGS = "nom;prénom;adresse;téléphone\n"
ONCE = {"tries_per_contact_point": 1, "uncounted_per_recipient": 1}
RING, MARGIN = 4.0, 4.0


@dataclass(frozen=True, slots=True)
class Chaos:
    """One trunk that misbehaves, and how every call by it must end.

    `heard`: what the trunk must have had from us in each call; `within`: seconds after
    which a line must be free; `more`: lines of its section of the settings; `policy`
    and `wish`: of its campaign. `unseen`: the end may be `unknown` as well. `moved_to`:
    the user part of a redirect's Contact.
    """

    name: str
    outcome: str
    state: str = "exhausted"
    keys: str = ""
    heard: tuple[str, ...] = ("ACK ",)
    within: float = RING + MARGIN
    scenario: str = ""
    more: str = ""
    policy: Mapping[str, Any] = field(default_factory=dict)
    wish: Mapping[str, Any] = field(default_factory=dict)
    unseen: bool = False
    moved_to: str = PREMIUM

    def is_right(self, state: str, outcome: str, keys: str) -> bool:
        """Tell whether a home may be so on record."""
        if self.unseen and outcome == "unknown":
            return True
        return (state, outcome, keys) == (self.state, self.outcome, self.keys)


def pressed(scenario: str, mode: str) -> Chaos:
    """Return a telephone whose key must arrive with this `dtmf_mode`."""
    return Chaos(
        f"{scenario}-{mode}",
        "acknowledged",
        "acknowledged",
        "1",
        ("ACK ", "BYE "),
        30.0,
        scenario,
        f'dtmf_mode = "{mode}"',
    )


def moved(name: str, to: str) -> Chaos:
    """Return a trunk that redirects every call to this user part.

    Seen: of 16 redirected calls one was dropped before Asterisk had noted its 302, so
    that the Hangup has neither a code nor a cause.
    """
    return Chaos(
        name, "number_changed", "bad_data", scenario="moved", unseen=True, moved_to=to
    )


# Asterisk decodes a Contact, and what has a `/` in it then reads like a channel of its
# own: another trunk, or a room of the dialplan.
MOVED = (
    moved("moved", PREMIUM),
    moved("moved-channel", f"PJSIP%2F{PREMIUM}%40unavailable"),
    moved("moved-channel-plain", f"PJSIP/{PREMIUM}%40unavailable"),
    moved("moved-endpoint", f"PJSIP/{PREMIUM}%40unavailable%5C%5Cguarded"),
    moved("moved-local", "Local%2Fs%40automaton-alert"),
    moved("moved-local-plain", "Local/s%40automaton-alert"),
    moved("moved-within", "s"),
    moved("moved-far-too-long", "A" * 900),
)
SIGNALS = (
    Chaos("only-trying", "no_answer", heard=("CANCEL ", "ACK ")),
    Chaos("mute", "no_answer", heard=("CANCEL ",)),
    Chaos("progress-for-ever", "no_answer", heard=("CANCEL ", "ACK ")),
    Chaos("answer-after-cancel", "no_answer", heard=("CANCEL ", "ACK ", "BYE ")),
    Chaos("bye-before-ack", "answered_no_key"),
    *MOVED,
    Chaos("unavailable", "congestion", "not_served"),
)
DOUBLED = Chaos(
    "doubled-answer", "acknowledged", "acknowledged", "1", ("ACK ", "BYE "), 30.0
)
KEYS = (
    DOUBLED,
    pressed("key-by-info", "info"),
    pressed("key-by-info", "auto"),
    pressed("key-in-band", "inband"),
    pressed("key-in-band", "auto"),
)
EVENT_KEYS = (pressed("key-as-event", "rfc4733"), pressed("key-as-event", "auto"))
"""These need a raw socket: SIPp replays the packets of a recording."""
# Whoever heard the message to its end twice would count as reached in these two.
QUIET = Chaos(
    "quiet",
    "answered_no_key",
    heard=("ACK ", "BYE "),
    within=40.0,
    scenario="no-sound",
    policy={"message_repeats": 2},
    wish={"accept_heard_twice": True},
)
SILENCE = (
    Chaos(
        "no-sound",
        "answered_no_key",
        heard=("ACK ", "BYE "),
        within=60 + RING + MARGIN,
        policy={"key_wait": "20 s", "talk": "120 s", "message_repeats": 4},
        wish={"accept_heard_twice": True},
    ),
)


@dataclass
class Scene:
    """One node between trunks that misbehave; a number belongs to one trunk."""

    stage: FaultStage
    trunks: Mapping[str, Sipp]
    elsewhere: Sipp
    campaigns: dict[str, str] = field(default_factory=dict)

    def ring(self, chaos: Sequence[Chaos], homes: int) -> None:
        """Launch one campaign to so many homes by each trunk."""
        for place, one in enumerate(chaos):
            register = self.stage.commune(one.name, duty=())
            self._enter(register, range(100 * place + 1, 100 * place + 1 + homes))
            wish = {
                "trunks": (one.name,),
                "campaign_class": CampaignClass.EXERCISE,
                **one.wish,
            }
            policy = {**ONCE, "ring": f"{RING:.0f} s", **one.policy}
            drafted = self.stage.drafted(register, one.name, wish, **policy)
            self.campaigns[one.name] = drafted
        for campaign in self.campaigns.values():
            self.stage.launch(campaign)

    def wait(self, seconds: float) -> None:
        """Wait until every campaign is over."""
        for campaign in self.campaigns.values():
            self.stage.ended(campaign, seconds)

    def faults(self, chaos: Sequence[Chaos], homes: int) -> list[str]:
        """Return all that is wrong, on record and on the wire."""
        wrong = [word for one in chaos for word in self._faults_of(one, homes)]
        if sent_on := self.elsewhere.numbers():
            wrong.append(f"a redirect was followed to {sent_on}")
        channels = self.stage.console("core show channels count")
        if not channels.startswith("0 active channels"):
            wrong.append(f"left behind: {channels.splitlines()[0]}")
        return wrong

    def _faults_of(self, one: Chaos, homes: int) -> Iterator[str]:
        trunk, records = (
            self.trunks[one.name],
            self.stage.records(self.campaigns[one.name]),
        )
        rung = trunk.numbers()
        if sorted(rung) != sorted(a["number"] for r in records for a in r["attempts"]):
            yield f"{one.name}: rung {rung}, not what is on record"
        if len(records) != homes or len(rung) != homes:
            yield f"{one.name}: {len(records)} homes, {len(rung)} calls, not {homes}"
        for record in records:
            for word in (*_wrong(one, record), *_unheard(one, trunk)):
                yield f"{one.name}: {word}"
        if not trunk.is_alive:
            yield f"{one.name}: SIPp has ended: {trunk.troubles()[:200]}"

    def _enter(self, register: str, serials: Sequence[int]) -> None:
        table = HEADINGS + "".join(
            f"A{serial};B;{serial} rue Basse;{number(serial)}\n" for serial in serials
        )
        request = ImportRequest(register, "homes.csv", table.encode(), BY)
        office = self.stage.office
        import_contacts(SqlBook(office.desk.engine), office.clock, request)


def _wrong(one: Chaos, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong on record of one home."""
    for attempt in record["attempts"]:
        keys = "".join(attempt["keys"] or "")
        if not one.is_right(record["state"], attempt["outcome"], keys):
            yield (
                f"{record['state']}, {attempt['outcome']} with keys “{keys}”,"
                f" not {one.state}, {one.outcome}"
            )
        lasted = _seconds(attempt["claimed_at"], attempt["ended_at"])
        if lasted > one.within:
            yield f"the line was held for {lasted:.1f} s, not {one.within}"


def _unheard(one: Chaos, trunk: Sipp) -> Iterator[str]:
    """Yield what a trunk should have heard and did not."""
    calls = {word.call for word in trunk.heard("INVITE ")}
    for what in one.heard:
        if missing := len(calls - {word.call for word in trunk.heard(what)}):
            yield f"{what}came not in {missing} of {len(calls)} calls"


def _seconds(begin: str, end: str | None) -> float:
    if end is None:
        return float("inf")
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


@contextmanager
def scene(ground: Ground, chaos: Sequence[Chaos], lines: int = 2) -> Iterator[Scene]:
    """Put up the trunks and a node that has them all; nothing outlives it."""
    with ExitStack() as ends:
        elsewhere = ends.enter_context(Sipp("no-sound"))
        trunks = {
            one.name: ends.enter_context(
                Sipp(
                    one.scenario or one.name,
                    f"{one.moved_to}@127.0.0.1:{elsewhere.port}",
                )
            )
            for one in chaos
        }
        settings = {
            one.name: Trunk(port=trunks[one.name].port, more=one.more, lines=lines + 1)
            for one in chaos
        }
        stage = ends.enter_context(ground.stage(trunks=settings, more=AT_ANY_HOUR))
        yield Scene(stage, trunks, elsewhere)


def brought_about(
    ground: Ground, name: str, chaos: Sequence[Chaos], homes: int
) -> Observed:
    """Ring so many homes by each trunk, and judge."""
    with scene(ground, chaos) as here:
        here.ring(chaos, homes)
        here.wait(homes * max(one.within for one in chaos))
        wrong = here.faults(chaos, homes)
    lost = sum("with keys “”, not acknowledged" in word for word in wrong)
    return Observed(
        name,
        runs=1,
        calls=homes * len(chaos),
        invariants_broken=len(wrong),
        keys_lost=lost,
        rung_twice=sum("calls, not" in word for word in wrong),
        notes=tuple(wrong[:8]),
    )


def signals(ground: Ground, seed: int) -> Observed:
    """100 only, 183 for ever, 200 after CANCEL, BYE before ACK, 302, 503."""
    return brought_about(ground, "sip-signals", SIGNALS, 4 + seed % 3)


def keys(ground: Ground, seed: int) -> Observed:
    """A key by RFC 4733, by INFO and in band; an answer that comes three times."""
    return brought_about(ground, "sip-keys", (*KEYS, *EVENT_KEYS), 4 + seed % 3)


def silence(ground: Ground, seed: int) -> Observed:
    """Answered, and no packet of sound ever comes."""
    return brought_about(ground, "sip-silence", SILENCE, 2 + seed % 2)


FAULTS = (
    Fault(
        "sip-signals",
        "SIP: 100 only, 183 for ever, 200 after CANCEL, BYE before ACK, 302, 503",
        signals,
        seconds=60,
    ),
    Fault(
        "sip-keys",
        "SIP: keys as RFC 4733, INFO and in band; a doubled 200",
        keys,
        seconds=90,
    ),
    Fault("sip-silence", "SIP: silence instead of sound", silence, 2, seconds=150),
)
