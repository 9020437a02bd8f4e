"""The operators' page of retries says what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.domain.outcome import Outcome
from automaton.domain.retry import Counted, TrunkVerdict
from automaton.domain.retry_page import COUNTED, MEANING, TRUNK, page

PAGE = Path(__file__).parents[2] / "docs" / "retries.md"
LINES = {line.split("`")[1]: line for line in page().splitlines() if line[:3] == "| `"}


def test_the_page_is_the_one_that_the_table_writes():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_outcome_has_its_line_and_every_word_its_meaning():
    assert list(LINES) == list(MEANING)
    assert set(LINES) == set(Outcome)
    assert (set(COUNTED), set(TRUNK)) == (set(Counted), set(TrunkVerdict))


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("busy", "| 486, 600 | yes | 3 min, 3 min, 3 min, 10 min |"),
        ("no_answer", "| yes | 5 min, 15 min, 1 h, 2 h; after 480: 10 min, 30 min;"),
        ("unallocated", "| 1 h; 1 more at most; by another trunk at once; flagged"),
        ("number_changed", "| yes | not this number; flagged for a person |"),
        ("trunk_failure", "| no | 15 s + up to 45 s; by another trunk |"),
        ("unreachable", "| if it rang | 10 min, 30 min |"),
        ("trunk_auth", "broken at once"),
    ],
)
def test_a_line_says_what_its_row_does(outcome, says):
    assert says in LINES[outcome]
