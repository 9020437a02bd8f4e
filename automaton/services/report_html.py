"""A report for people: one page that stands alone, for the screen and for paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from automaton.domain.approval import Approval
from automaton.domain.attempt import Attempt
from automaton.domain.campaign import CampaignClass
from automaton.domain.foreseen import Expectation
from automaton.domain.help import HelpAlarm
from automaton.domain.record import LinkedCampaign, RecipientRecord
from automaton.domain.report import Report
from automaton.services.report_columns import CALLS_ON_PAGE, VISITS_ON_PAGE
from automaton.services.report_picture import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    picture,
)
from automaton.services.report_words import Words, order_told, word_table

PIECES = 500
BETWEEN = "\x1f"  # the unit separator; in no cell


def html_pieces(report: Report, words: Words) -> Iterator[str]:
    """Yield the page in pieces, so that a large one is never whole in memory."""
    stream = _template().stream(**_blanks(report, words))
    stream.enable_buffering(PIECES)
    yield from stream


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("automaton.services", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("report.html.j2")


def _blanks(report: Report, words: Words) -> dict[str, Any]:
    """Return what the template is filled with: texts only, ready to be shown."""
    table = word_table()[words.language]
    size = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT}
    return size | {
        "top": TOP,
        "bottom": BOTTOM,
        "language": words.language,
        "t": table["text"],
        "c": table["column"],
        "head": report.head,
        "exercise": report.head.campaign_class is CampaignClass.EXERCISE,
        "alone": report.alone and words.alone(report.alone),
        "facts": _facts(report, words),
        "figures": _figures(report, words),
        "picture": picture(report, words),
        "states": _shares_of(report.by_state, len(report.recipients), "state", words),
        "outcomes": _shares_of(
            report.by_told_outcome, report.totals.calls, "outcome", words
        ),
        "shares": _times(report, words),
        "expected": _expected(report, words),
        "trunks": _trunks(report, words),
        "duty": _duty(report, words),
        "alarms": [_alarm(one, words) for one in report.alarms],
        "open_alarms": len(report.open_alarms),
        "linked": [_linked(one, words) for one in report.linked],
        "help": [_visit(one, words) for one in report.help_asked],
        "visits": (_visit(one, words) for one in report.not_reached),
        "visit_count": len(report.not_reached),
        "visit_heads": [words("column", one.name) for one in VISITS_ON_PAGE],
        "call_heads": [words("column", one.name) for one in CALLS_ON_PAGE],
        "count": len(report.recipients),
        "recipients": (_recipient(one, words) for one in report.recipients),
        "made": words.moment(report.made_at),
        "zone": words.zone.key,
        "audit_head": report.audit_head,
    }


def _facts(report: Report, words: Words) -> list[tuple[str, str]]:
    head = report.head
    told = [
        ("class", words("class", head.campaign_class.value)),
        ("state", words.standing(head.state, head.launch_waits)),
        ("collectivity", head.collectivity),
        ("created", f"{head.created_by}, {words.moment(head.created_at)}"),
    ]
    if head.launched_at is not None:
        by = f"{head.launched_by or '–'}, {words.moment(head.launched_at)}"
        told.append(("launched", by))
    told.append(("started", words.moment(head.started_at)))
    told.append(("ended", words.moment(head.finished_at)))
    if head.pause_reason:
        told.append(("pause_reason", words("pause", head.pause_reason)))
    if report.proven:
        told.append(("proven", words.proven(report.proven)))
    known = [(words("text", key), value) for key, value in told]
    known += [_approval(one, words) for one in report.approvals]
    return known + [order_told(one, words) for one in report.orders if one.reason]


def _approval(approval: Approval, words: Words) -> tuple[str, str]:
    """Return what a second officer said of the launch; nothing yet is said too."""
    if approval.decision is None:
        asked = f"{approval.asked_by}, {words.moment(approval.asked_at)}"
        return words("decision", "asked"), asked
    told = f"{approval.decided_by}, {words.moment(approval.decided_at)}"
    why = f" · {approval.reason}" if approval.reason else ""
    return words("decision", approval.decision), told + why


def _figures(report: Report, words: Words) -> list[tuple[str, str]]:
    homes = len(report.recipients)
    share = report.acknowledged / homes if homes else None
    told = [
        ("recipients", str(homes)),
        ("reachable", str(report.reachable)),
        ("acknowledged", f"{report.acknowledged} ({words.percent(share)})"),
        ("calls", str(report.totals.calls)),
        ("first_call", words.moment(report.first_call_at)),
        ("first_ring", words.moment(report.first_ring_at)),
        ("last_end", words.moment(report.last_end_at)),
        ("lines", str(report.lines)),
        ("peak", str(report.peak_lines)),
        ("utilisation", words.percent(report.line_utilisation)),
    ]
    return [(words("text", key), value) for key, value in told]


def _shares_of(
    counts: Any, whole: int, kind: str, words: Words
) -> list[tuple[str, str, str]]:
    return [
        (words(kind, str(word)), str(count), words.percent(count / whole))
        for word, count in counts.items()
    ]


def _times(report: Report, words: Words) -> list[tuple[str, str, str]]:
    return [
        (
            f"{time.share} %",
            words.reached_in(time.of_recipients, report.is_over),
            words.reached_in(time.of_reachable, report.is_over),
        )
        for time in report.share_times
    ]


def _expected(report: Report, words: Words) -> list[tuple[str, ...]]:
    """Return each milestone: what was expected when, and what came."""
    return [
        (
            f"{one.share} %",
            words.hour(one.came_at),
            *(
                _held_against(one, at, words)
                for at in (one.at_launch, one.at_a_tenth, one.at_half)
            ),
        )
        for one in report.expectations
    ]


def _held_against(one: Expectation, at: datetime | None, words: Words) -> str:
    """Return an expectation and how far it was from what came: 10:04:30 (+1 min)."""
    late = one.error(at)
    if late is None:
        return "–"
    sign = "+" if late >= timedelta() else "−"
    return f"{words.hour(at)} ({sign}{words.duration(abs(late))})"


def _trunks(report: Report, words: Words) -> list[tuple[str, str, str, str]]:
    return [
        (
            trunk.name,
            str(trunk.attempts),
            str(trunk.answered),
            ", ".join(
                f"{words('outcome', fault.value)} : {count}"
                for fault, count in trunk.faults.items()
            )
            or words("text", "none"),
        )
        for trunk in report.trunks
    ]


def _duty(report: Report, words: Words) -> list[tuple[str, ...]]:
    return [
        (
            words.moment(ring.at),
            words("reason", ring.reason),
            ring.e164,
            ring.trunk,
            words("outcome", ring.outcome),
            words("text", "yes" if ring.taken else "no"),
        )
        for ring in report.duty
    ]


def _alarm(alarm: HelpAlarm, words: Words) -> tuple[str, ...]:
    """Return a call for help: how it stands, of whom, who took and who closed it."""
    return (
        words("alarm", alarm.state.value),
        words.moment(alarm.opened_at),
        alarm.name,
        alarm.address,
        alarm.number,
        str(alarm.rounds),
        f"{alarm.taken_name} {words.hour(alarm.taken_at)}".strip(),
        f"{alarm.closed_by or ''} {words.hour(alarm.closed_at)}".strip(),
        alarm.note,
    )


def _linked(linked: LinkedCampaign, words: Words) -> tuple[str, ...]:
    link = "parent" if linked.is_parent else linked.follow_up or ""
    counts = ", ".join(
        f"{words('state', state.value)} : {count}"
        for state, count in linked.counts.items()
    )
    state = words("campaign", linked.state.value)
    return (linked.name, words("follow_up", link), state, counts)


def _visit(recipient: RecipientRecord, words: Words) -> list[object]:
    return [column.shown(recipient, words) for column in VISITS_ON_PAGE]


def _recipient(recipient: RecipientRecord, words: Words) -> tuple[str, list[Markup]]:
    state = words("state", recipient.state.value)
    proof = words("proof", recipient.proof)
    who = f"{recipient.name}, {recipient.address} – {state} ({proof})"
    left = [attempt for attempt in recipient.attempts if attempt.claimed_at]
    return who, [_call(attempt, words) for attempt in left]


def _call(attempt: Attempt, words: Words) -> Markup:
    """Return the cells of a call as one text: the template is slower."""
    cells = [cell(attempt, words) for cell in _CELLS]
    shown = str(
        escape(BETWEEN.join(["" if one is None else str(one) for one in cells]))
    )
    return Markup(shown.replace(BETWEEN, "</td><td>"))  # noqa: S704 - escaped


_CELLS = tuple(column.page or column.sheet for column in CALLS_ON_PAGE)
