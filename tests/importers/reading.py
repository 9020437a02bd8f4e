"""A file of contacts from a text, read as in France."""

from automaton.domain.intake import Home, Reading
from automaton.importers.csv import read

FRANCE = Home("FR")


def rows(text: str, home: Home = FRANCE) -> Reading:
    return read(text.encode(), home)
