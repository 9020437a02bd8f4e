"""What callers left: listed, heard and dealt with in the shell."""

from __future__ import annotations

import pytest
import soundfile

from automaton.services.call_ins import CallIns, Incoming
from automaton.services.office import open_office
from automaton.settings import load
from automaton.store.people import SqlBook
from automaton.voices.voice import LINE_RATE
from tests.cli.conftest import Node

STRANGER = "+33536490044"


@pytest.fixture
def left(commune: Node) -> Node:
    """A commune where somebody has left a name."""
    office = open_office(load(commune.folder / "automaton.toml", {}).settings)
    desk = CallIns(office)
    (owner,) = SqlBook(office.desk.engine).collectivities()
    place = desk.place_for_recording()
    place.with_name(f"{place.name}.alaw").write_bytes(b"\x2a\xaa" * LINE_RATE)
    assert desk.keep_recording(Incoming(owner, STRANGER), place)
    office.desk.engine.dispose()
    return commune


def test_nobody_left_anything(commune: Node) -> None:
    assert commune.json("calls", "list") == []


def test_what_was_left_is_listed_heard_and_done(left: Node) -> None:
    (one,) = left.json("calls", "list")
    assert (one["e164"], one["seconds"]) == (STRANGER, 2.0)
    assert STRANGER in left.done("calls", "list").out
    sound = left.folder / "name.wav"
    assert "name.wav" in left.done("calls", "play", one["id"][:13], "--to", sound).out
    assert sound.stat().st_mode & 0o777 == 0o600
    assert soundfile.info(sound).samplerate == LINE_RATE
    left.done("calls", "done", one["id"], "--yes")
    assert left.json("calls", "list") == []
    (done,) = left.json("calls", "list", "--all")
    assert done["done_by"] == "tester"
    acts = {line["action"] for line in left.json("audit", "list")}
    assert {"recordings_listed", "recording_heard", "recording_done"} <= acts


def test_without_a_name_the_sound_is_called_by_its_id(left: Node) -> None:
    (one,) = left.json("calls", "list")
    left.done("calls", "play", one["id"])
    assert (left.folder / f"{one['id']}.wav").is_file()


def test_what_is_not_there_is_told(left: Node) -> None:
    (one,) = left.json("calls", "list")
    assert left("calls", "play", "zz").code == 2
    nowhere = left.folder / "nowhere/name.wav"
    assert left("calls", "play", one["id"], "--to", nowhere).code == 2
    for file in left.folder.glob("data/recordings/*"):
        file.unlink()
    ended = left("calls", "play", one["id"])
    assert (ended.code, "no longer kept" in ended.err) == (2, True)
