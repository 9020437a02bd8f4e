"""An invented city: a real database, settings with two trunks, a voice that hums."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, bindparam, update

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.proof import proof_of
from automaton.domain.recipient import RecipientState
from automaton.engine.lifecycle import View, turn
from automaton.ids import new_id
from automaton.ports import Case, RecipientChange
from automaton.services.campaigns import CampaignWish, create
from automaton.services.messages import MessageWish, Studio
from automaton.services.office import Office
from automaton.settings import Settings
from automaton.store import tables
from automaton.store.desk import CampaignDesk
from automaton.store.engine import writing
from automaton.voices.voice import Sound
from tests.store.commune import Commune, number

CALLER = "+33199000001"
SOUTH = "+33261910001"
SHARED = "+33199000002"  # every trunk may show it


class Hum:
    """A voice that hums a quarter of a second for each word."""

    name = "hum"
    languages = frozenset({"fr", "en"})

    def render(self, text: str, language: str) -> Sound:
        moments = np.arange(int(2000 * len(text.split()) + 800)) / 8000
        return Sound((0.3 * np.sin(2764.6 * moments)).astype(np.float32), 8000)


def settings_in(folder: Path, **changes: object) -> Settings:
    """Return settings whose data are in a folder; numbers are kept for fiction."""
    landlines = ["+331", "+332", "+333", "+334", "+335"]
    trunk = {"contact": "127.0.0.1:5099", "reserved_lines": 1, "prefixes": landlines}
    table = {
        "folders": {"data": str(folder)},
        "trunk": {
            "north": trunk | {"lines": 21, "caller_ids": [CALLER, SHARED]},
            "south": trunk
            | {"lines": 11, "prefixes": ["+332"], "caller_ids": [SOUTH, SHARED]},
        },
    }
    return Settings.model_validate(table | changes)


@dataclass
class City:
    """A commune with its campaigns' office."""

    engine: Engine
    folder: Path
    settings: Settings = field(init=False)
    commune: Commune = field(init=False)
    office: Office = field(init=False)

    def __post_init__(self) -> None:
        self.commune = Commune(self.engine)
        self.use(settings_in(self.folder))

    def use(self, settings: Settings) -> None:
        self.settings = settings
        studio = Studio(settings, lambda _language: [Hum()])
        desk = CampaignDesk(self.engine)
        self.office = Office(desk, settings, self.commune.clock, studio)

    def homes(self, count: int) -> list[str]:
        return [self.commune.home(number(index)) for index in range(count)]

    def on_duty(self) -> None:
        entry = {"rank": 0, "name": "Astreinte", "e164": "+33639980001"}
        self.commune.add("duty_entries", collectivity_id=self.commune.id, **entry)

    def wish(self, **changes: object) -> CampaignWish:
        wish = CampaignWish(
            name="Crue de la Brume",
            campaign_class=CampaignClass.ALERT,
            register="alerte",
            message=MessageWish({"fr": "La rivière monte. Allez à l'étage."}),
            by="m.durand",
        )
        return replace(wish, **changes)  # type: ignore[arg-type]

    def create(self, **changes: object) -> str:
        return create(self.office, self.wish(**changes)).id

    def started(self, **changes: object) -> str:
        """Return a running campaign with its recipients planned."""
        campaign = self.create(**changes)
        self.move(campaign, CampaignState.RUNNING)
        self.commune.plan(campaign)
        return campaign

    def move(self, campaign: str, state: CampaignState) -> None:
        with self.commune.ledger.transaction() as transaction:
            transaction.move_campaign(campaign, state, self.commune.now)

    def cases(self, campaign: str) -> list[Case]:
        ids = [row.id for row in self.commune.rows("recipients", campaign_id=campaign)]
        with self.commune.ledger.transaction() as transaction:
            return list(transaction.cases(ids))


@dataclass(frozen=True)
class Told:
    """What one call shall come to, so many seconds after the clock's now."""

    outcome: Outcome
    after: float = 0.0
    seconds: float = 20.0
    keys: str = ""
    sip: int | None = None
    q850: int | None = None
    state: RecipientState = RecipientState.EXHAUSTED


def called(attempt: Attempt, told: Told, now: datetime) -> Attempt:
    """Return an attempt that has lived through what was told."""
    left = now + timedelta(seconds=told.after)
    answered = told.outcome in {Outcome.ACKNOWLEDGED, Outcome.ANSWERED_NO_KEY}
    picked_up = left + timedelta(seconds=6) if answered else None
    return replace(
        attempt,
        state=AttemptState.ENDED,
        trunk="north",
        claimed_at=left,
        rang_at=left + timedelta(seconds=1),
        answered_at=picked_up,
        ended_at=left + timedelta(seconds=told.seconds),
        key_at=left + timedelta(seconds=15) if told.keys else None,
        keys=told.keys,
        heard_seconds=4.5 if answered else 0.0,
        sip=told.sip,
        q850=told.q850,
        outcome=told.outcome,
    )


def play(city: City, campaign: str, script: Sequence[Told]) -> list[Attempt]:
    """Let the first attempt of each recipient come to what the script says."""
    cases, now = city.cases(campaign), city.commune.now
    lived = [
        called(case.attempts[-1], told, now)
        for case, told in zip(cases, script, strict=True)
    ]
    changes = [
        RecipientChange(a.recipient_id, told.state, proof_of(a).value, a.key_at)
        for a, told in zip(lived, script, strict=True)
    ]
    note_claims(city.engine, lived)
    with city.commune.ledger.transaction() as transaction:
        transaction.save(lived)
        transaction.conclude(changes, now + timedelta(minutes=5))
    return lived


def note_claims(engine: Engine, lived: Sequence[Attempt]) -> None:
    """Write when attempts left, as a claim would have done at that moment."""
    attempts = tables.attempts
    statement = update(attempts).where(attempts.c.id == bindparam("attempt"))
    rows = [{"attempt": a.id, "claimed_at": a.claimed_at} for a in lived]
    with writing(engine) as connection:
        connection.execute(statement, rows)


def obey(city: City) -> None:
    """Let the daemon look once."""
    view = View(city.commune.now, busy=(), blocked=(), usable=("north",))
    with city.commune.ledger.transaction() as transaction:
        turn(transaction, view)


def random_script(count: int, seed: int = 7) -> list[Told]:
    """Return a script of many fates, the same for the same seed."""
    dice = random.Random(seed)
    fates = [
        Told(
            Outcome.ACKNOWLEDGED, keys="1", state=RecipientState.ACKNOWLEDGED, q850=16
        ),
        Told(Outcome.NO_ANSWER, seconds=30, sip=480, q850=19),
        Told(Outcome.UNALLOCATED, sip=404, q850=1, state=RecipientState.BAD_DATA),
        Told(Outcome.CONGESTION, sip=503, q850=34, state=RecipientState.NOT_SERVED),
    ]
    chosen = dice.choices(fates, weights=(6, 2, 1, 1), k=count)
    return [
        replace(told, after=index * 0.5, seconds=dice.randint(5, 40))
        for index, told in enumerate(chosen)
    ]


def fill(city: City, homes: int) -> None:
    """Enter many homes at once, each with one number."""
    households, people, points = [], [], []
    for index in range(homes):
        household, person = new_id(), new_id()
        place = {"postal_code": "17999", "city": "Rivemer"}
        street = {"street": f"{index % 97 + 1} rue des Embruns {index // 97}"}
        owner = {"register_id": city.commune.register}
        households.append({"id": household} | owner | place | street)
        name = {"first_name": "Jeanne", "last_name": f"Marée {index}"}
        people.append({"id": person, "household_id": household} | owner | name)
        points.append(
            {"contact_id": person, "kind": "landline", "value": number(index)}
        )
    city.commune.add("households", *households)
    city.commune.add("contacts", *people)
    city.commune.add("contact_points", *points)
