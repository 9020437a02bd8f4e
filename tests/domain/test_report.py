"""The figures of a report, worked out by hand on a campaign of five homes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.help import HelpState
from automaton.domain.outcome import Outcome
from automaton.domain.recipient import RecipientState
from automaton.domain.record import CampaignHead, RecipientRecord
from automaton.domain.report import Report
from automaton.domain.street import street_key

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
S, O = RecipientState, Outcome  # noqa: E741


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def call(
    home: int, left: float, seconds: float, outcome: Outcome, **more: object
) -> Attempt:
    attempt = Attempt(
        id=f"a{home}-{left}",
        campaign_id="c",
        recipient_id=f"r{home}",
        contact_point_id=f"p{home}",
        e164=f"+3319900000{home}",
        due_at=at(left),
        state=AttemptState.ENDED,
        trunk="north",
        claimed_at=at(left),
        rang_at=at(left + 1),
        ended_at=at(left + seconds),
        outcome=outcome,
    )
    return replace(attempt, **more)  # type: ignore[arg-type]


def home(
    number: int, state: RecipientState, *calls: Attempt, **more: object
) -> RecipientRecord:
    record = RecipientRecord(
        f"r{number}",
        f"Maison {number}",
        f"{number} rue des Lilas, 17999 Rivemer",
        state,
        "none",
        (f"+3319900000{number}",),
        attempts=calls,
    )
    return replace(record, **more)  # type: ignore[arg-type]


HEAD = CampaignHead(
    "c", "Crue", "Rivemer", CampaignClass.ALERT, CampaignState.FINISHED, (), "x", START,
    started_at=START,
)  # fmt: skip
HOMES = (
    home(1, S.ACKNOWLEDGED, call(1, 0, 20, O.ACKNOWLEDGED, keys="1", answered_at=at(8)),
         acknowledged_at=at(15)),
    home(2, S.ACKNOWLEDGED, call(2, 0, 10, O.BUSY),
         call(2, 60, 20, O.ACKNOWLEDGED, keys="13", answered_at=at(66)),
         acknowledged_at=at(75)),
    home(3, S.EXHAUSTED, call(3, 20, 30, O.NO_ANSWER), call(3, 80, 20, O.CONGESTION)),
    home(4, S.BAD_DATA, call(4, 50, 2, O.UNALLOCATED)),
    home(5, S.CANCELLED, Attempt("a5", "c", "r5", "p5", "+33199000005", START,
                                 AttemptState.ENDED, outcome=O.CANCELLED)),
)  # fmt: skip
REPORT = Report(HEAD, 2, at(100), HOMES)
EMPTY = Report(HEAD, 2, at(100), ())


def test_states_and_outcomes_are_counted_and_what_never_left_is_not() -> None:
    assert REPORT.by_state == {
        S.ACKNOWLEDGED: 2, S.EXHAUSTED: 1, S.BAD_DATA: 1, S.CANCELLED: 1,
    }  # fmt: skip
    assert REPORT.by_outcome == {
        O.ACKNOWLEDGED: 2, O.NO_ANSWER: 1, O.BUSY: 1, O.UNALLOCATED: 1, O.CONGESTION: 1,
    }  # fmt: skip
    assert REPORT.totals.calls == 6
    assert (REPORT.acknowledged, REPORT.reachable) == (2, 4)


def test_moments_of_the_campaign() -> None:
    assert REPORT.first_call_at == START
    assert REPORT.first_ring_at == at(1)
    assert REPORT.last_end_at == at(100)


def test_time_to_a_share_counts_recipients_and_reachable_apart() -> None:
    fifty, eighty, ninety = REPORT.share_times
    assert fifty.of_recipients is None  # three of five are needed
    assert fifty.of_reachable == timedelta(seconds=75)  # two of four
    assert (eighty.of_reachable, ninety.of_recipients) == (None, None)


def test_line_utilisation_is_busy_seconds_over_lines_times_span() -> None:
    busy = 20 + 10 + 20 + 30 + 20 + 2
    assert REPORT.line_utilisation == pytest.approx(busy / (2 * 100))
    assert REPORT.peak_lines == 2


def test_a_claim_that_waits_for_its_line_is_no_call_yet() -> None:
    assert replace(REPORT, lines=1).peak_lines == 1


def test_a_call_that_goes_on_is_busy_until_now() -> None:
    calls = replace(call(1, 90, 0, O.UNKNOWN), ended_at=None, outcome=None)
    report = replace(REPORT, recipients=(home(1, S.TRYING, calls),))
    assert report.last_end_at == at(100)
    assert report.line_utilisation == pytest.approx(10 / 20)


def test_trunks_tell_what_they_carried_and_what_blames_them() -> None:
    (north,) = REPORT.trunks
    assert (north.attempts, north.answered) == (6, 2)
    assert north.faults == {O.CONGESTION: 1}


def test_each_door_stands_once_and_open_calls_for_help_are_the_first() -> None:
    waiting = [
        replace(HOMES[3], alarm=HelpState.TAKEN),
        replace(HOMES[1], alarm=HelpState.UNTAKEN),
        replace(HOMES[0], alarm=HelpState.CLOSED),
    ]
    report = Report(HEAD, 2, at(100), (*waiting, HOMES[2], HOMES[4]))
    assert [r.id for r in report.doors] == ["r2", "r4", "r3", "r5"]
    assert report.to_visit == 4


def test_whom_to_visit_and_who_asked_for_help() -> None:
    assert [r.id for r in REPORT.not_reached] == ["r3", "r4", "r5"]
    assert [r.id for r in REPORT.help_asked] == ["r2"]
    assert HOMES[2].last_outcome is O.CONGESTION
    assert HOMES[4].last_outcome is None


def test_excluded_people_are_neither_visited_nor_reachable() -> None:
    report = replace(REPORT, recipients=(home(1, S.EXCLUDED),))
    assert (list(report.not_reached), report.reachable) == ([], 0)


def test_slices_end_with_every_acknowledgement_and_hold_the_busy_seconds() -> None:
    slices = REPORT.slices
    assert slices[-1].acknowledged == 2
    assert slices[-1].at == at(100)
    width = 100 / len(slices)
    assert sum(s.lines for s in slices) * width == pytest.approx(102)
    assert slices[0].lines == pytest.approx(2)


def test_without_any_call_nothing_is_claimed() -> None:
    assert (EMPTY.slices, EMPTY.line_utilisation, EMPTY.peak_lines) == ((), None, 0)
    assert (EMPTY.first_call_at, EMPTY.first_ring_at, EMPTY.start_at) == (
        None, None, START,
    )  # fmt: skip
    assert EMPTY.share_times[0].of_recipients is None


def test_a_state_without_its_moment_counts_from_the_end_of_the_recipient() -> None:
    record = home(1, S.ACKNOWLEDGED, finished_at=at(30))
    assert record.reached_at == at(30)
    assert home(1, S.EXHAUSTED, acknowledged_at=at(30)).reached_at is None


def test_without_a_start_times_count_from_the_first_call() -> None:
    report = replace(REPORT, head=replace(HEAD, started_at=None))
    assert report.start_at == START


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("12 rue des Lilas, 17999 Rivemer", ("17999 rivemer", "rue des lilas", 12, "")),
        ("12, Rue des Lilas, 17999 Brume", ("17999 brume", "rue des lilas", 12, "")),
        ("2bis quai Éole, 17999 Rivemer", ("17999 rivemer", "quai eole", 2, "bis")),
        ("Le Bourg, 17999 Rivemer", ("17999 rivemer", "le bourg", 0, "")),
        ("3 allée B, Rivemer", ("rivemer", "allee b", 3, "")),
        ("", ("", "", 0, "")),
    ],
)  # fmt: skip
def test_addresses_are_sorted_for_a_walk(address: str, key: tuple[object, ...]) -> None:
    assert street_key(address) == key
