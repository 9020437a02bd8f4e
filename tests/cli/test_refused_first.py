"""What cannot be is refused before anybody is asked; what is in the way is named."""

from __future__ import annotations

from sqlalchemy import update

from automaton.domain.campaign import CampaignState
from automaton.store.engine import open_database, writing
from automaton.store.tables import campaigns
from tests.cli.conftest import Node, drafted
from tests.cli.test_backup import forced_upgrade


def moved(node: Node, state: CampaignState) -> None:
    """Let every campaign stand so."""
    engine = open_database(f"sqlite:///{node.folder / 'data/automaton.db'}")
    with writing(engine) as connection:
        connection.execute(update(campaigns).values(state=state))
    engine.dispose()


def test_what_is_stopped_already_is_not_asked_about(commune: Node) -> None:
    campaign = drafted(commune)
    moved(commune, CampaignState.CANCELLED)
    ended = commune("campaign", "stop", campaign)
    assert (ended.code, ended.out) == (2, "")
    assert "is cancelled cannot stop" in ended.err
    assert "Go on?" not in ended.err


def test_an_upgrade_names_every_campaign_that_is_in_its_way(commune: Node) -> None:
    # Two were not over, and one was named: its end was not enough.
    drafted(commune)
    commune.done("campaign", "create", "--name", "Canicule", *MORE)
    moved(commune, CampaignState.RUNNING)
    told = forced_upgrade(commune).err
    assert "Campaigns are not over (Canicule, Crue): stop each" in told


MORE = ("--class", "alert", "--register", "alerte", "--text", "Il fait chaud.")
