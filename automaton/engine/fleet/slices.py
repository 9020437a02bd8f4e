"""Our slices of what all nodes share: the loop uses them, the lease's thread asks.

The loop lowers what it uses, then wishes; the thread asks; the loop takes the answer,
and only then uses more. While a wish is on its way nothing is raised.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from automaton.domain.slices import Slice, lowered, target
from automaton.ports import DayShare, DayWish, SliceWish

Life = tuple[str, int]
DayAnswer = tuple[DayWish, DayShare | None]
RELEASED_AFTER = 5.0  # seconds in which nothing was wanted
QUIET = 1.0  # as long: who wants something then is hungry anew


@dataclass(frozen=True, slots=True)
class Need:
    """What the loop needs of one scope now; `spare` as if it were in use already."""

    scope: str
    total: int
    in_use: int
    wants: int
    spare: int = 0


class Slices:
    """What this node may use of each scope; `life` is its own."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._lock = threading.Lock()
        self._wishes: tuple[SliceWish, ...] = ()
        self._asking = False
        self._answer: Mapping[str, Sequence[Slice]] | None = None
        self._granted: dict[str, int] = {}
        self._others: dict[str, tuple[Slice, ...]] = {}
        self._wanted_at: dict[str, float] = {}
        self.is_newly_hungry = False
        self._days: tuple[DayWish, ...] = ()
        self._days_asked: tuple[DayWish, ...] = ()
        self._days_came: list[DayAnswer] = []

    # The loop's side.

    def caps(self, needs: Sequence[Need], seconds: float) -> Mapping[str, int]:
        """Return how many of each scope may be used from now on."""
        with self._lock:
            self._take_answer()
            self._forget_all_but({need.scope for need in needs})
            self.is_newly_hungry = any(self._is_new(need, seconds) for need in needs)
            wishes = tuple(self._wish(need, seconds) for need in needs)
            self._granted = {wish.scope: wish.cap for wish in wishes}
            if not self._asking:
                self._wishes = wishes
        return dict(self._granted)

    def before_ours(self, scope: str) -> int:
        """Return how much of a scope is held by the nodes that come before this one."""
        others = self._others.get(scope, ())
        return sum(one.held for one in others if one.life < self._life)

    def excess(self, scope: str, total: int) -> int:
        """Return how much more of a scope is held than there is."""
        others = sum(one.held for one in self._others.get(scope, ()))
        return max(0, self._granted.get(scope, 0) + others - total)

    def _is_new(self, need: Need, seconds: float) -> bool:
        wanted_at = self._wanted_at.get(need.scope, float("-inf"))
        return bool(need.wants) and seconds - wanted_at > QUIET

    def _forget_all_but(self, scopes: set[str]) -> None:
        """Forget what nobody needs any more: campaigns that are over."""
        for known in (self._wanted_at, self._others):
            for scope in known.keys() - scopes:
                del known[scope]

    def _wish(self, need: Need, seconds: float) -> SliceWish:
        if need.wants:
            self._wanted_at[need.scope] = seconds
        held = max(need.in_use, self._granted.get(need.scope, 0))
        wanted_at = self._wanted_at.get(need.scope, -RELEASED_AFTER)
        is_kept = not need.wants and seconds - wanted_at < RELEASED_AFTER
        told = need.in_use + need.spare
        mine = Slice(self._life, held, told, need.wants)
        aim = target(mine, self._others.get(need.scope, ()), need.total)
        cap = held if is_kept else lowered(need.in_use, held, aim)
        return SliceWish(need.scope, need.total, cap, told, need.wants)

    def _take_answer(self) -> None:
        answer, self._answer = self._answer, None
        for scope, all_slices in (answer or {}).items():
            for one in all_slices:
                if one.life == self._life:
                    self._granted[scope] = one.held
            others = (one for one in all_slices if one.life != self._life)
            self._others[scope] = tuple(others)
        if answer is not None:
            self._asking = False

    def days(self, wishes: Callable[[], Sequence[DayWish]]) -> list[DayAnswer]:
        """Return what came of the last wishes; leave the next ones where none wait."""
        with self._lock:
            came, self._days_came = self._days_came, []
            if not self._days and not self._days_asked:
                self._days = tuple(wishes())
        return came

    # The thread's side.

    def days_asked(self) -> tuple[DayWish, ...]:
        """Take what is to be asked for of trunks' days."""
        with self._lock:
            self._days_asked, self._days = self._days, ()
            return self._days_asked

    def days_answered(self, shares: Mapping[str, DayShare]) -> None:
        """Hand the shares to the loop; none where nobody can know."""
        with self._lock:
            asked, self._days_asked = self._days_asked, ()
            self._days_came += [(wish, shares.get(wish.trunk)) for wish in asked]

    def asked(self) -> tuple[SliceWish, ...]:
        """Take what is to be asked for; nothing while an answer is not taken."""
        with self._lock:
            if self._asking:
                return ()
            self._asking = bool(self._wishes)
            wishes, self._wishes = self._wishes, ()
            return wishes

    def answered(self, answer: Mapping[str, Sequence[Slice]]) -> None:
        """Hand an answer to the loop; an empty one where nobody can know."""
        with self._lock:
            self._answer = answer
