"""The shell warns of what is launched after the all-clear, in either language."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from automaton.store.engine import open_database, writing
from automaton.store.tables import campaigns
from tests.cli.conftest import Node, drafted

WARNED = {
    "en": "The all-clear « Fin » was launched before: this one is told after it.",
    "fr": "La fin d’alerte « Fin » a déjà été lancée : ceci passe après elle.",
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_launched_after_the_all_clear_is_warned_of(
    commune: Node, language: str
) -> None:
    alert = drafted(commune)
    written = ("--text", "Fini.", "--name")
    database = open_database(f"sqlite:///{commune.folder / 'data' / 'automaton.db'}")
    with writing(database) as connection:
        connection.execute(update(campaigns).values(state="running"))
    for kind, name in (("all_clear", "Fin"), ("correction", "Tard")):
        how = ("--kind", kind, *written, name)
        commune.done("campaign", "follow-up", alert, *how)
    with writing(database) as connection:
        is_clear = campaigns.c.name == "Fin"
        running = {"state": "finished", "started_at": campaigns.c.created_at}
        connection.execute(update(campaigns).where(is_clear).values(running))
    database.dispose()
    launch = ("--lang", language, "campaign", "launch", "Tard")
    for order in ((*launch, "--dry-run"), (*launch, "--dry-run", "--json"), launch):
        ended = commune(*order)
        told = ended.out if "--json" in order else ended.err
        assert WARNED["en" if "--json" in order else language] in told
