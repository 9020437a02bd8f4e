"""For how long the other nodes wait for a sign of life."""

from __future__ import annotations

from datetime import timedelta

import pytest

from automaton.settings import Settings


def test_a_lease_lasts_eight_seconds_where_nobody_says_otherwise(loaded) -> None:
    assert Settings().server.lease == timedelta(seconds=8)
    chosen = loaded('[server]\nlease = "20 s"').settings.server
    assert chosen.lease == timedelta(seconds=20)


@pytest.mark.parametrize("lease", ["5 s", "61 s", "soon"])
def test_a_lease_that_is_too_short_or_too_long_is_refused(refused, lease: str) -> None:
    (sentence,) = refused(f'[server]\nlease = "{lease}"')
    assert "server.lease" in sentence
