"""The variables of a message: none without its value, and their sounds in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from automaton.domain.message import variables_of
from automaton.domain.recipient import RecipientState
from automaton.services.census import question_of
from automaton.services.office import Office
from automaton.store.drafts import CampaignCard
from automaton.store.tally import future_recipients
from automaton.store.variables import Said

FIRST = 100
"""So many recipients have their sounds before the first call leaves."""
MOST_NAMED = 10


def variables_in(card: CampaignCard) -> tuple[str, ...]:
    """Return the variables of a campaign's message, in whatever language."""
    return variables_of([part for text in card.message for part in text.parts or ()])


def missing_values(office: Office, card: CampaignCard) -> Iterator[str]:
    """Yield a sentence for each variable that has no value for somebody."""
    missing: defaultdict[str, list[str]] = defaultdict(list)
    variables = variables_in(card)
    for said in _everything_said(office, card):
        for variable in variables:
            if variable not in said.values:
                missing[variable].append(said.name)
    for variable, names in missing.items():
        told = "; ".join(names[:MOST_NAMED])
        more = len(names) - MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        yield (
            f"{{{variable}}} of the message has no value for {told}{rest}: complete"
            " the register, or take it out of the text."
        )


def render_first(office: Office, card: CampaignCard) -> None:
    """Render what is said to the first who are called; the call finds it ready."""
    texts = list(islice(_texts(office, card), FIRST * max(1, len(variables_in(card)))))
    office.studio.render_values(texts)


def render_all(office: Office, card: CampaignCard) -> None:
    """Render what is said to everybody; `LineError` where that was ended."""
    office.studio.render_values(list(_texts(office, card)))


def _texts(office: Office, card: CampaignCard) -> Iterator[tuple[str, str]]:
    """Yield each text once, with its language, in the order of the calls."""
    spoken = [text.language for text in card.message]
    seen: set[tuple[str, str]] = set()
    for said in _everything_said(office, card):
        language = said.language if said.language in spoken else spoken[0]
        for text in said.values.values():
            if (text, language) not in seen:
                seen.add((text, language))
                yield text, language


def _everything_said(office: Office, card: CampaignCard) -> Iterator[Said]:
    """Yield what is said to everybody who can be rung; nothing without variables."""
    if not (variables := variables_in(card)):
        return
    question = question_of(card)
    for one in future_recipients(office.desk.engine, question, variables):
        if one.state is RecipientState.WAITING and one.said is not None:
            yield one.said
