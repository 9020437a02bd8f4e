"""What cannot be is refused before anybody is asked; what is in the way is named."""

from __future__ import annotations

import re

import pytest
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


def test_what_is_proven_later_says_what_it_waits_for(commune: Node) -> None:
    # "The daemon rings them" was said, and nobody was rung until a campaign was over.
    drafted(commune)
    moved(commune, CampaignState.RUNNING)
    order = ("readiness", "run", "--yes")
    assert "once Crue is over" in commune.done(*order).out
    moved(commune, CampaignState.PAUSED)
    assert "once Crue is over" in commune.done(*order).out
    moved(commune, CampaignState.FINISHED)
    assert "when the daemon runs" in commune.done(*order).out


MORE = ("--class", "alert", "--register", "alerte", "--text", "Il fait chaud.")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("report", "Crue", "--format", "html", "--json"), "--json ou --format html"),
        (("contacts", "list", "--after", "zzz"), "ne se termine à « zzz »"),
        (("contacts", "export", "x", "--output", "x.txt"), "x.txt doit se terminer"),
    ],
)
def test_a_wrong_wish_is_not_taken_for_another(
    commune: Node, line: tuple[str, ...], told: str
) -> None:
    # The page of JSON, the first page and a JSON file came, as if asked for.
    drafted(commune)
    ended = commune("--lang", "fr", *line)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_show_writes_every_moment_and_number_in_one_way(commune: Node) -> None:
    drafted(commune)
    commune.done("campaign", "launch", "Crue")
    shown = commune.done("--lang", "fr", "campaign", "show", "Crue").out
    assert re.search(r"Ordre de lancer : tester, \d{4}-\d\d-\d\d ", shown)
    wish = ("--name", "Feu", "--text", "Bonjour.", "--text", "en=Hello.")
    told = commune("--lang", "fr", "campaign", "create", *wish, *MORE[:4]).out
    assert re.search(r"\(fr \d+,\d s ; en \d+,\d s\)", told)


def test_a_campaign_whose_audience_is_not_counted_yet_says_so(commune: Node) -> None:
    # Its recipients rose from 12000 to 19000 without a word.
    drafted(commune)
    moved(commune, CampaignState.RUNNING)
    for verb in ("show", "watch"):
        once = ("--once",) if verb == "watch" else ()
        told = commune.done("campaign", verb, "Crue", *once).out
        assert "still being counted" in told
