from __future__ import annotations

import pytest

from benchmarks.crowd import most_at_once
from benchmarks.figures import lost, missed, most_in_a_second, traffic, with_targets
from benchmarks.mix import used
from benchmarks.observer import Call, Observer


def call(at: float, talk: float = 7.0, **more: object) -> Call:
    at += 100  # 0 is never
    return Call("+33199000001", at, at, at + talk, keys=1, **more)


def test_lines_that_are_never_idle_are_used_whole() -> None:
    seen = traffic([call(at) for at in (0, 0, 7, 7)], lines=2)
    assert (seen.utilisation, seen.seconds, seen.turn_ms) == (1.0, 14.0, 0.0)


def test_a_turn_is_the_time_from_a_bye_to_the_next_invite() -> None:
    seen = traffic([call(at) for at in (0, 0.5, 7.1, 7.6)], lines=2)
    assert seen.turn_ms == pytest.approx(100)
    assert seen.ramp_seconds == 0.5
    assert seen.utilisation == pytest.approx(4 * 7 / (2 * 14.6))


def test_a_call_that_we_cut_is_not_whole() -> None:
    seen = traffic([call(0), call(0, 3.0, ended_by_us=True)], lines=2)
    assert (seen.calls, seen.whole) == (2, 1)


def test_most_starts_in_any_second() -> None:
    assert most_in_a_second([0, 0.9, 1.0, 1.1, 1.2, 5]) == 4


def test_a_key_that_nobody_has_is_lost() -> None:
    calls = [Call("+33199000001", 0, keys=1), Call("+33199000002", 0)]
    assert lost(calls, {}) == 1
    assert lost(calls, {"+33199000001": "2"}) == 1
    assert lost(calls, {"+33199000001": "21"}) == 0


GOOD = {
    "line_utilisation_200": 0.985,
    "bare_loop_line_utilisation_200": 0.99,
    "line_utilisation_500": 0.98,
    "daemon_cpu_ms_per_call_200": 2.0,
    "default_events_loop_cpu_ms_per_call_200": 2.1,
    "lost_keys_200": 0,
    "broken_calls_200": 0,
    "first_ring_s": 1.0,
    "rss_mb_200": 100.0,
}


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"line_utilisation_200": 0.984}, "line_utilisation_200"),
        ({"line_utilisation_500": 0.979}, "line_utilisation_500"),
        ({"daemon_cpu_ms_per_call_200": 2.05}, "daemon_cpu_ms_per_call_200"),
        (
            {"default_events_loop_cpu_ms_per_call_200": 1.9},
            "daemon_cpu_ms_per_call_200",
        ),
        ({"lost_keys_200": 1}, "lost_keys_200"),
        ({"broken_calls_200": 1}, "broken_calls_200"),
        ({"first_ring_s": 1.1}, "first_ring_s"),
        ({"rss_mb_200": 201.0}, "rss_mb_200"),
    ],
)
def test_a_missed_target_is_named(changed: dict[str, float], name: str) -> None:
    assert missed(GOOD) == []
    assert missed(GOOD | changed) == [name]


def test_beside_each_figure_stand_its_runs_its_target_and_whether_it_was_met() -> None:
    found = with_targets({"lost_keys_200": 1, "x": 2.0}, [{"x": 1.0}, {"x": 3.0}])
    verdict = {"value": 1, "target": "≤ 0", "verdict": "MISSED"}
    assert found == {"lost_keys_200": verdict, "x": {"value": 2.0, "runs": [1.0, 3.0]}}


def test_lines_are_used_from_the_invite_to_the_end() -> None:
    calls = [call(0, 10), Call("+33199000002", 105, ended=0)]
    assert used(calls, began=102, until=107) == pytest.approx((5 + 2) / 5)


def test_calls_at_once_are_those_between_answer_and_end() -> None:
    assert most_at_once([call(0), call(3), call(7.5), Call("+33199000009", 100)]) == 2


def test_the_observer_reads_what_sipp_wrote(tmp_path) -> None:
    observer = Observer(tmp_path / "sipp")
    rows = [
        ("1.5", "R", "a@x", "CSeq: 7 INVITE", "INVITE sip:+33199000001@127.0.0.1"),
        ("1.6", "S", "a@x", "CSeq: 7 INVITE", "SIP/2.0 180 Ringing"),
        ("1.7", "S", "a@x", "CSeq: 7 INVITE", "SIP/2.0 200 OK"),
        ("1.8", "R", "a@x", "CSeq: 7 ACK", "ACK sip:+33199000001@127.0.0.1"),
        ("8.7", "S", "a@x", "CSeq: 1 BYE", "BYE sip:asterisk@127.0.0.1"),
        ("8.8", "R", "a@x", "CSeq: 1 BYE", "SIP/2.0 200 OK"),
    ]
    text = "\n".join("\t".join(("day", "time", *row)) for row in rows)
    (tmp_path / "sipp" / "messages.tsv").write_text(text)
    (tmp_path / "sipp" / "keys.log").write_text("key a@x")
    (seen,) = observer.calls()
    assert seen == Call("+33199000001", 1.5, 1.7, 8.7, False, 1)
    assert seen.is_whole
