"""Prompts travel from the node that rendered them to the others, whole."""

from __future__ import annotations

from pathlib import Path

from automaton.domain.campaign import CampaignState
from automaton.store import sounds
from automaton.store.sounds import SharedSounds
from automaton.voices.cache import write_whole
from tests.store.commune import Commune

SOUND = b"\xd5\x00\xff" * 800


def node(commune: Commune, folder: Path, *has: str) -> SharedSounds:
    for prompt in has:
        write_whole(folder / f"{prompt}.alaw", SOUND + prompt.encode())
    return SharedSounds(commune.engine, folder, write_whole, lambda: commune.now)


def test_what_one_node_has_the_others_fetch(commune: Commune, tmp_path: Path) -> None:
    one = node(commune, tmp_path / "one", "p1", "p2")
    two = node(commune, tmp_path / "two", "p3")
    assert two.bring(["p1", "p3"]) == {"p1"}
    assert one.bring(["p1", "p2"]) == frozenset()
    assert not two.has("p1")
    assert two.bring(["p1", "p3"]) == frozenset()
    assert (tmp_path / "two" / "p1.alaw").read_bytes() == SOUND + b"p1"
    assert one.bring(["p1", "p3"]) == frozenset()
    assert (tmp_path / "one" / "p3.alaw").read_bytes() == SOUND + b"p3"


def test_the_oldest_sounds_make_room(commune: Commune, tmp_path: Path) -> None:
    names = [f"p{index:03d}" for index in range(sounds.KEPT + 2)]
    one = node(commune, tmp_path, *names)
    for name in names:
        commune.pass_time(seconds=1)
        one.bring([name])
    kept = [row.id for row in commune.rows("sounds")]
    assert kept == names[2:]


def test_what_a_campaign_still_says_never_makes_room(
    commune: Commune, tmp_path: Path
) -> None:
    # Who had sent it did not send it again: a node that came later stayed mute, and
    # where the sender died nobody could ring for that campaign any more.
    running = commune.campaign()  # it says p1
    names = [f"q{index:03d}" for index in range(sounds.KEPT + 2)]
    one = node(commune, tmp_path, "p1", *names)
    for name in ("p1", *names):
        commune.pass_time(seconds=1)
        one.bring([name])
    assert [row.id for row in commune.rows("sounds")] == ["p1", *names[2:]]
    commune.change("campaigns", running, state=CampaignState.FINISHED)
    (tmp_path / "r.alaw").write_bytes(SOUND)
    one.bring(["r"])
    assert commune.rows("sounds", id="p1") == []
