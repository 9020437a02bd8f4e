"""A real daemon with a real Asterisk, watched at its door while it calls."""

from __future__ import annotations

import json
import os
import re
import signal
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.system.conftest import MakeStage
from tests.system.stage import Stage, home, until

pytestmark = pytest.mark.asterisk


def place(stage: Stage) -> tuple[str, int]:
    """Return where the daemon said that it may be watched."""
    found = re.search(
        r'"host": "([\d.]+)", "port": (\d+), "event": "watched"', stage.said()
    )
    assert found is not None, stage.said()
    return found[1], int(found[2])


def get(stage: Stage, path: str) -> tuple[int, str]:
    link = HTTPConnection(*place(stage), timeout=5)
    try:
        link.request("GET", path)
        answer = link.getresponse()
        return answer.status, answer.read().decode()
    finally:
        link.close()


def figures(stage: Stage) -> dict[str, float]:
    """Return every figure by name and labels as they are written."""
    _, page = get(stage, "/metrics")
    return {
        sample.name + str(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_a_node_at_work_is_watched_and_says_when_it_cannot_call(
    stage: MakeStage,
) -> None:
    here = stage(home(1) + home(2, "busy"))
    assert get(here, "/healthz")[0] == 200
    until(lambda: get(here, "/readyz")[0] == 200, 20, "ready")
    here.ended(here.alerted(tries_per_contact_point=1))
    told = figures(here)
    acknowledged = "[('outcome', 'acknowledged'), ('trunk', 'town')]"
    busy = "[('outcome', 'busy'), ('trunk', 'town')]"
    assert told[f"automaton_calls_ended_total{acknowledged}"] == 1
    assert told[f"automaton_calls_ended_total{busy}"] == 1
    assert told["automaton_calls_started_total[('trunk', 'town')]"] == 2
    assert told["automaton_keys_total[]"] == told["automaton_journal_keys[]"] == 1
    assert told["automaton_journal_unwritten_keys[]"] == 0
    assert told["automaton_ami_answer_seconds_count[]"] >= 4
    assert told["automaton_commit_seconds_count[]"] >= 4
    os.kill(here.asterisk(), signal.SIGKILL)
    ill = until(lambda: _not_ready(here), 20, "Asterisk is missed")
    assert ill["asterisk"] == "out of reach"
    assert get(here, "/healthz")[0] == 200
    until(lambda: get(here, "/readyz")[0] == 200, 40, "ready again")


def _not_ready(stage: Stage) -> dict[str, str] | None:
    status, page = get(stage, "/readyz")
    told: dict[str, str] = json.loads(page)
    return told if status == 503 else None
