"""One night of a town in simulated time: its register, its campaign, its daemon.

In: a plan of the town. Out: what `look` makes of the night while it goes on.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from automaton.bootstrap import node_settings
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.engine.node import World
from automaton.engine.supervisor import Supervisor
from automaton.ids import new_id
from automaton.lab.plan import Plan
from automaton.services.messages import MessageWish, Studio
from automaton.settings import Settings
from automaton.store.audit_key import SealFile
from automaton.store.chain import sealed
from automaton.store.engine import open_database
from automaton.store.schema import upgrade
from automaton.voices.voice import Sound
from benchmarks.simulation.clockwork import simulate
from benchmarks.simulation.residents import Sounds
from benchmarks.simulation.telephone import PlannedTown, SimulatedTelephone
from tests.engine.night import FakeSpeaker
from tests.services.campaigns.city import City

MEMORY = Path("/dev/shm")
LONGEST = 4 * 3600.0  # simulated seconds
TICK = 1.0
PHRASES = ("ask-1", "ask-2", "again", "thanks-1", "goodbye", "machine", "wrong-key")
MESSAGE = (
    "Alerte à la crue. La Brume monte vite et le quai sera sous l'eau ce soir. Quittez"
    " le rez-de-chaussée, montez à l'étage avec vos papiers et vos médicaments."
)


class Speech:
    """A voice of forty hundredths of a second a word."""

    name = "speech"
    languages = frozenset({"fr", "en"})

    def render(self, text: str, language: str) -> Sound:  # noqa: ARG002
        """Return a tone as long as the words."""
        moments = np.arange(int(3200 * len(text.split()) + 800)) / 8000
        return Sound((0.3 * np.sin(2764.6 * moments)).astype(np.float32), 8000)


class Ticks:
    """The timetable of a simulated night: it ticks, and has no daily job."""

    def __init__(self, night: Supervisor) -> None:
        self._night = night
        self._ticking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._ticking = asyncio.create_task(self._tick(), name="ticks")

    def stop(self) -> None:
        """Stop ticking."""
        if self._ticking is not None:
            self._ticking.cancel()

    def renew(self) -> None:
        """The simulated clock never jumps."""

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            await self._night.tick()


class SimulatedSupervisor(Supervisor):
    """The real one, but for the library that reads the machine's own clock."""

    def keep_simulated_time(self) -> None:
        """Tick by the loop."""
        self._timetable = Ticks(self)  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a night is like."""

    lines: int = 30
    campaign_class: CampaignClass = CampaignClass.ALERT
    message: str = MESSAGE
    policy_file: Path | None = None


Look = Callable[[], bool]


class SimulatedNight:
    """A town's register and campaign in a database; `live` carries the campaign out."""

    def __init__(self, plan: Plan, folder: Path, how: Circumstances) -> None:
        self.plan, self._how = plan, how
        url = f"sqlite:///{folder / 'town.sqlite3'}"
        upgrade(url)
        key = SealFile("main", folder / "audit.key")
        self.engine = sealed(open_database(url), key)
        self.city = City(self.engine, folder)
        self.city.use(_settings(folder, how.lines))
        self.office = replace(self.city.office, studio=_studio(self.city.settings))
        self.city.office = self.office
        self.clock = self.city.commune.clock
        self.campaign = ""
        _enter(self.city, plan)

    def prepare(self) -> str:
        """Write the campaign that is to be launched; return its id."""
        self.campaign = self.city.create(
            campaign_class=self._how.campaign_class,
            message=MessageWish({"fr": self._how.message}),
            policy_file=self._how.policy_file,
        )
        return self.campaign

    def live(self, look: Look, every: float = 10.0) -> None:
        """Launch it; `look` is asked so often until it says that all is seen."""
        simulate(self.clock, self._lives(look, every))

    async def _lives(self, look: Look, every: float) -> None:
        self.city.move(self.campaign, CampaignState.RUNNING)
        telephone = SimulatedTelephone(
            PlannedTown(self.plan), self.clock, self._sounds()
        )
        await telephone.open()
        ledger = self.city.commune.ledger
        world = World(ledger, telephone, FakeSpeaker(), self.clock)
        supervisor = SimulatedSupervisor(world, node_settings(self.city.settings))
        supervisor.keep_simulated_time()
        stop = asyncio.Event()
        running = asyncio.create_task(supervisor.run(stop))
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                while not running.done():
                    await asyncio.sleep(every)
                    if look():
                        break
        stop.set()
        await telephone.close()
        await running

    def _sounds(self) -> Sounds:
        """Return how long what is said lasts, as the studio rendered it."""
        lasts = self.office.studio.phrase_seconds("fr", PHRASES)
        card = self.office.desk.card(self.campaign)
        return Sounds(
            message=card.message[0].seconds,
            questions=lasts["ask-1"] + lasts["ask-2"],
            again=lasts["again"],
            thanks=lasts["thanks-1"],
            goodbye=lasts["goodbye"],
            machine=lasts["machine"],
            wrong_key=lasts["wrong-key"],
        )


@contextmanager
def night(plan: Plan, how: Circumstances | None = None) -> Iterator[SimulatedNight]:
    """Give a night whose database lies in memory where the machine allows it.

    Nothing is measured of the disk here. Chance is the seed's own.
    """
    random.seed(plan.seed)
    place = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place, prefix="night-") as folder:
        one = SimulatedNight(plan, Path(folder), how or Circumstances())
        try:
            yield one
        finally:
            one.engine.dispose()


def _settings(folder: Path, lines: int) -> Settings:
    trunk = {
        "contact": "127.0.0.1:5099",
        "lines": lines + 1,
        "reserved_lines": 1,
        "caller_ids": ["+33199000001"],
    }
    table = {"folders": {"data": str(folder)}, "trunk": {"town": trunk}}
    return Settings.model_validate(table)


def _studio(settings: Settings) -> Studio:
    return Studio(settings, lambda _language: [Speech()])


def _enter(city: City, plan: Plan) -> None:
    """Enter every home of the plan into the register, in its order."""
    households, people, points = [], [], []
    for home in plan.residents():
        household, person = new_id(), new_id()
        owner = {"register_id": city.commune.register}
        place = {"street": home.address, "postal_code": "17999", "city": "Rivemer"}
        households.append({"id": household} | owner | place)
        name = {"first_name": home.first_name, "last_name": home.last_name}
        people.append({"id": person, "household_id": household} | owner | name)
        points += [
            {"contact_id": person, "kind": "landline", "value": phone.number, "rank": n}
            for n, phone in enumerate(home.phones)
        ]
    city.commune.add("households", *households)
    city.commune.add("contacts", *people)
    city.commune.add("contact_points", *points)
