"""What the duty list hears."""

from __future__ import annotations

import itertools

import pytest

from automaton.domain.alarm import Alarm, spoken
from automaton.domain.recipient import RecipientState

COUNTS = {
    RecipientState.ACKNOWLEDGED: 212,
    RecipientState.EXHAUSTED: 80,
    RecipientState.TRYING: 8,
}


ABOUT_SOMETHING = [alarm for alarm in Alarm if alarm is not Alarm.OFFICER_WANTED]


@pytest.mark.parametrize(
    ("alarm", "language"), list(itertools.product(ABOUT_SOMETHING, ["fr", "en"]))
)
def test_every_alarm_names_the_campaign_in_both_languages(alarm, language):
    said = spoken(alarm, language, "Crue", "operator", COUNTS)
    assert "Crue" in said
    assert "{" not in said


def test_the_two_languages_say_something_different():
    said = {spoken(a, lang, "Crue") for a in Alarm for lang in ("fr", "en")}
    assert len(said) == 2 * len(Alarm)


def test_a_language_without_a_text_is_told_in_french():
    assert spoken(Alarm.SILENT, "br", "Crue") == spoken(Alarm.SILENT, "fr", "Crue")


def test_the_end_of_an_alert_tells_how_many_homes_confirmed():
    assert "212 foyers sur 300" in spoken(
        Alarm.ALERT_ENDED, "fr", "Crue", counts=COUNTS
    )


def test_an_end_without_counts_tells_zero():
    assert "0 homes of 0" in spoken(Alarm.ALERT_ENDED, "en", "Crue")


def test_a_lost_trunk_is_named():
    assert "operator" in spoken(Alarm.TRUNK_LOST, "fr", "Crue", trunk="operator")


def test_braces_in_a_name_are_only_a_name():
    assert "{total}" in spoken(Alarm.PAUSED, "fr", "Essai {total}")
