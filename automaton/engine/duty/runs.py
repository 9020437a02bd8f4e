"""What is on record to be told or done: each in a task, while it stays on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Generic, Protocol, TypeVar


class Lasting(Protocol):
    """Something that goes on until it `is_over`: no more on record, or not ours."""

    is_over: bool

    @property
    def reason(self) -> str:
        """Return why, in one word of a closed list."""


Id = TypeVar("Id", int, str)
Run = TypeVar("Run", bound=Lasting)


class Runs(Generic[Id, Run]):
    """The runs of one kind by the id of what is on record. The loop's thread only."""

    def __init__(self, do: Callable[[Run], Coroutine[Any, Any, None]]) -> None:
        self._do = do
        self._runs: dict[Id, Run] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self._runs)

    def of(self, id_: Id) -> Run | None:
        """Return the run of what is on record, None where none has begun."""
        return self._runs.get(id_)

    def end_but(self, on_record: Collection[Id]) -> None:
        """Let those be that are not on record any more."""
        for id_ in self._runs.keys() - on_record:
            self._runs.pop(id_).is_over = True

    def begin(self, id_: Id, run: Run) -> None:
        """Begin a run; another one of that id is not known any more."""
        self._runs[id_] = run
        task = asyncio.create_task(self._do(run), name=f"{run.reason} {id_}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def stand_down(self) -> list[Run]:
        """End all: another node leads now, and goes on; return what was ended."""
        left = list(self._runs.values())
        self.end_but(())
        for task in self.tasks:
            task.cancel()
        return left
