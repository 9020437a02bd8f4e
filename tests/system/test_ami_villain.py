"""A villain between daemon and Asterisk; the long runs are in `tests/faults/ami.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.asterisk.install import Installation
from tests.faults.ami import brought_about, reset
from tests.faults.ground import Ground

pytestmark = pytest.mark.asterisk


def test_a_link_that_is_reset_in_mid_campaign_loses_no_key_and_rings_nobody_twice(
    installation: Installation, prompts: Path
) -> None:
    seen = brought_about(Ground(installation, prompts), 1, "ami-reset", reset, homes=12)
    assert seen.is_clean, seen.notes
