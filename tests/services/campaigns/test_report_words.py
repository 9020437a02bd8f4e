"""The words of a report, in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from automaton.domain.attempt import Attempt, AttemptState
from automaton.domain.campaign import CampaignClass, CampaignState
from automaton.domain.outcome import Outcome
from automaton.domain.proof import Proof
from automaton.domain.recipient import RecipientState
from automaton.domain.record import UNDIALLED, told_outcome
from automaton.services.report_words import LANGUAGES, word_table, words_in


def test_every_word_is_in_both_languages() -> None:
    french, english = (word_table()[language] for language in LANGUAGES)
    assert {k: set(v) for k, v in french.items()} == {
        k: set(v) for k, v in english.items()
    }


def test_every_state_and_outcome_has_its_word() -> None:
    words = word_table()["fr"]
    assert set(words["state"]) == {state.value for state in RecipientState}
    assert set(words["outcome"]) == {*Outcome, UNDIALLED}
    assert set(words["campaign"]) == {state.value for state in CampaignState}
    assert set(words["proof"]) == {proof.value for proof in Proof}
    assert set(words["class"]) == {one.value for one in CampaignClass}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (5, "5 s"),
        (65, "1 min 05 s"),
        (3723, "1 h 02 min 03 s"),
        (3600, "1 h 00 min 00 s"),
    ],
)
def test_durations_are_said_in_words(seconds: int, said: str) -> None:
    words = words_in("fr", "Europe/Paris")
    assert words.duration(timedelta(seconds=seconds)) == said


def test_an_unknown_language_is_french_and_an_unknown_word_itself() -> None:
    words = words_in("de", "Europe/Paris")
    assert words("state", "waiting") == "en attente"
    assert words("reason", "flood") == "flood"
    assert (words.duration(None), words.percent(None)) == ("jamais atteint", "–")
    assert words_in("en", "UTC").percent(0.5) == "50.0%"


@pytest.mark.parametrize(
    ("language", "told"), [("fr", "pas encore atteint"), ("en", "not reached yet")]
)
def test_a_share_that_is_still_to_come_is_not_given_up(
    language: str, told: str
) -> None:
    # A campaign that ran was told « never reached ».
    words = words_in(language, "UTC")
    assert words.reached_in(None, is_over=False) == told
    assert words.reached_in(None, is_over=True) == words.duration(None)
    assert words.reached_in(timedelta(0), is_over=False) == "0 s"


def test_a_number_that_no_trunk_may_dial_is_no_incident_of_ours() -> None:
    now = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
    never = Attempt("a1", "c1", "r1", "p1", "+33639980001", now)
    ended = replace(
        never, state=AttemptState.ENDED, claimed_at=now, outcome=Outcome.LOCAL_FAILURE
    )
    told = [told_outcome(one) for one in (never, ended, replace(ended, trunk="north"))]
    assert told == ["", UNDIALLED, "local_failure"]
    assert (
        words_in("en", "UTC")("outcome", UNDIALLED) == "number that no trunk may dial"
    )
