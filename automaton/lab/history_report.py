"""A history from two files: the JSON report of a campaign and the town's log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automaton.errors import RequestError
from automaton.lab.history import HistoryRules, Violation, check
from automaton.lab.log import Event, load_log
from automaton.lab.numbers import as_dialled

# The states in which a campaign is over, from the project's page on campaigns.
_OVER = frozenset({"finished", "cancelled", "expired"})

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that is judged, and by which rules."""

    records: Sequence[Report]
    events: Sequence[Event]
    rules: HistoryRules

    def violations(self) -> list[Violation]:
        """Return every break of an invariant."""
        return check(self.records, self.events, self.rules)


def load_report(path: Path) -> Report:
    """Read a JSON report; RequestError where there is none."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror}.", error_id="file") from error
    except ValueError as error:
        told = error
    if isinstance(told, dict) and "recipients" in told:
        return told
    raise RequestError(
        f"{path} is no JSON report of a campaign.", error_id="town-history"
    )


def read_history(reports: Sequence[Path], log: Path, rules: HistoryRules) -> Material:
    """Read the reports of all campaigns that rang a town, and its log.

    What a report itself tells goes into the rules: whether its campaign is over, and
    the numbers of the duty list.
    """
    told = [load_report(path) for path in reports]
    records = [row for report in told for row in report["recipients"]]
    try:
        events = load_log(log)
    except OSError as error:
        raise RequestError(f"{log}: {error.strerror}.", error_id="file") from error
    except (KeyError, TypeError, ValueError) as error:
        raise RequestError(
            f"{log} is no log of a town.", error_id="town-history"
        ) from error
    return Material(records, events, rules_of(told, rules))


def rules_of(reports: Sequence[Report], rules: HistoryRules) -> HistoryRules:
    """Return the rules with what the reports tell."""
    states = {report.get("campaign", {}).get("state") for report in reports}
    rings = [ring for report in reports for ring in report.get("duty_calls", ())]
    duty = frozenset(as_dialled(ring["number"]) for ring in rings)
    has_ended = rules.has_ended and states <= _OVER
    return replace(rules, has_ended=has_ended, others=rules.others | duty)
