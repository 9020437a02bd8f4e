"""What people write in cells, in French and English, and what we call it."""

from __future__ import annotations

from automaton.domain.contact import Origin
from automaton.importers.headings import plain

ORIGINS: dict[str, Origin] = {
    **dict.fromkeys(
        (
            "self",
            "lui meme",
            "elle meme",
            "soi meme",
            "personne",
            "l interesse",
            "interesse",
            "interessee",
            "volontaire",
            "inscription",
            "inscription volontaire",
        ),
        Origin.SELF,
    ),
    **dict.fromkeys(
        (
            "third party",
            "tiers",
            "un tiers",
            "tiers par ecrit",
            "famille",
            "proche",
            "relative",
            "family",
            "third party in writing",
        ),
        Origin.THIRD_PARTY,
    ),
    **dict.fromkeys(
        ("directory", "annuaire", "pages blanches", "annuaire universel"),
        Origin.DIRECTORY,
    ),
    **dict.fromkeys(
        (
            "law",
            "loi",
            "transmis",
            "transmis par la loi",
            "transmitted by law",
            "apa",
            "pch",
            "caisse",
            "caisse de retraite",
            "departement",
        ),
        Origin.LAW,
    ),
}

LANGUAGES: dict[str, str] = {
    "francais": "fr",
    "french": "fr",
    "fra": "fr",
    "fre": "fr",
    "anglais": "en",
    "english": "en",
    "eng": "en",
    "allemand": "de",
    "german": "de",
    "espagnol": "es",
    "spanish": "es",
    "italien": "it",
    "italian": "it",
    "portugais": "pt",
    "portuguese": "pt",
    "arabe": "ar",
    "arabic": "ar",
    "neerlandais": "nl",
    "dutch": "nl",
}


def origin_of(written: str) -> Origin | None:
    """Return the origin that a cell names; None where it names none that we know."""
    return ORIGINS.get(plain(written))


def language_of(written: str) -> str | None:
    """Return the two letters of a language; None where we do not know it."""
    words = plain(written)
    code = words.partition(" ")[0]
    if len(code) == 2 and code.isascii() and code.isalpha():
        return code
    return LANGUAGES.get(words)
