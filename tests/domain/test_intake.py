"""Which numbering region the rows of a collectivity's file have."""

from __future__ import annotations

import pytest

from automaton.domain.intake import Home


@pytest.mark.parametrize(
    ("home", "code", "region"),
    [
        ("FR", "17200", "FR"),
        ("FR", "97411", "RE"),
        ("FR", "2A004", "FR"),
        ("FR", "", "FR"),
        ("RE", "", "RE"),
        ("RE", "17200", "FR"),
        ("RE", "97200", "MQ"),
        ("RE", "1720", "RE"),
        ("RE", " 97200 ", "MQ"),
        ("DE", "97421", "DE"),
        ("BE", "17200", "BE"),
        ("BE", "1000", "BE"),
    ],
)
def test_a_french_code_decides_else_the_collectivity_does(home, code, region):
    assert Home(home).region_at(code) == region
