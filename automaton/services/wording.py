"""Why rows and cells of a file were left out, in French and English."""

from __future__ import annotations

from automaton.domain.intake import Fault, Problem

TEXTS: dict[Fault, tuple[str, str]] = {
    Fault.NO_NAME: ("pas de nom", "no name"),
    Fault.NO_POINT: ("aucun moyen de joindre cette personne", "no way to reach them"),
    Fault.BROKEN_QUOTES: ("guillemets mal fermés", "quotation marks do not match"),
    Fault.TOO_MANY_CELLS: (
        "plus de cellules que de titres : les colonnes sont décalées",
        "more cells than headings: the columns are shifted",
    ),
    Fault.BAD_NUMBER: ("numéro impossible", "not a telephone number"),
    Fault.EMERGENCY_NUMBER: (
        "numéro d’urgence, que l’automate n’appelle jamais",
        "an emergency number, which the automaton never calls",
    ),
    Fault.BAD_EMAIL: ("adresse e-mail impossible", "not an e-mail address"),
    Fault.BAD_POSTCODE: ("code postal impossible", "not a postal code"),
    Fault.BAD_INSEE: ("code INSEE impossible", "not an INSEE code"),
    Fault.BAD_COORDINATES: ("coordonnées impossibles", "not coordinates"),
    Fault.BAD_YEAR: ("année de naissance illisible", "not a year of birth"),
    Fault.BAD_DATE: ("date illisible", "not a date"),
    Fault.BAD_ORIGIN: ("origine inconnue", "unknown origin"),
    Fault.BAD_LANGUAGE: ("langue inconnue", "unknown language"),
    Fault.BAD_CONSENT: ("consentement non compris", "consent not understood"),
    Fault.TOO_LONG: ("texte trop long", "text too long"),
}
_FORMS = {
    "fr": ("Ligne {line} : {why}{value}, {what}.", "ligne écartée", "cellule ignorée"),
    "en": ("Line {line}: {why}{value}, {what}.", "row left out", "cell ignored"),
}
_NO_AGREEMENT = {"fr": "noté sans accord", "en": "noted as no agreement"}


def why_refused(fault: Fault, language: str) -> str:
    """Return what is wrong, in a few words: French, or English."""
    french, english = TEXTS[fault]
    return french if language == "fr" else english


def told(problem: Problem, language: str = "fr") -> str:
    """Return one sentence: the line, why, and what was left out."""
    language = language if language in _FORMS else "en"
    form, row, cell = _FORMS[language]
    if problem.fault is Fault.BAD_CONSENT:
        cell = _NO_AGREEMENT[language]
    return form.format(
        line=problem.line,
        why=why_refused(problem.fault, language),
        value=f" « {problem.value} »" if problem.value else "",
        what=row if problem.refused else cell,
    )
