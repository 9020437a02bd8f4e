"""Identifiers: UUIDv7 by its own description, and in the order of their making."""

import time
import uuid

from automaton.ids import new_id


def test_id_is_a_uuid_of_version_7_with_the_moment_in_front() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_are_all_different() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000
