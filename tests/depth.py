"""How deep the tests search that make up their own input (hypothesis).

By default the same few examples each time, within seconds; `FUZZ_DEPTH=100` searches a
hundred times as many, other ones each time: `python -m tests.faults --only fuzz`.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

DEPTH = int(os.environ.get("FUZZ_DEPTH") or 1)


def examples(count: int, **more: int) -> settings:
    """Return settings for so many examples, times the depth."""
    return settings(
        max_examples=count * DEPTH,
        deadline=None,
        derandomize=DEPTH == 1,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
        **more,
    )
