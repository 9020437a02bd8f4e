"""Which trunks carry a campaign, and which number all of them show."""

from __future__ import annotations

from collections.abc import Sequence

from automaton.domain.phone import to_e164
from automaton.errors import RequestError
from automaton.settings import Settings
from automaton.settings.trunk import TrunkSettings

LONGEST_SHORT_NUMBER = 6  # what is longer is a whole number


def route(
    settings: Settings, trunks: Sequence[str], caller_id: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Return the trunks of a campaign and the one number that all of them show.

    Without a number that is asked for or set, it is the first that all of them list.
    `RequestError` for a trunk that is not there, for a number that one of them may not
    present (it would be cut, or refused by the operator), and where they share none.
    """
    if not settings.trunks:
        raise _refused("The settings name no trunk.", "trunk-unknown")
    for name in trunks:
        if settings.trunk(name) is None:
            known = ", ".join(trunk.name for trunk in settings.trunks)
            raise _refused(f"There is no trunk {name}: {known}.", "trunk-unknown")
    shown = _caller_id(settings, caller_id)
    if shown is None:
        return tuple(trunks), _shared(settings, trunks)
    able = {trunk.name for trunk in settings.trunks_presenting(shown)}
    for name in trunks:
        if name not in able and _shows_number(settings.trunk(name)):
            sentence = f"Trunk {name} may not show {shown} as the caller ID."
            raise _refused(sentence, "caller-id")
    if not able:
        raise _refused(f"No trunk may show {shown} as the caller ID.", "caller-id")
    ours = (trunk.name for trunk in settings.trunks if trunk.name in able)
    return tuple(trunks) or tuple(ours), shown


def anonymous(trunks: Sequence[TrunkSettings]) -> tuple[str, ...]:
    """Say by which of these trunks calls would show no number at all."""
    return tuple(
        f"Trunk {trunk.name} lists no caller ID: its calls show no number."
        for trunk in trunks
        if trunk.is_sip and not trunk.caller_ids
    )


def _shared(settings: Settings, names: Sequence[str]) -> str | None:
    """Return the first number that every trunk lists, None where none lists any.

    A home that is rung again by another trunk shall see the same number.
    """
    chosen = [t for t in settings.trunks if not names or t.name in names]
    ours = [trunk for trunk in chosen if _shows_number(trunk)]
    if not any(trunk.caller_ids for trunk in ours):
        return None
    for number in ours[0].caller_ids:
        if all(number in trunk.caller_ids for trunk in ours):
            return number
    listed = ", ".join(trunk.name for trunk in ours)
    sentence = f"The trunks {listed} share no caller ID: choose some with --trunk."
    raise _refused(sentence, "caller-id")


def _shows_number(trunk: TrunkSettings | None) -> bool:
    """Tell whether calls by a trunk show a number; other channels may have none."""
    return trunk is not None and (trunk.is_sip or bool(trunk.caller_ids))


def _caller_id(settings: Settings, written: str | None) -> str | None:
    if written is None:
        return settings.calling.caller_id
    bare = written.replace(" ", "")
    if bare.isdecimal() and len(bare) <= LONGEST_SHORT_NUMBER:
        return bare
    return to_e164(written, settings.region)


def _refused(sentence: str, error_id: str) -> RequestError:
    return RequestError(sentence, error_id=error_id)
