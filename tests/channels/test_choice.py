"""Which channels carry the calls, from what the trunks say."""

from __future__ import annotations

from pathlib import Path

import pytest

from automaton.channels.channel import Surroundings
from automaton.channels.choice import GROUP, channel_named, telephone_for
from automaton.channels.switchboard import Switchboard
from automaton.channels.voice import Voice
from automaton.clock import SystemClock
from automaton.errors import ConfigurationError
from automaton.settings import TrunkSettings
from tests.channels.neighbour import Crier
from tests.engine.telephone import FakeTelephone

TOWN = TrunkSettings(name="town", contact="127.0.0.1:5070", lines=10)
SQUARE = TrunkSettings(name="square", channel="crier", lines=10)


def here(tmp_path: Path, *trunks: TrunkSettings) -> Surroundings:
    return Surroundings(trunks, tmp_path, SystemClock(), FakeTelephone)


@pytest.mark.parametrize("trunks", [(), (TOWN,)])
def test_one_channel_stands_for_itself(
    tmp_path: Path, trunks: tuple[TrunkSettings, ...]
) -> None:
    assert isinstance(telephone_for(here(tmp_path, *trunks)), Voice)


def test_a_channel_that_nobody_declares_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="voice") as refusal:
        channel_named("pigeon")
    assert refusal.value.error_id == "channel-unknown"


def test_two_channels_are_one_telephone_and_each_has_its_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "crier-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: crier\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\ncrier = {Crier.__module__}:Crier"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    telephone = telephone_for(here(tmp_path, TOWN, SQUARE))
    assert isinstance(telephone, Switchboard)
    voice, crier = telephone.channels
    assert isinstance(voice, Voice)
    assert isinstance(crier, Crier)
    assert (crier.here.trunks, crier.here.folder) == ((SQUARE,), tmp_path / "crier")
