"""What the cells about consent say: yes, no, or nothing that may be acted upon.

Who is rung for information depends on it: only an explicit yes is one, and a name, a
date or a word that we do not know is not.
"""

from __future__ import annotations

import re
from datetime import datetime

from automaton.domain.contact import Consent
from automaton.importers.headings import plain


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(part.split()) for part in text.split(","))


_MARKS_OF_YES = _phrases("oui, o, yes, y, x, 1, vrai, true")
_MARKS_OF_NO = _phrases("non, n, no, 0, faux, false")
_MARKS = _MARKS_OF_YES | _MARKS_OF_NO
YES = _MARKS_OF_YES | _phrases(
    """ok, accord, d accord, accord donne, accorde, accepte, acceptee, j accepte, donne,
    consenti, consentant, consentante, je consens, agreed, agree, i agree, accepted,
    consented, given, consent given"""
)
NO = _MARKS_OF_NO | _phrases("non merci, non non, no thanks, stop, never, jamais")
_REFUSALS = re.compile(
    r"\b(?:"
    r"(?:souhait|desir|accept|autoris)(?:e|ent|ons|ait) (?:pas|plus)(?! tard)"
    r"|(?:veut|veux|veulent|voulu|consent|consens) (?:pas|plus)(?! tard)"
    r"|(?:pas|plus|sans|aucun|aucune|non) (?:de |d |son |leur |l )?"
    r"(?:accord|consentement|autorisation|consentante?|favorable)"
    r"|ne (?:pas|plus) (?:l |la |le |les )?(?:r?appeler|(?:re)?contacter|joindre)"
    r"|(?:do|does|did|don|doesn|didn)(?: not| t) (?:want|wish|agree|consent|call)"
    r"|(?:no|not|without) (?:consent|agreed|agreement|permission|willing)"
    r"|opt(?:ed)? out|(?:do )?not (?:call|contact))\b"
)
_REFUSED = re.compile(
    r"\b(?:refus(?:ee?s?|ed|al|ent|er)?|oppos(?:ee?s?|ed|ition|ent|er)|declin\w*"
    r"|retir(?:ee?s?)|retrait|revo(?:qu|k)\w*|withdr[ae]wn?|desinscrite?|rejected)\b"
)
_UNDONE = re.compile(
    r"\b(?:ne|n|pas|sans|aucune?|not|never)(?: \w+){0,2} (?:refus|oppos|declin|retir)"
    r"|\b(?:non|no) (?:oppos)"
)
_POSITIVE = re.compile(
    r"\b(?:oui|yes|accepte|acceptons|accord|consens|consent|autorise|agree|agreed)\b"
)
_DOUBT = re.compile(
    r"\b(?:ne|n|pas|plus|non|no|not|don|sans|without|aucune?|jamais|never|sauf|except"
    r"|attente|demande\w*|confirmer|relance\w*|rappeler|recueillir|verifier|voir|faire"
    r"|inconnue?|incertaine?|absente?|cours|encore|peut etre|pending|unknown|unsure"
    r"|ask|asked|tbd|todo|waiting|later|maybe|none|nc|na)\b|^a "
)
# "Je refuse …", "La personne ne souhaite pas …": who speaks stands before what is said.
_SPEAKER = re.compile(
    r"^(?:(?:je|j|il|elle|ils|elles|on|nous|la|le|personne|ne|n|m|s|est|suis|i|we|he"
    r"|she|they) )+"
)


def says_no(written: str) -> bool:
    """Tell whether a short cell is an explicit no, in French or English."""
    words = plain(written)
    if words in NO or _REFUSALS.search(words):
        return True
    return bool(_REFUSED.search(words)) and not _UNDONE.search(words)


def consent_in(by: str, how: str, text: str, at: datetime | None) -> Consent:
    """Return the entry that four cells make; `agreed` None where they are not clear.

    What is not clear keeps its words in the text, for a person to read.
    """
    agreed = _agreed(by, how, text)
    if agreed:
        name = "" if plain(by) in YES else by
        return Consent(by=name, at=at, how=how, text=text)
    left = "" if plain(by) in _MARKS else by
    said = " · ".join(part for part in (left, text) if part)
    if agreed is None and not said:
        said = by or how or (at.date().isoformat() if at else "")
    return Consent(at=at, how=how, text=said, agreed=agreed)


def _agreed(by: str, how: str, text: str) -> bool | None:
    refused_in_text = _refused_in(text)
    if plain(by) in YES:
        if says_no(how):
            return False
        return None if refused_in_text or _is_doubtful(how) else True
    if says_no(by) or says_no(how) or refused_in_text:
        return False
    positive = _POSITIVE.search(plain(f"{how} {text}"))
    clear = not any(map(_is_doubtful, (by, how, text)))
    return True if how and text and positive and clear else None


def _refused_in(text: str) -> bool:
    """Tell whether a text begins with a no: further down it may speak of rights."""
    words = _SPEAKER.sub("", plain(text))
    if words in NO:
        return True
    found = _REFUSALS.match(words) or _REFUSALS.match(f"ne {words}")
    return bool(found or _REFUSED.match(words))


def _is_doubtful(cell: str) -> bool:
    words = plain(cell)
    return bool(cell) and (not words or _DOUBT.search(words) is not None)
