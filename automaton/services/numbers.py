"""Numbers that a person writes for the automaton to ring, and whether a trunk may."""

from __future__ import annotations

from collections.abc import Sequence

from automaton.domain.dialling import refuse_emergency
from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.settings.trunk import TrunkSettings

_SIGNS = str.maketrans("", "", " .-/")


def written_number(
    written: str, region: str, trunks: Sequence[TrunkSettings] = ()
) -> str:
    """Return a number in E.164, or a short one that a trunk names.

    `RequestError` for what is no number, and for an emergency number.
    """
    refuse_emergency(written)
    bare = written.translate(_SIGNS)
    if any(bare in trunk.short_numbers for trunk in trunks):
        return bare
    return to_e164(written, region)


def carrying(trunks: Sequence[TrunkSettings], number: str) -> tuple[TrunkSettings, ...]:
    """Return the trunks that may dial a number; `RequestError` where none may."""
    able = tuple(trunk for trunk in trunks if trunk.allowed.names(number))
    if not able:
        raise RequestError(
            f"No trunk may dial {number}: write its beginning into prefixes, its"
            " country into countries, or a short number into short_numbers of a trunk.",
            error_id="trunk-prefix",
        )
    return able
