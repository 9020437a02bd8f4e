"""What is told to those who call our numbers, and what is kept of it."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from automaton.settings.values import Duration, Section, within

Waits = Annotated[Duration, within("10 s", "10 min")]
"""Longer, and the call itself is at its end (15 min)."""
RecordingTime = Annotated[Duration, within("10 s", "5 min")]
Told = Annotated[Duration, within("1 min", "30 d")]


class CallInSettings(Section):
    """Calls that come in at a published number (docs/operators-guide.md)."""

    told_for: Told = timedelta(hours=24)
    """How long after its end a campaign's message is still told to a home that it was
    for, and may be confirmed; also how long Asterisk tells it with the daemon down."""
    waiting: int = Field(default=10, ge=0, le=1000)
    """Callers who may wait while all lines kept back are taken; further ones hear that
    none is free. Each holds a line of the trunk, and callers nearly half at most."""
    wait: Waits = timedelta(minutes=3)
    """How long such a caller waits before a goodbye, from 10 s to 10 min."""
    relatives_a_day: int = Field(default=3, ge=0, le=100)
    """For how many calls a day one telephone may name another number and confirm for
    it; 0: nobody may."""
    longest_recording: RecordingTime = timedelta(minutes=2)
    """How long a caller may speak to be registered, from 10 s to 5 min."""
    most_recordings: int = Field(default=500, ge=0, le=100_000)
    """No more is recorded while so many wait for somebody to hear them; callers who
    show no number share a tenth of them."""
    recordings_a_caller: int = Field(default=3, ge=1, le=100)
    """No more is recorded from one telephone while so many of its own wait."""
    recordings_kept: Duration = timedelta(days=90)
    """What callers left, and what officers recorded by telephone, is deleted after so
    long, heard or not; the messages made of it stay with their campaigns. A sound of no
    record is kept as long, or until somebody is erased."""
    calls_kept: Duration = timedelta(days=365)
    """Who called when, and what it came to, is deleted after so long."""
