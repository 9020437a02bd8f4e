"""What a door asks the chief to ring people for, by name."""

from __future__ import annotations

from enum import StrEnum

CODE_GUESSED = "code_guessed"
"""Those on duty are told that somebody tries codes of officers."""
RING_BACK = "ring_back"
"""An officer is rung on the telephone that is registered."""
RING_OFFICERS = "ring_officers"
"""Officers are rung, for what `Why` says."""

ERRANDS = (CODE_GUESSED, RING_BACK, RING_OFFICERS)


class Why(StrEnum):
    """What officers are rung for."""

    APPROVAL = "approval"
    """In turn, until one has decided on the launch of another."""
    ALONE = "launched_alone"
    """Each, to be told that one launched alone."""
