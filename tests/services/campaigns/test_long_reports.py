"""A report of half a million homes needs no more memory than one of a hundred."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from automaton.domain.campaign import CampaignState
from automaton.domain.recipient import RecipientState
from automaton.domain.record import RecipientRecord
from automaton.domain.report import ShortWalk
from automaton.services import report_walk
from automaton.services.report_walk import LongWalk
from automaton.services.reports import ReportFormat, pieces, report, reported
from tests.services.campaigns.city import City, fill, play, random_script

HOMES = 60
FIGURES = (
    "by_state",
    "by_outcome",
    "by_told_outcome",
    "reachable",
    "first_call_at",
    "first_ring_at",
    "last_end_at",
    "share_times",
    "expectations",
    "line_utilisation",
    "peak_lines",
    "trunks",
    "slices",
)


@pytest.fixture
def campaign(city: City) -> str:
    fill(city, HOMES)
    campaign = city.started(lines=10)
    play(city, campaign, random_script(HOMES))
    city.move(campaign, CampaignState.FINISHED)
    return campaign


@pytest.mark.parametrize("form", ReportFormat)
def test_what_is_read_bit_by_bit_is_what_is_held(
    city: City, campaign: str, form: ReportFormat
) -> None:
    whole = report(city.office, campaign)
    with reported(city.office, campaign) as told:
        for figure in FIGURES:
            assert getattr(told, figure) == getattr(whole, figure), figure
        assert list(told.recipients) == list(whole.recipients)
        assert list(told.reached_at) == whole.reached_at
        assert told.reached_at[-1] == whole.reached_at[-1]
        assert "".join(pieces(told, form)) == "".join(pieces(whole, form))


def test_no_recipient_is_held_once_it_is_written(
    city: City, campaign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_walk, "RUN", 5)
    with reported(city.office, campaign) as told:
        told.by_state  # noqa: B018 - it is worked out
        gc.collect()
        held = [one for one in gc.get_objects() if isinstance(one, RecipientRecord)]
    assert len(held) < 2 * 5


def people(count: int) -> Iterator[RecipientRecord]:
    for index in range(count):
        address = f"{index * 7 % 50} rue {index % 3}, 17999 Rivemer"
        state = RecipientState.EXHAUSTED
        yield RecipientRecord(f"r{index:03}", "Vasseur", address, state, "rung", ())


def test_a_long_walk_is_in_the_order_of_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_walk, "RUN", 10)
    with ExitStack() as closing:
        long, short = LongWalk(closing), ShortWalk()
        for person in people(37):
            long.add(person)
            short.add(person)
        assert len(long) == len(short) == 37
        assert list(long) == list(short)
        assert list(long) == list(short)  # as often as asked


def test_a_report_tells_that_its_audience_is_still_being_counted(city: City) -> None:
    city.homes(3)
    campaign = city.create()
    city.move(campaign, CampaignState.RUNNING)
    with city.commune.ledger.transaction() as transaction:
        transaction.plan_chunk(campaign, city.commune.now, 2)
    with reported(city.office, campaign) as told:
        assert told.is_counting
        data = json.loads("".join(pieces(told, ReportFormat.JSON)))
    assert data["campaign"]["planned"] is False
    assert data["figures"]["recipients"] == 2
    city.commune.plan(campaign)
    assert not report(city.office, campaign).is_counting
