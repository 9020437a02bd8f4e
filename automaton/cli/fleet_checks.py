"""The doctor's look at the nodes that share the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from automaton.bootstrap import terms_of_trunks
from automaton.cli.findings import Finder, Finding
from automaton.cli.rooms import is_absent
from automaton.cli.shell import Shell
from automaton.store.engine import open_database, sqlite_file
from automaton.store.roster import NodeCard, NodeState, roster

Terms = dict[str, Mapping[str, str]]
"""By node, what its settings say of each trunk."""
NOTHING_WRITTEN: Terms = {}


def nodes(shell: Shell, find: Finder) -> Iterator[Finding]:
    """Tell who lives, who leads, and who is missed; nothing where one is alone."""
    url = shell.settings.database_url
    if is_absent(url) or sqlite_file(url) is not None:
        return
    engine = open_database(url)
    try:
        settings = shell.settings
        terms = terms_of_trunks(settings)
        yield from fleet(roster(engine), find, {settings.server.node: terms})
    finally:
        engine.dispose()


def fleet(
    cards: Sequence[NodeCard], find: Finder, written: Terms = NOTHING_WRITTEN
) -> Iterator[Finding]:
    """Tell what these nodes lack. `written`: the terms in a node's settings by now."""
    alive = [card for card in cards if card.state is NodeState.ALIVE]
    chief = next((card.name for card in alive if card.leads), None)
    names = ", ".join(card.name for card in alive)
    if chief is not None:
        sentence = "{count:node is|nodes are} at work ({names}); {chief} leads"
        yield find.ok(sentence, count=len(alive), names=names, chief=chief)
    elif alive:
        yield find.warn(
            "nobody leads: no campaign starts or ends",
            "wait for ten seconds; then look at the daemons' logs",
        )
    for card in cards:
        yield from _missed(card, find)
    yield from _versions(alive, find)
    yield from _terms({card.name: card.terms for card in alive} | written, find)


def _missed(card: NodeCard, find: Finder) -> Iterator[Finding]:
    if card.state is NodeState.DEAD:
        yield find.warn(
            "{name} is dead; {calls:call|calls} of it wait",
            "start it again on its machine; the others ring meanwhile",
            name=card.name,
            calls=card.calls,
        )
    elif card.state is NodeState.SILENT:
        yield find.warn(
            "{name} gives no sign of life",
            "look at its machine, and at its way to the database",
            name=card.name,
        )
    elif card.state is NodeState.ALIVE and not card.ready:
        yield find.warn(
            "{name} does not reach its Asterisk, and rings nobody",
            "run: automaton doctor, on its machine",
            name=card.name,
        )


def _versions(alive: Sequence[NodeCard], find: Finder) -> Iterator[Finding]:
    versions = sorted({card.version for card in alive if card.version})
    if len(versions) > 1:
        yield find.warn(
            "the nodes are of several versions ({versions})",
            "bring all to the newest",
            versions=", ".join(versions),
        )


def _terms(of_nodes: Terms, find: Finder) -> Iterator[Finding]:
    """Tell of which trunks nodes have other settings: the next would not start."""
    told: dict[str, dict[str, list[str]]] = {}
    for name, of_trunks in sorted(of_nodes.items()):
        for trunk, terms in of_trunks.items():
            told.setdefault(trunk, {}).setdefault(terms, []).append(name)
    for trunk, by_terms in sorted(told.items()):
        if len(by_terms) > 1:
            each = (f"{', '.join(names)}: {terms}" for terms, names in by_terms.items())
            yield find.fail(
                "the nodes disagree about the trunk {trunk} ({terms})",
                "write the same in the settings of all, stop all, and start them",
                trunk=trunk,
                terms="; ".join(each),
            )
