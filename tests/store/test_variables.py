"""What variables stand for is frozen with each recipient, where a message has any."""

from __future__ import annotations

from automaton.store.safety import SafetyBook
from tests.store.commune import Commune, number


def spoken_by(commune: Commune, campaign: str, *parts: str) -> None:
    (row,) = commune.rows("campaigns", id=campaign)
    (text,) = commune.rows("message_texts", message_id=row.message_id)
    commune.change("message_texts", text.id, parts=list(parts))


def test_each_recipient_has_the_values_that_its_message_asks_for(
    commune: Commune,
) -> None:
    commune.home(number(1), codeword="mimosa")
    commune.person(number(2), first_name="", last_name="Roy")
    campaign = commune.campaign()
    spoken_by(commune, campaign, "p1", "{name}", "p2", "{street}", "{code_word}")
    commune.plan(campaign)
    whole = {
        "name": "Odile Vasseur",
        "street": "3 quai des Brumes",
        "code_word": "mimosa",
    }
    said = {row.name: row.said for row in commune.rows("recipients")}
    assert said == {"Odile Vasseur": whole, "Roy": {"name": "Roy"}}
    claimed = [claim.recipient.said for claim in commune.claim(campaign)]
    assert whole in claimed
    assert {"name": "Roy"} in claimed


def test_only_what_is_asked_for_is_kept(commune: Commune) -> None:
    commune.home(number(1), codeword="mimosa")
    campaign = commune.campaign()
    spoken_by(commune, campaign, "{street}", "p2")
    commune.plan(campaign)
    (row,) = commune.rows("recipients")
    assert row.said == {"street": "3 quai des Brumes"}


def test_a_message_without_variables_leaves_nothing_beside_its_recipients(
    commune: Commune,
) -> None:
    commune.home(number(1), codeword="mimosa")
    campaign = commune.planned()
    (row,) = commune.rows("recipients")
    assert row.said is None
    assert commune.claim(campaign)[0].recipient.said is None
    with commune.ledger.transaction() as transaction:
        found = transaction.campaign(campaign)
    assert found is not None
    assert found.messages[0].parts == ()


def test_a_backup_has_the_words_around_variables(commune: Commune) -> None:
    campaign = commune.campaign()
    spoken_by(commune, campaign, "p2", "{name}", "p3")
    with SafetyBook(commune.engine).photograph() as moment:
        assert {"p1", "p2", "p3"} <= moment.prompts()
        assert "{name}" not in moment.prompts()
