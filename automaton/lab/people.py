"""Invented names and streets, so that a register looks like one."""

from __future__ import annotations

from random import Random

FIRST_NAMES = (
    "Marthe",
    "Odette",
    "Lucien",
    "Simone",
    "Fernand",
    "Yvette",
    "Gaston",
    "Paulette",
    "Marcel",
    "Huguette",
    "Raymond",
    "Colette",
    "Armand",
    "Ginette",
    "Edmond",
    "Léontine",
    "Célestin",
    "Josette",
    "Hippolyte",
    "Augustine",
    "Firmin",
    "Élise",
    "Achille",
    "Noémie",
    "Théodore",
    "Zélie",
    "Honoré",
    "Angèle",
    "Désiré",
    "Françoise",
)
LAST_NAMES = (
    "Aubrac",
    "Bellerive",
    "Chantecler",
    "Daumasson",
    "Estournel",
    "Fontbrune",
    "Grangeneuve",
    "Hautbois",
    "Issartel",
    "Jaurion",
    "Kerduval",
    "Lamborel",
    "Marsolier",
    "Nouvialle",
    "Ormessan",
    "Peyrotte",
    "Quinsac",
    "Rocabert",
    "Sauvelle",
    "Tréganou",
    "Urtubise",
    "Valcroze",
    "Wambergue",
    "Ypréau",
    "Zabalza",
    "Brévenne",
    "Cardalou",
    "Dorlange",
    "Escaraval",
    "Fauvernay",
    "Gélinotte",
    "Lespinoy",
    "Mirandel",
    "Noirmont",
    "Pellegarde",
    "Rastignol",
    "Soubeyrat",
    "Tournemine",
    "Vernelle",
    "Boisgirard",
)
STREETS = (
    "rue des Saulniers",
    "quai de la Vieille Gabare",
    "allée des Tamaris",
    "rue du Four à Chaux",
    "impasse du Héron",
    "chemin de la Digue",
    "rue de l’Ancienne Écluse",
    "place du Marché aux Huîtres",
    "venelle du Puits d’Argent",
    "avenue des Pins Penchés",
    "rue Basse",
    "montée du Sémaphore",
)


def person(dice: Random) -> tuple[str, str]:
    """Return a last and a first name."""
    return dice.choice(LAST_NAMES), dice.choice(FIRST_NAMES)


def address(dice: Random) -> str:
    """Return a number and a street."""
    return f"{dice.randint(1, 148)} {dice.choice(STREETS)}"
