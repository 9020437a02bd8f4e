"""How a node enters its fleet: its name is its own, or free again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from automaton.domain.attempt import AttemptState
from automaton.errors import ConfigurationError
from automaton.store.entry import Entrant, enter
from automaton.store.fleet import Holder, SqlFleet, instance_in
from automaton.store.tenure import Tenure
from tests.store.commune import Commune, number

LEASE = timedelta(seconds=8)


def entered(
    commune: Commune,
    machine: str,
    signs: Any = None,
    *,
    host: str = "",
    name: str = "main",
    terms: str = "lines = 4",
) -> Tenure:
    """Enter as a node of a machine; `signs` happen while it waits."""
    host = host or f"host of {machine}"
    holder = Holder(machine, host, "1", {"west": terms}, LEASE)
    entrant = Entrant(name, 1, holder, lambda _: commune.now)

    def pause(seconds: float) -> None:
        commune.clock.move(timedelta(seconds=seconds))
        if signs is not None:
            signs()

    return enter(commune.engine, entrant, commune.clock, pause)


def test_the_same_machine_comes_back_at_once_with_another_epoch(
    commune: Commune,
) -> None:
    assert entered(commune, "disk1") == Tenure("main", 1)
    assert entered(commune, "disk1") == Tenure("main", 2)
    assert commune.now == commune.rows("nodes")[0].started_at


def test_a_name_that_another_machine_bears_is_refused(commune: Commune) -> None:
    tenure = entered(commune, "disk1")
    living = SqlFleet(commune.engine, tenure, LEASE, lambda _: commune.now)
    with pytest.raises(ConfigurationError) as refused:
        entered(commune, "disk2", lambda: living.beat(ready=True))
    assert refused.value.error_id == "node-name-taken"
    assert "host of disk1" in str(refused.value)


def test_a_new_machine_takes_the_name_of_a_silent_one_but_not_its_calls(
    commune: Commune,
) -> None:
    entered(commune, "disk1")
    commune.home(number(1))
    (claim,) = commune.claim(commune.planned(), node="main")

    assert entered(commune, "disk2") == Tenure("main", 2)

    new, old = commune.rows("nodes")
    assert (old.name, old.epoch, old.fenced_at is None) == ("main~1", 1, False)
    assert (new.name, new.epoch, new.instance) == ("main", 2, "disk2")
    (attempt,) = commune.rows("attempts")
    assert (attempt.id, attempt.state) == (claim.attempt.id, AttemptState.CLAIMED)
    assert attempt.node == commune.rows("live_numbers")[0].node == "main~1"


def test_a_name_whose_bearer_has_left_is_free_at_once(commune: Commune) -> None:
    tenure = entered(commune, "disk1")
    SqlFleet(commune.engine, tenure, LEASE, lambda _: commune.now).leave()
    began = commune.now
    entered(commune, "disk2")
    assert commune.now == began


def test_a_machine_is_told_by_a_file_of_its_own(tmp_path: Any) -> None:
    first = instance_in(tmp_path / "data")
    assert instance_in(tmp_path / "data") == first
    assert instance_in(tmp_path / "other") != first


def test_a_copy_of_a_living_machine_is_refused_by_its_host_name(
    commune: Commune,
) -> None:
    # Copied with its node.id: the two took the name from each other for ever.
    tenure = entered(commune, "disk1", host="east")
    living = SqlFleet(commune.engine, tenure, LEASE, lambda _: commune.now)
    with pytest.raises(ConfigurationError) as refused:
        entered(commune, "disk1", lambda: living.beat(ready=True), host="west")
    assert refused.value.error_id == "node-copied"
    assert "lives on east" in str(refused.value)
    assert living.beat(ready=True).now == commune.now


def test_other_terms_for_a_trunk_of_a_living_node_are_refused(
    commune: Commune,
) -> None:
    entered(commune, "disk1", name="n1")
    with pytest.raises(ConfigurationError) as refused:
        entered(commune, "disk2", name="n2", terms="lines = 8")
    assert refused.value.error_id == "trunk-terms-differ"
    assert "n1" in str(refused.value)
    assert "lines = 8" in str(refused.value)
    assert entered(commune, "disk2", name="n2").epoch == 1


def test_terms_of_a_node_that_has_left_bind_nobody(commune: Commune) -> None:
    tenure = entered(commune, "disk1", name="n1")
    SqlFleet(commune.engine, tenure, LEASE, lambda _: commune.now).leave()
    assert entered(commune, "disk2", name="n2", terms="lines = 8").epoch == 1
