"""The register in the database, as the use cases see it."""

from automaton.store.people.contact_book import SqlContactBook
from automaton.store.people.house_book import SqlHouseBook
from automaton.store.people.import_book import SqlImportBook


class SqlBook(SqlHouseBook, SqlImportBook, SqlContactBook):
    """Collectivities, imports and contacts in one database: `SqlBook(engine)`."""


__all__ = ["SqlBook", "SqlContactBook", "SqlHouseBook", "SqlImportBook"]
