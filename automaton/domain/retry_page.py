"""The retry table as a page for operators: `docs/retries.md`.

Run `python -m automaton.domain.retry_page > docs/retries.md` after a change of the
table; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta

from automaton.domain.outcome import BY_SIP, Outcome
from automaton.domain.policy import CallPolicy
from automaton.domain.retry import (
    BY_CODE,
    NOT_AT_ONCE,
    RULES,
    Counted,
    RetryPolicy,
    Rule,
    TrunkVerdict,
)

# What happened, for somebody who has never seen a SIP code.
MEANING: dict[Outcome, str] = {
    Outcome.ACKNOWLEDGED: "Somebody pressed 1 (or 3, where help is offered).",
    Outcome.ANSWERED_NO_KEY: "Somebody picked up and pressed no key that counts.",
    Outcome.MACHINE: "An answering machine picked up. It is never a person.",
    Outcome.OPTED_OUT: "No more information is wanted: 9 twice, or before (no try).",
    Outcome.NO_ANSWER: "The telephone rang in vain.",
    Outcome.BUSY: "The line is engaged.",
    Outcome.UNREACHABLE: "The network did not get as far as the telephone.",
    Outcome.UNALLOCATED: "The network says that the number does not exist.",
    Outcome.NUMBER_CHANGED: "The number was given up for another one.",
    Outcome.BAD_NUMBER: "The number is incomplete or written wrongly.",
    Outcome.TRUNK_REFUSED: "The operator does not let this call through.",
    Outcome.TRUNK_AUTH: "The operator does not accept our name or password.",
    Outcome.TRUNK_CREDIT: "The operator wants to be paid first.",
    Outcome.REJECTED: "The call was declined at the other end.",
    Outcome.MEDIA_REFUSED: "No common sound format with the operator.",
    Outcome.CALLER_ID_REFUSED: "The operator does not accept the number shown.",
    Outcome.TRUNK_FAILURE: "The operator's equipment failed.",
    Outcome.OUT_OF_ORDER: "The called line is out of order.",
    Outcome.CONGESTION: "The network or an exchange is overloaded.",
    Outcome.TRUNK_TIMEOUT: "The operator did not reply in time.",
    Outcome.PROTOCOL_GLITCH: "The two exchanges misunderstood one another.",
    Outcome.LOCAL_FAILURE: "Our own Asterisk could not start the call.",
    Outcome.SCREENED: "A screener asked for a key or a name ([voices](voices.md)).",
    Outcome.ANNOUNCEMENT: "The network played a sound, and cut without any ringing.",
    Outcome.UNKNOWN: "We lost sight of the call; it may have rung.",
    Outcome.CANCELLED: "We took the call back before an answer; an alert had no line.",
}
# Codes whose outcome depends on more than the code.
ALSO: dict[Outcome, str] = {
    Outcome.NUMBER_CHANGED: "a redirect (3xx): none is followed",
    Outcome.NO_ANSWER: "408 and 480 after ringing, our own ring time",
    Outcome.UNREACHABLE: "480",
    Outcome.TRUNK_TIMEOUT: "408",
    Outcome.CONGESTION: "503, other 5xx",
    Outcome.PROTOCOL_GLITCH: "other 4xx",
}
COUNTED = {Counted.YES: "yes", Counted.NO: "no", Counted.IF_RANG: "if it rang"}
TRUNK = {
    TrunkVerdict.NOTHING: "",
    TrunkVerdict.SUSPECT: "five in 10 s break it",
    TrunkVerdict.CONGESTED: "rate of exchange or trunk halved, raised step by step",
    TrunkVerdict.BROKEN: "broken at once, probed until calls pass",
    TrunkVerdict.CALLER_ID: "its caller ID is refused",
}
HEADINGS = ("outcome", "what happened", "SIP", "uses a try", "next try", "the trunk")
INTRODUCTION = """\
# What follows when a call is not acknowledged

This page is written from the program itself
(`python -m automaton.domain.retry_page > docs/retries.md`).

A contact point gets {point} tries that count, a recipient {recipient} over all its
contact points. A try counts only if the network gave a verdict about the called line,
or may have rung it: nobody loses a try to a busy exchange. Tries that do not count end
as well, after {uncounted} for a recipient.

Waits are those before the same number is dialled again, counted from the end of the
call; the last one repeats. Another number of the same home need not wait, unless
somebody there has answered or declined, or we took the call back. A `Retry-After`
holds where it is longer, up to 30 min, in an alert up to 2 min, and a channel tells it.
What chokes is called more slowly ([pacing](pacing.md)). Calling hours come on top, and
a ceiling over all campaigns, for one number:
{ceilings}. The correction and the all-clear of an
alert may ring a number as often more as they try it: nobody waits two hours to hear
that the danger is over.

Retries are not kept waiting until everybody was rung once: of the calls that a campaign
starts a quarter are retries, as long as first tries and retries both wait. A quarter,
because a first try confirms 56 homes of 100 and a second one 39.

Who heard the whole message twice without a key is rung once more, and then listed as
`reached_unconfirmed`, for a visit. The states of a recipient are in the
[glossary](glossary.md).

`calling.retry_delays` changes the waits (see [settings](settings.md)); what counts
does not change.
"""


def page() -> str:
    """Return the whole page."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *map(_row, MEANING)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    return f"{_introduction()}\n{table}\n"


def _introduction() -> str:
    retry, policy = RetryPolicy(), CallPolicy()
    ceilings = [f"{c.calls} calls in {_told(c.within)}" for c in policy.ceilings]
    return INTRODUCTION.format(
        point=retry.tries_per_point,
        recipient=retry.tries_per_recipient,
        uncounted=retry.uncounted_tries,
        ceilings=" and ".join(ceilings),
    )


def _row(outcome: Outcome) -> tuple[str, ...]:
    rule = RULES[outcome]
    return (
        f"`{outcome}`",
        MEANING[outcome],
        _codes(outcome),
        COUNTED[rule.counted],
        _next(outcome, rule),
        TRUNK[rule.trunk],
    )


def _codes(outcome: Outcome) -> str:
    codes = [str(code) for code, named in BY_SIP.items() if named is outcome]
    return ", ".join([*codes, *filter(None, [ALSO.get(outcome)])])


def _next(outcome: Outcome, rule: Rule) -> str:
    """Return when, how often and by which trunk the number is dialled again."""
    parts = [_waits(rule) if rule.limit != 1 else "not this number"]
    parts += [f"after {code}: {waits}" for code, waits in _by_code(outcome)]
    if rule.limit is not None and rule.limit > 1:
        parts.append(f"{rule.limit - 1} more at most")
    if rule.now_on_other_trunk:
        parts.append(f"by another trunk at once{_but_not(outcome)}")
    elif rule.other_trunk:
        parts.append("by another trunk")
    if rule.flags_after is not None:
        parts.append(_flagged(rule.flags_after))
    return "; ".join(parts)


def _but_not(outcome: Outcome) -> str:
    late = [str(c) for c in sorted(NOT_AT_ONCE) if BY_SIP.get(c) is outcome]
    return f", not after {' and '.join(late)}" if late else ""


def _by_code(outcome: Outcome) -> Iterator[tuple[int, str]]:
    for (named, code), delays in BY_CODE.items():
        if named is outcome:
            yield code, ", ".join(map(_told, delays))


def _flagged(after: int) -> str:
    if after == 1:
        return "flagged for a person"
    return f"flagged for a person after {after}"


def _waits(rule: Rule) -> str:
    waits = ", ".join(map(_told, rule.delays))
    return f"{waits} + up to {_told(rule.jitter)}" if rule.jitter else waits


def _told(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


if __name__ == "__main__":  # pragma: no cover
    sys.stdout.write(page())
