"""An invented commune to fill a database with; its numbers are kept for fiction."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, insert, select, update

from automaton.clock import SettableClock
from automaton.domain.attempt import Attempt
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.policy import CallPolicy
from automaton.ids import new_id
from automaton.ports import Claim, Want
from automaton.store import tables
from automaton.store.engine import reading, writing
from automaton.store.ledger import SqlLedger

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
NODE = "main"
COUNTED = ("commands", "audit")


def number(index: int) -> str:
    """Return the index-th number of the fiction ranges."""
    prefixes = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649")
    return f"{prefixes[index // 10_000]}{index % 10_000:04d}"


@dataclass
class Commune:
    """One collectivity with one register, and the ledger that its daemon would use."""

    engine: Engine
    clock: SettableClock = field(default_factory=lambda: SettableClock(NOW))
    id: str = field(default_factory=new_id)
    register: str = field(default_factory=new_id)
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ledger = SqlLedger(self.engine, self.clock, epoch=1)
        self.add("collectivities", id=self.id, name=f"Rivemer {self.id}")
        self.add(
            "registers",
            id=self.register,
            collectivity_id=self.id,
            name="alerte",
            kind="alert",
        )

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def add(self, table: str, *rows: dict[str, Any], **row: Any) -> str:
        """Insert rows; what every table wants is filled in. Return the last id."""
        target = tables.metadata.tables[table]
        filled = []
        for one in [*rows, row] if row else rows:
            usual = {"created_at": self.now} | one
            if table not in COUNTED:
                usual = {"id": new_id()} | usual
            filled.append({k: usual[k] for k in usual if k in target.c})
        with writing(self.engine) as connection:
            connection.execute(insert(target), filled)
        return str(filled[-1].get("id", ""))

    def change(self, table: str, id_: str, **values: Any) -> None:
        target = tables.metadata.tables[table]
        with writing(self.engine) as connection:
            connection.execute(update(target).where(target.c.id == id_).values(values))

    def rows(self, table: str, **wanted: Any) -> list[Any]:
        """Return the rows of a table whose columns have these values, oldest first."""
        target = tables.metadata.tables[table]
        question = select(target).order_by(*target.primary_key.columns)
        for column, value in wanted.items():
            question = question.where(target.c[column] == value)
        with reading(self.engine) as connection:
            return list(connection.execute(question).all())

    def home(self, *numbers: str, **contact: Any) -> str:
        """Add a household with one person who has these numbers."""
        household = self.add(
            "households",
            register_id=self.register,
            street="3 quai des Brumes",
            postal_code="17999",
            city="Rivemer",
        )
        self.person(*numbers, household_id=household, **contact)
        return household

    def person(self, *numbers: str, **contact: Any) -> str:
        named = {"first_name": "Odile", "last_name": "Vasseur"}
        person = self.add("contacts", register_id=self.register, **(named | contact))
        for rank, e164 in enumerate(numbers):
            self.add(
                "contact_points",
                contact_id=person,
                kind="landline",
                value=e164,
                rank=rank,
            )
        return person

    def campaign(self, **values: Any) -> str:
        """Add a running alert to the whole register."""
        message = self.add("messages", collectivity_id=self.id)
        self.add("message_texts", message_id=message, language="fr", prompt="p1")
        usual = {
            "collectivity_id": self.id,
            "register_id": self.register,
            "message_id": message,
            "name": "Crue",
            "campaign_class": CampaignClass.ALERT,
            "state": CampaignState.RUNNING,
            "policy": CallPolicy(),
            "audience": {"register": self.register},
        }
        return self.add("campaigns", **(usual | values))

    def plan(self, campaign: str, limit: int = 500) -> int:
        """Plan a campaign to its end; return how many recipients came of it."""
        planned = 0
        for _ in range(1000):
            with self.ledger.transaction() as transaction:
                made = transaction.plan_chunk(campaign, self.now, limit)
            planned += made
            if made == 0:
                return planned
        raise AssertionError("planning never ends")

    def planned(self, **values: Any) -> str:
        """Return a running campaign whose recipients are planned."""
        campaign = self.campaign(**values)
        self.plan(campaign)
        return campaign

    def claim(
        self, campaign: str, limit: int = 10, node: str = NODE, again: int = 0
    ) -> list[Claim]:
        want = Want(campaign, limit, CallPolicy().ceilings, again)
        with self.ledger.transaction() as transaction:
            return list(transaction.claim([want], self.now, node))

    def save(self, *attempts: Attempt) -> None:
        with self.ledger.transaction() as transaction:
            transaction.save(attempts)

    def pass_time(self, **by: float) -> None:
        self.clock.move(timedelta(**by))
