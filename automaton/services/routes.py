"""Which trunks carry a campaign, and which number all of them show."""

from __future__ import annotations

from collections.abc import Sequence

from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.settings import Settings

LONGEST_SHORT_NUMBER = 6  # what is longer is a whole number


def route(
    settings: Settings, trunks: Sequence[str], caller_id: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Return the trunks of a campaign and the number that all of them show.

    `RequestError` for a trunk that is not there, and for a number that one of them may
    not present: it would be cut, or refused by the operator.
    """
    if not settings.trunks:
        raise _refused("The settings name no trunk.", "trunk-unknown")
    for name in trunks:
        if settings.trunk(name) is None:
            known = ", ".join(trunk.name for trunk in settings.trunks)
            raise _refused(f"There is no trunk {name}: {known}.", "trunk-unknown")
    shown = _caller_id(settings, caller_id)
    if shown is None:
        return tuple(trunks), None
    able = {trunk.name for trunk in settings.trunks_presenting(shown)}
    for name in trunks:
        if name not in able:
            sentence = f"Trunk {name} may not show {shown} as the caller ID."
            raise _refused(sentence, "caller-id")
    if not able:
        raise _refused(f"No trunk may show {shown} as the caller ID.", "caller-id")
    ours = (trunk.name for trunk in settings.trunks if trunk.name in able)
    return tuple(trunks) or tuple(ours), shown


def _caller_id(settings: Settings, written: str | None) -> str | None:
    if written is None:
        return settings.calling.caller_id
    bare = written.replace(" ", "")
    if bare.isdecimal() and len(bare) <= LONGEST_SHORT_NUMBER:
        return bare
    return to_e164(written, settings.region)


def _refused(sentence: str, error_id: str) -> RequestError:
    return RequestError(sentence, error_id=error_id)
