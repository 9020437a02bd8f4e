"""Those on duty are told that somebody guesses the codes of officers.

The officers' door leaves the command, at most one in six hours for a collectivity.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from automaton.domain.alarm import Alarm, spoken
from automaton.engine.duty.duty_call import Summons
from automaton.engine.duty.summon import Rung
from automaton.engine.duty.tell import BETWEEN_ROUNDS
from automaton.engine.node import Node
from automaton.errors import LineError
from automaton.ports import Command

log = structlog.get_logger(__name__)


class Guessed:
    """Rings a duty list until somebody takes charge, a few times at most."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def tell(self, commands: Iterable[Command]) -> None:
        """Begin to ring those who are to be told; nobody is waited for."""
        for command in commands:
            whose = command.payload.get("collectivity", "")
            log.warning("codes of officers are guessed", collectivity=whose)
            ringing = self._ring(whose, command.payload.get("name", ""))
            self._node.spawn(ringing, f"code guessed {whose}")

    async def _ring(self, whose: str, name: str) -> None:
        language = self._node.settings.language
        text = spoken(Alarm.CODE_GUESSED, language, name)
        summons = Summons(whose, None, Alarm.CODE_GUESSED.value, text, language)
        for seconds in (0.0, *BETWEEN_ROUNDS):
            if seconds:
                await self._node.world.pause(seconds)
            if await self._rung_through(summons) is Rung.TAKEN:
                return

    async def _rung_through(self, summons: Summons) -> Rung:
        try:
            return await self._node.summoner.summon(summons)
        except LineError as error:
            log.warning("a round of the duty list failed", error=str(error))
            return Rung.SILENT
