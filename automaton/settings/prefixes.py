"""Whether an automatic system may show a number: a dated data file, read once.

A caller ID comes in, a verdict goes out. The rule and its sources are in the file.
"""

import re
import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

OLDEST_RULES = timedelta(days=365)
Verdict = Literal["permitted", "forbidden", "fiction", "unknown"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrefixLists(_Table):
    """Beginnings of numbers, by verdict."""

    permitted: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    fiction: tuple[str, ...] = ()


class CallerIdRules(_Table):
    """What the data file says."""

    country: str
    checked: date
    in_force_since: date
    sources: tuple[str, ...]
    to_be_checked: str
    country_codes: tuple[str, ...]
    prefixes: PrefixLists
    short_numbers: PrefixLists

    def verdict(self, caller_id: str) -> Verdict:
        """What the rule says of a caller ID, E.164 or short."""
        if not caller_id.startswith("+"):
            return _longest(self.short_numbers, caller_id)
        codes = "|".join(self.country_codes)
        national = re.fullmatch(rf"\+(?:{codes})([1-9]\d{{8}})", caller_id)
        return _longest(self.prefixes, f"0{national[1]}") if national else "unknown"

    def warnings(self, today: date) -> tuple[str, ...]:
        """What the operator should know about the age of these rules."""
        if today - self.checked <= OLDEST_RULES:
            return ()
        return (
            f"The rules on caller IDs ({self.country}) were last checked on"
            f" {self.checked}, more than a year ago: compare them with the"
            " regulator's decisions or take a newer version.",
        )


@cache
def caller_id_rules() -> CallerIdRules:
    """The rules that come with this version."""
    file = files("automaton.settings") / "data" / "caller_id_prefixes.toml"
    return CallerIdRules.model_validate(tomllib.loads(file.read_text("utf-8")))


def _longest(lists: PrefixLists, number: str) -> Verdict:
    by_prefix: dict[str, Verdict] = {
        **dict.fromkeys(lists.permitted, "permitted"),
        **dict.fromkeys(lists.forbidden, "forbidden"),
        **dict.fromkeys(lists.fiction, "fiction"),
    }
    matching = [prefix for prefix in by_prefix if number.startswith(prefix)]
    return by_prefix[max(matching, key=len)] if matching else "unknown"
