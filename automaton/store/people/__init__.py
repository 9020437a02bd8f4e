"""The register in the database, as the use cases see it."""

from automaton.store.people.contact_book import SqlContactBook
from automaton.store.people.house_book import SqlHouseBook
from automaton.store.people.import_book import SqlImportBook
from automaton.store.people.officer_book import SqlOfficerBook
from automaton.store.people.scenario_book import SqlScenarioBook
from automaton.store.people.takes import SqlTakeBook


class SqlBook(
    SqlHouseBook,
    SqlImportBook,
    SqlContactBook,
    SqlOfficerBook,
    SqlScenarioBook,
    SqlTakeBook,
):
    """All that people enter but campaigns, in one database: `SqlBook(engine)`."""


__all__ = [
    "SqlBook",
    "SqlContactBook",
    "SqlHouseBook",
    "SqlImportBook",
    "SqlOfficerBook",
    "SqlScenarioBook",
    "SqlTakeBook",
]
