"""How long a call may take, and whether its limit cuts off what it has to say."""

from __future__ import annotations

from math import ceil

from automaton.domain.campaign import CampaignClass
from automaton.domain.menu import keys_offered
from automaton.domain.message import RenderedText
from automaton.services.office import Office
from automaton.store.codewords import sounds_of
from automaton.store.drafts import Draft

LISTENING = 1.5  # seconds after the answer, where nobody says "allô"
SECOND_CALL = ("again",)  # the first call to a home is that much shorter


def dialogue_notices(office: Office, draft: Draft) -> tuple[str, ...]:
    """Say where the call's limit would cut the repetitions of a message short.

    Counted is the longest call in which nobody presses a key or speaks over it: the
    opening with the longest agreed word, and each time the message, the questions and
    the wait. The goodbye is said after the limit.
    """
    word = _longest_word(office, draft.register_id)
    longest = max((_lasts(office, draft, one) for one in draft.message), default=0.0)
    whole, talk = ceil(longest + word), int(draft.policy.talk.total_seconds())
    if whole <= talk:
        return ()
    return (
        f"Said {draft.policy.repeats} times with its questions the message takes"
        f" {whole} s, and a call ends after {talk} s: shorten it or raise talk.",
    )


def _lasts(office: Office, draft: Draft, text: RenderedText) -> float:
    """Return the seconds of a call in a language, without the agreed word."""
    policy = draft.policy
    is_exercise = draft.campaign_class is CampaignClass.EXERCISE
    opening = (*SECOND_CALL, *("exercise",)[:is_exercise])
    person = policy.transfer is not None
    keys = keys_offered(draft.campaign_class, policy.help_key, person)
    questions = [f"ask-{key}" for key in keys]
    lengths = office.studio.phrase_seconds(text.language, (*opening, *questions))
    asked = sum(lengths[name] for name in questions)
    once = text.seconds + asked + ceil(policy.key_wait.total_seconds())
    return LISTENING + sum(lengths[n] for n in opening) + policy.repeats * once


def _longest_word(office: Office, register_id: str) -> float:
    prompts = sounds_of(office.desk.engine, register_id)
    return max(map(office.studio.seconds_of, prompts), default=0.0)
