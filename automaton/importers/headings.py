"""Which heading means what, in French and English: the one table of synonyms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum


class Column(StrEnum):
    """What a column of a file of contacts can hold."""

    NAME = "name"
    FIRST_NAME = "first_name"
    STREET_NUMBER = "street_number"
    STREET = "street"
    STREET_MORE = "street_more"
    POSTCODE = "postcode"
    COMMUNE = "commune"
    INSEE = "insee"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    PHONE = "phone"
    LANDLINE = "landline"
    MOBILE = "mobile"
    SMS = "sms"
    EMAIL = "email"
    FAX = "fax"
    LANGUAGE = "language"
    BIRTH_YEAR = "birth_year"
    CODE_WORD = "code_word"
    NOTES = "notes"
    ORIGIN = "origin"
    CONSENT_BY = "consent_by"
    CONSENT_AT = "consent_at"
    CONSENT_HOW = "consent_how"
    CONSENT_TEXT = "consent_text"
    GROUP = "group"


POINT_COLUMNS = frozenset(
    {
        Column.PHONE,
        Column.LANDLINE,
        Column.MOBILE,
        Column.SMS,
        Column.EMAIL,
        Column.FAX,
    }
)
# Several columns of these kinds are read one after another; of the others, the first.
REPEATABLE = POINT_COLUMNS | {Column.STREET_MORE, Column.GROUP}

SYNONYMS: dict[Column, str] = {
    Column.NAME: """nom, nom de famille, nom complet, nom et prenom, nom prenom,
        nom usuel, nom d usage, noms, name, last name, surname, family name, full name,
        lastname, contact, foyer""",
    Column.FIRST_NAME: "prenom, prenoms, first name, given name, firstname, forename",
    Column.STREET_NUMBER: """n de voie, n voie, no voie, numero de voie, numero voie,
        n rue, no rue, numero de rue, numero rue, house number, street number""",
    Column.STREET: """adresse, adresse postale, rue, voie, nom de la voie, nom de voie,
        libelle voie, libelle de voie, nom rue, nom de rue, address, street, adr,
        street address, address line""",
    Column.STREET_MORE: """complement, complement d adresse, complement adresse,
        adresse 2, adresse 3, lieu dit, batiment, residence, etage, address 2,
        address line 2, building, flat""",
    Column.POSTCODE: """code postal, codepostal, cp, postal code, postcode, zip,
        zip code""",
    Column.COMMUNE: "commune, ville, localite, nom commune, town, city, municipality",
    Column.INSEE: """code insee, insee, code commune, code insee commune,
        code commune insee, insee code, codeinsee""",
    Column.LATITUDE: "latitude, lat, y wgs84",
    Column.LONGITUDE: "longitude, lon, lng, long, x wgs84",
    Column.PHONE: """telephone, tel, numero de telephone, numero telephone,
        n de telephone, n telephone, n tel, no tel, autre telephone, autre tel, phone,
        phone number, telephone number, contact number, other phone""",
    Column.LANDLINE: """telephone fixe, tel fixe, fixe, telephone domicile,
        tel domicile, domicile, landline, home phone, phone home, fixed line""",
    Column.MOBILE: """portable, mobile, telephone portable, tel portable, gsm,
        tel mobile, telephone mobile, mobile phone, cell, cell phone, phone mobile,
        cellphone""",
    Column.SMS: "sms, numero sms, tel sms, telephone sms, sms number, text number",
    Column.EMAIL: """e mail, email, mail, courriel, adresse e mail, adresse mail,
        adresse email, adresse electronique, email address, e mail address, mel""",
    Column.FAX: "fax, telecopie, telecopieur, numero de fax, fax number, tel fax",
    Column.LANGUAGE: "langue, language, lang",
    Column.BIRTH_YEAR: """annee de naissance, annee naissance, naissance, ne en,
        date de naissance, date naissance, birth year, year of birth, birth, born,
        birth date, date of birth, birthdate, ddn""",
    Column.CODE_WORD: "mot de code, mot code, mot de passe, code word, codeword, mot",
    Column.NOTES: """notes, note, remarque, remarques, observation, observations,
        commentaire, commentaires, comment, comments, remark, remarks""",
    Column.ORIGIN: "origine, source, provenance, origin",
    Column.CONSENT_BY: """consentement par, consentement donne par, consentement,
        consenti par, consent, consent by, consent given by""",
    Column.CONSENT_AT: """consentement le, date de consentement, date consentement,
        date du consentement, consentement date, consent at, consent date, consent on,
        date of consent""",
    Column.CONSENT_HOW: """consentement comment, mode de consentement,
        consentement mode, mode consentement, consent how, consent mode, consent by way
        of""",
    Column.CONSENT_TEXT: """texte du consentement, consentement texte,
        texte de consentement, texte consentement, consent text""",
    Column.GROUP: "groupe, groupes, group, groups, secteur, quartier, zone, sector",
}


def _split(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(",")]


MEANING: dict[str, Column] = {
    synonym: column for column, text in SYNONYMS.items() for synonym in _split(text)
}


def plain(heading: str) -> str:
    """Return a heading without case, accents and signs: "N° de Tél." → "n de tel"."""
    text = unicodedata.normalize("NFKD", heading.replace("°", " ").casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", text).strip()


def meaning(heading: str) -> Column | None:
    """Return what a heading means; "Tél. 2" is a "Tél."; None where we do not know."""
    words = plain(heading)
    return MEANING.get(words) or MEANING.get(re.sub(r" ?\d+$", "", words))


def columns_of(headings: Sequence[str]) -> tuple[Column | None, ...]:
    """Return the meaning of each heading; a second "Nom" is not understood."""
    found: list[Column | None] = []
    for heading in headings:
        column = meaning(heading)
        taken = column in found and column not in REPEATABLE
        found.append(None if taken else column)
    return tuple(found)
