"""Trunks that misbehave, one SIPp each; all at once, so that it lasts one call.

The long runs, with more homes and with silence until `rtp_timeout`, are in
`tests/faults/sip.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.asterisk.install import Installation
from tests.faults.ground import Ground
from tests.faults.sip import KEYS, QUIET, SIGNALS, scene

pytestmark = pytest.mark.asterisk


def test_every_call_by_a_bad_trunk_ends_in_time_and_is_named_rightly(
    installation: Installation, prompts: Path
) -> None:
    chaos = (*SIGNALS, *KEYS, QUIET)
    with scene(Ground(installation, prompts), chaos, lines=1) as here:
        here.ring(chaos, homes=1)
        here.wait(60)
        assert here.faults(chaos, homes=1) == []
