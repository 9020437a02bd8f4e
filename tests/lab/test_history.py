"""The history checker: a good history holds, and each invariant is broken by hand."""

from __future__ import annotations

from automaton.lab.history import check
from tests.lab.histories import busy, confirmed, told


def test_a_good_history_breaks_nothing():
    lived = [busy(at=0), confirmed(at=60)]
    assert check([told(lived)], [e for call in lived for e in call.events]) == []
