"""What campaigns are called: the rules, the name of a new round, and namesakes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from automaton.domain.campaign import FINAL_CAMPAIGN_STATES
from automaton.errors import RequestError
from automaton.services.office import Office
from automaton.store.drafts import Draft

LONGEST_NAME = 200


def accepted_name(name: str) -> str:
    """Return a name as it is kept; `RequestError` where a campaign has no such name."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        sentence = f"A campaign needs a name of one line, up to {LONGEST_NAME} letters."
        raise RequestError(sentence, error_id="campaign-name")
    return name


def name_after(office: Office, parent: str, called: str) -> str:
    """Return a name that no campaign has yet: « parent (called) », « (called 2) » ….

    A long name of the parent is cut.
    """
    taken = {card.name for card in office.desk.cards()}
    suffixes = (f" ({called} {n})" if n > 1 else f" ({called})" for n in count(1))
    names = (parent[: LONGEST_NAME - len(end)].rstrip() + end for end in suffixes)
    return next(name for name in names if name not in taken)


def namesakes(office: Office, draft: Draft) -> Iterator[str]:
    """Yield what to know of a name that a campaign without an end has already."""
    for card in office.desk.cards(draft.collectivity_id):
        if card.name == draft.name and card.state not in FINAL_CAMPAIGN_STATES:
            yield (
                f"Another campaign that has not ended is called « {draft.name} » "
                f"({card.id}): name this one by its id."
            )
            return
