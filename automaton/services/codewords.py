"""Code words become sounds before the first call; each content is rendered once."""

from __future__ import annotations

from automaton.errors import AutomatonError
from automaton.services.office import Office
from automaton.store.codewords import keep_sounds, words_without_sound
from automaton.store.drafts import RegisterCard


def render_code_words(office: Office, register: RegisterCard) -> tuple[str, ...]:
    """Render the code words of a register that have no sound yet.

    A word that cannot be said holds no campaign back; the notice says how many there
    are, never which. Blocking: the daemon's loop does not come here.
    """
    engine, own = office.desk.engine, register.collectivity.language
    sounds, mute = {}, 0
    words = words_without_sound(engine, register.id)
    for done, (word, language) in enumerate(words, 1):
        try:
            prompt = office.studio.code_word(word, language, own)
        except AutomatonError:
            mute += 1
        else:
            sounds[word, language] = prompt
        office.studio.told(done, len(words))
    if sounds:
        keep_sounds(engine, register.id, sounds)
    return (f"{mute} code words cannot be said: the calls leave them out.",)[: mute > 0]
