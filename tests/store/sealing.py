"""How the audit of a test's database calls somebody."""

from sqlalchemy import Engine

from automaton.store.chain import OPTION


def hashed(engine: Engine, name: str) -> str:
    """Return the word that stands in the audit for a name."""
    hashed_name: str = engine.get_execution_options()[OPTION].seal.hashed(name)
    return hashed_name
