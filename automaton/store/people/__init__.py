"""The register in the database, as the use cases see it: each call one transaction."""

from automaton.store.people.book import SqlBook

__all__ = ["SqlBook"]
