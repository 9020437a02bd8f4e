"""What was entered of a collectivity is corrected, its name as well.

The name is in what was rendered for its campaigns, the zone in their hours: nothing
is changed while one of them is not over.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Protocol

from automaton.clock import Clock
from automaton.domain.collectivity import Act, Collectivity
from automaton.domain.phone import region_of
from automaton.errors import RequestError
from automaton.services.collectivities import (
    CollectivityBook,
    checked,
    refuse_taken,
    zone_of_region,
)


class CorrectionBook(CollectivityBook, Protocol):
    """What this use case needs of the store; each method is one transaction."""

    def correct_collectivity(self, told: Collectivity, act: Act) -> None:
        """Write a collectivity anew; refuse it while a campaign of it is not over."""
        ...


@dataclass(frozen=True, slots=True)
class Correction:
    """What shall be otherwise; None stays as it is, and a code may be emptied."""

    name: str | None = None
    insee: str | None = None
    postal_code: str | None = None
    region: str | None = None
    timezone: str | None = None
    language: str | None = None


def correct_collectivity(
    book: CorrectionBook, clock: Clock, found: Collectivity, wish: Correction, by: str
) -> Collectivity:
    """Correct a collectivity; return it as it is now.

    Region and time zone follow from another code where they are not given: from the
    INSEE code where there is one, else from the postal code.
    """
    told = checked(_corrected(found, wish))
    before = asdict(found)
    changed = [name for name, now in asdict(told).items() if now != before[name]]
    if not changed:
        raise RequestError(
            "Nothing would change: say what shall be corrected.", error_id="unchanged"
        )
    refuse_taken(book, told)
    act = Act(
        by,
        clock.now(),
        "collectivity_corrected",
        "collectivity",
        told.id,
        told.id,
        tuple((name, "corrected") for name in changed),
    )
    book.correct_collectivity(told, act)
    return told


def _corrected(found: Collectivity, wish: Correction) -> Collectivity:
    given = {name: now for name, now in asdict(wish).items() if now is not None}
    region = _region(found, wish)
    zone = found.timezone if region == found.region else zone_of_region(region)
    return replace(found, **({"timezone": zone} | given | {"region": region}))


def _region(found: Collectivity, wish: Correction) -> str:
    """Return the region that is told, else that of another code, else as it was."""
    if wish.region is not None:
        return wish.region.upper()
    insee = found.insee if wish.insee is None else wish.insee
    code = wish.insee or ("" if insee else wish.postal_code)
    return region_of(code) if code else found.region
