"""How an attempt ended: one closed list, read from SIP, Q.850 and what was seen.

Sources: RFC 3261 (SIP codes), RFC 3398 (SIP to Q.850), ITU-T Q.850, RFC 8197 (607),
RFC 8688 (608), RFC 8224 (428, 436-438).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The closed list of how an attempt ends."""

    ACKNOWLEDGED = "acknowledged"
    ANSWERED_NO_KEY = "answered_no_key"
    MACHINE = "machine"
    OPTED_OUT = "opted_out"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNALLOCATED = "unallocated"
    NUMBER_CHANGED = "number_changed"
    BAD_NUMBER = "bad_number"
    TRUNK_REFUSED = "trunk_refused"
    TRUNK_AUTH = "trunk_auth"
    TRUNK_CREDIT = "trunk_credit"
    REJECTED = "rejected"
    MEDIA_REFUSED = "media_refused"
    CALLER_ID_REFUSED = "caller_id_refused"
    TRUNK_FAILURE = "trunk_failure"
    OUT_OF_ORDER = "out_of_order"
    CONGESTION = "congestion"
    TRUNK_TIMEOUT = "trunk_timeout"
    PROTOCOL_GLITCH = "protocol_glitch"
    LOCAL_FAILURE = "local_failure"
    SCREENED = "screened"
    ANNOUNCEMENT = "announcement"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known when an attempt has ended, before it is named."""

    answered: bool = False
    acknowledged: bool = False
    opted_out: bool = False
    machine: bool = False
    screened: bool = False
    rang: bool = False
    announced: bool = False
    timed_out: bool = False
    no_channel: bool = False
    lost: bool = False
    withdrawn: bool = False
    sip: int | None = None
    q850: int | None = None


BY_SIP: dict[int, Outcome] = {
    401: Outcome.TRUNK_AUTH,
    402: Outcome.TRUNK_CREDIT,
    403: Outcome.TRUNK_REFUSED,
    404: Outcome.UNALLOCATED,
    407: Outcome.TRUNK_AUTH,
    410: Outcome.NUMBER_CHANGED,
    415: Outcome.MEDIA_REFUSED,
    428: Outcome.CALLER_ID_REFUSED,
    436: Outcome.CALLER_ID_REFUSED,
    437: Outcome.CALLER_ID_REFUSED,
    438: Outcome.CALLER_ID_REFUSED,
    484: Outcome.BAD_NUMBER,
    485: Outcome.BAD_NUMBER,
    486: Outcome.BUSY,
    487: Outcome.NO_ANSWER,
    488: Outcome.MEDIA_REFUSED,
    500: Outcome.TRUNK_FAILURE,
    501: Outcome.TRUNK_FAILURE,
    502: Outcome.OUT_OF_ORDER,
    504: Outcome.TRUNK_TIMEOUT,
    505: Outcome.TRUNK_TIMEOUT,
    600: Outcome.BUSY,
    603: Outcome.REJECTED,
    604: Outcome.UNALLOCATED,
    606: Outcome.MEDIA_REFUSED,
    607: Outcome.REJECTED,
    608: Outcome.REJECTED,
}

# A cause that says more than the SIP code that carried it (Reason header, RFC 3326).
BY_TELLING_CAUSE: dict[int, Outcome] = {
    1: Outcome.UNALLOCATED,
    17: Outcome.BUSY,
    22: Outcome.NUMBER_CHANGED,
    28: Outcome.BAD_NUMBER,
}

# Only where there is no SIP code at all.
BY_CAUSE: dict[int, Outcome] = {
    20: Outcome.UNREACHABLE,
    21: Outcome.REJECTED,
    27: Outcome.OUT_OF_ORDER,
    29: Outcome.TRUNK_FAILURE,
    34: Outcome.CONGESTION,
    38: Outcome.TRUNK_FAILURE,
    41: Outcome.CONGESTION,
    42: Outcome.CONGESTION,
    44: Outcome.CONGESTION,
    47: Outcome.CONGESTION,
    58: Outcome.MEDIA_REFUSED,
}

# Words that say nothing of why: only these does an announcement before them explain.
# A fault of the trunk stays one, whatever the trunk played ("all lines are busy").
_TELLS_NOTHING = frozenset({Outcome.UNREACHABLE, Outcome.NO_ANSWER, Outcome.UNKNOWN})

_CONGESTED_CAUSES = frozenset({34, 42, 44, 47})


def classify(ending: Ending) -> Outcome:
    """Name the outcome of one ended attempt.

    A person's act outranks everything; then what we did ourselves; then the network's
    word. What has a gap is `unknown`, never a success.
    """
    return _by_person(ending) or _by_us(ending) or _by_line(ending)


def _by_person(ending: Ending) -> Outcome | None:
    """Name what somebody, or a machine, did after picking up."""
    if ending.acknowledged:
        return Outcome.ACKNOWLEDGED
    if ending.opted_out:
        return Outcome.OPTED_OUT
    return _by_label(ending) if ending.answered else None


def _by_label(ending: Ending) -> Outcome:
    """Name what picked up by what it sounded like."""
    if ending.screened:
        return Outcome.SCREENED
    return Outcome.MACHINE if ending.machine else Outcome.ANSWERED_NO_KEY


def _by_us(ending: Ending) -> Outcome | None:
    """Name an end that was our own doing, or that we did not see."""
    if ending.withdrawn:
        return Outcome.CANCELLED
    if ending.no_channel:
        return Outcome.LOCAL_FAILURE
    if ending.lost and ending.sip is None:
        return Outcome.UNKNOWN
    return Outcome.NO_ANSWER if ending.timed_out else None


def _by_line(ending: Ending) -> Outcome:
    """Name what the network said, or played before it cut."""
    named = _by_network(ending)
    if ending.announced and not ending.rang and named in _TELLS_NOTHING:
        return Outcome.ANNOUNCEMENT
    return named


def _by_network(ending: Ending) -> Outcome:
    """Name the outcome from the network's codes alone."""
    telling = BY_TELLING_CAUSE.get(ending.q850 or 0)
    if telling is not None:
        return telling
    if ending.sip in (408, 480) or (ending.sip is None and ending.q850 in (18, 19)):
        return _silent(ending)
    if ending.sip is None:
        return BY_CAUSE.get(ending.q850 or 0, Outcome.UNKNOWN)
    if ending.sip in BY_SIP:
        return BY_SIP[ending.sip]
    return _by_class(ending.sip)


def _silent(ending: Ending) -> Outcome:
    """Tell a line that rang in vain from one that was never reached (18, 19)."""
    if ending.q850 in _CONGESTED_CAUSES:
        return Outcome.CONGESTION
    if ending.rang:
        return Outcome.NO_ANSWER
    never_reached = ending.sip == 408 or (ending.sip is None and ending.q850 == 18)
    return Outcome.TRUNK_TIMEOUT if never_reached else Outcome.UNREACHABLE


def _by_class(sip: int) -> Outcome:
    """Name what has no row of its own: other 5xx congest, other 4xx are glitches.

    A redirect (3xx) is never followed, or a trunk could send an alert to a number that
    nobody allowed: the contact point is flagged, and the next one has its turn.
    """
    if 300 <= sip < 400:
        return Outcome.NUMBER_CHANGED
    if 500 <= sip < 600:
        return Outcome.CONGESTION
    if 400 <= sip < 500:
        return Outcome.PROTOCOL_GLITCH
    return Outcome.UNKNOWN
