"""The agreed words of a register's people, and the sounds that say them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Engine, select, union, update

from automaton.domain.recipient import OPEN_RECIPIENT_STATES
from automaton.store.audience import is_visible
from automaton.store.engine import reading, writing
from automaton.store.tables import contacts, recipients

Word = tuple[str, str]
"""A code word and the language of whoever has it."""


def words_without_sound(engine: Engine, register_id: str) -> list[Word]:
    """Return the code words of a register that were not rendered yet, each once."""
    asked = (
        select(contacts.c.codeword, contacts.c.language)
        .where(_without_sound(register_id), contacts.c.codeword.is_not(None))
        .distinct()
        .order_by(contacts.c.codeword, contacts.c.language)
    )
    with reading(engine) as connection:
        return [(word, language) for word, language in connection.execute(asked)]


def sounds_of(engine: Engine, register_id: str) -> list[str]:
    """Return the prompts of a register's code words, each once."""
    prompt = contacts.c.codeword_prompt
    mine = (contacts.c.register_id == register_id) & is_visible(contacts)
    asked = select(prompt).where(mine, prompt.is_not(None)).distinct()
    with reading(engine) as connection:
        return list(connection.execute(asked).scalars())


def words_in_use(engine: Engine) -> frozenset[str]:
    """Return the prompts of code words that somebody has, or is still to hear."""
    own, frozen = contacts.c.codeword_prompt, recipients.c.codeword_prompt
    is_open = recipients.c.state.in_(sorted(OPEN_RECIPIENT_STATES))
    theirs = select(own).where(own.is_not(None))
    told = select(frozen).where(frozen.is_not(None), is_open)
    with reading(engine) as connection:
        return frozenset(connection.execute(union(theirs, told)).scalars())


def keep_sounds(engine: Engine, register_id: str, sounds: Mapping[Word, str]) -> None:
    """Write the prompts of code words beside everybody who has them."""
    with writing(engine) as connection:
        for (word, language), prompt in sounds.items():
            theirs = (contacts.c.codeword == word, contacts.c.language == language)
            connection.execute(
                update(contacts)
                .where(_without_sound(register_id), *theirs)
                .values(codeword_prompt=prompt)
            )


def _without_sound(register_id: str) -> ColumnElement[bool]:
    mine = contacts.c.register_id == register_id
    return mine & is_visible(contacts) & contacts.c.codeword_prompt.is_(None)
