"""What a door asks the chief to ring people for, by name."""

from __future__ import annotations

from enum import StrEnum

CODE_GUESSED = "code_guessed"
"""Those on duty are told that somebody tries codes of officers."""
RING_BACK = "ring_back"
"""An officer is rung on the telephone that is registered."""
RING_OFFICERS = "ring_officers"
"""Officers are rung, for what `Why` says."""
PROVE = "prove"
"""Telephones are rung now to prove that they ring, whenever they were rung last."""

NEWS = "news"
"""Who launched by telephone is told what has become of it, as `News` says."""

RING_FIRST = "ring_first"
"""An officer hears the call of a campaign as its residents would."""

NOBODY_DECIDED = "nobody_decided"
"""Who asked for a second officer hears that nobody has decided, and decides alone."""

ERRANDS = (
    CODE_GUESSED,
    RING_BACK,
    RING_OFFICERS,
    NEWS,
    RING_FIRST,
    NOBODY_DECIDED,
    PROVE,
)
DUE = "due"
"""In a payload: the moment (ISO 8601) before which nobody is rung for it."""


class Why(StrEnum):
    """What officers are rung for."""

    APPROVAL = "approval"
    """In turn, until one has decided on the launch of another."""
    ALONE = "launched_alone"
    """Each, to be told that one launched alone."""


class News(StrEnum):
    """What an officer who launched by telephone is rung for, each of them once."""

    AGREED = "agreed"
    """A second officer has agreed to it."""
    REFUSED = "refused"
    """A second officer has refused it."""
    MOST = "most"
    """80 % of those who can be reached have acknowledged."""
    PAUSED = "paused"
    """Nobody is rung any more: the safeguard has paused it, or somebody else has."""
    STOPPED = "stopped"
    """Somebody else has stopped it."""
    ENDED = "ended"
    """It is over."""


LAST_NEWS = frozenset({News.STOPPED, News.ENDED})
"""What nothing follows."""
