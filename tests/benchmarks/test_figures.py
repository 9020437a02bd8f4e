from __future__ import annotations

import pytest

from benchmarks.figures import lost, missed, most_in_a_second, traffic
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
    "line_utilisation": 0.985,
    "bare_loop_line_utilisation": 0.99,
    "daemon_cpu_ms_per_call": 2.0,
    "lost_keys": 0,
    "asked_calls": 10,
    "calls": 10,
    "whole_calls": 10,
    "first_invite_s": 1.0,
    "rss_mb": 100.0,
}


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"line_utilisation": 0.979}, "line_utilisation"),
        ({"bare_loop_line_utilisation": 0.996}, "line_utilisation"),
        ({"daemon_cpu_ms_per_call": 3.1}, "daemon_cpu_ms_per_call"),
        ({"lost_keys": 1}, "lost_keys"),
        ({"whole_calls": 9}, "whole_calls"),
        ({"first_invite_s": 2.1}, "first_invite_s"),
        ({"rss_mb": 201.0}, "rss_mb"),
    ],
)
def test_a_missed_target_is_named(changed: dict[str, float], name: str) -> None:
    assert missed(GOOD) == []
    assert missed(GOOD | changed) == [name]


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
