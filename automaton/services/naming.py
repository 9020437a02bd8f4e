"""Names as people give them to things of the house, and what is not found by them."""

from __future__ import annotations

from collections.abc import Sequence

from automaton.errors import RequestError


def cleaned_name(name: str) -> str:
    """Return a name without needless blanks.

    `RequestError` for none, a long one, and one with signs that nobody sees.
    """
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 100:
        raise RequestError("A name has 1 to 100 characters.", error_id="bad_name")
    if not cleaned.isprintable():
        raise RequestError(
            "A name has only signs that can be seen.", error_id="bad_name"
        )
    return cleaned


def not_found(what: str, asked: str, known: Sequence[str]) -> RequestError:
    """Return the refusal of a name that nothing has; it tells the known ones."""
    if not known:
        noun = what.partition(" ")[0]
        add = f"add one with automaton {noun} add"
        return RequestError(f"There is no {what} yet: {add}.", error_id="not_found")
    some = ", ".join(known[:10])
    if asked:
        told = f"There is no {what} called « {asked} »; known: {some}."
    else:
        told = f"Say which {what} by --{what}: there is not exactly one; known: {some}."
    return RequestError(told, error_id="not_found")
