"""What doors have asked the chief to ring people for: officers, and those on duty.

Comes in: once a second, the errands on record that nobody has done. One is done once it
was rung for; until then the next daemon, or the next chief, begins it anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from automaton.domain.alarm import Alarm, spoken
from automaton.domain.attempt import Attempt
from automaton.domain.collectivity import DutyEntry
from automaton.domain.errand import (
    CODE_GUESSED,
    NEWS,
    NOBODY_DECIDED,
    PROVE,
    RING_BACK,
    RING_FIRST,
    RING_OFFICERS,
    Why,
)
from automaton.domain.officer import Officer
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.insist import insist
from automaton.engine.duty.runs import Runs
from automaton.engine.duty.summon import Pause, Rung, Summoner
from automaton.engine.write import Writer
from automaton.errors import LineError
from automaton.ports import Command

log = structlog.get_logger(__name__)

TO_OFFICERS = "automaton-officer"
CONVERSATION = timedelta(minutes=10)
BETWEEN_ROUNDS = (20.0, 40.0, 60.0)
MOST_ROUNDS = 10
ROUNDS_OF = {NEWS: 3, RING_BACK: 4, RING_FIRST: 4}  # of what can wait for the next call
WHILE_HE_HANGS_UP = (5.0, 10.0)  # seconds: who asked has yet to hang up
AFTER_A_FAULT = 5.0


@dataclass(eq=False, slots=True)
class Run:
    """One errand that is being done; `is_over` once it is not on record any more.

    `told`: the officers whose telephones have rung, where each is told.
    """

    errand: Command
    is_over: bool = False
    told: set[str] = field(default_factory=set)
    reason: str = field(init=False)

    def __post_init__(self) -> None:
        self.reason = self.errand.name

    def may_ring(self, rounds: int) -> bool:
        """Tell whether people are rung once more."""
        most = ROUNDS_OF.get(self.errand.name, MOST_ROUNDS)
        return not self.is_over and rounds < most


class Errands:
    """Does errands, each in a task of its own; only the chief has any.

    `prove` rings telephones to prove that they ring; True once that is done.
    """

    prove: Callable[[Run], Awaitable[bool]] | None = None

    def __init__(
        self,
        summoner: Summoner,
        writer: Writer,
        language: str,
        link_is_up: Callable[[], bool],
        pause: Pause,
    ) -> None:
        self._summoner, self._writer = summoner, writer
        self._language, self._link_is_up, self._pause = language, link_is_up, pause
        self.runs = Runs[int, Run](self._do)

    def look(self, waiting: Sequence[Command]) -> None:
        """Begin what is new; let be what is not on record any more."""
        self.runs.end_but({errand.id for errand in waiting})
        for errand in waiting:
            if self.runs.of(errand.id) is None:
                self.runs.begin(errand.id, Run(errand))

    async def _do(self, run: Run) -> None:
        """Ring round after round; then it is done, whoever was reached."""
        asked_for_it = run.errand.name in {RING_BACK, RING_FIRST}
        between = WHILE_HE_HANGS_UP if asked_for_it else BETWEEN_ROUNDS
        await insist(run, self._ring, self._link_is_up, self._pause, between)
        while not run.is_over:
            try:
                await self._writer.run(lambda t: t.finish_errand(run.errand.id))
            except LineError as error:
                log.warning("an errand is not on record as done", error=str(error))
                await self._pause(AFTER_A_FAULT)
            else:
                return

    async def _ring(self, run: Run) -> bool:
        """Ring those whom an errand is for once; True where that is enough."""
        ring = _RINGS[run.errand.name]
        return await ring(self, run)

    async def tell_of_guesses(self, run: Run) -> bool:
        """Tell those on duty that somebody tries codes."""
        owner, name = (run.errand.payload[key] for key in ("collectivity", "name"))
        text = spoken(Alarm.CODE_GUESSED, self._language, name)
        summons = Summons(owner, None, run.reason, text, self._language)
        summons = replace(summons, is_over=lambda: run.is_over)
        return await self._summoner.summon(summons) is Rung.TAKEN

    async def prove_ways(self, run: Run) -> bool:
        """Ring telephones to prove that they ring."""
        return self.prove is None or await self.prove(run)

    async def ring_back(self, run: Run) -> bool:
        """Ring one officer, who then talks with the console; True once he answered."""
        wanted, calls = run.errand.payload["officer"], list[Attempt]()
        meant = [one for one in await self._officers(run) if one.id == wanted]
        await self._talk(run, meant, calls.append)
        return not meant or any(call.answered_at is not None for call in calls)

    async def tell_launcher(self, run: Run) -> bool:
        """Ring who launched by telephone; True once the console says he has heard."""
        payload, found = run.errand.payload, await self._officers(run)
        mine = [one for one in found if one.id == payload["officer"]]
        await self._talk(run, [_at(one, payload.get("number")) for one in mine])
        waiting = await self._writer.run(lambda t: t.errands())
        return not mine or run.errand.id not in (one.id for one in waiting)

    async def ring_first(self, run: Run) -> bool:
        """Let an officer hear a campaign as its residents would; True once he did."""
        errand, payload = run.errand, run.errand.payload
        about = errand.campaign_id or ""
        campaign = await self._writer.run(lambda t: t.campaign(about))
        if campaign is None or not campaign.messages:
            return True
        owner, calls = payload["collectivity"], list[Attempt]()
        whom = DutyEntry(payload["officer"], owner, 0, errand.by, payload["number"])
        summons = Summons(
            owner,
            None,
            run.reason,
            "",
            campaign.messages[0].language,
            is_over=lambda: run.is_over,
            prompt=campaign.messages[0].prompt,
            whom=(whom,),
            errand_id=str(errand.id),
            talk=campaign.policy.talk,
            as_residents=campaign,
            ended=calls.append,
        )
        await self._summoner.summon(summons)
        return any(call.answered_at is not None for call in calls)

    async def ring_officers(self, run: Run) -> bool:
        """Ring the others in turn: each talks with the console, or is told."""
        others = [
            one
            for one in await self._officers(run)
            if one.id != run.errand.payload.get("but")
        ]
        if run.errand.payload["why"] == Why.APPROVAL:
            await self._talk(run, others)
            return run.is_over
        for one in others:
            if one.id not in run.told:
                rung = await self._talk(run, [one])
                run.told.update([one.id] if rung is not Rung.SILENT else [])
        return run.told.issuperset(one.id for one in others)

    async def _officers(self, run: Run) -> Sequence[Officer]:
        owner = run.errand.payload["collectivity"]
        return await self._writer.run(lambda t: t.officers(owner))

    async def _talk(
        self,
        run: Run,
        officers: Sequence[Officer],
        ended: Callable[[Attempt], None] = lambda _: None,
    ) -> Rung:
        """Ring officers in turn; whoever answers talks with the console."""
        owner = run.errand.payload["collectivity"]
        entries = tuple(
            DutyEntry(one.id, owner, rank, one.name, one.phone)
            for rank, one in enumerate(officers)
            if one.phone is not None
        )
        if not entries:
            return Rung.NOT_TAKEN
        summons = Summons(
            owner,
            None,
            run.reason,
            spoken(Alarm.OFFICER_WANTED, self._language, ""),
            self._language,
            is_over=lambda: run.is_over,
            whom=entries,
            errand_id=str(run.errand.id),
            context=TO_OFFICERS,
            talk=CONVERSATION,
            ended=ended,
        )
        return await self._summoner.summon(summons)


def _at(officer: Officer, number: str | None) -> Officer:
    """Return an officer to be rung on the own telephone, else on the number given."""
    return replace(officer, phone=officer.phone or number)


Ring = Callable[[Errands, Run], Awaitable[bool]]
_RINGS: Mapping[str, Ring] = {
    CODE_GUESSED: Errands.tell_of_guesses,
    NEWS: Errands.tell_launcher,
    NOBODY_DECIDED: Errands.tell_launcher,
    PROVE: Errands.prove_ways,
    RING_BACK: Errands.ring_back,
    RING_FIRST: Errands.ring_first,
    RING_OFFICERS: Errands.ring_officers,
}
