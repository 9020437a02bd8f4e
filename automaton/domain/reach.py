"""How many calls the network gets through: the network effectiveness of ITU-T E.425.

Not how many people answer, which falls from round to round: a call that rang, was
busy or was declined has got through.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK = 30
ENOUGH = 50
WORTH = 0.3
FALLEN = 0.5


@dataclass(frozen=True, slots=True)
class Reach:
    """Ended calls and those that got through: of the block that runs, and before it.

    `failing`: the exchanges in which the block's calls got stuck.
    """

    ended: int = 0
    through: int = 0
    before_ended: int = 0
    before_through: int = 0
    failing: frozenset[str] = frozenset()

    @property
    def is_complete(self) -> bool:
        """Whether the block can be judged."""
        return self.ended >= BLOCK

    @property
    def has_fallen(self) -> bool:
        """Whether far fewer calls of the block got through than did before it."""
        if not self.is_complete or self.before_ended < ENOUGH:
            return False
        before = self.before_through / self.before_ended
        return before >= WORTH and self.through / self.ended < FALLEN * before


def after_end(reach: Reach, exchange: str, got_through: bool) -> Reach:
    """Return what is known after one more call; a judged block is one of the past.

    One that had fallen is forgotten: the calls after it are measured by the good ones.
    """
    if reach.is_complete:
        reach = _closed(reach)
    return Reach(
        reach.ended + 1,
        reach.through + got_through,
        reach.before_ended,
        reach.before_through,
        reach.failing if got_through else reach.failing | {exchange},
    )


def _closed(reach: Reach) -> Reach:
    if reach.has_fallen:
        return Reach(0, 0, reach.before_ended, reach.before_through)
    return Reach(
        0,
        0,
        reach.before_ended + reach.ended,
        reach.before_through + reach.through,
    )
