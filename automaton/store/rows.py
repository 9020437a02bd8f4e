"""From rows to the domain's objects, by the order of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any, TypeVar

from automaton.domain.attempt import Attempt
from automaton.domain.recipient import Point, Recipient
from automaton.store.tables import attempts, recipients

T = TypeVar("T")

CHUNK = 500
ATTEMPT_COLUMNS = tuple(attempts.c[field.name] for field in fields(Attempt))
RECIPIENT_COLUMNS = tuple(recipients.c[field.name] for field in fields(Recipient))
_FIELDS = tuple(field.name for field in fields(Attempt))


def attempt_of(row: Sequence[Any]) -> Attempt:
    """Return the attempt of a row that begins with `ATTEMPT_COLUMNS`."""
    attempt = object.__new__(Attempt)  # its own way sets each field by itself
    attempt.__dict__.update(zip(_FIELDS, row, strict=False))
    return attempt


def recipient_of(row: Sequence[Any]) -> Recipient:
    """Return the recipient of a row that is `RECIPIENT_COLUMNS`."""
    id_, campaign_id, state, points, language, codeword_prompt, said = row
    known = tuple(Point(*point) for point in points)
    return Recipient(id_, campaign_id, state, known, language, codeword_prompt, said)


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield the values in lists of at most `size`, as one statement can carry."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
