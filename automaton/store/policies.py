"""The policy of a campaign as JSON beside it: durations as ISO 8601 (PT30S)."""

from __future__ import annotations

from functools import lru_cache

from pydantic import TypeAdapter
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from automaton.domain.policy import CallPolicy

_ADAPTER = TypeAdapter(CallPolicy)


def policy_to_json(policy: CallPolicy) -> str:
    """Return a policy as JSON text."""
    return _ADAPTER.dump_json(policy).decode()


@lru_cache(maxsize=256)
def policy_from_json(written: str) -> CallPolicy:
    """Return the policy of a JSON text; what is left out has its default."""
    return _ADAPTER.validate_json(written)


class PolicyText(TypeDecorator[CallPolicy]):
    """A column that holds a `CallPolicy`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: CallPolicy | None, _: Dialect) -> str | None:
        """Return what is written."""
        return None if value is None else policy_to_json(value)

    def process_result_value(self, value: str | None, _: Dialect) -> CallPolicy | None:
        """Return what was read."""
        return None if value is None else policy_from_json(value)
