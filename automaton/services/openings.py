"""Who calls and why, before what follows a campaign: as the campaign itself said it."""

from __future__ import annotations

from dataclasses import replace

from automaton.domain.contact import plain
from automaton.services.messages import MessageWish
from automaton.services.office import Office
from automaton.store.drafts import CampaignCard
from automaton.voices.phrasebook import Phrasebook

CORRECTION, ALL_CLEAR = "follow-correction", "follow-all-clear"
"""The phrases of what it is, as residents hear it after who calls."""
_SUBJECT = "\0"


def introduced(
    office: Office, message: MessageWish, parent: CampaignCard, called: str | None
) -> MessageWish:
    """Let texts that do not say who calls begin as the parent's did.

    Where the parent's had no subject it is `called` by a phrase, without one the text
    stays as it is. A wish that has a subject of its own stays as it is, too.
    """
    if message.subject.strip() or message.introduced.strip():
        return message
    book, caller = office.studio.phrases, parent.register.collectivity.name
    texts = dict(message.texts)
    for language, text in texts.items():
        if not text.strip() or plain(caller) in plain(text):
            continue
        if language in book.languages:
            subject = _subject(book, language, parent) or _phrase(
                book, language, called
            )
            texts[language] = _begun(book, language, caller, subject) + text.strip()
    return replace(message, texts=texts)


def _begun(book: Phrasebook, language: str, caller: str, subject: str) -> str:
    if not subject:
        return ""
    return book.filled("opening", language, caller=caller, subject=subject) + " "


def _phrase(book: Phrasebook, language: str, called: str | None) -> str:
    return "" if called is None else book.filled(called, language)


def _subject(book: Phrasebook, language: str, parent: CampaignCard) -> str:
    """Return what the parent's text said that it is about, empty where it did not.

    What a parent was called that follows a campaign itself is no subject.
    """
    caller = parent.register.collectivity.name
    begun = _begun(book, language, caller, _SUBJECT)
    before, _, after = begun.partition(_SUBJECT)
    for told in parent.message:
        if told.language == language and told.text.startswith(before):
            subject, _, rest = told.text.removeprefix(before).partition(after)
            own = {book.filled(name, language) for name in (CORRECTION, ALL_CLEAR)}
            return subject if rest and subject not in own else ""
    return ""
